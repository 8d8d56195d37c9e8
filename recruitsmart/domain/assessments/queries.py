"""Reading tests, attempts and answers."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, func, inspect, select
from sqlalchemy.orm import Session, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value

from recruitsmart.domain.assessments.models import Answer, AnswerStatus, Attempt, AttemptStatus, Question, Test
from recruitsmart.domain.errors import NotFound


def open_attempt(session: Session, candidate_id: int, test_key: str) -> Attempt | None:
    """The candidate's attempt at a test that is offered or under way, with the test loaded."""
    return session.scalar(
        select(Attempt)
        .join(Attempt.test)
        .options(joinedload(Attempt.test), joinedload(Attempt.candidate))
        .where(*_own(candidate_id), Attempt.status != AttemptStatus.FINISHED, Test.key == test_key)
    )


def newest_attempt(session: Session, candidate_id: int, test_key: str) -> Attempt | None:
    """The candidate's latest attempt at a test, whatever its state, with the test loaded."""
    return session.scalar(
        select(Attempt)
        .join(Attempt.test)
        .options(joinedload(Attempt.test), joinedload(Attempt.candidate))
        .where(*_own(candidate_id), Test.key == test_key)
        .order_by(Attempt.id.desc())
        .limit(1)
    )


def _own(candidate_id: int) -> tuple[ColumnElement[bool], ...]:
    """Of this candidate, and not brought along by a merged card."""
    return Attempt.candidate_id == candidate_id, Attempt.merged_at.is_(None)


def own_attempt(session: Session, candidate_id: int, attempt_id: int) -> Attempt | None:
    """An attempt of this candidate, with the test loaded."""
    return session.scalar(
        select(Attempt)
        .options(joinedload(Attempt.test), joinedload(Attempt.candidate))
        .where(Attempt.id == attempt_id, *_own(candidate_id))
    )


def answer_before(answer: Answer) -> Answer | None:
    """The question asked before this one in the same attempt."""
    earlier = [other for other in answer.attempt.answers if other.id < answer.id]
    return earlier[-1] if earlier else None


def question_now(session: Session, question_id: int) -> Question:
    """A question as it is now, whatever this session saw before."""
    return session.get_one(Question, question_id, populate_existing=True)


def candidate_asked(session: Session, answer_id: int) -> int | None:
    """Whom this question was put to: the candidate's id; None also when it came along with a merged card."""
    asked = select(Attempt.candidate_id).join(Answer).where(Answer.id == answer_id, Attempt.merged_at.is_(None))
    return session.scalar(asked)


def questions_in_order(session: Session, test: Test, ids: Sequence[int]) -> list[tuple[int, Question | None]]:
    """The questions of these ids in the order given; None where the row is gone. Read once while a test is at hand."""
    if "questions" in inspect(test).unloaded:
        rows = select(Question).where(Question.test_id == test.id).order_by(Question.position, Question.id)
        set_committed_value(test, "questions", session.scalars(rows.execution_options(populate_existing=True)).all())
    found = {question.id: question for question in test.questions}
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


def question_count(session: Session, test_id: int) -> int:
    """How many questions of a test are asked at present."""
    asked = select(func.count()).select_from(Question).where(Question.test_id == test_id, Question.active)
    return session.scalar(asked) or 0


def last_activity_at(session: Session, attempt: Attempt) -> datetime:
    """When the person last did something for this attempt, or was last asked or offered it."""
    last = select(func.greatest(func.max(Answer.asked_at), func.max(Answer.answered_at)))
    moments = (attempt.offered_at, attempt.started_at, session.scalar(last.where(Answer.attempt_id == attempt.id)))
    return max(moment for moment in moments if moment is not None)


def last_answered_at(session: Session, attempt_id: int) -> datetime | None:
    """When the last question of an attempt was answered, passed over, or its time was up."""
    return session.scalar(select(func.max(Answer.answered_at)).where(Answer.attempt_id == attempt_id))


def open_answer(attempt: Attempt) -> Answer | None:
    """The question of the attempt that waits for its answer."""
    return next((answer for answer in attempt.answers if answer.status == AnswerStatus.OPEN), None)
