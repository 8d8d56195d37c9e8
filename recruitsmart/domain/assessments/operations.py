"""Attempts: offered, begun, asked question by question, finished."""

import logging
from collections.abc import Sequence
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
from recruitsmart.domain.assessments.queries import open_answer, open_attempt, questions_in_order
from recruitsmart.domain.assessments.reading import Asked
from recruitsmart.domain.assessments.rules import count_ahead, is_shown, score, screen, shuffled, shuffled_options
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import actor_of
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.journal.operations import SYSTEM, Actor, record

log = logging.getLogger(__name__)


def start(session: Session, candidate: Candidate, test_key: str, *, now: datetime) -> Attempt:
    """Begin a test, or go on with the attempt that is open (a constraint allows one).

    Raises:
        NotFound: there is no such active test.
    """
    attempt = open_attempt(session, candidate.id, test_key)
    if attempt is None:
        attempt = _new(session, candidate, _active_test(session, test_key))
    return begin(session, attempt, now=now)


def offer(
    session: Session, candidate: Candidate, test_key: str, *, reason: str | None = None, actor: Actor, now: datetime
) -> Attempt:
    """Let a candidate take a test when they are ready; offering again while one is open changes nothing.

    `reason` says why somebody gets another go.

    Raises:
        NotFound: there is no such active test.
    """
    attempt = open_attempt(session, candidate.id, test_key)
    if attempt is not None:
        return attempt
    attempt = _new(session, candidate, _active_test(session, test_key))
    attempt.offered_at, attempt.grant_reason = now, reason
    session.flush()
    _record(session, attempt, "attempt.offered", actor=actor, now=now, reason=reason)
    return attempt


def _active_test(session: Session, test_key: str) -> Test:
    test = session.scalar(select(Test).where(Test.key == test_key, Test.active))
    if test is None:
        raise NotFound(f"There is no active test “{test_key}”.")
    return test


def _new(session: Session, candidate: Candidate, test: Test) -> Attempt:
    attempt = Attempt(test=test, candidate=candidate, status=AttemptStatus.OFFERED, question_ids=[])
    session.add(attempt)
    return attempt


def begin(session: Session, attempt: Attempt, *, now: datetime) -> Attempt:
    """Fix questions, order and extra time; beginning again changes nothing."""
    if attempt.status != AttemptStatus.OFFERED:
        return attempt
    attempt.status, attempt.started_at = AttemptStatus.UNDER_WAY, now
    _fix_terms(attempt)
    session.flush()
    attempt.question_ids = [question.id for question in _in_order(session, attempt)]
    actor = actor_of(attempt.candidate)
    _record(session, attempt, "attempt.started", actor=actor, now=now, test=attempt.test.key)
    return attempt


def _fix_terms(attempt: Attempt) -> None:
    """What was agreed with the person at the start: an edit of the test is for those who begin later."""
    test = attempt.test
    attempt.question_limit_seconds, attempt.total_limit_seconds = test.question_limit_seconds, test.total_limit_seconds
    attempt.tries, attempt.pass_percent = test.tries, test.pass_percent
    attempt.extra_percent = attempt.candidate.extra_time_percent


def _in_order(session: Session, attempt: Attempt) -> Sequence[Question]:
    of_test = select(Question).where(Question.test_id == attempt.test.id, Question.active)
    questions = session.scalars(of_test.order_by(Question.position, Question.id)).all()
    return shuffled(questions, attempt.seed) if attempt.test.shuffle_questions else questions


def ask_next(session: Session, attempt: Attempt, *, now: datetime) -> Answer | None:
    """The open question, or the next one as its content is now; None when nothing is left to ask.

    A question removed meanwhile is skipped, logged and journaled; one whose condition is not met is passed over.
    """
    given = attempt.answers
    by_id = {answer.question_id: answer for answer in given}
    opened = open_answer(attempt)
    if opened is not None:
        return opened
    values = {answer.asked["key"]: answer.value for answer in given}
    left = [question_id for question_id in attempt.question_ids if question_id not in by_id]
    for question_id, question in questions_in_order(session, attempt.test, left):
        if question is None or not question.active:
            _skip_removed(session, attempt, question_id, now=now)
        elif is_shown(question.show_if, values):
            return _ask(session, attempt, question, now=now)
    return None


