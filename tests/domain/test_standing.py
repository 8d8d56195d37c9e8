"""A typed “yes” or “no” answers the question right above it, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.dialogue import operations
from recruitsmart.domain.dialogue.booking import ask_why_cancel, confirm
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.dialogue.wishing import ask_wish
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.domain.slots.announcements import reminded
from recruitsmart.domain.slots.ending import cancel_by_staff
from recruitsmart.domain.slots.models import BookingStatus, Purpose
from recruitsmart.domain.slots.operations import reserve
from recruitsmart.domain.slots.reminders import Reminder
from recruitsmart.domain.slots.rules import CHOOSES_AT
from tests.domain.talks import Talker
from tests.factories import NOW, add_candidate, add_chooser, add_city, add_recruiter, add_slot

CONSENTED = {"consent_at": NOW, "consent_version": "1"}


@pytest.fixture
def city(session):
    return add_city(session, "Екатеринбург")


@pytest.fixture
def chooser(session, city):
    """Somebody who is asked for an hour: words are a wish for one."""
    talker = Talker(session, add_chooser(session, city, full_name="Анна Иванова", **CONSENTED))
    talker.commands("my")
    assert talker.turn().conversation.prompt == Prompt.HOUR
    return talker


def _exists(talker):
    talker.session.flush()
    return talker.session.scalar(select(Candidate.id).where(Candidate.erased_at.is_(None))) is not None


@pytest.mark.parametrize("typed", ["да", "Да!", "YES"])
def test_yes_after_forget_erases(chooser, typed):
    assert chooser.commands("forget") == ["forget.ask"]
    operations.say(chooser.turn(), typed)
    assert not _exists(chooser)


def test_no_after_forget_leaves_everything_and_goes_on(chooser):
    chooser.commands("forget")
    assert chooser.says("нет") == ["hour.none"]
    assert _exists(chooser)


def test_yes_under_anything_later_erases_nothing(chooser):
    chooser.commands("forget")
    chooser.commands("my")
    chooser.says("да")
    assert _exists(chooser)


def test_yes_to_a_question_that_never_arrived_erases_nothing(chooser):
    operations.obey(chooser.turn(), "forget")
    asked = chooser.messages()[-1]
    asked.state, asked.reason, asked.settled_at = MessageState.FAILED, "x", NOW
    chooser.says("да")
    assert _exists(chooser)


def test_yes_to_a_guessed_city_takes_it_and_no_lists_all(session, city):
    applicant = Talker(session, add_candidate(session, full_name="Анна Иванова", **CONSENTED))
    applicant.commands("my")
    assert applicant.says("Екатиринбург") == ["city.guess"]
    assert applicant.says("нет") == ["city.ask"]
    applicant.says("Екатиринбург")
    assert applicant.says("да")[0] == "city.taken"
    assert applicant.candidate.city_id == city.id


def _sends_a_voice(turn):
    operations.take_other(turn, "voice")


def _booked(session, talker, city, purpose=Purpose.INTERVIEW):
    talker.candidate.stage = CHOOSES_AT[purpose]
    slot = add_slot(session, add_recruiter(session, city), NOW + timedelta(days=2), purpose=purpose)
    booking = reserve(session, talker.candidate, slot.id, now=NOW)
    booking.status = BookingStatus.BOOKED
    talker.told()
    return booking


def _reminded(session, talker, booking):
    reminded(session, booking, Reminder.FIRST, asks=True, valid_until=talker.now + timedelta(hours=1), now=talker.now)
    talker.told()


@pytest.mark.parametrize(
    ("typed", "status", "said"), [("да", "confirmed", "booking.status"), ("нет", "booked", "booking.not_coming")]
)
def test_yes_to_a_reminder_confirms_and_no_is_asked_what_instead(session, chooser, city, typed, status, said):
    booking = _booked(session, chooser, city)
    _reminded(session, chooser, booking)
    operations.say(chooser.turn(), typed)
    (answer,) = chooser.messages()
    assert (answer.kind, booking.status) == (said, status)
    assert {Action.MOVE, Action.CANCEL} <= {button["action"] for row in answer.keyboard for button in row}


def test_who_says_yes_reads_that_they_are_expected(session, chooser, city):
    booking = _booked(session, chooser, city)
    confirm(chooser.turn(), booking.id)
    assert "ждём вас" in chooser.messages()[-1].body


@pytest.mark.parametrize(
    ("purpose", "said"), [(Purpose.INTERVIEW, "booking.too_late"), (Purpose.INTRO_DAY, "intro_day.decline_late")]
)
def test_no_to_a_reminder_when_it_is_too_near_leads_to_a_recruiter(session, chooser, city, purpose, said):
    booking = _booked(session, chooser, city, purpose)
    chooser.now = booking.slot.starts_at - timedelta(hours=1)
    _reminded(session, chooser, booking)
    assert chooser.says("нет") == [said]


def test_no_to_cancelling_keeps_the_hour(session, chooser, city):
    booking = _booked(session, chooser, city)
    ask_why_cancel(chooser.turn(), booking.id)
    chooser.told()
    assert chooser.says("Нет!") == ["booking.status"]
    assert booking.status == BookingStatus.BOOKED


def test_no_to_you_cannot_come_may_mean_either_and_is_asked_again(session, chooser, city):
    seat = _booked(session, chooser, city, Purpose.INTRO_DAY)
    ask_why_cancel(chooser.turn(), seat.id)
    chooser.told()
    assert chooser.says("нет") == ["intro_day.decline_why"]
    assert seat.status == BookingStatus.BOOKED


def test_yes_to_cancelling_is_a_reason_as_other_words_are(session, chooser, city):
    booking = _booked(session, chooser, city)
    ask_why_cancel(chooser.turn(), booking.id)
    chooser.says("да")
    assert (booking.status, booking.end_reason) == (BookingStatus.CANCELLED, "да")


def test_yes_under_a_question_without_such_an_answer_means_what_it_meant(chooser):
    assert chooser.says("да") == ["hour.wish_noted"]


@pytest.mark.parametrize("between", [lambda turn: operations.choose_language(turn, "en"), _sends_a_voice])
def test_what_was_asked_after_a_press_is_asked_again_and_words_still_answer_it(session, chooser, city, between):
    booking = _booked(session, chooser, city)
    ask_why_cancel(chooser.turn(), booking.id)
    between(chooser.turn())
    assert chooser.told()[-1] == "booking.cancel_why"
    chooser.says("ребёнок заболел")
    assert booking.end_reason == "ребёнок заболел"
    ask_wish(chooser.turn())
    between(chooser.turn())
    assert chooser.told()[-1] == "hour.wish_ask"


def test_why_one_cancels_is_not_asked_of_a_booking_that_has_ended(session, chooser, city):
    booking = _booked(session, chooser, city)
    ask_why_cancel(chooser.turn(), booking.id)
    cancel_by_staff(session, booking.id, reason="x", actor=SYSTEM, now=NOW)
    _sends_a_voice(chooser.turn())
    assert chooser.told()[-1] == "hour.days"


@pytest.mark.parametrize("typed", ["да", "Согласна!", "I agree", "Даю согласие."])
def test_yes_to_the_greeting_is_consent_and_other_words_are_none(session, typed):
    anna = Talker(session, add_candidate(session))
    anna.commands("my")
    assert anna.says("нет") == anna.says("Анна Иванова") == ["greeting"]
    assert anna.candidate.consent_at is None
    assert anna.says(typed) == ["name.ask"]
    assert anna.candidate.consent_at == NOW


def test_yes_below_a_greeting_that_something_followed_is_no_consent(session):
    anna = Talker(session, add_candidate(session))
    anna.commands("my"), anna.commands("help")
    assert (anna.says("да"), anna.candidate.consent_at) == (["greeting"], None)
