"""Claiming, settling and recovering outbox rows, and the rules of trying again.

A claim is a short lease that is committed before Telegram is called, so no row lock is held while it answers.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import ColumnElement, Executable, Table, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.sending import Claimed, Lane, Outcome, Verdict

_outbox = cast(Table, OutboxMessage.__table__)

LEASE = timedelta(seconds=30)  # longer than the client's own time-outs together
MOST_ATTEMPTS = 10
LONGEST_PAUSE = timedelta(hours=1)
SECOND_COPY = "possibly a second copy: the first attempt ended in doubt"


def _claim_statement() -> Executable:
    """Made once: building it costs more than Postgres needs to answer it."""
    earlier = _outbox.alias("earlier")
    overtaking = exists().where(
        earlier.c.chat_id == _outbox.c.chat_id,
        earlier.c.lane == _outbox.c.lane,
        earlier.c.id < _outbox.c.id,
        earlier.c.state.in_([MessageState.QUEUED, MessageState.SENDING]),
    )
    head = (
        select(_outbox.c.id)
        .where(
            _outbox.c.state == MessageState.QUEUED,
            _outbox.c.due_at <= bindparam("now"),
            _outbox.c.lane <= bindparam("lowest_lane"),
            ~overtaking,
        )
        .order_by(_outbox.c.lane, _outbox.c.due_at, _outbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    lease = {"state": MessageState.SENDING, "leased_until": bindparam("until"), "attempts": _outbox.c.attempts + 1}
    columns = [_outbox.c[field.name] for field in fields(Claimed)]
    return _outbox.update().where(_outbox.c.id == head).values(lease).returning(*columns)


_CLAIM = _claim_statement()


def pause_before(attempt: int, *, spread: float) -> timedelta:
    """How long to wait before the next attempt: tripling from 1 s, at most an hour, ±25 % by `spread` in [0, 1)."""
    seconds = min(3.0 ** (attempt - 1), LONGEST_PAUSE.total_seconds())
    return timedelta(seconds=seconds * (0.75 + 0.5 * spread))


def claim(session: Session, *, now: datetime, lowest_lane: Lane = Lane.BULK) -> Claimed | None:
    """Lease the next message that is due, best lane first; None when there is none.

    Messages of one chat and lane leave in the order they were posted: a row is claimable only when no earlier one of
    its chat and lane is unsettled. The state of that earlier row decides, so two claims at once cannot overtake it.
    """
    moments = {"now": now, "until": now + LEASE, "lowest_lane": int(lowest_lane)}
    row = session.execute(_CLAIM, moments).mappings().one_or_none()
    return None if row is None else Claimed(**{**row, "lane": Lane(row["lane"])})


def hand_back(session: Session, claimed: Claimed, *, due_at: datetime) -> None:
    """Give up a lease without having tried: our own limits said wait. The attempt is not counted."""
    back = {
        "state": MessageState.QUEUED,
        "leased_until": None,
        "due_at": due_at,
        "attempts": claimed.attempts - 1,
    }
    _settle(session, claimed, back)


def settle(
    session: Session, claimed: Claimed, outcome: Outcome, *, spread: float, now: datetime
) -> MessageState | None:
    """Write what became of an attempt and return it: sent, queued again, skipped, or failed with the reason.

    A row whose lease ran out and was taken by somebody else is left alone: None.
    """
    consequence = _consequence(claimed, outcome, spread=spread, now=now)
    settled = _settle(session, claimed, {"leased_until": None} | consequence)
    return MessageState(consequence["state"]) if settled else None


def _consequence(claimed: Claimed, outcome: Outcome, *, spread: float, now: datetime) -> dict[str, Any]:
    again = {"state": MessageState.QUEUED, "reason": outcome.reason}
    match outcome.verdict:
        case Verdict.ACCEPTED:
            sent = {"state": MessageState.SENT, "telegram_message_id": outcome.telegram_message_id}
            return sent | {"settled_at": now}
        case Verdict.MOOT:
            return {"state": MessageState.SKIPPED, "reason": outcome.reason, "settled_at": now}
        case Verdict.BUSY:
            return again | {"due_at": now + outcome.wait, "attempts": claimed.attempts - 1}
        case Verdict.DOUBTFUL:
            return _after_doubt(claimed.lane, claimed.doubts, now=now)
        case Verdict.BROKEN if claimed.attempts < MOST_ATTEMPTS:
            return again | {"due_at": now + pause_before(claimed.attempts, spread=spread)}
        case _:
            return {"state": MessageState.FAILED, "reason": outcome.reason, "settled_at": now}


def _after_doubt(lane: int, doubts: int, *, now: datetime) -> dict[str, Any]:
    """A reply or a promise is sent once more, marked; a broadcast is not worth a second copy."""
    if lane == Lane.BULK or doubts:
        return {
            "state": MessageState.UNKNOWN,
            "reason": "no answer came",
            "settled_at": now,
            "doubts": doubts + 1,
        }
    return {"state": MessageState.QUEUED, "reason": SECOND_COPY, "due_at": now, "doubts": doubts + 1}


def _settle(session: Session, claimed: Claimed, values: dict[str, Any]) -> bool:
    ours = and_(
        _outbox.c.id == claimed.id,
        _outbox.c.state == MessageState.SENDING,
        _outbox.c.attempts == claimed.attempts,
    )
    done = session.execute(_outbox.update().where(ours).values(values).returning(_outbox.c.id))
    return done.scalar() is not None


def recover(session: Session, *, now: datetime, limit: int = 100) -> Sequence[OutboxMessage]:
    """Decide about rows whose sender died holding them, and return them. Skips rows others hold."""
    abandoned = (
        select(OutboxMessage)
        .where(OutboxMessage.state == MessageState.SENDING, OutboxMessage.leased_until < now)
        .order_by(OutboxMessage.leased_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    messages = session.scalars(abandoned).all()
    for message in messages:
        values = {"leased_until": None} | _after_doubt(message.lane, message.doubts, now=now)
        for name, value in values.items():
            setattr(message, name, value)
    return messages


def waiting_exists(session: Session, *, now: datetime) -> bool:
    """Whether a message is due or a lease has run out: is there anything for delivery to do?"""
    due = and_(OutboxMessage.state == MessageState.QUEUED, OutboxMessage.due_at <= now)
    abandoned = and_(OutboxMessage.state == MessageState.SENDING, OutboxMessage.leased_until < now)
    return bool(session.scalar(select(exists().where(or_(due, abandoned)))))


def skip_queued(session: Session, chat_id: int, *, reason: str, now: datetime) -> None:
    """Nothing more can reach this chat: what is still queued ends as skipped with the reason."""
    _skip(session, _outbox.c.chat_id == chat_id, reason=reason, now=now)


def withdraw_messages(session: Session, about: str, kinds: Sequence[str], *, reason: str, now: datetime) -> None:
    """What these messages say is no longer true: those still queued end as skipped with the reason."""
    _skip(session, _outbox.c.about == about, _outbox.c.kind.in_(kinds), reason=reason, now=now)


def _skip(session: Session, *which: ColumnElement[bool], reason: str, now: datetime) -> None:
    skipped = {"state": MessageState.SKIPPED, "reason": reason, "settled_at": now}
    session.execute(_outbox.update().where(_outbox.c.state == MessageState.QUEUED, *which).values(skipped))
