"""Which seats are busy and which days are full, asked of many hours at once and of one."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.errors import SlotTaken
from recruitsmart.domain.slots import desk, ending, free_hours, outcomes, waiting
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.ahead import free_seats
from recruitsmart.domain.slots.caps import cap_is_reached
from recruitsmart.domain.slots.listing import Narrowed, upcoming
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose, Slot
from recruitsmart.domain.slots.rules import CHOOSES_AT
from recruitsmart.domain.timers.models import Timer
from tests.benchmarks.booking import written_down
from tests.domain.slots.conftest import HOUR, STAFF, TOMORROW
from tests.factories import NOW, add_candidate, add_chooser, add_city, add_recruiter, add_slot

INTRO_DAY = Purpose.INTRO_DAY
NEARLY = TOMORROW - HOUR / 2
ZONES = ("Europe/Moscow", "Asia/Vladivostok", "Europe/Berlin", "America/New_York")


@pytest.fixture
def group(session, recruiter):
    return add_slot(session, recruiter, TOMORROW, purpose=INTRO_DAY, capacity=1)


def _invited(session, city):
    return add_candidate(session, full_name="Борис", city=city, stage=CHOOSES_AT[INTRO_DAY])


def _seats_everywhere(session, city, *, now=NEARLY):
    """What each list says of a city with one group: is there a seat?"""
    boris = _invited(session, city)
    city.minimum_notice_minutes = 0
    session.flush()
    days = free_seats(session, EVERYTHING, ZoneInfo(city.time_zone), days=2, now=now)
    return {
        "candidates": bool(free_hours.free_starts(session, city, purpose=INTRO_DAY, now=now)),
        "staff": bool(desk.hours_to_give(session, city, INTRO_DAY, candidate_id=boris.id, limit=9, now=now)),
        "list": bool(upcoming(session, EVERYTHING, Narrowed(has_seats=True), limit=9, now=now)),
        "today": any(day.seats.get(INTRO_DAY) for day in days),
    }


def test_the_seat_of_who_has_arrived_is_not_given_to_another_before_the_group_begins(session, city, group):
    assert set(_seats_everywhere(session, city).values()) == {True}
    booking = slots.assign(session, _invited(session, city), group.id, actor=STAFF, now=NOW)
    assert set(_seats_everywhere(session, city).values()) == {False}
    outcomes.record_outcome(session, booking.id, BookingStatus.ATTENDED, actor=STAFF, now=NEARLY)
    session.flush()
    assert set(_seats_everywhere(session, city).values()) == {False}
    with pytest.raises(SlotTaken):
        slots.assign(session, _invited(session, city), group.id, actor=STAFF, now=NEARLY)


def test_who_moves_is_shown_the_hours_of_a_day_that_only_the_own_booking_fills(session, city, recruiter, slot):
    recruiter.daily_cap, city.approval_required = 1, False
    anna, boris = add_chooser(session, city), add_chooser(session, city)
    booking = slots.reserve(session, anna, slot.id, now=NOW)
    other = add_slot(session, recruiter, TOMORROW + 2 * HOUR)
    session.flush()

    def shown(candidate):
        found = free_hours.nearest_free(session, city, TOMORROW, purpose=booking.purpose, mover=candidate.id, now=NOW)
        given = free_hours.still_free(
            session, city, [other.id], purpose=booking.purpose, mover=candidate.id, now=NOW
        )  # fmt: skip
        whose = free_hours.free_recruiters(session, city, mover=candidate.id, now=NOW)
        beside = free_hours.same_hour(session, city, other, candidate_id=candidate.id, now=NOW)
        return [hour.slot_id for hour in found + given], [one.id for one in whose], [one.slot_id for one in beside]

    assert shown(anna) == ([other.id] * 2, [recruiter.id], [other.id])
    assert shown(boris) == ([], [], [])


def test_an_hour_that_took_place_fills_the_day_also_for_who_was_there(session, city, recruiter, slot):
    recruiter.daily_cap = 1
    anna = add_chooser(session, city)
    booking = slots.assign(session, anna, slot.id, actor=STAFF, now=NOW)
    add_slot(session, recruiter, TOMORROW + 5 * HOUR)
    met = TOMORROW + timedelta(minutes=5)
    outcomes.record_outcome(session, booking.id, BookingStatus.ATTENDED, actor=STAFF, now=met)
    session.flush()
    assert free_hours.free_starts(session, city, mover=anna.id, now=met) == []


def test_staff_may_give_the_very_hour_that_is_held_for_somebody_to_them(session, city, slot):
    anna, boris = add_chooser(session, city), add_chooser(session, city)
    waiting.wait(session, anna, Purpose.INTERVIEW, now=NOW)
    waiting.offer_to_waiting(session, city.id, NOW, NOW)
    session.flush()

    def found(candidate):
        hours = desk.hours_to_give(session, city, Purpose.INTERVIEW, candidate_id=candidate.id, limit=9, now=NOW)
        return [hour.id for hour in hours]

    assert (found(anna), found(boris)) == ([slot.id], [])


def test_full_days_are_the_same_for_many_hours_as_for_one(session):
    """Over the nights when clocks change, in zones far from the city's."""
    city = add_city(session, horizon_days=365, approval_required=False, minimum_notice_minutes=0)
    first = NOW.replace(month=3, day=6) + timedelta(days=365)  # clocks change on 8 March and on 28 March there
    now = first - HOUR
    for number, zone in enumerate(ZONES):
        recruiter = add_recruiter(session, city, name=zone, time_zone=zone, daily_cap=2)
        for step in range(7 * 24 // 5):
            add_slot(session, recruiter, first + step * 5 * HOUR, minutes=20 + number)
    every = session.scalars(select(Slot).order_by(Slot.id)).all()
    for slot in every[::3]:
        if not cap_is_reached(session, slot, candidate_id=0, now=now):
            slots.assign(session, add_chooser(session, city), slot.id, actor=STAFF, now=now)
    session.flush()
    booked = set(session.scalars(select(Booking.slot_id)))
    free = [slot for slot in every if slot.id not in booked and slot.starts_at >= now]
    open_days = {slot.id for slot in free if not cap_is_reached(session, slot, candidate_id=0, now=now)}
    assert {hour.slot_id for hour in free_hours.free_hours(session, city, now=now)} == open_days
    assert 0 < len(open_days) < len(free)


def test_the_full_days_of_a_horizon_are_found_once(session, city, recruiter, slot):
    recruiter.daily_cap = 3
    session.flush()
    with written_down(session.connection()) as statements:
        free_hours.free_starts(session, city, now=NOW)
    cursor = session.connection().connection.cursor()
    cursor.execute("explain " + statements[-1][0], statements[-1][1])
    plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "hashed SubPlan" in plan


@pytest.mark.parametrize("cap", [1, None])
@pytest.mark.parametrize("by", ["cancelling", "not coming"])
def test_a_day_that_has_room_again_is_looked_at_for_all_cities_of_the_recruiter(session, city, recruiter, by, cap):
    kazan, anna = add_city(session, "Казань"), add_chooser(session, city)
    recruiter.cities.append(kazan)
    recruiter.daily_cap = cap
    booking = slots.assign(
        session, anna, add_slot(session, recruiter, TOMORROW, city=city).id, actor=STAFF, now=NOW
    )  # fmt: skip
    waiting.wait(session, add_chooser(session, kazan), Purpose.INTERVIEW, now=NOW)
    session.execute(update(Timer).where(Timer.kind == waiting.LOOK_FOR_TAKERS).values(due_at=NOW + 9 * HOUR * 24))
    met = TOMORROW + timedelta(minutes=5)
    if by == "cancelling":
        ending.cancel(session, anna, booking.id, reason="ill", now=met - 5 * HOUR)
    else:
        outcomes.record_outcome(session, booking.id, BookingStatus.NO_SHOW, actor=STAFF, now=met)
    due = select(Timer.due_at).where(Timer.kind == waiting.LOOK_FOR_TAKERS, Timer.subject_id == kazan.id)
    assert (session.scalar(due) <= met) == (cap is not None)
