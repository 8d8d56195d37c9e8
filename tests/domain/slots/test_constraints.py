"""Postgres refuses what must never be: each test tries with plain SQL, bypassing our code."""

import pytest
from psycopg2 import errors
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from recruitsmart.domain.slots.models import Offer, Purpose, Slot, Waiting
from tests.domain.slots.conftest import HOUR, TOMORROW
from tests.factories import NOW, add_candidate, add_chooser, add_city, add_recruiter, add_slot

BOOK = text(
    """insert into bookings (slot_id, purpose, slot_capacity, seat, candidate_id, status, created_at, time_zone,
                             calendar_uid, ended_at, ended_by, end_reason)
       select id, purpose, capacity, :seat, :candidate, :status, now(), 'UTC', 'uid', :ended_at, :ended_by, :reason
       from slots where id = :slot returning id"""
)


@pytest.fixture
def book(session, city):
    """Inserts a booking of a new (or the given) candidate; returns its id."""

    def insert(slot, *, seat=1, candidate=None, status="booked", ended_at=None, ended_by=None, reason=None):
        candidate = candidate or add_chooser(session, city)
        values = {"ended_at": ended_at, "ended_by": ended_by, "reason": reason, "status": status, "seat": seat}
        return session.scalar(BOOK, values | {"slot": slot.id, "candidate": candidate.id})

    return insert


@pytest.fixture
def refused(session):
    """Runs SQL that must break this constraint."""

    def run(constraint, work, **values):
        with pytest.raises(DBAPIError) as caught:
            session.execute(text(work), values) if isinstance(work, str) else work()
        diagnosis = caught.value.orig.diag
        assert diagnosis.constraint_name == constraint, diagnosis.message_primary

    return run


def test_a_live_seat_is_taken_once(slot, book, refused):
    book(slot)
    refused("uq_bookings_seat_live", lambda: book(slot))


@pytest.mark.parametrize("status", ["pending", "booked", "confirmed"])
def test_every_live_status_holds_the_seat(slot, book, refused, status):
    book(slot, status=status)
    refused("uq_bookings_seat_live", lambda: book(slot, status="pending"))


def test_the_seat_of_an_ended_booking_is_free(slot, book):
    book(slot, status="moved", ended_at=NOW)
    assert book(slot)


def test_an_ended_booking_cannot_come_back_to_a_seat_that_is_taken(session, slot, book, refused):
    ended = book(slot, status="moved", ended_at=NOW)
    book(slot)
    refused("uq_bookings_seat_live", "update bookings set status = 'booked', ended_at = null where id = :id", id=ended)


@pytest.mark.parametrize("seat", [2, 500])
def test_a_seat_beyond_the_capacity_does_not_exist(slot, book, refused, seat):
    refused("ck_bookings_seat_within_capacity", lambda: book(slot, seat=seat))


def test_seats_are_counted_from_one(slot, book, refused):
    refused("ck_bookings_seat_positive", lambda: book(slot, seat=0))


def test_the_capacity_cannot_sink_below_a_live_seat(session, recruiter, book, refused):
    slot = add_slot(session, recruiter, TOMORROW, capacity=3)
    book(slot, seat=3)
    refused("ck_bookings_seat_within_capacity", "update slots set capacity = 2 where id = :id", id=slot.id)


def test_the_capacity_may_sink_below_a_seat_that_has_ended(session, recruiter, book):
    slot = add_slot(session, recruiter, TOMORROW, capacity=3)
    book(slot, seat=3, status="moved", ended_at=NOW)
    session.execute(text("update slots set capacity = 2 where id = :id"), {"id": slot.id})
    assert session.scalar(text("select slot_capacity from bookings")) == 2


def test_a_booking_cannot_claim_a_capacity_its_slot_does_not_have(session, slot, book, refused):
    booking = book(slot)
    refused("fk_bookings_slot_purpose_capacity", "update bookings set slot_capacity = 9 where id = :id", id=booking)


def test_a_candidate_has_one_live_booking_for_a_purpose(session, city, recruiter, slot, book, refused):
    candidate = add_chooser(session, city)
    book(slot, candidate=candidate)
    other = add_slot(session, recruiter, TOMORROW + HOUR)
    refused("uq_bookings_candidate_purpose_live", lambda: book(other, candidate=candidate, status="pending"))


