"""The clocks of limits: they start when a question was sent, and what was lost on our side is given back.

Locks are taken in one order: the answer, its attempt.
"""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.assessments.models import Answer, AnswerStatus, Attempt
from recruitsmart.domain.assessments.timing import lengthened, lost_between, next_mark
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.journal.operations import SYSTEM, record
from recruitsmart.domain.journal.queries import silences_between
from recruitsmart.domain.timers.operations import let_go, set_timer

QUESTION_EXPIRES = "assessments.question_expires"
COUNTS_DOWN = "assessments.counts_down"
RECEIVER = "bot"  # the process type whose silence means that people could not reach us


def start_clock(session: Session, about: str, sent_at: datetime) -> None:
    """A question has really left for the person: from now on its time runs. `about` is `answer:17#1`.

    One that was taken back, put anew or stopped while it left has no clock yet; nor does an edit that shows the clock
    start it. The time of the whole attempt begins with its first question and stands still while a question waits to be
    sent.
    """
    try:
        answer = locked_answer(session, int(about.removeprefix("answer:").partition("#")[0]))
    except NotFound:
        return
    if about != answer.put_as:
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


def settle_clock(session: Session, answer: Answer, *, now: datetime) -> None:
    """A question is closed: its timers go, and time given back for it lengthens the whole attempt too.

    One that was answered while its clock stood still will never be sent again, which else would end the standstill.
    """
    let_go(session, (QUESTION_EXPIRES, COUNTS_DOWN), answer.id, now=now)
    attempt, seconds = answer.attempt, answer.credited_seconds
    if answer.deadline_at is None and answer.answered_at is not None and attempt.deadline_at is not None:
        attempt.deadline_at += max(answer.answered_at - answer.asked_at, timedelta(0))
    if not seconds:
        return
    attempt.credited_seconds += seconds
    if attempt.deadline_at is not None:
        attempt.deadline_at += timedelta(seconds=seconds)
    record(
        session, "attempt.credited", actor=SYSTEM, now=now, candidate_id=attempt.candidate_id, subject_id=attempt.id,
        answer_id=answer.id, seconds=seconds,
    )  # fmt: skip


def credit(answer: Answer, lost: timedelta) -> None:
    """Note the time to give back; it never shrinks."""
    answer.credited_seconds = max(answer.credited_seconds, ceil(lost.total_seconds()))


def lost_of(session: Session, answer: Answer, *, until: datetime) -> timedelta:
    """How much of this question's time went by while people could not reach us."""
    if answer.deadline_at is None or until <= answer.asked_at:
        return timedelta(0)
    silences = silences_between(session, RECEIVER, answer.asked_at, until)
    return lost_between(silences, answer.asked_at, until)


def locked_answer(session: Session, answer_id: int, candidate: Candidate | None = None) -> Answer:
    """A question put to somebody (to this person), under its lock.

    Raises:
        NotFound: there is none, or it came with a merged card.
    """
    answer = session.scalar(
        select(Answer)
        .options(joinedload(Answer.attempt).joinedload(Attempt.test))
        .where(Answer.id == answer_id)
        .with_for_update(of=Answer)
        .execution_options(populate_existing=True)
    )
    if answer is None or (candidate is not None and not _is_put_to(candidate, answer.attempt)):
        raise NotFound
    return answer


def _is_put_to(candidate: Candidate, attempt: Attempt) -> bool:
    return attempt.candidate_id == candidate.id and attempt.merged_at is None
