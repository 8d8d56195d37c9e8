"""Odd moments at which a test must stay fair: taken back while it leaves, late in a questionnaire, edited meanwhile."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.assessments.authoring import change_settings, settings_of
from recruitsmart.domain.assessments.checking import QuestionEdit, content_problems
from recruitsmart.domain.assessments.clocks import start_clock
from recruitsmart.domain.assessments.models import Attempt, QuestionKind, TestKind
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.dialogue import testing
from recruitsmart.domain.dialogue.questions import TIMED
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.pipeline.testing import offer_test2
from recruitsmart.domain.slots import waiting
from recruitsmart.domain.slots.models import Purpose, Waiting, WaitingStatus
from recruitsmart.domain.slots.operations import reserve
from recruitsmart.domain.timers.operations import run_due
from tests.domain.exams import Examinee
from tests.domain.test_questionnaire import Applicant
from tests.factories import (
    NOW,
    add_candidate,
    add_city,
    add_recruiter,
    add_slot,
    add_test,
    choice_question,
    typed_question,
)
from workers.tasks.timers import FIRINGS

SECOND = timedelta(seconds=1)


def _send(session, now):
    """Everything that waits reaches Telegram now."""
    session.flush()
    for message in session.scalars(select(OutboxMessage).where(OutboxMessage.state == MessageState.QUEUED)):
        message.state, message.settled_at, message.telegram_message_id = MessageState.SENT, now, 1000 + message.id
        session.flush()
        if message.kind == TIMED:
            start_clock(session, message.about, now)


def _fire(session, now):
    session.flush()
    run_due(session, FIRINGS, now=now)
    session.flush()


def test_the_clock_of_a_question_that_was_taken_back_while_it_left_does_not_run(session):
    anna = Applicant(session, typed_question("a"), typed_question("b"))
    anna.says("ответ")
    taken_back = anna.open
    about = anna.told[-1].about
    testing.step_back(anna.turn(), taken_back.id)
    session.flush()
    start_clock(session, about, anna.now)
    assert anna.open.asked["key"] == "a" and anna.open.deadline_at is None


@pytest.mark.parametrize("consequence", ["none", "decline"])
def test_a_late_answer_that_was_in_time_is_kept_and_reverses_nothing_in_a_questionnaire(session, consequence):
    question = choice_question("grave", "yes", "no", limit_seconds=30)
    question.options = [question.options[0], question.options[1] | {"consequence": consequence}]
    anna = Applicant(session, question)
    _send(session, anna.now)
    asked = anna.open
    anna.now += 30 * SECOND
    _fire(session, anna.now)
    standing = (anna.candidate.stage, anna.candidate.outcome, session.scalars(select(Attempt.screening)).one())
    anna.now -= 4 * SECOND  # the turn takes five: a second after the deadline
    anna.presses("no", asked)
    session.flush()
    assert asked.value == "no"
    assert anna.told[-1].kind == "answer.in_time"
    assert standing == (anna.candidate.stage, anna.candidate.outcome, session.scalars(select(Attempt.screening)).one())


def test_limits_tries_and_the_pass_mark_are_those_of_the_start(session):
    anna = Examinee(session, questions="abc")
    anna.begin()
    harder = replace(settings_of(anna.test), question_limit_seconds=5, pass_percent=100, tries=3)
    change_settings(session, anna.test.id, harder, revision=anna.test.revision, actor=SYSTEM, now=anna.now)
    for option in ("x", "x", "y"):
        assert anna.open.deadline_at - anna.open.asked_at == timedelta(seconds=60)
        anna.press(option)
        anna.send()
    assert (anna.attempt.status, anna.attempt.score_percent, anna.attempt.passed) == ("finished", 66, True)


def test_without_a_limit_for_the_whole_a_test_ends_with_its_last_question(session):
    anna = Examinee(session, questions="a")
    anna.begin()
    deadline_at = anna.open.deadline_at
    _fire(session, deadline_at + timedelta(minutes=9))
    assert anna.attempt.finished_at == deadline_at


def test_an_answer_a_worker_took_late_ends_the_test_when_it_was_received(session):
    anna = Examinee(session, questions="a")
    anna.begin()
    received_at = anna.now + 10 * SECOND
    anna.now += timedelta(minutes=5)
    testing.choose_option(anna.turn(received_at=received_at), anna.open.id, "x")
    assert anna.attempt.finished_at == received_at


def _whole_of(session, seconds):
    """Somebody in an exam whose first question was sent at once; only the whole of it has a limit."""
    anna = Examinee(session, question_limit_seconds=None, total_limit_seconds=seconds)
    anna.begin()
    return anna


@pytest.mark.parametrize(("answered", "worked_on"), [(30, 50), (595, 601)], ids=["late", "after the end"])
def test_a_slow_worker_takes_nothing_of_the_time_of_the_whole_and_ends_no_test(session, answered, worked_on):
    anna = _whole_of(session, 600)
    received_at = anna.now + answered * SECOND
    anna.wait(worked_on)
    anna.press("x", received_at=received_at)
    anna.send()
    assert anna.open.deadline_at == anna.now + (600 - answered) * SECOND


def test_while_no_timer_closes_a_question_the_time_of_the_whole_stands_still(session):
    anna = Examinee(session, total_limit_seconds=100)
    anna.begin()
    anna.wait(200)
    anna.fire()
    anna.send()
    assert anna.open.deadline_at == anna.now + 40 * SECOND


def test_what_was_answered_in_the_grace_after_the_end_of_the_whole_is_the_last_answer(session):
    anna = _whole_of(session, 600)
    anna.wait(601)
    anna.press("x")
    assert (anna.attempt.status, len(anna.answers)) == ("finished", 1)
    assert (anna.answers[0].status, anna.attempt.finished_at) == ("answered", anna.now - SECOND)


def test_who_is_invited_to_the_test_waits_for_no_other_interview(session):
    city = add_city(session, approval_required=False)
    add_test(session, choice_question("a", "x", "y", right="x"), key="test2", kind="exam", pass_percent=50)
    anna = add_candidate(
        session, full_name="Анна", city=city, stage=Stage.TO_SCHEDULE, consent_at=NOW, consent_version="1"
    )
    reserve(session, anna, add_slot(session, add_recruiter(session, city), NOW + timedelta(hours=3)).id, now=NOW)
    waiting.wait(session, anna, Purpose.INTERVIEW, now=NOW)
    offer_test2(session, anna, actor=SYSTEM, now=NOW + timedelta(hours=4))
    session.flush()
    session.expire_all()
    assert session.scalars(select(Waiting.status)).all() != [WaitingStatus.WAITING]


def test_nobody_asks_for_more_words_than_are_taken():
    long = QuestionEdit(text={"ru": "Эссе"}, lowest=2000)
    assert content_problems(long, QuestionKind.TEXT, TestKind.QUESTIONNAIRE) == [
        ("lowest", "An answer has at most 1000 characters; nobody could write so much.")
    ]
