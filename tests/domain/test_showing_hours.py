"""How free hours are laid out in the chat."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from recruitsmart.domain.dialogue import booking
from recruitsmart.domain.messaging.models import OutboxMessage
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
