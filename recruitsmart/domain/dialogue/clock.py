"""Moments of a running question: its clock is shown, its time is up."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.answering import time_out
from recruitsmart.domain.assessments.clocks import plan_mark
from recruitsmart.domain.assessments.models import Answer, AnswerStatus
from recruitsmart.domain.assessments.queries import candidate_asked
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.dialogue.asking import put_next, stands_at
from recruitsmart.domain.dialogue.questions import (
    TIMED,
    edit_question,
    keyboard_of,
    question_values,
    show_closed,
)
from recruitsmart.domain.dialogue.turn import Turn, take_turn
from recruitsmart.domain.messaging.operations import Wording
from recruitsmart.domain.messaging.sending import Lane

SHOWN_LATE = timedelta(seconds=3)  # a clock that is shown later than this would lie


def expire_question(session: Session, answer_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: the time for a question is up. It closes, its message says so, and the next one follows.

    While people could not reach us nobody's time runs out; the timer is then set anew.
    """
    turn = _turn(session, answer_id, "over", now=now)
    if turn is None:
        return "the question is gone"
    answer = time_out(session, answer_id, now=now)
    if answer is None:
        return "answered in time"
    show_closed(turn, answer)
    if turn.candidate.outcome == Outcome.ACTIVE and stands_at(turn, answer.attempt):
        put_next(turn, answer.attempt, replace=False)
    return None


def count_down(session: Session, answer_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: show under the question how much time is left. Worth an edit only on time, and never a new message.

    When it is late nobody's conversation is locked for it: those whose time is up go first.
    """
    is_late = now >= planned_at + SHOWN_LATE
    turn = None if is_late else _turn(session, answer_id, "clock", now=now)
    answer = session.get(Answer, answer_id, populate_existing=True)
    if answer is None or answer.status != AnswerStatus.OPEN:
        return "answered in time"
    plan_mark(session, answer, now=now)
    if turn is None:
        return "too late to be shown"
    values = question_values(session, answer, turn.language, now=now)
    wording = Wording(key=TIMED, values=values, keyboard=keyboard_of(answer, turn.language, may_go_back=False))
    about, until = f"{answer.put_as}@{planned_at:%H%M%S}", planned_at + SHOWN_LATE
    edit_question(turn, answer, wording, about=about, lane=Lane.BULK, valid_until=until)
    return None


def _turn(session: Session, answer_id: int, name: str, *, now: datetime) -> Turn | None:
    candidate_id = candidate_asked(session, answer_id)
    if candidate_id is None:
        return None
    return take_turn(session, candidate_id, about=f"answer:{answer_id}:{name}", now=now)
