"""A questionnaire in the chat: ticking, passing over, going back, being nudged, being decided on."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.assessments.models import Answer, AnswerStatus, Question, QuestionKind
from recruitsmart.domain.assessments.reading import Refusal, read_answer
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.dialogue import operations, testing
from recruitsmart.domain.dialogue.turn import Sender, open_turn
from recruitsmart.domain.errors import BadInput, NotInThisStage
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.pipeline.decisions import bring_back, move_by_hand
from recruitsmart.domain.pipeline.planned import planned_of
from recruitsmart.domain.pipeline.rejections import COOL_DOWN
from recruitsmart.domain.pipeline.testing import decide
from recruitsmart.domain.slots.operations import reserve
from recruitsmart.domain.timers.models import Timer
from recruitsmart.domain.timers.operations import run_due
from tests.domain.slots.conftest import statements_of
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


def several(key="langs", **values):
    question = choice_question(key, "a", "b", "c", **values)
    question.kind = QuestionKind.SEVERAL_CHOICES
    return question


def of_kind(kind, key="q", **values):
    return Question(key=key, kind=kind, text={"ru": f"{key}?"}, **values)


class Applicant:
    """A candidate in Test 1; what happens is a turn each."""

    def __init__(self, session, *questions, now=NOW):
        self.session, self.now, self.updates = session, now, 0
        self.city = add_city(session)
        self.recruiter = add_recruiter(session, self.city)
        add_test(session, *questions)
        self.candidate = add_candidate(
            session, full_name="Анна Иванова", city=self.city, phone="+79001234567", stage=Stage.TEST1,
            consent_at=now, consent_version="1",
        )  # fmt: skip
        operations.my_application(self.turn())

    def turn(self):
        self.updates += 1
        self.now += timedelta(seconds=5)
        sender = Sender(update_id=self.updates, chat_id=self.candidate.contact.chat_id, received_at=self.now)
        return open_turn(self.session, sender, now=self.now)

    def says(self, words):
        operations.say(self.turn(), words)

    def presses(self, option, answer=None):
        testing.choose_option(self.turn(), (answer or self.open).id, option)

    @property
    def answers(self):
        self.session.flush()
        return self.session.scalars(select(Answer).order_by(Answer.id).execution_options(populate_existing=True)).all()

    @property
    def open(self):
        return next((answer for answer in self.answers if answer.status == AnswerStatus.OPEN), None)

    @property
    def told(self):
        self.session.flush()
        mine = OutboxMessage.chat_id == self.candidate.contact.chat_id
        return self.session.scalars(select(OutboxMessage).where(mine).order_by(OutboxMessage.id)).all()

    @property
    def last_labels(self):
        return [button["label"] for row in self.told[-1].keyboard or [] for button in row]


def test_a_worker_that_takes_an_answer_reads_what_was_given_and_what_is_left_once(session):
    anna = Applicant(session, *(choice_question(key, "x", "y") for key in "abc"))
    answer_id, turn = anna.open.id, anna.turn()
    session.flush()
    session.expunge_all()
    turn = anna.turn()
    with statements_of(session) as statements:
        testing.choose_option(turn, answer_id, "x")
    read = [f"FROM {table} " for table in ("answers", "questions", "contacts")]
    assert [sum(words in " ".join(each.split()) for each in statements) for words in read] == [2, 1, 0]
    assert len(statements) <= 14


def test_ticked_options_are_marked_and_are_the_answer_once_done(session):
    anna = Applicant(session, several(), typed_question("b"))
    for option in "cab":
        anna.presses(option)
    anna.presses("b")
    assert anna.last_labels[:3] == ["☑ A", "☐ B", "☑ C"]
    testing.finish_ticking(anna.turn(), anna.open.id)
    assert (anna.answers[0].value, anna.open.asked["key"]) == (["a", "c"], "b")
    assert "✓ A, C" in anna.told[-1].body


def test_done_with_nothing_ticked_says_what_is_missing(session):
    anna = Applicant(session, several())
    testing.finish_ticking(anna.turn(), anna.open.id)
    assert (anna.told[-1].kind, anna.open is not None) == ("answer.tick", True)


def test_several_options_may_be_typed(session):
    anna = Applicant(session, several())
    anna.says("c, A")
    assert anna.answers[0].value == ["a", "c"]


def test_a_condition_is_met_by_one_of_several_ticked(session):
    anna = Applicant(session, several(), typed_question("why", show_if={"question": "langs", "options": ["b", "c"]}))
    anna.says("a, b")
    assert anna.open.asked["key"] == "why"


def test_a_question_that_is_not_required_may_be_passed_over(session):
    anna = Applicant(session, typed_question("a", required=False), typed_question("b"))
    assert anna.last_labels == ["Пропустить"]
    testing.pass_over(anna.turn(), anna.open.id)
    assert (anna.answers[0].status, anna.answers[0].value, anna.open.asked["key"]) == (AnswerStatus.SKIPPED, None, "b")


def test_a_required_question_cannot_be_passed_over(session):
    anna = Applicant(session, typed_question("a"))
    testing.pass_over(anna.turn(), anna.open.id)
    assert anna.open.asked["key"] == "a"


def test_back_opens_the_question_before_as_it_is_now(session):
    anna = Applicant(session, choice_question("a", "x", "y"), typed_question("b"), typed_question("c"))
    anna.presses("x")
    assert anna.last_labels == ["← Назад"]
    session.scalars(select(Question).where(Question.key == "a")).one().text = {"ru": "Иначе?"}
    testing.step_back(anna.turn(), anna.open.id)
    assert (len(anna.answers), anna.open.asked["key"], anna.open.asked["text"]) == (1, "a", {"ru": "Иначе?"})
    anna.presses("y")
    assert (anna.answers[0].value, anna.open.asked["key"]) == ("y", "b")


def test_back_twice_by_a_double_tap_goes_back_once(session):
    anna = Applicant(session, typed_question("a"), typed_question("b"), typed_question("c"))
    anna.says("раз")
    anna.says("два")
    third = anna.open.id
    testing.step_back(anna.turn(), third)
    testing.step_back(anna.turn(), third)
    assert anna.open.asked["key"] == "b"


def test_back_takes_along_what_depended_on_the_answer(session):
    only = {"question": "busy", "options": ["study"]}
    anna = Applicant(
        session, choice_question("busy", "work", "study"), typed_question("where", show_if=only), typed_question("z")
    )
    anna.presses("study")
    testing.step_back(anna.turn(), anna.open.id)
    anna.presses("work")
    assert [answer.asked["key"] for answer in anna.answers] == ["busy", "z"]


@pytest.mark.parametrize("typed", ["24.11.1998", "1998-11-24", "24/11/1998", " 24.11.1998 "])
def test_a_date_is_read_the_way_people_write_it(typed):
    assert read_answer({"kind": "date", "options": []}, typed) == "1998-11-24"


@pytest.mark.parametrize("typed", ["31.02.1998", "вчера", "24.11.98", "24.11.3998", ""])
def test_what_is_no_date_is_refused_with_an_example(typed):
    assert read_answer({"kind": "date", "options": []}, typed) == Refusal(key="answer.date")


def test_a_phone_is_kept_in_one_form(session):
    anna = Applicant(session, of_kind(QuestionKind.PHONE), typed_question("b"))
    anna.says("12")
    assert anna.told[-1].kind == "phone.bad"
    anna.says("8 912 345-67-89")
    assert anna.answers[0].value == "+79123456789"


# --- lying still


def _fire(anna, hours):
    anna.session.flush()
    run_due(anna.session, FIRINGS, now=anna.now + timedelta(hours=hours))
    anna.session.flush()


def _nudges(anna):
    return [message.about for message in anna.told if message.kind == "test.unfinished"]


def test_an_unfinished_questionnaire_is_nudged_after_a_day_and_after_two_and_no_more(session):
    anna = Applicant(session, typed_question("a"))
    for hours in (23, 25, 47, 49, 71, 100, 200):
        _fire(anna, hours)
    assert len(_nudges(anna)) == len(set(_nudges(anna))) == 2


def test_after_an_outage_of_days_one_nudge_comes_not_both_at_once(session):
    anna = Applicant(session, typed_question("a"))
    _fire(anna, 72)
    assert len(_nudges(anna)) == 1


def test_who_has_just_answered_is_nudged_a_day_later(session):
    anna = Applicant(session, typed_question("a"), typed_question("b"))
    anna.now += timedelta(hours=20)
    anna.says("да")
    _fire(anna, 5)
    assert _nudges(anna) == []
    _fire(anna, 25)
    assert len(_nudges(anna)) == 1


def test_nobody_is_nudged_in_the_quiet_hours(session):
    anna = Applicant(session, typed_question("a"), now=NOW.replace(hour=20))  # 23:00 in Moscow
    _fire(anna, 24.5)
    assert _nudges(anna) == []
    _fire(anna, 34)
    assert len(_nudges(anna)) == 1


def test_a_finished_questionnaire_is_not_nudged(session):
    anna = Applicant(session, typed_question("a"))
    anna.says("да")
    _fire(anna, 25)
    states = session.scalars(select(Timer.state).where(Timer.kind.like("assessments.unfinished%"))).all()
    assert (_nudges(anna), set(states)) == ([], {"withdrawn"})


# --- a recruiter moves the person on in the middle of it


def _moved_on(anna):
    move_by_hand(anna.session, anna.candidate, Stage.TO_SCHEDULE, actor=SYSTEM, now=anna.now)
    anna.session.flush()


@pytest.mark.parametrize("consequence", ["none", "flag", "decline"])
def test_the_last_answer_of_somebody_who_was_moved_on_decides_nothing_and_leads_to_what_is_due(session, consequence):
    question = choice_question("a", "x", "y")
    question.options[0]["consequence"] = consequence
    anna = Applicant(session, question)
    _moved_on(anna)
    anna.presses("x")
    assert (anna.candidate.stage, anna.candidate.outcome) == (Stage.TO_SCHEDULE, Outcome.ACTIVE)
    assert anna.told[-1].kind == "hour.none"


def test_who_has_booked_meanwhile_keeps_the_stage_whatever_old_button_is_pressed(session):
    anna = Applicant(session, choice_question("a", "x", "y"))
    _moved_on(anna)
    reserve(session, anna.candidate, add_slot(session, anna.recruiter, NOW + timedelta(days=2)).id, now=anna.now)
    anna.presses("x")
    assert (anna.candidate.stage, anna.told[-1].kind) == (Stage.INTERVIEW, "booking.status")


def test_who_was_moved_on_is_not_nudged_and_no_nudge_is_planned(session):
    anna = Applicant(session, typed_question("a"))
    _moved_on(anna)
    assert planned_of(session, anna.candidate, ()) == []
    _fire(anna, 25)
    assert _nudges(anna) == []


# --- the screening


@pytest.fixture
def flagged(session):
    question = choice_question("age", "young", "old")
    question.options[1]["consequence"] = "flag"
    question.options[0]["consequence"] = "decline"
    return Applicant(session, question)


def test_a_flagged_answer_waits_for_a_recruiter_who_is_told(flagged, session):
    flagged.presses("old")
    assert (flagged.candidate.stage, flagged.candidate.outcome) == (Stage.SCREENING, Outcome.ACTIVE)
    told = session.scalars(select(OutboxMessage.kind).where(OutboxMessage.chat_id == flagged.recruiter.chat_id))
    assert told.all() == ["staff.to_decide"]


def test_a_recruiter_accepts_and_an_hour_can_be_chosen(flagged, session):
    flagged.presses("old")
    decide(session, flagged.candidate, accept=True, reason="", actor=SYSTEM, now=NOW)
    assert (flagged.candidate.stage, flagged.told[-1].kind) == (Stage.TO_SCHEDULE, "screening.accepted")


def test_a_recruiter_reverses_what_the_rule_declined(flagged, session):
    flagged.presses("young")
    assert (flagged.candidate.outcome, flagged.candidate.outcome_reason) == (Outcome.REJECTED, "Test 1: age")
    decide(session, flagged.candidate, accept=True, reason="is 18 tomorrow", actor=SYSTEM, now=NOW)
    assert (flagged.candidate.outcome, flagged.candidate.stage) == (Outcome.ACTIVE, Stage.TO_SCHEDULE)


def test_a_refusal_needs_a_reason_which_stays_inside(flagged, session):
    flagged.presses("old")
    with pytest.raises(BadInput):
        decide(session, flagged.candidate, accept=False, reason=" ", actor=SYSTEM, now=NOW)
    decide(session, flagged.candidate, accept=False, reason="too far away", actor=SYSTEM, now=NOW)
    assert (flagged.candidate.outcome, flagged.candidate.outcome_reason) == (Outcome.REJECTED, "too far away")
    _fire_at(flagged, NOW + COOL_DOWN)
    assert (flagged.told[-1].kind, "too far" in flagged.told[-1].body) == ("screening.declined", False)


def _fire_at(applicant, now):
    applicant.session.flush()
    run_due(applicant.session, FIRINGS, now=now)


def test_who_the_rule_declines_hears_a_kind_no_after_the_cool_down_once(flagged):
    flagged.presses("young")
    assert (flagged.candidate.outcome, flagged.told[-1].kind) == (Outcome.REJECTED, "screening.received")
    told_at = flagged.now + COOL_DOWN
    _fire_at(flagged, told_at - timedelta(seconds=1))
    assert flagged.told[-1].kind == "screening.received"
    for now in (told_at, told_at + timedelta(days=1)):
        _fire_at(flagged, now)
        assert [message.kind for message in flagged.told].count("screening.declined") == 1


def test_who_asks_during_the_cool_down_does_not_read_of_it_there(flagged):
    flagged.presses("young")
    operations.my_application(flagged.turn())
    assert flagged.told[-1].kind == "status.nothing"
    _fire_at(flagged, flagged.now + COOL_DOWN)
    operations.my_application(flagged.turn())
    assert flagged.told[-1].kind == "status.ended"


def _accept(applicant):
    decide(applicant.session, applicant.candidate, accept=True, reason="", actor=SYSTEM, now=applicant.now)


def _bring_back(applicant):
    bring_back(applicant.session, applicant.candidate, actor=SYSTEM, now=applicant.now)


@pytest.mark.parametrize("stop", [_accept, _bring_back])
@pytest.mark.parametrize("how", ["the rule", "a recruiter"])
def test_a_refusal_stopped_during_the_cool_down_is_never_told(flagged, stop, how):
    flagged.presses("young" if how == "the rule" else "old")
    if how == "a recruiter":
        decide(flagged.session, flagged.candidate, accept=False, reason="x", actor=SYSTEM, now=flagged.now)
    stop(flagged)
    _fire_at(flagged, flagged.now + timedelta(hours=3))
    assert flagged.candidate.outcome == Outcome.ACTIVE
    assert not {"screening.declined", "rejected", "brought_back"} & {message.kind for message in flagged.told}


def test_deciding_twice_tells_once(flagged, session):
    flagged.presses("old")
    decide(session, flagged.candidate, accept=True, reason="", actor=SYSTEM, now=NOW)
    with pytest.raises(NotInThisStage):
        decide(session, flagged.candidate, accept=True, reason="", actor=SYSTEM, now=NOW)
    assert [message.kind for message in flagged.told].count("screening.accepted") == 1
