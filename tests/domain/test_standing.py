"""A typed “yes” or “no” answers the question right above it, and nothing else."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.dialogue import operations
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.domain.slots.announcements import reminded
from recruitsmart.domain.slots.models import BookingStatus
from recruitsmart.domain.slots.operations import reserve
from recruitsmart.domain.slots.reminders import Reminder
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


@pytest.mark.parametrize(("typed", "status"), [("да", "confirmed"), ("нет", "booked")])
def test_yes_to_a_reminder_confirms_and_no_shows_what_can_be_done(session, chooser, city, typed, status):
    slot = add_slot(session, add_recruiter(session, city), NOW + timedelta(days=2))
    booking = reserve(session, chooser.candidate, slot.id, now=NOW)
    booking.status = BookingStatus.BOOKED
    reminded(session, booking, Reminder.FIRST, asks=True, valid_until=NOW + timedelta(hours=1), now=NOW)
    chooser.told()
    assert chooser.says(typed) == ["booking.status"]
    assert booking.status == status


def test_yes_under_a_question_without_such_an_answer_means_what_it_meant(chooser):
    assert chooser.says("да") == ["hour.wish_noted"]