def _ask(session: Session, attempt: Attempt, question: Question, *, now: datetime) -> Answer:
    session.flush()  # the one before is closed first: only one may be open
    answer = Answer(
        attempt=attempt, question_id=question.id, asked=as_asked(question, attempt),
        asked_at=shown_none_since(attempt, now=now), status=AnswerStatus.OPEN, draft=[], tries=0, puts=0,
    )  # fmt: skip
    session.add(answer)
    session.flush()
    return answer


def shown_none_since(attempt: Attempt, *, now: datetime) -> datetime:
    """Since when no question is shown, where the whole has a limit that runs: since the last one closed; else now.

    Whatever came in between, a slow worker or a rejection that was taken back, takes nothing of that time.
    """
    closed_at = attempt.answers[-1].answered_at if attempt.answers else None
    return now if closed_at is None or attempt.deadline_at is None else closed_at


def as_asked(question: Question, attempt: Attempt) -> dict[str, Any]:
    """What is kept of a question when it is asked: its content, its limit, and its options in the order shown."""
    columns = ("key", "kind", "text", "hint", "options", "lowest", "highest", "required", "version")
    asked = {column: getattr(question, column) for column in columns}
    asked["limit_seconds"] = question.limit_seconds or attempt.question_limit_seconds
    if attempt.test.shuffle_options:
        asked["options"] = shuffled_options(question.options, attempt.seed, question.id)
    return asked


def _skip_removed(session: Session, attempt: Attempt, question_id: int, *, now: datetime) -> None:
    attempt.question_ids = [other for other in attempt.question_ids if other != question_id]
    log.warning(
        "a question was removed while somebody is under way; it is skipped",
        extra={"action": "assessments.skip", "question_id": question_id, "attempt_id": attempt.id},
    )
    _record(session, attempt, "question.skipped", actor=SYSTEM, now=now, question_id=question_id)


def is_over(attempt: Attempt, *, now: datetime) -> bool:
    """Whether the time for the whole attempt is up."""
    return attempt.deadline_at is not None and now >= attempt.deadline_at


def finish(session: Session, attempt: Attempt, *, at: datetime, now: datetime) -> Attempt:
    """Close the attempt as of `at` and work out its result; finishing twice changes nothing."""
    if attempt.status == AttemptStatus.FINISHED:
        return attempt
    attempt.status, attempt.finished_at = AttemptStatus.FINISHED, at
    judge(session, attempt)
    _record(
        session, attempt, "attempt.finished", actor=SYSTEM, now=now, test=attempt.test.key,
        screening=attempt.screening, percent=attempt.score_percent,
    )  # fmt: skip
    return attempt


def judge(session: Session, attempt: Attempt) -> None:
    """Work out the result from the answers as they are. In an exam a question that was never reached earns nothing."""
    answered = [(answer.asked, answer.value) for answer in attempt.answers]
    if attempt.test.kind == TestKind.QUESTIONNAIRE:
        attempt.screening, attempt.screening_reasons = screen(answered)
        return
    unreached = [(asked, None) for asked in _unreached(session, attempt)]
    result = score([*answered, *unreached], pass_percent=attempt.pass_percent or 100)
    attempt.score, attempt.score_percent, attempt.passed = result.points, result.percent, result.passed


def _unreached(session: Session, attempt: Attempt) -> list[Asked]:
    values = {answer.asked["key"]: answer.value for answer in attempt.answers}
    return [as_asked(question, attempt) for question in _ahead(session, attempt) if is_shown(question.show_if, values)]


def _ahead(session: Session, attempt: Attempt) -> list[Question]:
    asked = {answer.question_id for answer in attempt.answers}
    left = [question_id for question_id in attempt.question_ids if question_id not in asked]
    return [
        question
        for _, question in questions_in_order(session, attempt.test, left)
        if question is not None and question.active
    ]


def progress(session: Session, attempt: Attempt) -> tuple[int, int]:
    """The number of the question asked last, and how many there will have been, as far as is known.

    Those ruled out or removed do not count.
    """
    given = attempt.answers
    values = {answer.asked["key"]: answer.value for answer in given if answer.status != AnswerStatus.OPEN}
    open_keys = {answer.asked["key"] for answer in given if answer.status == AnswerStatus.OPEN}
    return len(given), len(given) + count_ahead(_ahead(session, attempt), values, open_keys)


def _record(session: Session, attempt: Attempt, kind: str, *, actor: Actor, now: datetime, **details: Any) -> None:
    record(
        session, kind, actor=actor, now=now, candidate_id=attempt.candidate_id, subject_id=attempt.id, **details
    )  # fmt: skip
