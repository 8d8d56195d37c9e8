"""The row in which a person's conversation stands, under its lock: what is done for one person happens in order."""

from datetime import datetime
from typing import cast

from sqlalchemy import Integer, Table, bindparam, case, func, literal, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from recruitsmart.domain.candidates.models import Candidate, Channel, Contact
from recruitsmart.domain.dialogue.machine import FLOOD_WINDOW, Prompt
from recruitsmart.domain.dialogue.models import Conversation

GONE = "the card was merged or erased meanwhile"


def locked(session: Session, candidate_id: int, *, now: datetime) -> Conversation:
    """The person's conversation under its lock, begun when there is none.

    Raises:
        StaleDataError: the card is gone; whoever tries again finds the one that took its place.
    """
    whose = {"candidate_id": candidate_id}
    known = session.scalar(_LOCK, whose)
    if known is not None:
        return known
    begin(session, candidate_id, now=now)
    begun = session.scalar(_LOCK, whose)
    if begun is None:
        raise StaleDataError(GONE)
    return begun


def counted(session: Session, chat_id: int, *, received_at: datetime, most: int) -> Conversation | None:
    """The conversation of a chat under its lock, one more update counted, up to `most`; None when there is none."""
    return session.scalar(_COUNT, {"chat": chat_id, "received_at": received_at, "most": most})


def begin(session: Session, candidate_id: int, *, now: datetime) -> None:
    """Make the row, unless it is there or the card has been erased."""
    session.execute(_BEGIN, {"candidate_id": candidate_id, "now": now})


_first = select(
    Candidate.id,
    literal(Prompt.CONSENT, Conversation.prompt.type),
    bindparam("now", type_=Conversation.flood_since.type),
).where(Candidate.id == bindparam("candidate_id"), Candidate.erased_at.is_(None))
_BEGIN = (
    insert(cast(Table, Conversation.__table__))
    .from_select(["candidate_id", "prompt", "flood_since"], _first)
    .on_conflict_do_nothing()
)
_LOCK = (
    select(Conversation)
    .where(Conversation.candidate_id == bindparam("candidate_id"))
    .with_for_update()
    .execution_options(prepared="lock_conversation")
)
_received_at = bindparam("received_at", type_=Conversation.flood_since.type)
_flood_is_over = _received_at - Conversation.flood_since >= FLOOD_WINDOW
_COUNT = (
    update(Conversation)
    .where(
        Conversation.candidate_id == Contact.candidate_id,
        Contact.channel == Channel.TELEGRAM,
        Contact.chat_id == bindparam("chat"),
    )
    .values(
        flood_since=case((_flood_is_over, _received_at), else_=Conversation.flood_since),
        flood_count=case(
            (_flood_is_over, 1), else_=func.least(Conversation.flood_count + 1, bindparam("most", type_=Integer))
        ),
    )
    .returning(Conversation)
    .execution_options(prepared="count_update", populate_existing=True, synchronize_session=False)
)
