"""People on whose test a recruiter decides, and those whom the questionnaire ended for, with what led there."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased, contains_eager, joinedload, selectinload

from recruitsmart.domain.assessments.models import Attempt, AttemptStatus, Test, TestKind
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.access import Scope


def to_decide(scope: Scope) -> Select[Candidate]:
    """Active candidates in screening within a scope, who has waited longest first."""
    return _in_screening(scope, Outcome.ACTIVE).order_by(Candidate.stage_since, Candidate.id)


def declined_there(scope: Scope) -> Select[Candidate]:
    """Candidates whose application ended in screening, by a rule or a recruiter, the newest first."""
    return _in_screening(scope, Outcome.REJECTED).order_by(Candidate.stage_since.desc(), Candidate.id.desc())


def after_exam(scope: Scope) -> Select[Candidate]:
    """Active candidates whose exam is over and did not lead on, as when it was failed: the first to finish first.

    Whoever has been granted another go is none of them.
    """
    later, its_test = aliased(Attempt), aliased(Test)
    is_newest = ~exists().where(
        later.candidate_id == Attempt.candidate_id,
        later.id > Attempt.id,
        later.merged_at.is_(None),
        its_test.id == later.test_id,
        its_test.kind == TestKind.EXAM,
    )
    finished = (Attempt.status == AttemptStatus.FINISHED, Attempt.merged_at.is_(None), Test.kind == TestKind.EXAM)
    return (
        _standing(scope, Stage.TEST2, Outcome.ACTIVE)
        .join(Attempt, Attempt.candidate_id == Candidate.id)
        .join(Attempt.test)
        .where(*finished, is_newest)
        .order_by(Attempt.finished_at, Candidate.id)
    )


def _in_screening(scope: Scope, outcome: Outcome) -> Select[Candidate]:
    return _standing(scope, Stage.SCREENING, outcome)


def _standing(scope: Scope, stage: Stage, outcome: Outcome) -> Select[Candidate]:
    found = (
        select(Candidate)
        .options(joinedload(Candidate.city), joinedload(Candidate.contact))
        .where(Candidate.stage == stage, Candidate.outcome == outcome)
    )
    return found if scope.city_ids is None else found.where(Candidate.city_id.in_(scope.city_ids))


def screened_attempts(session: Session, candidates: Sequence[Candidate]) -> dict[int, Attempt]:
    """The newest screened attempt of each, by candidate id, with test and answers; two queries."""
    return _newest(session, candidates, Attempt.screening.is_not(None))


def exam_attempts(session: Session, candidates: Sequence[Candidate]) -> dict[int, Attempt]:
    """The newest finished exam of each, by candidate id, with test and answers; two queries."""
    return _newest(session, candidates, Attempt.status == AttemptStatus.FINISHED, Test.kind == TestKind.EXAM)


def _newest(session: Session, candidates: Sequence[Candidate], *wanted: ColumnElement[bool]) -> dict[int, Attempt]:
    newest = (
        select(Attempt)
        .ext(distinct_on(Attempt.candidate_id))
        .join(Attempt.test)
        .options(contains_eager(Attempt.test), selectinload(Attempt.answers))
        .where(Attempt.candidate_id.in_([candidate.id for candidate in candidates]), Attempt.merged_at.is_(None))
        .where(*wanted)
        .order_by(Attempt.candidate_id, Attempt.id.desc())
    )
    return {attempt.candidate_id: attempt for attempt in session.scalars(newest)}