def test_a_candidate_may_have_a_live_booking_for_each_purpose(session, city, recruiter, slot, book):
    candidate = add_chooser(session, city)
    book(slot, candidate=candidate)
    assert book(add_slot(session, recruiter, TOMORROW, purpose=Purpose.INTRO_DAY), candidate=candidate)


@pytest.mark.parametrize(
    ("after", "minutes"),
    [(0, 30), (29, 30), (-29, 30), (5, 5), (-10, 60)],
    ids=["the same", "into the end", "into the start", "inside", "around"],
)
def test_open_hours_of_a_recruiter_do_not_overlap(session, recruiter, slot, refused, after, minutes):
    refused(
        "ex_slots_recruiter_hours_overlap",
        lambda: add_slot(session, recruiter, TOMORROW + HOUR / 60 * after, minutes=minutes),
    )


@pytest.mark.parametrize("after", [30, -30])
def test_hours_may_touch(session, recruiter, slot, after):
    assert add_slot(session, recruiter, TOMORROW + HOUR / 60 * after).id


def test_the_buffer_belongs_to_the_hour(session, recruiter, refused):
    add_slot(session, recruiter, TOMORROW, busy_until=TOMORROW + HOUR)
    refused("ex_slots_recruiter_hours_overlap", lambda: add_slot(session, recruiter, TOMORROW + HOUR / 2))


def test_an_hour_may_begin_when_the_buffer_ends(session, recruiter):
    add_slot(session, recruiter, TOMORROW, busy_until=TOMORROW + HOUR)
    assert add_slot(session, recruiter, TOMORROW + HOUR).id


def test_hours_of_different_purposes_may_overlap(session, recruiter, slot):
    assert add_slot(session, recruiter, TOMORROW, purpose=Purpose.INTRO_DAY).id


def test_hours_of_different_recruiters_may_overlap(session, city, slot):
    assert add_slot(session, add_recruiter(session, city, name="Пётр"), TOMORROW).id


def test_a_closed_hour_is_in_nobodys_way(session, recruiter, slot):
    session.execute(text("update slots set status = 'closed'"))
    assert add_slot(session, recruiter, TOMORROW).id


def test_a_closed_hour_cannot_be_opened_over_another(session, recruiter, slot, refused):
    session.execute(text("update slots set status = 'closed'"))
    add_slot(session, recruiter, TOMORROW)
    refused("ex_slots_recruiter_hours_overlap", "update slots set status = 'open' where id = :id", id=slot.id)


def test_an_open_hour_cannot_be_moved_into_another(session, recruiter, slot, refused):
    add_slot(session, recruiter, TOMORROW + HOUR)
    longer = "update slots set busy_until = starts_at + interval '61 min' where id = :id"
    refused("ex_slots_recruiter_hours_overlap", longer, id=slot.id)


@pytest.mark.parametrize("column", ["slot_id", "purpose", "candidate_id"])
def test_slot_purpose_and_candidate_of_a_booking_never_change(session, city, recruiter, slot, book, refused, column):
    booking = book(slot)
    values = {
        "slot_id": add_slot(session, recruiter, TOMORROW + HOUR).id,
        "purpose": "intro_day",
        "candidate_id": add_candidate(session).id,
    }
    refused(
        "bookings_never_change", f"update bookings set {column} = :to where id = :id", id=booking, to=values[column]
    )


@pytest.mark.parametrize("table", ["bookings", "slots", "waiting", "offers"])
def test_only_known_statuses_exist(session, city, slot, book, refused, table):
    book(slot)
    entry = _waiting(session, city)
    session.add(Offer(waiting=entry, slot=slot, offered_at=NOW, expires_at=NOW + HOUR))
    session.flush()
    ended = "" if table == "slots" else ", ended_at = now()"
    refused(f"ck_{table}_status", f"update {table} set status = 'approved'{ended}")


def test_an_ended_booking_has_a_moment(slot, book, refused):
    refused("ck_bookings_ended_has_moment", lambda: book(slot, status="moved"))


def test_a_live_booking_has_no_end(slot, book, refused):
    refused("ck_bookings_ended_has_moment", lambda: book(slot, ended_at=NOW))


def test_a_cancelled_booking_has_somebody_who_did_it(slot, book, refused):
    refused("ck_bookings_cancelled_by_somebody", lambda: book(slot, status="cancelled", ended_at=NOW, reason="no time"))


def test_a_cancelled_booking_has_a_reason(slot, book, refused):
    refused(
        "ck_bookings_cancelled_has_reason", lambda: book(slot, status="cancelled", ended_at=NOW, ended_by="candidate")
    )


