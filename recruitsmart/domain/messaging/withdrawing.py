"""Holding back what was posted: no longer true, nobody there to read it, or to be read elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import cast

from sqlalchemy import Executable, Table, bindparam, case, func, literal, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.sending import Lane

_outbox = cast(Table, OutboxMessage.__table__)


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
    withdraw_messages_of_many(session, [about], kinds, reason=reason, now=now)


def withdraw_messages_of_many(
    session: Session, abouts: Sequence[str], kinds: Sequence[str], *, reason: str, now: datetime
) -> None:
    """The same about several subjects, in one statement."""
    session.execute(_WITHDRAW, {"subjects": list(abouts), "kinds": list(kinds), "why": reason, "moment": now})


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
    about = _outbox.c.about.in_(bindparam("subjects", expanding=True))
    return _outbox.update().where(about, kinds, not_sent).values(withdrawn)


_WITHDRAW = _withdraw_statement()


def withdraw_edits(session: Session, chat_id: int, kind: str, *, reason: str, now: datetime) -> None:
    """These changes of older messages would cover what is said now: those still queued end as skipped."""
    queued = (_outbox.c.state == MessageState.QUEUED, _outbox.c.chat_id == chat_id, _outbox.c.edits_only)
    skipped = {"state": MessageState.SKIPPED, "reason": reason, "settled_at": now}
    session.execute(_outbox.update().where(*queued, _outbox.c.kind == kind).values(skipped))
