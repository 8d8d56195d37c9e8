"""The timed exam when things come late, out of order, or while nobody sweeps."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from recruitsmart.domain.assessments.models import AnswerStatus, AttemptStatus, Question, QuestionKind
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.dialogue import operations, testing, wishing
from recruitsmart.domain.dialogue.questions import TIMED
from recruitsmart.domain.journal.operations import beat
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.domain.slots.models import Waiting
from recruitsmart.domain.timers.models import Timer
from tests.domain.exams import Examinee
from tests.factories import NOW, add_city

SECOND = timedelta(seconds=1)


@pytest.fixture
def anna(session):
    return Examinee(session)


def _bot_lives(session, at):
    beat(session, "bot", "host:1", version="1", now=at)


def test_asking_where_one_stands_closes_what_no_timer_has_closed(anna):
    anna.begin()
    first = anna.open
    anna.wait(61)
    operations.obey(anna.turn(), "my")
    assert (anna.answers[0].status, anna.answers[0].answered_at) == (AnswerStatus.TIMED_OUT, first.deadline_at)
    assert anna.open.id != first.id and "60 с" in anna.said(TIMED)[-1].body


def test_the_end_of_the_whole_is_told_once_though_the_timer_comes_later(session):
    anna = Examinee(session, question_limit_seconds=None, total_limit_seconds=90)
    anna.begin()
    anna.wait(100)
    operations.obey(anna.turn(), "my")
    assert (anna.open, anna.attempt.finished_at) == (None, NOW + 90 * SECOND)
    anna.fire()
    assert len(anna.said("exam.failed")) == 1


def test_time_given_back_keeps_the_last_question_open_beyond_the_end_of_the_whole(session):
    anna = Examinee(session, question_limit_seconds=None, total_limit_seconds=90)
    _bot_lives(session, NOW + 20 * SECOND)
    anna.begin()
    anna.wait(100)  # the bot has been silent for 80 s of them
    operations.obey(anna.turn(), "my")
    assert anna.open is not None and anna.attempt.status == AttemptStatus.UNDER_WAY


def test_a_tick_that_was_in_time_counts_although_the_question_has_closed(session):
    anna = Examinee(session)
    question = anna.session.scalars(select(Question).where(Question.key == "a")).one()
    question.kind = QuestionKind.SEVERAL_CHOICES
    anna.begin()
    first = anna.open
    anna.wait(60)
    anna.fire()
    anna.wait(5)
    anna.press("x", question=first, received_at=first.deadline_at)
    assert anna.answers[0].value == ["x"] and anna.said("answer.in_time")
    testing.finish_ticking(anna.turn(received_at=first.deadline_at), first.id)
    assert anna.answers[0].value == ["x"] and anna.said("answer.in_time")


def test_passing_over_a_question_that_has_closed_gives_no_time_back_twice(session):
    anna = Examinee(session)
    anna.session.scalars(select(Question).where(Question.key == "a")).one().required = False
    anna.begin()
    first = anna.open
    anna.wait(60)
    anna.fire()
    first.credited_seconds = anna.attempt.credited_seconds = 7
    testing.pass_over(anna.turn(received_at=first.deadline_at), first.id)
    assert (anna.answers[0].status, anna.attempt.credited_seconds) == (AnswerStatus.SKIPPED, 7)


def test_an_answer_waits_for_no_sweep(session, other_session):
    """A sweep holds the timers of a whole batch, and wants the conversations of the people who are just answering."""
    anna = Examinee(session)
    anna.begin()
    question = anna.open
    session.commit()
    other_session.scalars(select(Timer).where(Timer.subject_id == question.id).with_for_update()).all()
    session.execute(text("set local lock_timeout = '300ms'"))
    anna.press("x")
    assert anna.answers[0].status == AnswerStatus.ANSWERED
    session.commit()
    other_session.rollback()
    anna.wait(90)
    anna.fire()
    assert (anna.answers[0].status, len(anna.said("question.closed"))) == (AnswerStatus.ANSWERED, 0)


def _half_time(anna):
    """The clock is shown at half time; the edit waits to be sent."""
    anna.begin()
    question = anna.said(TIMED)[0]
    anna.wait(30)
    anna.fire()
    return question, anna.said(TIMED)[-1]


def test_a_clock_that_waits_to_be_shown_never_covers_the_next_question(anna):
    question, clock = _half_time(anna)
    testing.choose_option(anna.turn(pressed=question.telegram_message_id), anna.open.id, "x")
    assert (clock.edits_only, anna.said(TIMED)[-1].replaces_message_id) == (True, question.telegram_message_id)
    anna.session.refresh(clock)
    assert clock.state == MessageState.SKIPPED


def test_a_clock_that_waits_to_be_shown_never_covers_the_result(session):
    anna = Examinee(session, questions="a")
    question, clock = _half_time(anna)
    testing.choose_option(anna.turn(pressed=question.telegram_message_id), anna.open.id, "x")
    anna.session.refresh(clock)
    assert clock.state == MessageState.SKIPPED and anna.said("exam.passed")


def test_while_the_clock_is_being_shown_the_next_question_is_a_new_message(anna):
    """Two edits of one message at the same time may arrive in any order."""
    question, clock = _half_time(anna)
    clock.state, clock.leased_until = MessageState.SENDING, anna.now + 30 * SECOND
    anna.session.flush()
    testing.choose_option(anna.turn(pressed=question.telegram_message_id), anna.open.id, "x")
    assert anna.said(TIMED)[-1].replaces_message_id is None


def test_words_typed_as_a_wish_wait_for_no_hour_once_the_interview_is_over(session):
    """The person was asked for a wish; meanwhile a recruiter invited them to the test."""
    anna = Examinee(session)
    anna.candidate.city = add_city(session)
    anna.candidate.stage = Stage.INTERVIEW
    wishing.ask_wish(anna.turn())
    anna.candidate.stage = Stage.TEST2
    operations.say(anna.turn(), "tomorrow at 15:00")
    assert session.scalars(select(Waiting)).all() == []
    assert anna.said()[-1].kind == "exam.invite"
