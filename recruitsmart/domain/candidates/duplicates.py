"""Cards that may be about one person; and of which somebody has said that they are about two.

What was said last about a pair counts. It is a fact of the journal, written on both cards.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.models import Candidate, Invitation
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import Actor, record

MOST_DUPLICATES = 5
TOLD_APART, PERHAPS_ONE = "candidate.told_apart", "candidate.perhaps_one"


@dataclass(frozen=True, kw_only=True)
class Duplicates:
    """Cards that may be about the same person, and those that may not, as somebody has said."""

    suggested: Sequence[Candidate]
    told_apart: Sequence[Candidate]


def possible_duplicates(session: Session, candidate: Candidate, scope: Scope) -> Duplicates:
    """Cards of a scope with the same phone, or of which one opened the other's personal link. One query."""
    opened = Invitation.opened_by_id
    ways = [
        select(Invitation.candidate_id).where(opened == candidate.id),
        select(opened).where(Invitation.candidate_id == candidate.id, opened.is_not(None)),
    ]
    if candidate.phone is not None:
        ways.append(select(Candidate.id).where(Candidate.phone == candidate.phone))
    is_apart = func.coalesce(_said_last(candidate) == TOLD_APART, False)
    found = select(Candidate, is_apart).options(joinedload(Candidate.city), joinedload(Candidate.contact))
    known = (Candidate.id.in_(union_all(*ways)), Candidate.id != candidate.id, Candidate.erased_at.is_(None))
    found = found.where(*known)
    if scope.city_ids is not None:
        found = found.where(Candidate.city_id.in_(scope.city_ids))
    rows = session.execute(found.order_by(is_apart, Candidate.id).limit(2 * MOST_DUPLICATES)).all()
    return Duplicates(
        suggested=[one for one, apart in rows if not apart][:MOST_DUPLICATES],
        told_apart=[one for one, apart in rows if apart],
    )


def _said_last(candidate: Candidate) -> ColumnElement[str | None]:
    """As SQL over other candidates: what was said last about the pair."""
    said = Entry.candidate_id == candidate.id, Entry.subject_id == Candidate.id
    last = select(Entry.kind).where(*said, Entry.kind.in_((TOLD_APART, PERHAPS_ONE)))
    return last.order_by(Entry.id.desc()).limit(1).correlate(Candidate).scalar_subquery()


def tell_apart(session: Session, one: Candidate, other: Candidate, *, actor: Actor, now: datetime) -> None:
    """They are two people: neither is suggested on the card of the other any more. Twice changes nothing."""
    _say(session, TOLD_APART, one, other, actor=actor, now=now)


def suggest_again(session: Session, one: Candidate, other: Candidate, *, actor: Actor, now: datetime) -> None:
    """It was a slip, or one learned better: they may be one person after all. Twice changes nothing."""
    _say(session, PERHAPS_ONE, one, other, actor=actor, now=now)


def _say(session: Session, kind: str, one: Candidate, other: Candidate, *, actor: Actor, now: datetime) -> None:
    if one.id == other.id:
        return
    for card, about in ((one, other), (other, one)):
        last = session.scalar(select(_said_last(card)).select_from(Candidate).where(Candidate.id == about.id))
        if (last or PERHAPS_ONE) != kind:
            record(
                session, kind, actor=actor, now=now, candidate_id=card.id, subject_id=about.id,
                reference=about.reference,
            )  # fmt: skip
