"""Taking answers, by the moment they were received; closing what nobody answered.

Locks are taken in one order: the answer, its attempt.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.clocks import QUESTION_EXPIRES, credit, locked_answer, lost_of, settle_clock
from recruitsmart.domain.assessments.models import Answer, AnswerStatus, Attempt, AttemptStatus, QuestionKind, TestKind
from recruitsmart.domain.assessments.operations import as_asked, ask_next, is_over, judge, shown_none_since
from recruitsmart.domain.assessments.queries import answer_before, open_answer, question_now
from recruitsmart.domain.assessments.reading import Refusal, read_answer
from recruitsmart.domain.assessments.rules import has_option, is_right
from recruitsmart.domain.assessments.timing import is_in_time
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.errors import DomainError, NotFound
from recruitsmart.domain.timers.operations import set_timer


class AlreadyAnswered(DomainError):
    """This question has been answered already."""

    key = "answer.already"

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class TimeIsUp(DomainError):
    """The time for this question is up."""

    key = "answer.too_late"


class BadAnswer(DomainError):
    """This is not an answer to the question."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self.refusal = refusal


class TryAgain(DomainError):
    """The answer is wrong, and another one may be given."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


def answer_typed(
    session: Session, candidate: Candidate, answer_id: int, typed: str, *, received_at: datetime, now: datetime
) -> Answer:
    """Take typed words as the answer to a question of this person.

    Raises:
        NotFound, AlreadyAnswered, TimeIsUp, TryAgain
        BadAnswer: the words are no answer; the refusal says what is expected.
    """
    answer = _answerable(session, candidate, answer_id, received_at=received_at)
    value = read_answer(answer.asked, typed)
    if isinstance(value, Refusal):
        raise BadAnswer(value)
    return _take(session, answer, value, received_at=received_at, now=now)


def answer_chosen(
    session: Session, candidate: Candidate, answer_id: int, option_key: str, *, received_at: datetime, now: datetime
) -> Answer:
    """Take a pressed option; where several may be chosen it is ticked or unticked, and the question stays open.

    Raises:
        NotFound: the question was never asked of this person, or had no such option.
        AlreadyAnswered: the question is closed; the first answer counts.
        TimeIsUp, TryAgain
    """
    answer = _answerable(session, candidate, answer_id, received_at=received_at, option_key=option_key)
    if answer.asked["kind"] != QuestionKind.SEVERAL_CHOICES:
        return _take(session, answer, option_key, received_at=received_at, now=now)
    ticked = {*answer.draft} ^ {option_key}
    answer.draft = [option["key"] for option in answer.asked["options"] if option["key"] in ticked]
    if answer.status != AnswerStatus.OPEN:
        _count_ticks(answer)
        _judge_again(session, answer)
    return answer


def _count_ticks(answer: Answer) -> None:
    """What is ticked when the time is up is the answer."""
    answer.value = list(answer.draft) or None
    answer.correct = is_right(answer.asked, answer.value)


def answer_ticked(
    session: Session, candidate: Candidate, answer_id: int, *, received_at: datetime, now: datetime
) -> Answer:
    """“Done”: the options ticked so far are the answer.

    Raises:
        NotFound, AlreadyAnswered, TimeIsUp, TryAgain
        BadAnswer: nothing is ticked.
    """
    answer = _answerable(session, candidate, answer_id, received_at=received_at)
    if not answer.draft:
        raise BadAnswer(Refusal(key="answer.tick"))
    return _take(session, answer, list(answer.draft), received_at=received_at, now=now)


def pass_over(
    session: Session, candidate: Candidate, answer_id: int, *, received_at: datetime, now: datetime
) -> Answer:
    """“Skip”, for a question that is not required.

    Raises:
        NotFound, AlreadyAnswered, TimeIsUp
    """
    answer = _answerable(session, candidate, answer_id, received_at=received_at)
    if answer.asked.get("required", True):
        raise NotFound
    was_open = answer.status == AnswerStatus.OPEN
    answer.status, answer.value, answer.answered_at = AnswerStatus.SKIPPED, None, received_at
    answer.correct, answer.draft = None, []
    if was_open:
        settle_clock(session, answer, now=now)
    else:
        _judge_again(session, answer)
    return answer


def step_back(session: Session, candidate: Candidate, answer_id: int) -> Answer:
    """“Back” in a questionnaire: the open question is taken back and the one before it is open again, as it is now.

    Raises:
        NotFound: this is not the open question, there is none before it, or the clock runs in this test.
    """
    answer = locked_answer(session, answer_id, candidate)
    attempt = answer.attempt
    before = way_back(answer)
    if before is None or answer.status != AnswerStatus.OPEN or attempt.status != AttemptStatus.UNDER_WAY:
        raise NotFound
    session.delete(answer)
    session.flush()
    session.expire(attempt, ["answers"])
    before.status, before.value, before.answered_at, before.draft = AnswerStatus.OPEN, None, None, []
    question = question_now(session, before.question_id)
    if question.active:
        before.asked = as_asked(question, attempt)
    return before


def way_back(answer: Answer) -> Answer | None:
    """Where “Back” leads; None in an exam, at the first question, and to or from one whose clock runs."""
    if answer.attempt.test.kind == TestKind.EXAM or answer.is_timed:
        return None
    before = answer_before(answer)
    return None if before is None or before.is_timed else before


def _answerable(
    session: Session, candidate: Candidate, answer_id: int, *, received_at: datetime, option_key: str | None = None
) -> Answer:
    """The answer under its lock, when something received at this moment may still settle it.

    A question that its timer has closed is answerable too if the answer had reached us in time: the worker was slower
    than the clock, or our own processes were down.
    """
    answer = locked_answer(session, answer_id, candidate)
    if option_key is not None and not has_option(answer.asked, option_key):
        raise NotFound
    if answer.status not in (AnswerStatus.OPEN, AnswerStatus.TIMED_OUT):
        raise AlreadyAnswered(answer)
    lost = lost_of(session, answer, until=received_at)
    if not is_in_time(received_at, answer.deadline_at, lost=lost):
        raise TimeIsUp
    credit(answer, lost)
    return answer


def _take(session: Session, answer: Answer, value: Any, *, received_at: datetime, now: datetime) -> Answer:
    correct = is_right(answer.asked, value)
    was_open = answer.status == AnswerStatus.OPEN
    if correct is False and was_open and answer.tries + 1 < answer.attempt.tries:
        answer.tries += 1
        raise TryAgain(answer)
    answer.status, answer.value, answer.answered_at = AnswerStatus.ANSWERED, value, received_at
    answer.correct, answer.draft = correct, []
    if was_open:
        settle_clock(session, answer, now=now)
    else:
        _judge_again(session, answer)
    return answer


def _judge_again(session: Session, answer: Answer) -> None:
    """An exam is judged by every answer that was in time; what a questionnaire led to has been told and acted on."""
    if answer.attempt.status == AttemptStatus.FINISHED and answer.attempt.test.kind == TestKind.EXAM:
        judge(session, answer.attempt)


def time_out(session: Session, answer_id: int, *, now: datetime) -> Answer | None:
    """Close a question whose time is up, as of its deadline. None when it is not open any more, or not yet.

    Where time was lost on our side the deadline is later; the timer is set to it anew.
    """
    answer = locked_answer(session, answer_id)
    if answer.status != AnswerStatus.OPEN or answer.deadline_at is None:
        return None
    credit(answer, lost_of(session, answer, until=now))
    ends_at = answer.deadline_at + timedelta(seconds=answer.credited_seconds)
    if now < ends_at:
        set_timer(session, QUESTION_EXPIRES, answer.id, due_at=ends_at)
        return None
    answer.status, answer.answered_at = AnswerStatus.TIMED_OUT, ends_at
    _count_ticks(answer)
    settle_clock(session, answer, now=now)
    return answer


def close_overdue(session: Session, attempt: Attempt, *, now: datetime) -> Answer | None:
    """`time_out` of the open question, so that nothing waits for the timer that would have closed it."""
    opened = open_answer(attempt)
    return None if opened is None else time_out(session, opened.id, now=now)


def next_question(session: Session, attempt: Attempt, *, now: datetime) -> Answer | None:
    """The question to put now: the open one, else the next; None when nothing is left, or no time.

    Whether there is time was decided when the last one closed: while none is shown that of the whole stands still.
    """
    opened = open_answer(attempt)
    if opened is not None or is_over(attempt, now=shown_none_since(attempt, now=now)):
        return opened
    return ask_next(session, attempt, now=now)
