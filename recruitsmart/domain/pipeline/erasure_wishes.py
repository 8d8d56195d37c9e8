"""Who asked to be erased while a legal hold forbids it: kept in the journal until it ends and staff erase them."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ScalarSelect, func, select
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import actor_of
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import record

ASKED = "candidate.asked_to_be_erased"


def note_wish(session: Session, candidate: Candidate, *, now: datetime) -> None:
    """The person wants to be erased and cannot be. Wishing twice changes nothing."""
    if asked_since(session, candidate.id) is None:
        record(session, ASKED, actor=actor_of(candidate), now=now, candidate_id=candidate.id)


def asked_since(session: Session, candidate_id: int) -> datetime | None:
    """Since when this person wants to be erased; None when they never said so."""
    return session.scalar(select(asked_at(candidate_id)))


def asked_at(candidate_id: object) -> ScalarSelect[datetime]:
    """As SQL: since when this candidate (an id, or its column) wants to be erased."""
    asked = (Entry.candidate_id == candidate_id, Entry.kind == ASKED)
    return select(func.min(Entry.at)).where(*asked).scalar_subquery()


def who_asked(session: Session, *, limit: int) -> Sequence[Candidate]:
    """Those who still wait to be erased, who asked first before the others."""
    waiting = select(Candidate).join(Entry, Entry.candidate_id == Candidate.id)
    waiting = waiting.where(Entry.kind == ASKED, Candidate.erased_at.is_(None))
    return session.scalars(waiting.group_by(Candidate.id).order_by(func.min(Entry.at)).limit(limit)).all()
