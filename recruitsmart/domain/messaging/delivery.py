"""Claiming, settling and recovering outbox rows, and the rules of trying again.

A claim is a short lease that is committed before Telegram is called, so no row lock is held while it answers.
"""

from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    Executable,
    Integer,
    Table,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.sending import Claimed, Lane, Outcome, Verdict

_outbox = cast(Table, OutboxMessage.__table__)

LEASE = timedelta(seconds=30)  # longer than the client's own time-outs together
MOST_ATTEMPTS = 10
LONGEST_PAUSE = timedelta(hours=1)
LONGEST_TRAIL = 50  # what Telegram asked to wait for is tried again without end
PATIENCE = {Lane.PROMISED: timedelta(seconds=10), Lane.BULK: timedelta(minutes=10)}
NO_ANSWER = "no answer came"
SECOND_COPY = "possibly a second copy: the first attempt ended in doubt"


def _claim_statement(settled: CTE | None = None) -> Executable:
    """Made once: building it costs more than Postgres needs to answer it.

    A row that the same statement has settled keeps nobody waiting; one whose lease somebody else took does.
    """
    earlier, other = _outbox.alias("earlier"), _outbox.alias("other")
    unsettled = true() if settled is None else earlier.c.id.not_in(select(settled.c.id))
    # Not an anti-join: planned while nothing waited, it would look through a whole backlog for each claim.
    overtaken = (
        select(earlier.c.id)
        .where(
            earlier.c.chat_id == _outbox.c.chat_id,
            earlier.c.lane == _outbox.c.lane,
            earlier.c.id < _outbox.c.id,
            earlier.c.state.in_([_constant(MessageState.QUEUED), _constant(MessageState.SENDING)]),
            unsettled,
        )
        .limit(literal_column("1"))
        .scalar_subquery()
    )
    head = (
        select(_outbox.c.id)
        .where(*_is_due(_outbox), overtaken.is_(None))
        .order_by(_outbox.c.lane, _outbox.c.due_at, _outbox.c.id)
        .limit(literal_column("1"))
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    lease = {"state": MessageState.SENDING, "leased_until": bindparam("until"), "attempts": _outbox.c.attempts + 1}
    columns = [_outbox.c[field.name] for field in fields(Claimed) if field.name in _outbox.c]
    others_wait = exists().where(*_is_due(other), other.c.id != _outbox.c.id).label("others_wait")
    claim = _outbox.update().where(_outbox.c.id == head).values(lease).returning(*columns, others_wait)
    return claim.execution_options(prepared="claim")


def _constant(state: MessageState) -> ColumnElement[MessageState]:
    """Written out in the statement: else Postgres could not know that the small index of what waits will do."""
    return literal_column(f"'{state}'", _outbox.c.state.type)


def _is_due(outbox: Any) -> tuple[ColumnElement[bool], ...]:
    return (
        outbox.c.state == _constant(MessageState.QUEUED),
        outbox.c.due_at <= bindparam("due_by"),
        outbox.c.lane.between(bindparam("highest_lane"), bindparam("lowest_lane")),
    )


def _with_step(added: ColumnElement[Any]) -> ColumnElement[Any]:
    """The trail with one more step; the oldest gives way when it grows too long."""
    is_full = func.jsonb_array_length(_outbox.c.trail) >= LONGEST_TRAIL
    kept = case((is_full, _outbox.c.trail.op("-")(literal_column("0", Integer))), else_=_outbox.c.trail)
    return kept.op("||")(added)


def _sent_statement() -> CTE:
    """A lease that ended as it mostly does."""
    moment = bindparam("moment", type_=_outbox.c.settled_at.type)
    values = {
        "state": MessageState.SENT, "telegram_message_id": bindparam("telegram_number"), "settled_at": moment,
        "reason": bindparam("remark"), "leased_until": None, "trail": _with_step(bindparam("steps", type_=JSONB)),
    }  # fmt: skip
    lease: tuple[Any, Any] = (bindparam("sent_id"), bindparam("sent_until", type_=_outbox.c.leased_until.type))
    return _outbox.update().where(_is_ours(*lease)).values(values).returning(_outbox.c.id).cte("settled")


def _is_ours(message_id: Any, leased_until: Any) -> ColumnElement[bool]:
    """The lease is still the one we took: no two leases of a row end at the same moment."""
    is_leased = _outbox.c.state == MessageState.SENDING
    return and_(_outbox.c.id == message_id, is_leased, _outbox.c.leased_until == leased_until)


_CLAIM, _SENT_AND_CLAIM = _claim_statement(), _claim_statement(_sent_statement())


def pause_before(attempt: int, *, spread: float) -> timedelta:
    """How long to wait before the next attempt: tripling from 1 s, at most an hour, ±25 % by `spread` in [0, 1)."""
    seconds = min(3.0 ** (attempt - 1), LONGEST_PAUSE.total_seconds())
    return timedelta(seconds=seconds * (0.75 + 0.5 * spread))


def claim(session: Session | Connection, *, now: datetime, lowest_lane: Lane = Lane.BULK) -> Claimed | None:
    """Lease the next message that is due, best lane first; None when there is none.

    Messages of one chat and lane leave in the order they were posted: a row is claimable only when no earlier one of
    its chat and lane is unsettled. The state of that earlier row decides, so two claims at once cannot overtake it.
    """
    return _claimed(session, _CLAIM, _lease(Lane.INTERACTIVE, lowest_lane, due_by=now, now=now))


def settle_sent_and_claim(
    session: Session | Connection, sent: Claimed, outcome: Outcome, *, now: datetime, lowest_lane: Lane
) -> Claimed | None:
    """`settle` a message that was accepted and `claim` the next one, in one statement."""
    settled = {
        "sent_id": sent.id, "sent_until": sent.leased_until, "telegram_number": outcome.telegram_message_id,
        "remark": _remark(sent, outcome), "moment": now, "steps": [step(outcome.verdict, outcome.reason, now=now)],
    }  # fmt: skip
    lease = _lease(Lane.INTERACTIVE, lowest_lane, due_by=now, now=now)
    return _claimed(session, _SENT_AND_CLAIM, settled | lease)


def claim_patient(session: Session, *, now: datetime) -> Claimed | None:
    """`claim` for those whom better lanes have kept waiting for too long: some turns are theirs."""
    for lane, patience in PATIENCE.items():
        claimed = _claimed(session, _CLAIM, _lease(lane, lane, due_by=now - patience, now=now))
        if claimed is not None:
            return replace(claimed, was_patient=True)
    return None


def _lease(highest: Lane, lowest: Lane, *, due_by: datetime, now: datetime) -> dict[str, Any]:
    return {"due_by": due_by, "until": now + LEASE, "highest_lane": int(highest), "lowest_lane": int(lowest)}


def _claimed(session: Session | Connection, statement: Executable, values: dict[str, Any]) -> Claimed | None:
    row = session.execute(statement, values).mappings().one_or_none()
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
    added = type_coerce([step(outcome.verdict, outcome.reason, now=now)], JSONB)
    left = {"leased_until": None, "trail": _with_step(added)}
    settled = _settle(session, claimed, left | consequence)
    return MessageState(consequence["state"]) if settled else None


def grown(trail: list[dict[str, Any]], added: dict[str, Any]) -> list[dict[str, Any]]:
    """What `_with_step` does, for a row at hand."""
    return [*trail, added][-LONGEST_TRAIL:]


def step(what: str, why: str | None, *, now: datetime) -> dict[str, str | None]:
    """One step of a message's trail: when, what happened, why."""
    return {"at": now.isoformat(timespec="milliseconds"), "what": what, "why": why}


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
            "reason": NO_ANSWER,
            "settled_at": now,
            "doubts": doubts + 1,
        }
    return {"state": MessageState.QUEUED, "reason": SECOND_COPY, "due_at": now, "doubts": doubts + 1}


def _settle(session: Session, claimed: Claimed, values: dict[str, Any]) -> bool:
    ours = _is_ours(claimed.id, claimed.leased_until)
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
        message.trail = grown(message.trail, step("abandoned", "whoever sent it died meanwhile", now=now))
        for name, value in values.items():
            setattr(message, name, value)
    return messages


def waiting_exists(session: Session, *, now: datetime) -> bool:
    """Whether a message is due or a lease has run out: is there anything for delivery to do?"""
    due = and_(OutboxMessage.state == MessageState.QUEUED, OutboxMessage.due_at <= now)
    abandoned = and_(OutboxMessage.state == MessageState.SENDING, OutboxMessage.leased_until <= now)
    return bool(session.scalar(select(or_(exists().where(due), exists().where(abandoned)))))
