"""The timed exam: fair to the second, whatever is slow or dead."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from recruitsmart.domain.assessments.clocks import QUESTION_EXPIRES
from recruitsmart.domain.assessments.models import AnswerStatus, AttemptStatus
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.dialogue import booking, operations, testing, wishing
from recruitsmart.domain.dialogue.questions import TIMED
from recruitsmart.domain.errors import BadInput, NotInThisStage
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM, beat
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.pipeline.testing import grant_extra_time, offer_test2
from recruitsmart.domain.slots.models import Booking
from recruitsmart.domain.timers.models import Timer, TimerState
from tests.domain.exams import Examinee
from tests.factories import NOW, add_candidate, add_city, add_recruiter, add_slot

SECOND = timedelta(seconds=1)


@pytest.fixture
def anna(session):
    return Examinee(session)


def test_the_clock_of_a_question_starts_when_it_was_really_sent(anna):
    anna.begin(sent=False)
    anna.wait(40)
    assert anna.open.deadline_at is None
    anna.send()
    assert (anna.open.asked_at, anna.open.deadline_at) == (anna.now, anna.now + 60 * SECOND)


def test_a_question_that_never_left_never_expires(anna):
    anna.begin(sent=False)
    anna.wait(3600)
    anna.fire()
    assert anna.open is not None and len(anna.answers) == 1


def test_all_right_passes_and_the_stage_follows(anna):
    anna.begin()
    for _ in "abc":
        anna.wait(5)
        anna.press("x")
        anna.send()
    assert (anna.attempt.passed, anna.attempt.score_percent) == (True, 100)
    assert anna.candidate.stage == Stage.TO_INTRO_DAY
    assert anna.said("exam.passed")


def test_all_wrong_fails_and_a_recruiter_decides(anna):
    anna.begin()
    for _ in "abc":
        anna.press("y")
        anna.send()
    assert (anna.attempt.passed, anna.attempt.score_percent) == (False, 0)
    assert (anna.candidate.stage, anna.candidate.outcome) == (Stage.TEST2, Outcome.ACTIVE)
    assert anna.said("exam.failed")


def test_a_question_closes_by_itself_says_so_and_the_next_follows(anna):
    anna.begin()
    first = anna.open
    anna.wait(60)
    anna.fire()
    assert (anna.answers[0].status, anna.answers[0].answered_at) == (AnswerStatus.TIMED_OUT, first.deadline_at)
    assert anna.open.id != first.id
    closed = anna.said("question.closed")[0]
    assert (closed.edits_only, closed.replaces_message_id, closed.keyboard) == (
        True, anna.said(TIMED)[0].telegram_message_id, None,
    )  # fmt: skip
    assert anna.said(TIMED)[-1].replaces_message_id is None  # a new message, which rings


def test_a_question_does_not_close_before_its_deadline(anna):
    anna.begin()
    anna.wait(59.9)
    anna.fire()
    assert anna.open is not None and len(anna.answers) == 1


def test_who_never_answers_fails_with_the_deadline_as_the_end(anna):
    anna.begin()
    for _ in "abc":
        anna.wait(60)
        anna.fire()
        anna.send()
    assert [answer.status for answer in anna.answers] == [AnswerStatus.TIMED_OUT] * 3
    assert (anna.attempt.status, anna.attempt.score_percent) == (AttemptStatus.FINISHED, 0)


@pytest.mark.parametrize(("after", "status"), [(60, "answered"), (62, "answered"), (62.1, "timed_out")])
def test_an_answer_counts_by_the_moment_it_was_received(anna, after, status):
    anna.begin()
    question = anna.open
    anna.wait(after)
    anna.press("x", question=question)
    assert anna.answers[0].status == status
    assert anna.open.id != question.id


def test_an_answer_received_in_time_counts_after_the_question_had_closed(anna):
    """The worker was slower than the clock."""
    anna.begin()
    question = anna.open
    anna.wait(60)
    anna.fire()
    anna.wait(5)
    anna.press("x", question=question, received_at=question.deadline_at - SECOND)
    first, second = anna.answers
    assert (first.status, first.value, first.correct) == (AnswerStatus.ANSWERED, "x", True)
    assert second.status == AnswerStatus.OPEN
    assert anna.said("answer.in_time")


def test_an_answer_received_in_time_is_counted_even_when_the_test_was_over(session):
    anna = Examinee(session, questions="a")
    anna.begin()
    question = anna.open
    anna.wait(60)
    anna.fire()
    assert anna.attempt.passed is False
    anna.wait(1)
    anna.press("x", question=question)
    assert (anna.attempt.passed, anna.candidate.stage) == (True, Stage.TO_INTRO_DAY)
    assert anna.said("exam.passed")


def test_a_late_answer_is_refused_kindly_and_the_next_question_follows_without_a_timer(anna):
    """Beat is dead: nobody closed the question."""
    anna.begin()
    question = anna.open
    anna.wait(120)
    anna.press("x", question=question)
    assert (anna.answers[0].status, anna.answers[0].answered_at) == (AnswerStatus.TIMED_OUT, NOW + 60 * SECOND)
    assert anna.said("answer.too_late") and anna.open.id != question.id


def test_a_timer_that_fires_late_closes_the_question_as_of_its_deadline(anna):
    anna.begin()
    anna.wait(120)
    anna.fire()
    assert anna.answers[0].answered_at == NOW + 60 * SECOND


def test_a_second_press_changes_nothing(anna):
    anna.begin()
    question = anna.open
    anna.press("y", question=question)
    anna.press("x", question=question)
    assert (anna.answers[0].value, len(anna.answers)) == ("y", 2)


def test_a_press_on_an_old_question_leaves_the_open_one_alone(anna):
    anna.begin()
    first = anna.open
    anna.press("x")
    anna.wait(10)
    anna.send()
    second = anna.open
    anna.wait(10)
    anna.press("y", question=first)
    assert (anna.answers[0].value, anna.open.id) == ("x", second.id)
    assert anna.said("answer.already")


def test_an_old_button_after_the_end_is_answered_with_what_comes_next(anna):
    anna.begin()
    first = anna.open
    while anna.open is not None:
        anna.press("y")
        anna.wait(10)
        anna.send()
    anna.press("x", question=first)
    assert anna.said("exam.waiting")
    assert not anna.said("answer.already")


def test_starting_twice_asks_one_question(anna):
    anna.begin()
    anna.begin()
    assert len(anna.answers) == 1


def test_a_test_of_somebody_else_cannot_be_started(anna, session):
    other = add_candidate(session, stage=Stage.TEST2, consent_at=NOW, consent_version="1")
    anna.candidate, owner = other, anna.candidate
    anna.begin()
    assert (anna.attempt.status, anna.attempt.candidate_id) == (AttemptStatus.OFFERED, owner.id)


def test_an_answered_question_has_no_timers_left(anna, session):
    anna.begin()
    question = anna.open
    anna.press()
    states = session.scalars(select(Timer.state).where(Timer.subject_id == question.id, Timer.kind.like("%question%")))
    assert list(states) == [TimerState.WITHDRAWN]


# --- limits of the whole


def test_when_the_total_is_up_what_is_saved_is_submitted_as_of_the_deadline(session):
    anna = Examinee(session, question_limit_seconds=None, total_limit_seconds=90)
    anna.begin()
    anna.wait(30)
    anna.press("x")
    anna.send()
    anna.wait(100)
    anna.fire()
    assert (anna.attempt.status, anna.attempt.finished_at) == (AttemptStatus.FINISHED, NOW + 90 * SECOND)
    assert anna.attempt.score_percent == 33  # the question that was never reached counts


def test_the_total_stands_still_while_a_question_waits_to_be_sent(session):
    anna = Examinee(session, question_limit_seconds=None, total_limit_seconds=90)
    anna.begin()
    anna.wait(30)
    anna.press("x")
    anna.wait(25)
    anna.send()
    assert anna.open.deadline_at == NOW + (90 + 25) * SECOND


def test_a_question_ends_with_the_whole_when_that_comes_first(session):
    anna = Examinee(session, question_limit_seconds=60, total_limit_seconds=70)
    anna.begin()
    anna.wait(30)
    anna.press("x")
    anna.send()
    assert anna.open.deadline_at == NOW + 70 * SECOND


@pytest.mark.parametrize(("percent", "seconds"), [(25, 75), (50, 90), (100, 120)])
def test_extra_time_lengthens_every_limit(session, percent, seconds):
    anna = Examinee(session)
    grant_extra_time(session, anna.candidate, percent, actor=SYSTEM, now=NOW)
    anna.begin()
    assert anna.open.deadline_at == NOW + seconds * SECOND


def test_another_extra_time_is_refused(anna, session):
    with pytest.raises(BadInput):
        grant_extra_time(session, anna.candidate, 30, actor=SYSTEM, now=NOW)


# --- our own processes were down


def _bot_lives(session, at):
    beat(session, "bot", "host:1", version="1", now=at)


def test_while_the_bot_is_silent_nobodys_time_runs_out(anna, session):
    _bot_lives(session, NOW + 20 * SECOND)
    anna.begin()
    anna.wait(60)
    anna.fire()
    assert anna.open is not None and len(anna.answers) == 1


def test_time_lost_is_given_back_and_noted(anna, session):
    _bot_lives(session, NOW + 20 * SECOND)
    anna.begin()
    anna.wait(60)
    anna.fire()  # the bot has been silent for 40 s
    anna.wait(60)
    _bot_lives(session, anna.now)  # the outage lasted 100 s
    for _ in range(3):
        anna.wait(13)
        _bot_lives(session, anna.now)
    anna.press("x")
    assert (anna.answers[0].status, anna.attempt.credited_seconds) == (AnswerStatus.ANSWERED, 100)
    noted = session.scalars(select(Entry).where(Entry.kind == "attempt.credited")).one()
    assert noted.details["seconds"] == 100


def test_after_the_time_given_back_the_question_closes(anna, session):
    _bot_lives(session, NOW + 20 * SECOND)
    anna.begin()
    anna.wait(60)
    anna.fire()
    anna.wait(60)
    _bot_lives(session, anna.now)
    for _ in range(50):  # more sweeps than could be needed
        anna.wait(1)
        _bot_lives(session, anna.now)
        anna.fire()
    assert (anna.answers[0].status, anna.answers[0].answered_at) == (AnswerStatus.TIMED_OUT, NOW + 160 * SECOND)


def test_a_press_that_waited_at_telegram_while_the_bot_restarted_counts(anna, session):
    _bot_lives(session, NOW + 55 * SECOND)
    anna.begin()
    question = anna.open
    anna.wait(60)
    anna.fire()  # five seconds of silence are nothing yet: the question closes
    anna.wait(6)
    beat(session, "bot", "host:2", version="1", now=anna.now, starts=True)
    anna.press("x", question=question)
    assert anna.answers[0].status == AnswerStatus.ANSWERED


def test_time_lost_lengthens_the_whole_too(session):
    anna = Examinee(session, question_limit_seconds=None, total_limit_seconds=90)
    _bot_lives(session, NOW)
    anna.begin()
    anna.wait(40)
    _bot_lives(session, anna.now)
    anna.press("x")
    assert anna.attempt.deadline_at == NOW + 130 * SECOND


# --- the clock is shown


def test_the_clock_is_shown_at_half_time_and_near_the_end_by_editing_one_message(anna):
    anna.begin()
    question = anna.said(TIMED)[0]
    for wait in (30, 20, 9):
        anna.wait(wait)
        anna.fire()
        anna.send()
    shown = [message for message in anna.said(TIMED) if message.edits_only]
    assert [(message.replaces_message_id, message.lane) for message in shown] == [
        (question.telegram_message_id, Lane.BULK)
    ] * 2
    assert ["30 с" in shown[0].body, "10 с" in shown[1].body] == [True, True]


def test_a_clock_that_would_be_shown_late_is_not_shown(anna):
    anna.begin()
    anna.wait(34)
    anna.fire()
    assert not [message for message in anna.said(TIMED) if message.edits_only]


def test_showing_the_clock_gives_no_more_time(anna):
    anna.begin()
    anna.wait(30)
    anna.fire()
    anna.send()
    assert anna.open.deadline_at == NOW + 60 * SECOND


# --- settings


def test_a_wrong_answer_may_be_tried_again_while_the_clock_runs(session):
    anna = Examinee(session, tries=2)
    anna.begin()
    anna.wait(10)
    anna.press("y")
    anna.send()
    assert (anna.open.tries, anna.open.deadline_at) == (1, NOW + 60 * SECOND)
    anna.press("x")
    assert (anna.answers[0].correct, anna.answers[0].tries) == (True, 1)


@pytest.mark.parametrize(("language", "said"), [("ru", "Осталось попыток: 1"), ("en", "Tries left: 1")])
def test_how_many_tries_are_left_is_said_without_a_clock_too(session, language, said):
    anna = Examinee(session, tries=2, question_limit_seconds=None)
    anna.candidate.language = language
    anna.begin()
    anna.press("y")
    assert said in anna.said("question.ask")[-1].body


def test_the_last_try_counts_as_it_is(session):
    anna = Examinee(session, tries=2)
    anna.begin()
    anna.press("y")
    anna.press("y")
    assert (anna.answers[0].correct, len(anna.answers)) == (False, 2)


def test_the_order_of_questions_is_decided_by_the_seed_and_kept(session):
    anna = Examinee(session, questions="abcdefgh", shuffle_questions=True)
    anna.attempt.seed = 7
    anna.begin()
    ids = list(anna.attempt.question_ids)
    assert ids != sorted(ids) and sorted(ids) == sorted(question for question in ids)
    anna.press()
    assert [answer.question_id for answer in anna.answers] == ids[:2]


def test_options_are_shown_in_an_order_of_this_persons_own_and_history_keeps_it(session):
    anna = Examinee(session, questions="abcdefgh", shuffle_options=True)
    anna.attempt.seed = 7  # of the seeds one in 128 shows all eight the same way round
    anna.begin()
    for _ in "abcdefg":
        anna.press()
    orders = {tuple(option["key"] for option in answer.asked["options"]) for answer in anna.answers}
    assert orders == {("x", "y"), ("y", "x")}


# --- invitations


def test_another_go_needs_a_reason(anna, session):
    anna.begin()
    for _ in "abc":
        anna.press("y")
    with pytest.raises(BadInput):
        offer_test2(session, anna.candidate, actor=SYSTEM, now=anna.now)
    again = offer_test2(session, anna.candidate, reason="no network", actor=SYSTEM, now=anna.now)
    assert (again.id != anna.attempt.id, again.status, again.grant_reason) == (
        True,
        AttemptStatus.OFFERED,
        "no network",
    )


def test_inviting_twice_is_one_invitation(anna, session):
    again = offer_test2(session, anna.candidate, actor=SYSTEM, now=NOW)
    assert again.id == anna.attempt.id
    assert len(anna.said("exam.invite")) == 1


@pytest.mark.parametrize("stage", [Stage.TEST1, Stage.TO_SCHEDULE, Stage.TO_INTRO_DAY])
def test_nobody_is_invited_from_another_stage(anna, session, stage):
    other = add_candidate(session, stage=stage)
    with pytest.raises(NotInThisStage):
        offer_test2(session, other, actor=SYSTEM, now=NOW)


def test_who_was_rejected_meanwhile_is_asked_no_more(anna):
    anna.begin()
    anna.candidate.outcome, anna.candidate.outcome_reason = Outcome.REJECTED, "x"
    anna.wait(60)
    anna.fire()
    assert anna.open is None and not anna.said("status.ended")


def test_my_application_puts_the_open_question_again_with_the_time_that_is_left(anna):
    anna.begin()
    anna.wait(20)
    operations.obey(anna.turn(), "my")
    again = anna.said(TIMED)[-1]
    assert "40 с" in again.body
    anna.send()
    assert anna.open.deadline_at == NOW + 60 * SECOND


def test_typed_words_answer_a_question_of_the_exam(anna):
    anna.begin()
    testing.take_typed_answer(anna.turn(), "x")
    assert anna.answers[0].value == "x"


def test_one_timer_closes_one_question(anna, session):
    anna.begin()
    due = session.scalars(select(Timer.due_at).where(Timer.kind == QUESTION_EXPIRES)).one()
    assert due == anna.open.deadline_at


def test_buttons_of_a_booking_leave_a_running_exam_alone(anna, session):
    """The person finds the old buttons of the interview under the questions."""
    city = add_city(session)
    anna.candidate.city = city
    slot = add_slot(session, add_recruiter(session, city), NOW + timedelta(days=1))
    anna.begin()
    question = anna.open
    for act in (
        lambda: booking.show_days_to_move(anna.turn(), 1, 0, replace=False),
        lambda: booking.move(anna.turn(), 1, slot.id),
        lambda: booking.ask_why_cancel(anna.turn(), 1),
        lambda: booking.show_days(anna.turn(), 0, 0),
        lambda: booking.reserve(anna.turn(), slot.id),
        lambda: wishing.ask_wish(anna.turn()),
    ):
        act()
        anna.wait(4)
    testing.take_typed_answer(anna.turn(), "x")
    assert (anna.answers[0].id, anna.answers[0].value) == (question.id, "x")
    assert session.scalar(select(func.count()).select_from(Booking)) == 0
