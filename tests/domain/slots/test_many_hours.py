"""A city with more free hours than anybody reads at once: what begins after the first thousand counts as well."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from recruitsmart.domain.dialogue.hours import recruiters_to_choose
from recruitsmart.domain.directory.models import RecruiterChoice
from recruitsmart.domain.slots import closing, ending, proposing, waiting
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import Offer, Purpose
from recruitsmart.domain.slots.wishes import Window
from tests.domain.slots.conftest import HOUR, STAFF, TOMORROW
from tests.factories import NOW, add_chooser, add_recruiter, add_slot

MANY, MINUTES = 1_100, 10
FAR = TOMORROW + timedelta(days=10)
HOURS = text(
    """insert into slots (recruiter_id, purpose, starts_at, ends_at, busy_until, capacity, status)
       select :recruiter, 'interview', at, at + interval '5 min', at + interval '5 min', 1, 'open'
       from generate_series(0, :many - 1) g, lateral (select :first + g * interval '10 min' as at) moment"""
)


@pytest.fixture(autouse=True)
def colleague(session, city):
    """Another recruiter, whose free hours fill more than a week from tomorrow on."""
    colleague = add_recruiter(session, city, name="Пётр")
    session.execute(HOURS, {"recruiter": colleague.id, "many": MANY, "first": TOMORROW})
    assert TOMORROW + MANY * timedelta(minutes=MINUTES) < FAR - HOUR
    return colleague


@pytest.fixture
def far(session, recruiter):
    return add_slot(session, recruiter, FAR)


def _books(session, city, slot):
    return slots.reserve(session, add_chooser(session, city), slot.id, now=NOW)


def test_an_hour_far_ahead_is_still_free_when_it_is_proposed(session, city, recruiter, far):
    asked = _books(session, city, add_slot(session, recruiter, FAR + HOUR))
    proposing.propose(session, asked.id, [far.id], language="en", actor=STAFF, now=NOW)
    assert asked.end_reason == "Other hours proposed: Fri 4 Dec 12:00"


def test_who_has_an_hour_far_ahead_gets_one_beside_it(session, city, recruiter, far):
    booking = _books(session, city, add_slot(session, recruiter, FAR + HOUR))
    (proposal,) = closing.propose(session, [booking.slot_id], now=NOW)
    assert proposal.hour.slot_id == far.id


def test_a_recruiter_who_is_free_far_ahead_can_be_chosen(session, city, recruiter, colleague, far):
    city.recruiter_choice = RecruiterChoice.CANDIDATE
    found = recruiters_to_choose(session, city, Purpose.INTERVIEW, mover=0, now=NOW)
    assert {one.id for one in found} == {recruiter.id, colleague.id}


def _offered(session, city, *, now):
    waiting.offer_to_waiting(session, city.id, now, now)
    return session.scalars(select(Offer.slot_id)).all()


def test_who_wishes_a_day_far_ahead_is_offered_an_hour_of_it(session, city, far):
    window = Window(starts_at=FAR, ends_at=FAR + HOUR)
    waiting.wait(session, add_chooser(session, city), Purpose.INTERVIEW, window=window, now=NOW)
    assert _offered(session, city, now=NOW) == [far.id]


def test_who_would_come_earlier_is_offered_an_hour_far_ahead_that_was_given_back(session, city, recruiter, far):
    given_back = _books(session, city, far)
    _books(session, city, add_slot(session, recruiter, FAR + HOUR)).earlier_since = NOW
    ending.cancel(session, given_back.candidate, given_back.id, reason="plans", now=NOW + HOUR)
    assert _offered(session, city, now=NOW + HOUR) == [far.id]
