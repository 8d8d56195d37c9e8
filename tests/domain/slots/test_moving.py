"""A free hour gets another time or is taken back; what people hold or have seen is never turned into another hour."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.access import EVERYTHING, Scope
from recruitsmart.domain.errors import BadInput, Changed, DomainError, HoursOverlap, NotFound, PeopleBooked, SlotClosed
from recruitsmart.domain.slots import ending, moving, waiting
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import Offer, Purpose, Slot, SlotStatus
from tests.domain.slots.conftest import HOUR, STAFF, TOMORROW, journal, pending_timers
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot

LATER = TOMORROW + 3 * HOUR


def _move(session, slot, to=LATER, *, revision=None, now=NOW):
    return moving.move_hour(session, slot.id, to, revision=revision or slot.revision, actor=STAFF, now=now)


def test_a_moved_hour_is_a_new_one_with_the_same_terms_and_the_present_buffer(session, recruiter):
    old = add_slot(session, recruiter, TOMORROW, minutes=45, capacity=3, purpose=Purpose.INTRO_DAY)
    recruiter.buffer_minutes = 10
    new = _move(session, old)
    assert new.id != old.id
    assert (new.starts_at, new.ends_at) == (LATER, LATER + timedelta(minutes=45))
    assert (new.busy_until - new.ends_at, new.capacity, new.purpose) == (timedelta(minutes=10), 3, Purpose.INTRO_DAY)
    assert session.scalars(select(Slot.id)).all() == [new.id]
    assert journal(session, "slot.moved")[0].details["moved_to"] == new.id


def test_a_button_with_the_old_time_does_not_lead_to_the_new_one(session, city, slot):
    anna = add_chooser(session, city)
    _move(session, slot)
    with pytest.raises(SlotClosed):
        slots.reserve(session, anna, slot.id, now=NOW)


def test_an_hour_can_move_by_less_than_its_length(session, slot):
    assert _move(session, slot, TOMORROW + timedelta(minutes=10)).status == SlotStatus.OPEN


def test_an_hour_with_people_does_not_move(session, city, slot):
    slots.reserve(session, add_chooser(session, city), slot.id, now=NOW)
    with pytest.raises(PeopleBooked):
        _move(session, slot)


def test_an_hour_that_was_booked_once_stays_closed_for_the_history(session, city, slot):
    anna = add_chooser(session, city)
    booking = slots.reserve(session, anna, slot.id, now=NOW)
    ending.cancel(session, anna, booking.id, reason="plans", now=NOW)
    session.refresh(slot)
    new = _move(session, slot)
    assert (slot.status, slot.starts_at) == (SlotStatus.CLOSED, TOMORROW)
    assert new.status == SlotStatus.OPEN


def test_who_was_offered_the_hour_is_looked_for_another_one(session, city, slot):
    waiting.wait(session, add_chooser(session, city), Purpose.INTERVIEW, now=NOW)
    waiting.offer_to_waiting(session, city.id, NOW, NOW)
    assert session.scalars(select(Offer.slot_id)).all() == [slot.id]
    _move(session, slot)
    assert session.scalars(select(Offer.id)).all() == []
    assert pending_timers(session, city.id)[waiting.LOOK_FOR_TAKERS] == NOW


@pytest.mark.parametrize(("to", "now"), [(NOW, NOW), (LATER, TOMORROW)])
def test_nothing_moves_into_or_out_of_the_past(session, slot, to, now):
    with pytest.raises(BadInput):
        _move(session, slot, to, now=now)


def test_an_overlap_is_refused_and_the_hour_stays(session, recruiter, slot):
    add_slot(session, recruiter, LATER)
    with pytest.raises(HoursOverlap):
        _move(session, slot)
    session.refresh(slot)
    assert (slot.status, slot.starts_at) == (SlotStatus.OPEN, TOMORROW)
    assert journal(session, "slot.moved") == []


def test_what_changed_after_it_was_looked_at_is_not_moved(session, slot):
    seen = slot.revision
    slot.capacity = 2
    session.flush()
    with pytest.raises(Changed):
        _move(session, slot, revision=seen)


def test_an_hour_that_a_colleague_moved_is_not_moved_again_and_is_found_where_it_is(session, slot):
    old_id = slot.id
    there = _move(session, _move(session, slot), TOMORROW + 5 * HOUR)
    with pytest.raises(SlotClosed):
        moving.move_hour(session, old_id, LATER, revision=1, actor=STAFF, now=NOW)
    assert moving.hour_in(session, old_id, EVERYTHING, now=NOW) is there


def test_an_hour_of_another_city_is_not_found_wherever_it_went(session, slot, city):
    elsewhere = add_city(session, "Казань")
    foreign = add_slot(session, add_recruiter(session, elsewhere), TOMORROW)
    foreign_id, own = foreign.id, Scope(city_ids=frozenset({city.id}))
    moving.hour_in(session, slot.id, own, now=NOW)
    _move(session, foreign)
    for missing in (foreign_id, 999_999):
        with pytest.raises(NotFound):
            moving.hour_in(session, missing, own, now=NOW)


def test_an_hour_is_taken_back_while_it_is_free(session, city, recruiter, slot):
    other = add_slot(session, recruiter, LATER)
    slots.reserve(session, add_chooser(session, city), other.id, now=NOW)
    session.refresh(other)
    moving.take_back_hour(session, slot.id, revision=slot.revision, actor=STAFF, now=NOW)
    with pytest.raises(PeopleBooked):
        moving.take_back_hour(session, other.id, revision=other.revision, actor=STAFF, now=NOW)
    assert session.scalars(select(Slot.id)).all() == [other.id]
    assert len(journal(session, "slot.taken_back")) == 1


def _tried(job):
    """The job's result, or the kind of its refusal."""

    def run(session):
        try:
            return job(session)
        except DomainError as error:
            session.rollback()
            return type(error)

    return run


def test_who_presses_the_old_time_while_the_hour_moves_gets_no_seat(session, city, slot, behind):
    anna, old_id = add_chooser(session, city), slot.id
    session.commit()
    _move(session, slot)
    waits = behind(_tried(lambda other: slots.reserve(other, other.get(Candidate, anna.id), old_id, now=NOW)))
    session.commit()
    assert waits.result() is SlotClosed


def test_an_hour_that_is_booked_at_this_moment_does_not_move(session, city, slot, behind):
    anna = add_chooser(session, city)
    session.commit()
    slots.reserve(session, anna, slot.id, now=NOW)
    seen = {"revision": slot.revision, "actor": STAFF, "now": NOW}
    waits = behind(_tried(lambda other: moving.move_hour(other, slot.id, LATER, **seen)))
    session.commit()
    assert waits.result() is PeopleBooked


def test_of_two_colleagues_who_move_one_hour_the_second_is_told(session, slot, behind):
    session.commit()
    seen = {"revision": slot.revision, "actor": STAFF, "now": NOW}
    old_id = slot.id
    _move(session, slot)
    waits = behind(_tried(lambda other: moving.move_hour(other, old_id, TOMORROW + 5 * HOUR, **seen)))
    session.commit()
    assert waits.result() is SlotClosed
    assert session.scalars(select(Slot.starts_at)).all() == [LATER]
