"""Reading tests, attempts and answers."""

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from recruitsmart.domain.assessments.models import Answer, Attempt, AttemptStatus, Question, Test
from recruitsmart.domain.errors import NotFound


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


def questions_of(session: Session, test_id: int) -> Sequence[Question]:
    """All questions of a test in their order, hidden ones too."""
    of_test = select(Question).where(Question.test_id == test_id).order_by(Question.position, Question.id)
    return session.scalars(of_test).all()


def tests_with_counts(session: Session) -> list[tuple[Test, int, int]]:
    """Each test with how many of its questions are asked and how many are hidden."""
    counts = (
        select(Test, func.count(Question.id).filter(Question.active), func.count(Question.id).filter(~Question.active))
        .outerjoin(Question, Question.test_id == Test.id)
        .group_by(Test.id)
        .order_by(Test.key)
    )
    return [(test, asked, hidden) for test, asked, hidden in session.execute(counts)]


def test_called(session: Session, key: str) -> Test:
    """The test of a key.

    Raises:
        NotFound: there is none.
    """
    test = session.scalar(select(Test).where(Test.key == key))
    if test is None:
        raise NotFound
    return test


def question_of(session: Session, test: Test, question_id: int) -> Question:
    """A question of this test.

    Raises:
        NotFound: there is none.
    """
    question = session.scalar(select(Question).where(Question.id == question_id, Question.test_id == test.id))
    if question is None:
        raise NotFound
    return question
