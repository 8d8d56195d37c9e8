"""Stopping the clocks: somebody of the staff writes to the person in the middle of a test."""

from datetime import datetime, timedelta
from math import ceil

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.assessments.clocks import credit, lost_of, settle_clock
from recruitsmart.domain.assessments.models import Answer, AnswerStatus, Attempt, AttemptStatus, Test, TestKind
from recruitsmart.domain.journal.operations import Actor, record


def stop_clock(session: Session, candidate_id: int, *, actor: Actor, now: datetime) -> Answer | None:
    """From now on the person's open question of an exam is one that has not been sent yet; None when there is none.

    Its clock starts again with what is left of its time when it is put again; the time of the whole attempt stands
    still until then. What is up already is left to its timer. Locks the answer.
    """
    answer = session.scalar(
        _running(candidate_id)
        .options(joinedload(Answer.attempt).options(joinedload(Attempt.test), joinedload(Attempt.candidate)))
        .with_for_update(of=Answer)
        .execution_options(populate_existing=True)
    )
    if answer is None or answer.deadline_at is None:
        return answer
    credit(answer, lost_of(session, answer, until=now))
    left = answer.deadline_at + timedelta(seconds=answer.credited_seconds) - now
    if left <= timedelta(0):
        return None
    settle_clock(session, answer, now=now)
    answer.left_seconds, answer.deadline_at, answer.credited_seconds = ceil(left.total_seconds()), None, 0
    answer.asked_at = now
    record(
        session, "attempt.paused", actor=actor, now=now, candidate_id=candidate_id, subject_id=answer.attempt_id,
        seconds=answer.left_seconds,
    )  # fmt: skip
    return answer


def is_in_exam(session: Session, candidate_id: int) -> bool:
    """Whether the person is in the middle of an exam: a question that was put waits for an answer."""
    put = _running(candidate_id).where(Answer.puts > 0)
    return session.scalar(put.with_only_columns(Answer.id)) is not None


def _running(candidate_id: int) -> Select[Answer]:
    own = (Attempt.candidate_id == candidate_id, Attempt.merged_at.is_(None))
    open_one = (Attempt.status == AttemptStatus.UNDER_WAY, Answer.status == AnswerStatus.OPEN)
    asked = select(Answer).join(Answer.attempt).join(Attempt.test)
    return asked.where(*own, Test.kind == TestKind.EXAM, *open_one)
