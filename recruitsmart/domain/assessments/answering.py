"""Taking answers, by the moment they were received; closing what nobody answered; the clocks of limits.

Locks are taken in one order: the answer, its attempt.
"""

from datetime import datetime, timedelta
from math import ceil
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.assessments.models import Answer, AnswerStatus, Attempt, AttemptStatus, QuestionKind, TestKind
from recruitsmart.domain.assessments.operations import as_asked, ask_next, is_over, judge
from recruitsmart.domain.assessments.queries import answer_before, open_answer, question_now
from recruitsmart.domain.assessments.reading import Refusal, read_answer
from recruitsmart.domain.assessments.rules import has_option, is_right
from recruitsmart.domain.assessments.timing import is_in_time, lengthened, lost_between, next_mark
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.errors import DomainError, NotFound
from recruitsmart.domain.journal.operations import SYSTEM, record
from recruitsmart.domain.journal.queries import silences_between
from recruitsmart.domain.timers.operations import let_go, set_timer

QUESTION_EXPIRES = "assessments.question_expires"
COUNTS_DOWN = "assessments.counts_down"
RECEIVER = "bot"  # the process type whose silence means that people could not reach us


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
    if answer.status != AnswerStatus.OPEN:  # “done” may still come, and then it counts
        raise TimeIsUp
    return answer


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
    answer.status, answer.answered_at = AnswerStatus.SKIPPED, received_at
    if was_open:
        settle_clock(session, answer, now=now)
    return answer


def step_back(session: Session, candidate: Candidate, answer_id: int) -> Answer:
    """“Back” in a questionnaire: the open question is taken back and the one before it is open again, as it is now.

    Raises:
        NotFound: this is not the open question, there is none before it, or the clock runs in this test.
    """
    answer = _locked(session, answer_id, candidate)
    attempt = answer.attempt
    before = answer_before(session, answer)
    is_open = answer.status == AnswerStatus.OPEN and attempt.status == AttemptStatus.UNDER_WAY
    if not is_open or before is None or attempt.test.kind == TestKind.EXAM:
        raise NotFound
    if answer.deadline_at is not None or before.deadline_at is not None:
        raise NotFound
    session.delete(answer)
    session.flush()
    before.status, before.value, before.answered_at, before.draft = AnswerStatus.OPEN, None, None, []
    question = question_now(session, before.question_id)
    if question.active:
        before.asked = as_asked(question, attempt)
    return before


def _answerable(
    session: Session, candidate: Candidate, answer_id: int, *, received_at: datetime, option_key: str | None = None
) -> Answer:
    """The answer under its lock, when something received at this moment may still settle it.

    A question that its timer has closed is answerable too if the answer had reached us in time: the worker was slower
    than the clock, or our own processes were down.
    """
    answer = _locked(session, answer_id, candidate)
    if option_key is not None and not has_option(answer.asked, option_key):
        raise NotFound
    if answer.status not in (AnswerStatus.OPEN, AnswerStatus.TIMED_OUT):
        raise AlreadyAnswered(answer)
    lost = lost_of(session, answer, until=received_at)
    if not is_in_time(received_at, answer.deadline_at, lost=lost):
        raise TimeIsUp
    credit(answer, lost)
    return answer


def _locked(session: Session, answer_id: int, candidate: Candidate | None = None) -> Answer:
    answer = session.scalar(
        select(Answer)
        .options(joinedload(Answer.attempt).options(joinedload(Attempt.test), joinedload(Attempt.candidate)))
        .where(Answer.id == answer_id)
        .with_for_update(of=Answer)
        .execution_options(populate_existing=True)
    )
    if answer is None or (candidate is not None and not _is_put_to(candidate, answer.attempt)):
        raise NotFound
    return answer


def _is_put_to(candidate: Candidate, attempt: Attempt) -> bool:
    return attempt.candidate_id == candidate.id and attempt.merged_at is None


def lost_of(session: Session, answer: Answer, *, until: datetime) -> timedelta:
    """How much of this question's time went by while people could not reach us."""
    if answer.deadline_at is None or until <= answer.asked_at:
        return timedelta(0)
    silences = silences_between(session, RECEIVER, answer.asked_at, until)
    return lost_between(silences, answer.asked_at, until)


