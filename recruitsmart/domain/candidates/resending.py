"""Sending again by hand what failed or ended in doubt."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.queries import ledger
from recruitsmart.domain.directory.access import EVERYTHING, Scope
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.messaging.delivery import SECOND_COPY, grown, step
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.operations import POSTED
from recruitsmart.domain.messaging.sending import Lane

RESENDABLE = (MessageState.FAILED, MessageState.UNKNOWN)
MOST_AT_ONCE = 1000
# A broadcast keeps its own account of everybody, and is not worth a second try; words may have been forgotten.
_IS_RESENDABLE = (OutboxMessage.state.in_(RESENDABLE), OutboxMessage.lane != Lane.BULK, OutboxMessage.body != "")


@dataclass(frozen=True, kw_only=True)
class Which:
    """Which of the failed and doubtful messages are meant; absent parts do not narrow it."""

    state: MessageState | None = None
    candidate_id: int | None = None
    ids: Sequence[int] | None = None
    since: datetime | None = None
    up_to_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Resendable:
    """What can be sent again, oldest first, at most `MOST_AT_ONCE`; of `in_doubt` a second copy may arrive."""

    ids: list[int]
    in_doubt: int


def resendable(session: Session, which: Which, scope: Scope = EVERYTHING) -> Resendable:
    """The failed and doubtful messages that are meant, within a scope."""
    found = ledger(scope, state=which.state, candidate_id=which.candidate_id)
    found = found.where(*_IS_RESENDABLE)
    if which.ids is not None:
        found = found.where(OutboxMessage.id.in_(which.ids))
    if which.since is not None:
        found = found.where(OutboxMessage.settled_at >= which.since)
    if which.up_to_id is not None:
        found = found.where(OutboxMessage.id <= which.up_to_id)
    columns = found.with_only_columns(OutboxMessage.id, OutboxMessage.state)
    rows = session.execute(columns.order_by(None).order_by(OutboxMessage.id).limit(MOST_AT_ONCE)).all()
    in_doubt = sum(state == MessageState.UNKNOWN for _, state in rows)
    return Resendable(ids=[message_id for message_id, _ in rows], in_doubt=in_doubt)


def send_again(session: Session, ids: Sequence[int], *, actor: Actor, now: datetime) -> int:
    """Queue these once more and return how many; each is written into the journal.

    Only what failed or ended in doubt is taken up: pressed twice, or settled meanwhile, it changes nothing. Locks the
    rows. What is too late by now ends as skipped.
    """
    chosen = (OutboxMessage.id.in_(ids), *_IS_RESENDABLE)
    locked = select(OutboxMessage).where(*chosen).order_by(OutboxMessage.id).with_for_update()
    messages = session.scalars(locked.execution_options(populate_existing=True)).all()
    for message in messages:
        record(
            session, "message.sent_again", actor=actor, now=now, candidate_id=message.candidate_id,
            subject_id=message.id, text=message.kind, before=message.state,
        )  # fmt: skip
        _queue_again(message, now=now)
    if messages:
        session.info.setdefault(POSTED, []).extend(message.id for message in messages)
    return len(messages)


def _queue_again(message: OutboxMessage, *, now: datetime) -> None:
    message.trail = grown(message.trail, step("again", "by hand", now=now))
    message.state, message.due_at, message.settled_at, message.attempts = MessageState.QUEUED, now, None, 0
    message.reason = SECOND_COPY if message.doubts else None
