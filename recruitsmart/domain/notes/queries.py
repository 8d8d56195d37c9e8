"""Reading notes, and whom to look at again."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.notes.models import FollowUp, Note


def notes_on(session: Session, candidate_id: int, *, limit: int = 100) -> Sequence[Note]:
    """Notes on a candidate, newest first, with who wrote them."""
    notes = select(Note).options(joinedload(Note.account)).where(Note.candidate_id == candidate_id)
    return session.scalars(notes.order_by(Note.id.desc()).limit(limit)).all()


def to_follow_up(session: Session, scope: Scope, *, until: date, limit: int) -> Sequence[FollowUp]:
    """Whom to look at again by a day, within a scope: the longest overdue first."""
    due = (
        select(FollowUp)
        .join(FollowUp.candidate)
        .options(contains_eager(FollowUp.candidate).joinedload(Candidate.city), joinedload(FollowUp.account))
        .where(FollowUp.due_on <= until)
        .order_by(FollowUp.due_on, FollowUp.candidate_id)
    )
    if scope.city_ids is not None:
        due = due.where(Candidate.city_id.in_(scope.city_ids))
    return session.scalars(due.limit(limit)).all()
