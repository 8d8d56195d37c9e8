"""Reading conversations: who waits, what was said, how much is unread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, and_, bindparam, cast, func, literal, literal_column, or_, select
from sqlalchemy.dialects.postgresql import aggregate_order_by, distinct_on
from sqlalchemy.orm import Session, contains_eager, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.chats.models import Chat, ChatLine
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.models import Account

MOST_COUNTED = 100


def open_chat(session: Session, candidate_id: int) -> Chat | None:
    """The candidate's open conversation."""
    return session.scalar(_OPEN, {"candidate_id": candidate_id})


_OPEN = (
    select(Chat)
    .where(Chat.candidate_id == bindparam("candidate_id"), Chat.closed_at.is_(None))
    .execution_options(prepared="open_chat")
)


def newest_chat(session: Session, candidate_id: int) -> Chat | None:
    """The candidate's latest conversation, open or closed, with who answers in it."""
    newest = select(Chat).options(joinedload(Chat.account).joinedload(Account.recruiter))
    return session.scalar(newest.where(Chat.candidate_id == candidate_id).order_by(Chat.id.desc()).limit(1))


def unread_count(session: Session, scope: Scope) -> int:
    """How many people wait for an answer within a scope; at most 100 are counted."""
    unread = _within(select(Chat.id), scope).where(Chat.closed_at.is_(None), Chat.unread_since.is_not(None))
    return session.scalar(select(func.count()).select_from(unread.limit(MOST_COUNTED).subquery())) or 0


@dataclass(frozen=True, kw_only=True)
class Place:
    """A place in the list of open conversations: what comes after it is not yet read."""

    unread_since: datetime | None
    id: int


def open_chats(session: Session, scope: Scope, *, after: Place | None, limit: int) -> Sequence[Chat]:
    """Open conversations: the unread first, who has waited longest on top; then the others, the newest first."""
    return session.scalars(_first_open(_listed(scope), after=after, limit=limit)).all()


def _first_open(chats: Select[Any], *, after: Place | None, limit: int) -> Select[Any]:
    still_open = chats.where(Chat.closed_at.is_(None))
    if after is not None:
        still_open = still_open.where(_is_after(after))
    return still_open.order_by(Chat.unread_since.asc().nulls_last(), Chat.id.desc()).limit(limit)


def _is_after(place: Place) -> ColumnElement[bool]:
    if place.unread_since is None:
        return and_(Chat.unread_since.is_(None), Chat.id < place.id)
    at_once = and_(Chat.unread_since == place.unread_since, Chat.id < place.id)
    return or_(Chat.unread_since > place.unread_since, at_once, Chat.unread_since.is_(None))


def closed_chats(session: Session, scope: Scope, *, before_id: int | None, limit: int) -> Sequence[Chat]:
    """Closed conversations, the one that was opened last on top."""
    listed = _listed(scope).where(Chat.closed_at.is_not(None))
    if before_id is not None:
        listed = listed.where(Chat.id < before_id)
    return session.scalars(listed.order_by(Chat.id.desc()).limit(limit)).all()


def _listed(scope: Scope) -> Select[Chat]:
    listed = select(Chat).options(
        contains_eager(Chat.candidate).options(joinedload(Candidate.city), joinedload(Candidate.contact)),
        joinedload(Chat.account).joinedload(Account.recruiter),
    )
    return _within(listed, scope)


def _within(chats: Select[Any], scope: Scope) -> Select[Any]:
    joined = chats.join(Chat.candidate)
    return joined if scope.city_ids is None else joined.where(Candidate.city_id.in_(scope.city_ids))


def open_mark(session: Session, scope: Scope, *, after: Place | None, limit: int) -> str:
    """A mark of `open_chats`; it is another one whenever that list may look different."""
    listed = _within(select(_ROW.label("row")).select_from(Chat), scope)
    rows = _first_open(listed, after=after, limit=limit).subquery()
    joined = func.string_agg(rows.c.row, aggregate_order_by(literal("|"), rows.c.row))
    return session.scalar(select(func.md5(joined))) or ""


_ROW = cast(literal_column("chats"), Text)


def newest_line(session: Session, candidate_id: int) -> int:
    """The id of what was written last by or to the person; 0 when nothing was."""
    newest = select(func.max(ChatLine.id)).where(ChatLine.candidate_id == candidate_id)
    return session.scalar(newest) or 0


def last_words(session: Session, candidate_id: int) -> str | None:
    """What the person themselves wrote last; None when nothing is kept."""
    own = select(ChatLine.text).where(ChatLine.candidate_id == candidate_id, ~ChatLine.by_staff)
    return session.scalar(own.order_by(ChatLine.id.desc()).limit(1))


def last_lines(session: Session, candidate_ids: Sequence[int]) -> dict[int, ChatLine]:
    """What was written last by or to each of these people, where anything was."""
    last = select(ChatLine).ext(distinct_on(ChatLine.candidate_id)).where(ChatLine.candidate_id.in_(candidate_ids))
    lines = session.scalars(last.order_by(ChatLine.candidate_id, ChatLine.id.desc()))
    return {line.candidate_id: line for line in lines}
