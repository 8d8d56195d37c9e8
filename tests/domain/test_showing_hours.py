"""How free hours are laid out in the chat."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.dialogue import booking
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.slots import operations as slots
from tests.domain.talks import Talker
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot

QUARTER = timedelta(minutes=15)
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


def test_a_day_that_does_not_suit_is_not_what_is_offered(session):
    city = add_city(session)
    talker = Talker(session, add_chooser(session, city, consent_at=NOW, consent_version="1"))
    recruiter = add_recruiter(session, city)
    add_slot(session, recruiter, NOW + timedelta(days=1))
    later = add_slot(session, recruiter, NOW + timedelta(days=2))
    booking.take_wish(talker.turn(), "только не во вторник")
    [found] = talker.messages()
    assert (found.kind, found.keyboard[0][0]["args"][0]) == ("hour.wish_found", later.id)
    assert talker.wait(minutes=1) == []


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


@pytest.mark.parametrize("moves", [False, True])
def test_every_hour_of_a_full_day_can_be_reached(session, booked, moves):
    talker, seat = booked
    city = talker.candidate.city
    day = NOW + timedelta(days=3)
    hours = [add_slot(session, add_recruiter(session, city), day + number * QUARTER).id for number in range(30)]
    person = talker if moves else Talker(session, add_chooser(session, city, consent_at=NOW, consent_version="1"))
    named, reached = f"{day:%Y-%m-%d}", []
    for page in (0, 1):
        if moves:
            booking.show_hours_to_move(person.turn(), seat.id, named, page)
        else:
            booking.show_hours(person.turn(), named, 0, page)
        buttons = newest_buttons_in_order(session, person.candidate.contact.chat_id)
        reached += [args[0] for action, args in buttons if action in (Action.RESERVE, Action.MOVE_TO)]
        turn = Action.MOVE_DAY if moves else Action.DAY
        assert [turn, [named, seat.id if moves else 0, 1 - page]] in buttons
    assert reached == hours


def newest_buttons_in_order(session, chat_id):
    mine = select(OutboxMessage.keyboard).where(OutboxMessage.chat_id == chat_id).order_by(OutboxMessage.id)
    return [[each["action"], each["args"]] for row in session.scalars(mine).all()[-1] for each in row if "args" in each]
