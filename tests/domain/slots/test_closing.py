"""Closing hours with a plan: all or nothing, and everybody concerned is told."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.errors import BadInput, Changed, SlotTaken
from recruitsmart.domain.slots import closing, waiting
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import Booking, BookingStatus, Offer, Purpose, SlotStatus
from tests.domain.slots.conftest import HOUR, STAFF, TOMORROW, journal, told
from tests.factories import NOW, add_chooser, add_recruiter, add_slot


@pytest.fixture
def colleague(session, city):
    return add_recruiter(session, city, name="Пётр")


@pytest.fixture
def booked(session, city, recruiter):
    """Two booked hours of the recruiter."""
    city.approval_required = False
    hours = [add_slot(session, recruiter, TOMORROW + step * HOUR) for step in range(2)]
    return [slots.reserve(session, add_chooser(session, city), hour.id, now=NOW) for hour in hours]


def _close(session, bookings, plan):
    closing.close(session, [one.slot_id for one in bookings], plan, reason="ill", actor=STAFF, now=NOW)


def test_for_each_booking_the_nearest_free_hour_is_proposed_once(session, booked, colleague):
    near, far = add_slot(session, colleague, TOMORROW + HOUR), add_slot(session, colleague, TOMORROW + 9 * HOUR)
    proposals = closing.propose(session, [one.slot_id for one in booked], now=NOW)
    assert [one.booking for one in proposals] == booked
    assert [one.hour.slot_id for one in proposals] == [near.id, far.id]


@pytest.mark.parametrize(("cap", "proposed"), [(1, [True, False]), (2, [True, True]), (None, [True, True])])
def test_to_a_colleague_no_more_are_proposed_than_they_want_on_a_day(session, booked, colleague, cap, proposed):
    colleague.daily_cap = cap
    for step in range(3):
        add_slot(session, colleague, TOMORROW + (2 + step) * HOUR)
    session.flush()
    found = closing.propose(session, [one.slot_id for one in booked], now=NOW)
    assert [one.hour is not None for one in found] == proposed
    assert all(len(one.near) == 3 for one in found)  # whoever decides may still choose them


def test_where_nothing_is_free_a_cancellation_is_proposed(session, booked):
    assert [one.hour for one in closing.propose(session, [one.slot_id for one in booked], now=NOW)] == [None, None]


def test_the_hours_that_close_are_proposed_to_nobody(session, recruiter, booked):
    free = add_slot(session, recruiter, TOMORROW + 5 * HOUR)
    proposals = closing.propose(session, [booked[0].slot_id, free.id], now=NOW)
    assert [one.hour for one in proposals] == [None]


def test_of_another_introductory_day_every_free_seat_is_proposed_and_no_more(session, city, recruiter, colleague):
    group = {"purpose": Purpose.INTRO_DAY, "capacity": 3}
    closes, near = add_slot(session, recruiter, TOMORROW, **group), add_slot(session, colleague, TOMORROW, **group)
    far = add_slot(session, colleague, TOMORROW + 9 * HOUR, **group)
    for slot, people in ((near, 1), (closes, 3)):
        for _ in range(people):
            invited = add_chooser(session, city, stage=Stage.TO_INTRO_DAY)
            slots.assign(session, invited, slot.id, actor=STAFF, now=NOW)
    proposals = closing.propose(session, [closes.id], now=NOW)
    assert [one.hour.slot_id for one in proposals] == [near.id, near.id, far.id]
    plan = {one.booking.id: one.hour.slot_id for one in proposals}
    closing.close(session, [closes.id], plan, reason="ill", actor=STAFF, now=NOW)
    assert {one.booking.status for one in proposals} == {BookingStatus.MOVED}


def test_the_plan_is_carried_out_and_everybody_told(session, colleague, booked):
    target = add_slot(session, colleague, TOMORROW)
    first, second = booked
    _close(session, booked, {first.id: target.id, second.id: None})
    assert (first.status, second.status) == (BookingStatus.MOVED, BookingStatus.CANCELLED)
    assert {one.slot.status for one in booked} == {SlotStatus.CLOSED}
    assert told(session, first.candidate.contact.chat_id)[-2:] == ["booking.moved_by_us", "booking.calendar"]
    assert told(session, second.candidate.contact.chat_id)[-2:] == ["booking.called_off", "booking.calendar_cancelled"]
    assert told(session, colleague.chat_id) == ["staff.booked"]
    assert [entry.details["reason"] for entry in journal(session, "slot.closed")] == ["ill", "ill"]


def test_when_one_hour_of_the_plan_is_taken_nothing_happens(session, city, colleague, booked):
    target = add_slot(session, colleague, TOMORROW)
    slots.reserve(session, add_chooser(session, city), target.id, now=NOW)
    session.commit()
    with pytest.raises(SlotTaken):
        _close(session, booked, {booked[0].id: None, booked[1].id: target.id})
    session.rollback()
    assert {one.status for one in booked} == {BookingStatus.BOOKED}
    assert {one.slot.status for one in booked} == {SlotStatus.OPEN}
    assert journal(session, "slot.closed") == []


@pytest.mark.parametrize("plan", [{}, {0: None}, {0: None, 1: None, 999: None}], ids=["none", "one less", "one more"])
def test_a_plan_for_other_bookings_is_refused(session, booked, plan):
    plan = {booked[key].id if key < 2 else key: value for key, value in plan.items()}
    with pytest.raises(Changed, match="look at the new plan"):
        _close(session, booked, plan)


def test_closing_twice_changes_nothing(session, recruiter, slot):
    for _ in range(2):
        closing.close(session, [slot.id], {}, reason="ill", actor=STAFF, now=NOW)
    assert len(journal(session, "slot.closed")) == 1


def test_an_hour_that_was_held_is_taken_back(session, city, slot):
    waiting.wait(session, add_chooser(session, city), Purpose.INTERVIEW, now=NOW)
    waiting.offer_to_waiting(session, city.id, NOW, NOW)
    closing.close(session, [slot.id], {}, reason="ill", actor=STAFF, now=NOW)
    assert session.scalars(select(Offer.status)).all() == ["expired"]


def test_the_day_is_the_recruiters_own(session, city):
    recruiter = add_recruiter(session, city, time_zone="Asia/Vladivostok")
    midnight = NOW.replace(hour=14) + timedelta(days=1)  # 00:00 of the 25th there
    inside = [add_slot(session, recruiter, midnight + step).id for step in (0 * HOUR, 23 * HOUR)]
    for step in (-HOUR, 24 * HOUR):
        add_slot(session, recruiter, midnight + step)
    assert closing.hours_of_days(session, recruiter, date(2026, 11, 25), date(2026, 11, 25), now=NOW) == inside


def test_several_days_are_closed_by_one_plan_the_last_one_included(session, recruiter):
    days = [add_slot(session, recruiter, TOMORROW + timedelta(days=ahead)).id for ahead in range(4)]
    first_on = TOMORROW.date()
    assert closing.hours_of_days(session, recruiter, first_on, first_on + timedelta(days=2), now=NOW) == days[:3]


@pytest.mark.parametrize(("days", "words"), [(-1, "before the first"), (14, "at most 14 days")])
def test_days_in_the_wrong_order_and_more_than_fourteen_are_refused(session, recruiter, days, words):
    first_on = TOMORROW.date()
    closing.hours_of_days(session, recruiter, first_on, first_on + timedelta(days=13), now=NOW)
    with pytest.raises(BadInput, match=words):
        closing.hours_of_days(session, recruiter, first_on, first_on + timedelta(days=days), now=NOW)


def test_more_hours_than_a_plan_can_show_are_refused_and_none_is_left_out_silently(session, recruiter, monkeypatch):
    monkeypatch.setattr(closing, "MOST_HOURS", 2)
    first_on = TOMORROW.date()
    for step in range(3):
        closing.hours_of_days(session, recruiter, first_on, first_on, now=NOW)
        add_slot(session, recruiter, TOMORROW + step * HOUR)
    with pytest.raises(BadInput, match="fewer days"):
        closing.hours_of_days(session, recruiter, first_on, first_on, now=NOW)


def test_hours_that_have_begun_stay(session, recruiter, slot):
    assert closing.hours_of_days(session, recruiter, TOMORROW.date(), TOMORROW.date(), now=TOMORROW + HOUR) == []


def test_a_request_for_approval_is_moved_too(session, city, colleague, slot):
    booking = slots.reserve(session, add_chooser(session, city), slot.id, now=NOW)
    target = add_slot(session, colleague, TOMORROW + HOUR)
    _close(session, [booking], {booking.id: target.id})
    assert session.scalars(select(Booking.status).order_by(Booking.id)).all() == ["moved", "booked"]
