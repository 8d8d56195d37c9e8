"""Writing notes, and saying when to look again."""

from datetime import date, datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.notes.models import FollowUp, Note

LONGEST_NOTE = 2000
FURTHEST = timedelta(days=366)


def note(session: Session, candidate: Candidate, typed: str, *, actor: Actor, now: datetime) -> Note:
    """Keep a note; the history says that there is one, not what it says.

    Raises:
        BadInput: nothing was written, or too much.
    """
    words = typed.replace("\r\n", "\n").replace("\0", "").strip()
    if not words:
        raise BadInput("Write something first.")
    if len(words) > LONGEST_NOTE:
        raise BadInput("A note has at most 2,000 characters.")
    written = Note(candidate_id=candidate.id, account_id=actor.id, text=words, written_at=now)
    session.add(written)
    session.flush()
    record(session, "note.written", actor=actor, now=now, candidate_id=candidate.id, subject_id=written.id)
    return written


def follow_up(
    session: Session, candidate: Candidate, due_on: date, *, actor: Actor, today: date, now: datetime
) -> None:
    """Look at this person again on a day of the one who says so; a new day takes the place of the old one.

    Raises:
        BadInput: the day is past, or more than a year ahead.
    """
    if not today <= due_on <= today + FURTHEST:
        raise BadInput("Choose a day from today on, within a year.")
    row = {"candidate_id": candidate.id, "due_on": due_on, "account_id": actor.id}
    planned = insert(FollowUp).values(row)
    session.execute(planned.on_conflict_do_update(index_elements=["candidate_id"], set_=row))
    record(
        session, "candidate.follow_up", actor=actor, now=now, candidate_id=candidate.id, day=due_on.isoformat()
    )  # fmt: skip


def done(session: Session, candidate: Candidate, *, actor: Actor, now: datetime) -> None:
    """Nobody needs to look again; saying it twice changes nothing."""
    gone = session.scalar(
        delete(FollowUp).where(FollowUp.candidate_id == candidate.id).returning(FollowUp.candidate_id)
    )
    if gone is not None:
        record(session, "candidate.followed_up", actor=actor, now=now, candidate_id=candidate.id)
