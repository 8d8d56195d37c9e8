"""An introductory day as a group: who is on its list, its numbers, and everybody ticked in one step."""

import pytest
from sqlalchemy import event

from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.access import EVERYTHING, Scope
from recruitsmart.domain.errors import BadInput, NotFound
from recruitsmart.domain.slots import ending, groups, outcomes, waiting
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import BookingStatus, Purpose
from tests.domain.slots.conftest import HOUR, STAFF, TOMORROW, journal, messages, pending_timers, statements_of
from tests.factories import NOW, add_candidate, add_city, add_recruiter, add_slot

NAMES = ("Вера Дым", "Анна Ким", "Борис Лис")


@pytest.fixture
def day(session, recruiter):
    return add_slot(session, recruiter, TOMORROW, purpose=Purpose.INTRO_DAY, capacity=9, minutes=180)


def _invited(session, city, name):
    return add_candidate(session, city=city, full_name=name, stage=Stage.TO_INTRO_DAY)


@pytest.fixture
def seats(session, city, day):
    """Three people with a seat, in the order of NAMES."""
    return [slots.assign(session, _invited(session, city, name), day.id, actor=STAFF, now=NOW) for name in NAMES]


def _names(bookings):
    return [booking.candidate.full_name for booking in bookings]


def test_the_list_is_in_the_order_of_names(session, day, seats):
    assert _names(groups.group_in(session, day.id, EVERYTHING).people) == sorted(NAMES)


def test_who_declined_is_named_apart_unless_they_are_back(session, day, seats):
    vera, anna, _ = seats
    for seat in (vera, anna):
        ending.cancel(session, seat.candidate, seat.id, reason="plans", now=NOW)
    slots.assign(session, anna.candidate, day.id, actor=STAFF, now=NOW)
    group = groups.group_in(session, day.id, EVERYTHING)
    assert (_names(group.people), _names(group.declined)) == (["Анна Ким", "Борис Лис"], ["Вера Дым"])


def test_who_was_called_off_by_us_or_moved_is_on_no_list(session, recruiter, day, seats):
    vera, anna, _ = seats
    other = add_slot(session, recruiter, TOMORROW + 24 * HOUR, purpose=Purpose.INTRO_DAY)
    ending.cancel_by_staff(session, vera.id, reason="x", actor=STAFF, now=NOW)
    slots.reassign(session, anna.id, other.id, actor=STAFF, now=NOW)
    group = groups.group_in(session, day.id, EVERYTHING)
    assert (_names(group.people), group.declined) == (["Борис Лис"], [])


def test_requests_stand_apart(session, city, day):
    slots.reserve(session, _invited(session, city, "Анна Ким"), day.id, now=NOW)
    group = groups.group_in(session, day.id, EVERYTHING)
    assert (group.people, _names(group.requests)) == ([], ["Анна Ким"])


def test_everybody_not_noted_yet_came_and_the_others_stay(session, day, seats):
    vera, anna, boris = seats
    outcomes.record_outcome(session, vera.id, BookingStatus.NO_SHOW, actor=STAFF, now=day.starts_at)
    for most in (2, 0):
        assert groups.all_came(session, day.id, EVERYTHING, actor=STAFF, now=day.starts_at) == most
    assert [vera.status, anna.status, boris.status] == ["no_show", "attended", "attended"]
    assert {entry.actor_id for entry in journal(session, "booking.outcome")} == {STAFF.id}


def _statements_of_ticking(session, city, recruiter, many, *, days):
    day = add_slot(
        session, recruiter, TOMORROW + days * 24 * HOUR, purpose=Purpose.INTRO_DAY, capacity=many, minutes=180
    )
    for number in range(many):
        slots.assign(session, _invited(session, city, f"Имя {number}"), day.id, actor=STAFF, now=NOW)
    session.flush()
    session.expire_all()
    with statements_of(session) as statements:
        assert groups.all_came(session, day.id, EVERYTHING, actor=STAFF, now=day.starts_at) == many
    return len(statements)


def test_everybody_is_ticked_in_as_many_statements_however_many_came(session, city, recruiter):
    few = _statements_of_ticking(session, city, recruiter, 5, days=0)
    assert _statements_of_ticking(session, city, recruiter, 50, days=1) == few < 20


def test_who_is_ticked_with_everybody_hears_and_waits_for_nothing_more(session, city, day, seats):
    waiting.wait(session, seats[0].candidate, Purpose.INTRO_DAY, now=NOW)
    groups.all_came(session, day.id, EVERYTHING, actor=STAFF, now=day.starts_at)
    session.flush()
    assert not waiting.is_waiting(session, seats[0].candidate_id, Purpose.INTRO_DAY)
    assert [pending_timers(session, seat.id) for seat in seats] == [{}] * 3
    assert {message.state for message in messages(session, "intro_day.booked")} == {"skipped"}
    assert {message.state for message in messages(session, "booking.calendar")} == {"skipped"}
    assert [(one.details["before"], one.details["after"]) for one in journal(session, "booking.outcome")] == [
        ("booked", "attended")
    ] * 3
    session.expire_all()
    assert {(seat.status, seat.ended_at, seat.revision) for seat in seats} == {("attended", day.starts_at, 2)}