def test_only_a_cancelled_booking_was_ended_by_somebody(slot, book, refused):
    refused("ck_bookings_cancelled_by_somebody", lambda: book(slot, ended_by="system"))


@pytest.mark.parametrize("minutes", [0, 121])
def test_nobody_runs_late_by_nothing_or_by_hours(session, slot, book, refused, minutes):
    booking = book(slot)
    refused(
        "ck_bookings_late_within_reason", "update bookings set late_minutes = :m where id = :id", id=booking, m=minutes
    )


def test_an_hour_ends_after_it_begins(session, slot, refused):
    refused("ck_slots_ends_after_start", "update slots set ends_at = starts_at")


def test_an_hour_lasts_half_a_day_at_most(session, slot, refused):
    longer = "update slots set ends_at = starts_at + interval '721 min', busy_until = starts_at + interval '721 min'"
    refused("ck_slots_at_most_half_a_day", longer)


def test_a_recruiter_is_busy_to_the_end_at_least(session, slot, refused):
    refused("ck_slots_busy_to_the_end", "update slots set busy_until = ends_at - interval '1 min'")


@pytest.mark.parametrize("capacity", [0, 501])
def test_the_capacity_has_bounds(session, slot, refused, capacity):
    refused("ck_slots_capacity_in_range", "update slots set capacity = :capacity", capacity=capacity)


def test_a_slot_with_bookings_cannot_be_deleted(session, slot, book, refused):
    book(slot, status="moved", ended_at=NOW)
    refused("fk_bookings_slot_purpose_capacity", "delete from slots")


def _waiting(session, city, **values):
    entry = Waiting(
        candidate=add_chooser(session, city), city_id=city.id, purpose=Purpose.INTERVIEW, since=NOW, **values
    )
    session.add(entry)
    session.flush()
    return entry


@pytest.mark.parametrize("length", [HOUR * 0, -HOUR])
def test_a_wished_window_is_in_order(session, city, refused, length):
    refused("ck_waiting_window_in_order", lambda: _waiting(session, city, wanted_from=NOW, wanted_until=NOW + length))


def test_a_person_waits_once_for_a_purpose(session, city, refused):
    entry = _waiting(session, city)
    again = """insert into waiting (candidate_id, city_id, purpose, status, since)
               values (:candidate, :city, 'interview', 'waiting', now())"""
    refused("uq_waiting_candidate_purpose", again, candidate=entry.candidate_id, city=city.id)


def _offer(session, entry, slot, **values):
    session.add(Offer(waiting=entry, slot=slot, offered_at=NOW, expires_at=NOW + HOUR, **values))
    session.flush()


def test_a_waiting_person_has_one_open_offer(session, city, recruiter, slot, refused):
    entry = _waiting(session, city)
    _offer(session, entry, slot)
    other: Slot = add_slot(session, recruiter, TOMORROW + HOUR)
    refused("uq_offers_waiting_open", lambda: _offer(session, entry, other))


def test_nobody_is_offered_the_same_hour_twice(session, city, slot, refused):
    entry = _waiting(session, city)
    _offer(session, entry, slot, status="declined", ended_at=NOW)
    refused("uq_offers_waiting_id_slot_id", lambda: _offer(session, entry, slot))


@pytest.mark.parametrize("table", ["offers", "waiting"])
def test_what_has_ended_has_a_moment(session, city, slot, refused, table):
    _offer(session, _waiting(session, city), slot)
    ended = {"offers": "expired", "waiting": "gone"}[table]
    refused(f"ck_{table}_ended_has_moment", f"update {table} set status = '{ended}'")


def test_a_change_of_the_slot_of_a_booking_is_an_integrity_error(session, city, slot, book):
    """So that every door of the system answers it as one."""
    booking = book(slot)
    with pytest.raises(DBAPIError) as caught:
        session.execute(text("update bookings set candidate_id = candidate_id + 1 where id = :id"), {"id": booking})
    assert isinstance(caught.value.orig, errors.IntegrityConstraintViolation)


def test_cities_do_not_matter_to_a_recruiters_time(session, city, recruiter, slot, refused):
    elsewhere = add_city(session, "Казань")
    refused("ex_slots_recruiter_hours_overlap", lambda: add_slot(session, recruiter, TOMORROW, city_id=elsewhere.id))
