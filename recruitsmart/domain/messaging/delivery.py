"""Claiming, settling and recovering outbox rows, and the rules of trying again.

A claim is a short lease that is committed before Telegram is called, so no row lock is held while it answers.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.orm import Session

from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.sending import Claimed, Lane, Outcome, Verdict

_outbox = cast(Table, OutboxMessage.__table__)

LEASE = timedelta(seconds=30)  # longer than the client's own time-outs together
MOST_ATTEMPTS = 10
LONGEST_PAUSE = timedelta(hours=1)
LONGEST_TRAIL = 50  # what Telegram asked to wait for is tried again without end
PATIENCE = {Lane.PROMISED: timedelta(seconds=10), Lane.BULK: timedelta(minutes=10)}
SECOND_COPY = "possibly a second copy: the first attempt ended in doubt"


def _claim_statement() -> Executable:
    """Made once: building it costs more than Postgres needs to answer it."""
    earlier, other = _outbox.alias("earlier"), _outbox.alias("other")
    # Not an anti-join: planned while nothing waited, it would look through a whole backlog for each claim.
    overtaken = (
        select(earlier.c.id)
        .where(
            earlier.c.chat_id == _outbox.c.chat_id,
            earlier.c.lane == _outbox.c.lane,
            earlier.c.id < _outbox.c.id,
            earlier.c.state.in_([MessageState.QUEUED, MessageState.SENDING]),
        )
        .limit(1)
        .scalar_subquery()
    )
    head = (
        select(_outbox.c.id)
        .where(*_is_due(_outbox), overtaken.is_(None))
        .order_by(_outbox.c.lane, _outbox.c.due_at, _outbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    lease = {"state": MessageState.SENDING, "leased_until": bindparam("until"), "attempts": _outbox.c.attempts + 1}
    columns = [_outbox.c[field.name] for field in fields(Claimed) if field.name in _outbox.c]
    others_wait = exists().where(*_is_due(other), other.c.id != _outbox.c.id).label("others_wait")
    return _outbox.update().where(_outbox.c.id == head).values(lease).returning(*columns, others_wait)


def _is_due(outbox: Any) -> tuple[ColumnElement[bool], ...]:
    return (
        outbox.c.state == MessageState.QUEUED,
        outbox.c.due_at <= bindparam("due_by"),
        outbox.c.lane.between(bindparam("highest_lane"), bindparam("lowest_lane")),
    )


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
    return _claim(session, Lane.INTERACTIVE, lowest_lane, due_by=now, now=now)


def claim_patient(session: Session, *, now: datetime) -> Claimed | None:
    """`claim` for those whom better lanes have kept waiting for too long: some turns are theirs."""
    for lane, patience in PATIENCE.items():
        claimed = _claim(session, lane, lane, due_by=now - patience, now=now)
        if claimed is not None:
            return replace(claimed, was_patient=True)
    return None


def _claim(session: Session, highest: Lane, lowest: Lane, *, due_by: datetime, now: datetime) -> Claimed | None:
    values = {"due_by": due_by, "until": now + LEASE, "highest_lane": int(highest), "lowest_lane": int(lowest)}
    row = session.execute(_CLAIM, values).mappings().one_or_none()
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
    left = {"leased_until": None, "trail": _with_step(step(outcome.verdict, outcome.reason, now=now))}
    settled = _settle(session, claimed, left | consequence)
    return MessageState(consequence["state"]) if settled else None


def step(what: str, why: str | None, *, now: datetime) -> dict[str, str | None]:
    """One step of a message's trail: when, what happened, why."""
    return {"at": now.isoformat(timespec="milliseconds"), "what": what, "why": why}


def _with_step(added: dict[str, str | None]) -> ColumnElement[Any]:
    """The trail with one more step; the oldest gives way when it grows too long."""
    is_full = func.jsonb_array_length(_outbox.c.trail) >= LONGEST_TRAIL
    kept = case((is_full, _outbox.c.trail.op("-")(type_coerce(0, Integer))), else_=_outbox.c.trail)
    return kept.op("||")(type_coerce([added], JSONB))


def _consequence(claimed: Claimed, outcome: Outcome, *, spread: float, now: datetime) -> dict[str, Any]:
    again = {"state": MessageState.QUEUED, "reason": outcome.reason}
    match outcome.verdict:
        case Verdict.ACCEPTED:
            sent = {"state": MessageState.SENT, "telegram_message_id": outcome.telegram_message_id}
            return sent | {"reason": _remark(claimed, outcome), "settled_at": now}
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


def _remark(claimed: Claimed, outcome: Outcome) -> str | None:
    """What must be known about a message that was sent, whatever happened between its first doubt and now."""
    return "; ".join(part for part in (SECOND_COPY if claimed.doubts else None, outcome.reason) if part) or None


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
    """Write, if the lease is still the one we took: no two leases of a row end at the same moment."""
    ours = and_(
        _outbox.c.id == claimed.id,
        _outbox.c.state == MessageState.SENDING,
        _outbox.c.leased_until == claimed.leased_until,
    )
    done = session.execute(_outbox.update().where(ours).values(values).returning(_outbox.c.id))
    return done.scalar() is not None


