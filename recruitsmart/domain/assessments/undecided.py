"""People whose questionnaire a recruiter decides on, and those it ended for, with the answers that led there."""

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload, selectinload

from recruitsmart.domain.assessments.models import Attempt
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.access import Scope


def to_decide(scope: Scope) -> Select[Candidate]:
    """Active candidates in screening within a scope, who has waited longest first."""
    return _in_screening(scope, Outcome.ACTIVE).order_by(Candidate.stage_since, Candidate.id)


def declined_there(scope: Scope) -> Select[Candidate]:
    """Candidates whose application ended in screening, by a rule or a recruiter, the newest first."""
    return _in_screening(scope, Outcome.REJECTED).order_by(Candidate.stage_since.desc(), Candidate.id.desc())


def _in_screening(scope: Scope, outcome: Outcome) -> Select[Candidate]:
    found = (
        select(Candidate)
        .options(joinedload(Candidate.city), joinedload(Candidate.contact))
        .where(Candidate.stage == Stage.SCREENING, Candidate.outcome == outcome)
    )
    return found if scope.city_ids is None else found.where(Candidate.city_id.in_(scope.city_ids))


def screened_attempts(session: Session, candidates: Sequence[Candidate]) -> dict[int, Attempt]:
    """The newest screened attempt of each, by candidate id, with test and answers; two queries."""
    newest = (
        select(Attempt)
        .ext(distinct_on(Attempt.candidate_id))
        .options(joinedload(Attempt.test), selectinload(Attempt.answers))
        .where(Attempt.candidate_id.in_([candidate.id for candidate in candidates]), Attempt.screening.is_not(None))
        .where(Attempt.merged_at.is_(None))
        .order_by(Attempt.candidate_id, Attempt.id.desc())
    )
    return {attempt.candidate_id: attempt for attempt in session.scalars(newest)}
