"""Attempts under way: start, ask the next question, take an answer, finish."""

import logging
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.models import (
    Answer,
    AnswerStatus,
    Attempt,
    AttemptStatus,
    Question,
    Test,
    TestKind,
)
from recruitsmart.domain.assessments.queries import attempt_under_way, given_answers, questions_in_order
from recruitsmart.domain.assessments.rules import Refusal, count_ahead, has_option, is_shown, read_answer, score, screen
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import actor_of
from recruitsmart.domain.errors import DomainError, NotFound
from recruitsmart.domain.journal.operations import SYSTEM, record

log = logging.getLogger(__name__)


class AlreadyAnswered(DomainError):
    """This question has been answered already."""

    key = "answer.already"


class BadAnswer(DomainError):
    """This is not an answer to the question."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self.refusal = refusal


def start(session: Session, candidate: Candidate, test_key: str, *, now: datetime) -> Attempt:
    """Begin a test, or go on with the attempt under way (a constraint allows one).

    Raises:
        NotFound: there is no such active test.
    """
    under_way = attempt_under_way(session, candidate.id, test_key)
    if under_way is not None:
        return under_way
    test = session.scalar(select(Test).where(Test.key == test_key, Test.active))
    if test is None:
        raise NotFound(f"There is no active test “{test_key}”.")
    ids = session.scalars(
        select(Question.id).where(Question.test_id == test.id, Question.active).order_by(Question.position)
    ).all()
    attempt = Attempt(test=test, candidate=candidate, question_ids=list(ids), started_at=now)
    session.add(attempt)
    session.flush()
    record(
        session, "attempt.started", actor=actor_of(candidate), now=now, candidate_id=candidate.id,
        subject_id=attempt.id, test=test_key,
    )  # fmt: skip
    return attempt


def ask_next(session: Session, attempt: Attempt, *, now: datetime) -> Answer | None:
    """The open question, or the next one as its content is now; None when nothing is left to ask.

    A question removed meanwhile is skipped, logged and journaled; one whose condition is not met is passed over.
    """
    given = given_answers(session, attempt.id)
    by_id = {answer.question_id: answer for answer in given}
    opened = next((answer for answer in given if answer.status == AnswerStatus.OPEN), None)
    if opened is not None:
        return opened
    values = {answer.asked["key"]: answer.value for answer in given}
    left = [question_id for question_id in attempt.question_ids if question_id not in by_id]
    for question_id, question in questions_in_order(session, left):
        if question is None or not question.active:
            _skip_removed(session, attempt, question_id, now=now)
        elif is_shown(question.show_if, values):
            return _ask(session, attempt, question, now=now)
    return None


def _ask(session: Session, attempt: Attempt, question: Question, *, now: datetime) -> Answer:
    answer = Answer(
        attempt_id=attempt.id, question_id=question.id, asked=_as_asked(question), asked_at=now,
        status=AnswerStatus.OPEN,
    )  # fmt: skip
    session.add(answer)
    session.flush()
    return answer


def _as_asked(question: Question) -> dict[str, Any]:
    columns = ("key", "kind", "text", "hint", "options", "lowest", "highest", "version")
    return {column: getattr(question, column) for column in columns}


def _skip_removed(session: Session, attempt: Attempt, question_id: int, *, now: datetime) -> None:
    attempt.question_ids = [other for other in attempt.question_ids if other != question_id]
    log.warning(
        "a question was removed while somebody is under way; it is skipped",
        extra={"action": "assessments.skip", "question_id": question_id, "attempt_id": attempt.id},
    )
    record(
        session, "question.skipped", actor=SYSTEM, now=now, candidate_id=attempt.candidate_id,
        subject_id=attempt.id, question_id=question_id,
    )  # fmt: skip


def answer_typed(session: Session, answer_id: int, typed: str, *, received_at: datetime) -> Answer:
    """Take typed words as the answer to an open question.

    Raises:
        AlreadyAnswered: the question is closed.
        BadAnswer: the words are no answer; the refusal says what is expected.
    """
    answer = _open(session, answer_id)
    value = read_answer(answer.asked, typed)
    if isinstance(value, Refusal):
        raise BadAnswer(value)
    return _close(answer, value, received_at=received_at)


def answer_chosen(
    session: Session, candidate: Candidate, answer_id: int, option_key: str, *, received_at: datetime
) -> Answer:
    """Take a pressed option as the answer.

    Raises:
        NotFound: the question was never asked of this person, or had no such option.
        AlreadyAnswered: the question is closed; the first answer counts.
    """
    answer = session.scalar(
        select(Answer).join(Attempt).where(Answer.id == answer_id, Attempt.candidate_id == candidate.id)
    )
    if answer is None or not has_option(answer.asked, option_key):
        raise NotFound
    return _close(_open(session, answer_id), option_key, received_at=received_at)


def _open(session: Session, answer_id: int) -> Answer:
    answer = session.get(Answer, answer_id, with_for_update=True, populate_existing=True)
    if answer is None or answer.status != AnswerStatus.OPEN:
        raise AlreadyAnswered
    return answer


def _close(answer: Answer, value: Any, *, received_at: datetime) -> Answer:
    answer.status, answer.value, answer.answered_at = AnswerStatus.ANSWERED, value, received_at
    return answer


def finish(session: Session, attempt: Attempt, *, now: datetime) -> Attempt:
    """Close the attempt and work out its result; finishing twice changes nothing."""
    if attempt.status == AttemptStatus.FINISHED:
        return attempt
    attempt.status, attempt.finished_at = AttemptStatus.FINISHED, now
    answered = [(answer.asked, answer.value) for answer in given_answers(session, attempt.id)]
    if attempt.test.kind == TestKind.EXAM:
        result = score(answered, pass_percent=attempt.test.pass_percent or 100)
        attempt.score, attempt.score_percent, attempt.passed = result.points, result.percent, result.passed
    else:
        attempt.screening, attempt.screening_reasons = screen(answered)
    record(
        session, "attempt.finished", actor=SYSTEM, now=now, candidate_id=attempt.candidate_id,
        subject_id=attempt.id, test=attempt.test.key, screening=attempt.screening, percent=attempt.score_percent,
    )  # fmt: skip
    return attempt


def total_questions(session: Session, attempt: Attempt) -> int:
    """How many questions this person will have been asked, as far as is known: those ruled out do not count."""
    given = given_answers(session, attempt.id)
    asked = {answer.question_id for answer in given}
    left = [question_id for question_id in attempt.question_ids if question_id not in asked]
    ahead = [question for _, question in questions_in_order(session, left) if question is not None and question.active]
    values = {answer.asked["key"]: answer.value for answer in given if answer.status != AnswerStatus.OPEN}
    open_keys = {answer.asked["key"] for answer in given if answer.status == AnswerStatus.OPEN}
    return len(given) + count_ahead(ahead, values, open_keys)
