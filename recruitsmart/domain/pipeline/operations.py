"""Steps of the pipeline that need more than one subject."""

from datetime import datetime

from sqlalchemy.orm import Session

from recruitsmart.domain.assessments import operations as assessments
from recruitsmart.domain.assessments.models import Attempt, Screening
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import actor_of, move
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.journal.operations import SYSTEM, record

TEST1 = "test1"


def begin_test1(session: Session, candidate: Candidate, *, now: datetime) -> Attempt:
    """The attempt at Test 1 under way, started now when there is none; moves the candidate to its stage."""
    if candidate.stage == Stage.STARTED:
        move(session, candidate, Stage.TEST1, actor=actor_of(candidate), now=now)
    return assessments.start(session, candidate, TEST1, now=now)


def conclude_test1(session: Session, attempt: Attempt, *, now: datetime) -> Screening:
    """Finish Test 1 and act on its screening: choose an hour, wait for a recruiter, or a kind no.

    A declined person stays in screening with the reason, so that a recruiter sees it and can reverse it.
    """
    assessments.finish(session, attempt, now=now)
    candidate, screening = attempt.candidate, attempt.screening or Screening.REVIEW
    to = Stage.TO_SCHEDULE if screening == Screening.QUALIFIED else Stage.SCREENING
    move(session, candidate, to, now=now)
    if screening == Screening.DECLINED:
        candidate.outcome = Outcome.REJECTED
        candidate.outcome_reason = "Test 1: " + ", ".join(attempt.screening_reasons)
        record(
            session, "candidate.rejected", actor=SYSTEM, now=now, candidate_id=candidate.id,
            reason=candidate.outcome_reason,
        )  # fmt: skip
    return screening