def credit(answer: Answer, lost: timedelta) -> None:
    answer.credited_seconds = max(answer.credited_seconds, ceil(lost.total_seconds()))


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
    elif answer.attempt.status == AttemptStatus.FINISHED and answer.attempt.test.kind == TestKind.EXAM:
        judge(session, answer.attempt)  # what a questionnaire led to has been told and acted on
    return answer


def time_out(session: Session, answer_id: int, *, now: datetime) -> Answer | None:
    """Close a question whose time is up, as of its deadline. None when it is not open any more, or not yet.

    Where time was lost on our side the deadline is later; the timer is set to it anew.
    """
    answer = _locked(session, answer_id)
    if answer.status != AnswerStatus.OPEN or answer.deadline_at is None:
        return None
    credit(answer, lost_of(session, answer, until=now))
    ends_at = answer.deadline_at + timedelta(seconds=answer.credited_seconds)
    if now < ends_at:
        set_timer(session, QUESTION_EXPIRES, answer.id, due_at=ends_at)
        return None
    answer.status, answer.answered_at = AnswerStatus.TIMED_OUT, ends_at
    answer.correct = is_right(answer.asked, None)
    settle_clock(session, answer, now=now)
    return answer


def next_question(session: Session, attempt: Attempt, *, now: datetime) -> Answer | None:
    """The question to put now: the open one while its time lasts, else the next; None when nothing is left.

    Closes an open one whose time is up, so that nothing waits for the timer that would have done it.
    """
    opened = open_answer(session, attempt.id)
    if opened is not None and time_out(session, opened.id, now=now) is None:
        return opened
    return None if is_over(attempt, now=now) else ask_next(session, attempt, now=now)


def settle_clock(session: Session, answer: Answer, *, now: datetime) -> None:
    """A question is closed: its timers go, and time given back for it lengthens the whole attempt too."""
    let_go(session, (QUESTION_EXPIRES, COUNTS_DOWN), answer.id, now=now)
    if not answer.credited_seconds:
        return
    attempt, seconds = answer.attempt, answer.credited_seconds
    attempt.credited_seconds += seconds
    if attempt.deadline_at is not None:
        attempt.deadline_at += timedelta(seconds=seconds)
    record(
        session, "attempt.credited", actor=SYSTEM, now=now, candidate_id=attempt.candidate_id, subject_id=attempt.id,
        answer_id=answer.id, seconds=seconds,
    )  # fmt: skip


def start_clock(session: Session, about: str, sent_at: datetime) -> None:
    """A question has really left for the person: from now on its time runs. `about` is `answer:17#1`.

    One that was taken back while it left has no clock. The time of the whole attempt begins with its first question and
    stands still while a question waits to be sent.
    """
    try:
        answer = _locked(session, int(about.removeprefix("answer:").partition("#")[0]))
    except NotFound:
        return
    attempt = answer.attempt
    limit_seconds, total_seconds = answer.asked["limit_seconds"], attempt.total_limit_seconds
    if answer.status != AnswerStatus.OPEN or answer.deadline_at is not None or not (limit_seconds or total_seconds):
        return
    if attempt.merged_at is not None:
        return
    waited, answer.asked_at = max(sent_at - answer.asked_at, timedelta(0)), sent_at
    if total_seconds is not None and attempt.deadline_at is None:
        attempt.deadline_at = sent_at + lengthened(total_seconds, attempt.extra_percent)
    elif attempt.deadline_at is not None:
        attempt.deadline_at += waited
    if answer.left_seconds is not None:
        own: datetime | None = sent_at + timedelta(seconds=answer.left_seconds)
    else:
        own = None if limit_seconds is None else sent_at + lengthened(limit_seconds, attempt.extra_percent)
    answer.deadline_at = min(end for end in (own, attempt.deadline_at) if end is not None)
    set_timer(session, QUESTION_EXPIRES, answer.id, due_at=answer.deadline_at)
    plan_mark(session, answer, now=sent_at)


def plan_mark(session: Session, answer: Answer, *, now: datetime) -> None:
    """Plan the next moment at which the clock is shown under the question, if there is one."""
    if answer.deadline_at is None:
        return
    left = next_mark(answer.deadline_at - now, answer.deadline_at - answer.asked_at)
    if left is not None:
        set_timer(session, COUNTS_DOWN, answer.id, due_at=answer.deadline_at - left)
