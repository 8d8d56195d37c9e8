"""How free hours are laid out in the chat."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.dialogue import booking
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.slots import operations as slots
from tests.domain.talks import Talker
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot

BEFORE_WINTER_TIME = datetime(2026, 10, 20, 9, tzinfo=UTC)


def test_the_hours_of_a_day_state_the_zone_of_that_day_not_of_today(session):
    berlin = add_city(session, "Берлин", time_zone="Europe/Berlin")
    anna = add_chooser(session, berlin, consent_at=NOW, consent_version="1")
    slot = add_slot(session, add_recruiter(session, berlin), BEFORE_WINTER_TIME + timedelta(days=7))
    talker = Talker(session, anna, now=BEFORE_WINTER_TIME)
    booking.show_hours(talker.turn(), slot.starts_at.date().isoformat(), 0)
    assert talker.told() == ["hour.hours"]
    assert "UTC+1" in session.scalars(select(OutboxMessage.body)).all()[-1]


def test_the_hours_that_fit_a_wish_state_their_own_zone(session):
    berlin = add_city(session, "Берлин", time_zone="Europe/Berlin")
    anna = add_chooser(session, berlin, consent_at=NOW, consent_version="1")
    add_slot(session, add_recruiter(session, berlin), BEFORE_WINTER_TIME + timedelta(days=7))
    talker = Talker(session, anna, now=BEFORE_WINTER_TIME)
    booking.take_wish(talker.turn(), "27.10")
    assert talker.told() == ["hour.wish_found"]
    assert "UTC+1" in session.scalars(select(OutboxMessage.body)).all()[-1]


@pytest.fixture
def booked(session):
    city = add_city(session, approval_required=False)
    anna = add_chooser(session, city, consent_at=NOW, consent_version="1")
    recruiter = add_recruiter(session, city)
    slot = add_slot(session, recruiter, NOW + timedelta(hours=3))
    add_slot(session, recruiter, NOW + timedelta(hours=9))
    return Talker(session, anna), slots.reserve(session, anna, slot.id, now=NOW)


PRESSES = {
    "move": lambda turn, seat: booking.show_days_to_move(turn, seat.id, 0, replace=False),
    "cancel": lambda turn, seat: booking.ask_why_cancel(turn, seat.id),
}


@pytest.mark.parametrize("press", PRESSES.values(), ids=PRESSES)
def test_after_the_deadline_nobody_chooses_an_hour_or_a_reason_only_to_be_refused(booked, press):
    talker, seat = booked
    talker.told()
    talker.now = seat.slot.starts_at - timedelta(hours=2)
    press(talker.turn(), seat)
    assert talker.told() in (["booking.move_ask"], ["booking.cancel_why"])
    talker.now += timedelta(seconds=1)
    press(talker.turn(), seat)
    assert talker.told() == ["booking.too_late"]