def recover(session: Session, *, now: datetime, limit: int = 100) -> Sequence[OutboxMessage]:
    """Decide about rows whose sender died holding them, and return them. Skips rows others hold."""
    abandoned = (
        select(OutboxMessage)
        .where(OutboxMessage.state == MessageState.SENDING, OutboxMessage.leased_until <= now)
        .order_by(OutboxMessage.leased_until)
        .limit(limit)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    messages = session.scalars(abandoned).all()
    for message in messages:
        values = {"leased_until": None} | _after_doubt(message.lane, message.doubts, now=now)
        message.trail = [*message.trail, step("abandoned", "whoever sent it died meanwhile", now=now)]
        for name, value in values.items():
            setattr(message, name, value)
    return messages


def waiting_exists(session: Session, *, now: datetime) -> bool:
    """Whether a message is due or a lease has run out: is there anything for delivery to do?"""
    due = and_(OutboxMessage.state == MessageState.QUEUED, OutboxMessage.due_at <= now)
    abandoned = and_(OutboxMessage.state == MessageState.SENDING, OutboxMessage.leased_until <= now)
    return bool(session.scalar(select(or_(exists().where(due), exists().where(abandoned)))))


def skip_queued(session: Session, chat_id: int, *, reason: str, now: datetime) -> None:
    """Nothing more can reach this chat: what is still queued ends as skipped with the reason."""
    skipped = {"state": MessageState.SKIPPED, "reason": reason, "settled_at": now}
    of_chat = (_outbox.c.state == MessageState.QUEUED, _outbox.c.chat_id == chat_id)
    session.execute(_outbox.update().where(*of_chat).values(skipped))


def send_elsewhere(session: Session, chat_id: int, *, instead: int, candidate_id: int, now: datetime) -> None:
    """What was promised to a person in a chat that is lost is sent to another chat of theirs: what is queued, and the
    message whose refusal has just said that the chat is lost."""
    waits, just_failed = _outbox.c.state == MessageState.QUEUED, _outbox.c.state == MessageState.FAILED
    lost = select(*(_outbox.c[name] for name in _SAID), *(literal(value) for value in (instead, now, now))).where(
        _outbox.c.chat_id == chat_id, _outbox.c.candidate_id == candidate_id, _outbox.c.lane == Lane.PROMISED,
        ~_outbox.c.edits_only, or_(waits, just_failed & (_outbox.c.settled_at == now)),
    )  # fmt: skip
    again = insert(_outbox).from_select([*_SAID, "chat_id", "due_at", "created_at"], lost.order_by(_outbox.c.id))
    session.execute(again.on_conflict_do_nothing())


_SAID = (
    "about", "kind", "candidate_id", "lane", "language", "body", "keyboard", "valid_until", "file_name", "file_text",
)  # fmt: skip


def withdraw_messages(session: Session, about: str, kinds: Sequence[str], *, reason: str, now: datetime) -> None:
    """What these messages say is no longer true: those still queued end as skipped with the reason.

    One that is being sent at this moment cannot be held back; but should the attempt fail, there is no second one. Nor
    is one that has failed worth sending again by hand.
    """
    session.execute(_WITHDRAW, {"subject": about, "kinds": list(kinds), "why": reason, "moment": now})


def _withdraw_statement() -> Executable:
    """One statement for all states, so that a row that goes from one to another meanwhile is not missed."""
    queued, moment = _outbox.c.state == MessageState.QUEUED, bindparam("moment", type_=_outbox.c.due_at.type)
    kinds = _outbox.c.kind.in_(bindparam("kinds", expanding=True))
    not_sent = _outbox.c.state.in_(
        [MessageState.QUEUED, MessageState.SENDING, MessageState.FAILED, MessageState.UNKNOWN]
    )
    withdrawn = {
        "state": case((queued, MessageState.SKIPPED.value), else_=_outbox.c.state),
        "reason": case((queued, bindparam("why")), else_=_outbox.c.reason),
        "settled_at": case((queued, moment), else_=_outbox.c.settled_at),
        "valid_until": func.least(_outbox.c.valid_until, moment),
    }
    return _outbox.update().where(_outbox.c.about == bindparam("subject"), kinds, not_sent).values(withdrawn)


_WITHDRAW = _withdraw_statement()


def withdraw_edits(session: Session, chat_id: int, kind: str, *, reason: str, now: datetime) -> None:
    """These changes of older messages would cover what is said now: those still queued end as skipped."""
    queued = (_outbox.c.state == MessageState.QUEUED, _outbox.c.chat_id == chat_id, _outbox.c.edits_only)
    skipped = {"state": MessageState.SKIPPED, "reason": reason, "settled_at": now}
    session.execute(_outbox.update().where(*queued, _outbox.c.kind == kind).values(skipped))
