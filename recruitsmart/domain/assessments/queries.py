"""Reading tests, attempts and answers."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from recruitsmart.domain.assessments.models import Answer, Attempt, AttemptStatus, Question, Test


def attempt_under_way(session: Session, candidate_id: int, test_key: str) -> Attempt | None:
    """The candidate's attempt at a test that is not finished, with the test loaded."""
    return session.scalar(
        select(Attempt)
        .join(Attempt.test)
        .options(joinedload(Attempt.test))
        .where(
            Attempt.candidate_id == candidate_id,
            Attempt.status == AttemptStatus.UNDER_WAY,
            Test.key == test_key,
        )
    )


def has_finished(session: Session, candidate_id: int, test_key: str) -> bool:
    """Whether the candidate has a finished attempt at the test."""
    finished = (
        select(Attempt.id)
        .join(Attempt.test)
        .where(
            Attempt.candidate_id == candidate_id,
            Attempt.status == AttemptStatus.FINISHED,
            Test.key == test_key,
        )
        .limit(1)
    )
    return session.scalar(finished) is not None


def given_answers(session: Session, attempt_id: int) -> Sequence[Answer]:
    """What was asked in an attempt so far, in the order of asking."""
    return session.scalars(select(Answer).where(Answer.attempt_id == attempt_id).order_by(Answer.id)).all()


def questions_in_order(session: Session, ids: Sequence[int]) -> list[tuple[int, Question | None]]:
    """The questions of these ids as they are now, in the order given; None where the row is gone."""
    if not ids:
        return []
    rows = session.scalars(select(Question).where(Question.id.in_(ids)).execution_options(populate_existing=True))
    found = {question.id: question for question in rows}
    return [(question_id, found.get(question_id)) for question_id in ids]


def attempts_of(session: Session, candidate_id: int) -> Sequence[Attempt]:
    """All attempts of a candidate, newest first, with tests and answers loaded; three queries."""
    return session.scalars(
        select(Attempt)
        .options(joinedload(Attempt.test), selectinload(Attempt.answers))
        .where(Attempt.candidate_id == candidate_id)
        .order_by(Attempt.id.desc())
    ).all()