def test_nobody_has_come_long_before_the_day(session, day, seats):
    with pytest.raises(BadInput):
        groups.all_came(session, day.id, EVERYTHING, actor=STAFF, now=NOW)
    assert {seat.status for seat in seats} == {BookingStatus.BOOKED}


def test_a_day_of_another_city_is_not_found(session, city, day, seats):
    kazan = Scope(city_ids=frozenset({add_city(session, "Казань").id}))
    for look in (groups.group_in, lambda *where: groups.all_came(*where, actor=STAFF, now=day.starts_at)):
        with pytest.raises(NotFound):
            look(session, day.id, kazan)
    assert {seat.status for seat in seats} == {BookingStatus.BOOKED}


def test_of_a_day_in_two_cities_each_sees_and_ticks_its_own_people(session, city, recruiter, day, seats):
    kazan = add_city(session, "Казань")
    recruiter.cities.append(kazan)
    far = slots.assign(session, _invited(session, kazan, "Тимур Галиев"), day.id, actor=STAFF, now=NOW)
    own = Scope(city_ids=frozenset({kazan.id}))
    assert _names(groups.group_in(session, day.id, own).people) == ["Тимур Галиев"]
    assert groups.all_came(session, day.id, own, actor=STAFF, now=day.starts_at) == 1
    assert (far.status, seats[0].status) == (BookingStatus.ATTENDED, BookingStatus.BOOKED)


def test_an_interview_is_no_group(session, slot):
    with pytest.raises(NotFound):
        groups.group_in(session, slot.id, EVERYTHING)


def test_days_are_listed_with_their_numbers(session, city, day, seats):
    vera, anna, boris = seats
    slots.confirm(session, boris.candidate, boris.id, now=NOW)
    outcomes.record_outcome(session, vera.id, BookingStatus.NO_SHOW, actor=STAFF, now=day.starts_at)
    outcomes.record_outcome(session, anna.id, BookingStatus.LATE, actor=STAFF, now=day.starts_at)
    other = add_recruiter(session, city, name="Дарья")
    add_slot(session, other, TOMORROW + HOUR, purpose=Purpose.INTRO_DAY)
    add_slot(session, other, TOMORROW + 24 * HOUR, purpose=Purpose.INTRO_DAY)

    def listed(**whose):
        found = groups.groups_between(session, EVERYTHING, TOMORROW, TOMORROW + 24 * HOUR, limit=9, **whose)
        return [(group.people, group.confirmed, group.came, group.missed) for group in found]

    assert listed() == [(3, 1, 1, 1), (0, 0, 0, 0)]
    assert listed(recruiter_id=other.id) == [(0, 0, 0, 0)]


@pytest.mark.parametrize("many", [1, 30])
def test_a_list_asks_two_queries_however_long_it_is(session, city, recruiter, many):
    day = add_slot(session, recruiter, TOMORROW, purpose=Purpose.INTRO_DAY, capacity=50)
    for number in range(many):
        slots.assign(session, _invited(session, city, f"Имя {number}"), day.id, actor=STAFF, now=NOW)
    session.flush()
    session.expunge_all()
    asked = []
    event.listen(session.connection(), "before_cursor_execute", lambda *args: asked.append(args[2]))
    group = groups.group_in(session, day.id, EVERYTHING)
    assert len(group.people) == many
    assert [booking.candidate.city.name + booking.slot.recruiter.name for booking in group.people]
    assert len(asked) == 2, asked


def test_all_came_leaves_alone_whom_a_colleague_ticks_at_the_same_moment(session, day, seats, behind):
    session.commit()
    outcomes.record_outcome(session, seats[0].id, BookingStatus.NO_SHOW, actor=STAFF, now=day.starts_at)
    everybody = behind(lambda other: groups.all_came(other, day.id, EVERYTHING, actor=STAFF, now=day.starts_at))
    session.commit()
    assert everybody.result() == 2
    session.refresh(seats[0])
    assert seats[0].status == BookingStatus.NO_SHOW


def test_all_came_leaves_alone_whom_a_colleague_has_ticked_since_the_list_was_read(session, day, seats, other_session):
    session.commit()
    outcomes.record_outcome(other_session, seats[0].id, BookingStatus.NO_SHOW, actor=STAFF, now=day.starts_at)
    other_session.commit()
    assert seats[0].status == BookingStatus.BOOKED
    assert groups.all_came(session, day.id, EVERYTHING, actor=STAFF, now=day.starts_at) == 2
    session.refresh(seats[0])
    assert seats[0].status == BookingStatus.NO_SHOW
