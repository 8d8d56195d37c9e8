"""The guarded path to a seat: rules, journal, stage, timers, messages, repeats and errors."""

from datetime import timedelta

import pytest
from icalendar import Calendar
from sqlalchemy import select, text

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import RecruiterChoice
from recruitsmart.domain.errors import (
    AlreadyBooked,
    BadInput,
    BookingGone,
    Changed,
    HoursOverlap,
    NotInThisStage,
    SlotClosed,
    SlotTaken,
    SlotTooSoon,
    TooLate,
)
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.domain.slots import approvals, ending, entering, outcomes
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.caps import booked_that_day
from recruitsmart.domain.slots.free_hours import free_around, free_hours, free_starts, nearest_free
from recruitsmart.domain.slots.models import Booking, BookingStatus, EndedBy, Purpose, SlotStatus
from recruitsmart.domain.timers.operations import run_due
from tests.domain.slots.conftest import HOUR, STAFF, TOMORROW, journal, messages, pending_timers, told
from tests.factories import NOW, add_chooser, add_city, add_recruiter, add_slot
from workers.tasks.timers import FIRINGS

MINUTE = timedelta(minutes=1)
LATER = TOMORROW + HOUR


@pytest.fixture
def anna(session, city):
    return add_chooser(session, city)


@pytest.fixture
def pending(session, anna, slot):
    return slots.reserve(session, anna, slot.id, now=NOW)


@pytest.fixture
def booked(session, pending):
    return slots.approve(session, pending.id, actor=STAFF, now=NOW + MINUTE)


@pytest.fixture
def other(session, recruiter):
    """Another hour of the same recruiter."""
    return add_slot(session, recruiter, LATER)


def _free(session, city, *, now=NOW):
    return [hour.slot_id for hour in free_hours(session, city, now=now)]


# reserve


def test_a_reservation_waits_for_approval_where_the_city_wants_it(pending):
    assert (pending.status, pending.seat) == (BookingStatus.PENDING, 1)


def test_a_reservation_stands_at_once_where_the_city_wants_no_approval(session, city, anna, slot):
    city.approval_required = False
    assert slots.reserve(session, anna, slot.id, now=NOW).status == BookingStatus.BOOKED


def test_who_reserves_moves_to_the_interview(anna, pending):
    assert (anna.stage, anna.stage_since) == (Stage.INTERVIEW, NOW)


def test_a_reservation_is_written_down_with_the_reason_for_the_recruiter(session, anna, pending, slot):
    (entry,) = journal(session, "booking.reserved")
    assert (entry.actor_kind, entry.actor_id, entry.subject_id) == (ActorKind.CANDIDATE, anna.id, pending.id)
    assert entry.details == {"slot_id": slot.id, "why": "the only recruiter free at this hour"}


def test_both_sides_are_told_of_a_request(session, anna, recruiter, pending):
    assert told(session, anna.contact.chat_id) == ["booking.pending"]
    assert told(session, recruiter.chat_id) == ["staff.new_request"]


def test_both_sides_are_told_of_a_booking_and_a_calendar_file_goes_along(session, city, anna, recruiter, slot):
    city.approval_required = False
    slots.reserve(session, anna, slot.id, now=NOW)
    assert told(session, anna.contact.chat_id) == ["booking.booked", "booking.calendar"]
    assert told(session, recruiter.chat_id) == ["staff.booked"]


def test_a_request_is_nudged_after_half_an_hour_and_two_hours_and_ends_at_the_start(session, pending):
    assert pending_timers(session, pending.id) == {
        "slots.pending_nudge": NOW + 30 * MINUTE,
        "slots.pending_nudge_again": NOW + 2 * HOUR,
        "slots.pending_expires": TOMORROW,
    }


def test_after_an_outage_of_hours_the_recruiter_is_nudged_once_not_twice(session, recruiter, pending):
    session.flush()
    run_due(session, FIRINGS, now=NOW + 3 * HOUR)
    assert told(session, recruiter.chat_id) == ["staff.new_request", "staff.request_waits"]


def test_a_nudge_after_the_start_is_not_planned(session, anna, recruiter):
    slot = add_slot(session, recruiter, NOW + HOUR)
    booking = slots.reserve(session, anna, slot.id, now=NOW)
    assert set(pending_timers(session, booking.id)) == {"slots.pending_nudge", "slots.pending_expires"}


def test_who_has_a_booking_cannot_reserve_another(session, anna, pending, other):
    with pytest.raises(AlreadyBooked, match="already"):
        slots.reserve(session, anna, other.id, now=NOW)


def test_a_taken_hour_is_refused_and_the_loser_may_go_on(session, city, pending, slot, other):
    loser = add_chooser(session, city)
    with pytest.raises(SlotTaken, match="just been taken"):
        slots.reserve(session, loser, slot.id, now=NOW)
    assert slots.reserve(session, loser, other.id, now=NOW).slot_id == other.id


def test_as_many_as_there_are_seats_get_one(session, city, recruiter):
    group = add_slot(session, recruiter, TOMORROW, capacity=3)
    seats = [slots.reserve(session, add_chooser(session, city), group.id, now=NOW).seat for _ in range(3)]
    assert seats == [1, 2, 3]
    with pytest.raises(SlotTaken):
        slots.reserve(session, add_chooser(session, city), group.id, now=NOW)


def test_a_seat_given_back_in_the_middle_is_taken_again(session, city, recruiter):
    group = add_slot(session, recruiter, TOMORROW, capacity=3)
    people = [add_chooser(session, city) for _ in range(3)]
    bookings = [slots.reserve(session, person, group.id, now=NOW) for person in people]
    ending.cancel(session, people[1], bookings[1].id, reason="plans", now=NOW)
    assert slots.reserve(session, add_chooser(session, city), group.id, now=NOW).seat == 2


def test_a_closed_hour_is_refused(session, anna, slot):
    slot.status = SlotStatus.CLOSED
    with pytest.raises(SlotClosed, match="no longer offered"):
        slots.reserve(session, anna, slot.id, now=NOW)


def test_an_hour_that_never_was_is_refused(session, anna):
    with pytest.raises(SlotClosed):
        slots.reserve(session, anna, 987654321, now=NOW)


def test_an_hour_of_another_city_is_refused(session, anna):
    elsewhere = add_city(session, "Казань")
    slot = add_slot(session, add_recruiter(session, elsewhere), TOMORROW)
    with pytest.raises(SlotClosed):
        slots.reserve(session, anna, slot.id, now=NOW)


def test_an_hour_meant_for_another_city_of_the_recruiter_is_refused(session, anna, recruiter):
    elsewhere = add_city(session, "Казань")
    recruiter.cities.append(elsewhere)
    with pytest.raises(SlotClosed):
        slots.reserve(session, anna, add_slot(session, recruiter, TOMORROW, city_id=elsewhere.id).id, now=NOW)


def test_an_hour_of_a_recruiter_who_left_is_refused(session, anna, recruiter, slot):
    recruiter.active = False
    with pytest.raises(SlotClosed):
        slots.reserve(session, anna, slot.id, now=NOW)


@pytest.mark.parametrize("ahead", [59 * MINUTE, timedelta(days=16)])
def test_an_hour_out_of_the_citys_bounds_is_refused(session, anna, recruiter, ahead):
    slot = add_slot(session, recruiter, NOW + ahead)
    with pytest.raises(SlotTooSoon, match="too near"):
        slots.reserve(session, anna, slot.id, now=NOW)


@pytest.mark.parametrize("stage", [Stage.TEST1, Stage.SCREENING, Stage.TEST2, Stage.TO_INTRO_DAY])
def test_at_another_stage_nothing_can_be_reserved(session, anna, slot, stage):
    anna.stage = stage
    with pytest.raises(NotInThisStage):
        slots.reserve(session, anna, slot.id, now=NOW)


def test_who_was_refused_cannot_reserve(session, anna, slot):
    anna.outcome, anna.outcome_reason = Outcome.REJECTED, "Test 1"
    with pytest.raises(NotInThisStage):
        slots.reserve(session, anna, slot.id, now=NOW)


def test_at_the_hour_that_was_chosen_the_fairest_recruiter_is_taken(session, city, anna, slot):
    rested = add_slot(session, add_recruiter(session, city, name="Пётр", weight=5), TOMORROW)
    booking = slots.reserve(session, anna, slot.id, now=NOW)
    assert booking.slot_id == rested.id
    assert journal(session, "booking.reserved")[0].details["why"] == "greatest weight of 2 recruiters free at this hour"


def test_hours_are_shared_out_between_equal_recruiters(session, city, recruiter):
    colleague = add_recruiter(session, city, name="Пётр")
    taken = []
    for step in range(4):
        at = TOMORROW + step * HOUR
        chosen = add_slot(session, recruiter, at)
        add_slot(session, colleague, at)
        booking = slots.reserve(session, add_chooser(session, city), chosen.id, now=NOW + step * MINUTE)
        taken.append(booking.slot.recruiter_id)
    assert taken == [recruiter.id, colleague.id] * 2


def test_where_candidates_choose_the_recruiter_nobody_is_given_another(session, city, anna, pending, slot):
    city.recruiter_choice = RecruiterChoice.CANDIDATE
    add_slot(session, add_recruiter(session, city, name="Пётр"), TOMORROW)
    with pytest.raises(SlotTaken):
        slots.reserve(session, add_chooser(session, city), slot.id, now=NOW)


def test_a_recruiter_who_has_enough_for_the_day_is_passed_over(session, city, recruiter, pending, other):
    recruiter.daily_cap = 1
    session.flush()
    assert _free(session, city) == []
    with pytest.raises(SlotTaken):
        slots.reserve(session, add_chooser(session, city), other.id, now=NOW)


@pytest.mark.parametrize(
    ("result", "takes_another"),
    [(BookingStatus.ATTENDED, False), (BookingStatus.LATE, False), (BookingStatus.NO_SHOW, True)],
)
def test_who_came_counts_for_the_day_and_who_did_not_come_does_not(
    session, city, recruiter, slot, result, takes_another
):
    recruiter.daily_cap = 1
    evening = add_slot(session, recruiter, TOMORROW + 5 * HOUR)
    met = slots.assign(session, add_chooser(session, city), slot.id, actor=STAFF, now=NOW)
    noted_at = TOMORROW + 10 * MINUTE
    outcomes.record_outcome(session, met.id, result, actor=STAFF, now=noted_at)
    session.flush()
    counted = booked_that_day(session, recruiter, evening.starts_at)
    assert (_free(session, city, now=noted_at), counted) == (([evening.id], 0) if takes_another else ([], 1))


def test_at_the_same_hour_a_colleague_steps_in_for_one_who_has_enough(session, city, recruiter, pending, other):
    recruiter.daily_cap, recruiter.weight = 1, 9
    colleague = add_slot(session, add_recruiter(session, city, name="Пётр"), LATER)
    assert slots.reserve(session, add_chooser(session, city), other.id, now=NOW).slot_id == colleague.id


def test_the_cap_counts_days_of_the_recruiters_zone(session, city, recruiter, pending):
    recruiter.daily_cap, recruiter.time_zone = 1, "Asia/Vladivostok"  # tomorrow 12:00 in Moscow is 19:00 there
    evening, next_day = (
        add_slot(session, recruiter, TOMORROW + 4 * HOUR),
        add_slot(session, recruiter, TOMORROW + 5 * HOUR),
    )
    assert _free(session, city) == [next_day.id] and evening.id


def test_two_at_once_cannot_both_be_the_last_of_a_recruiters_day(session, city, recruiter, slot, other, at_once):
    recruiter.daily_cap = 1
    people = [add_chooser(session, city).id for _ in range(2)]
    session.commit()
    assert sorted(
        at_once(*(_tries(person, where) for person, where in zip(people, (slot.id, other.id), strict=True)))
    ) == [
        "SlotTaken",
        "booked",
    ]


def _tries(candidate_id, slot_id):
    def job(session):
        candidate = session.get_one(Candidate, candidate_id)
        try:
            slots.reserve(session, candidate, slot_id, now=NOW)
        except (SlotTaken, SlotClosed, AlreadyBooked) as error:
            return type(error).__name__
        return "booked"

    return job


def test_of_many_at_once_one_gets_the_hour(session, city, slot, at_once):
    people = [add_chooser(session, city).id for _ in range(8)]
    session.commit()
    results = at_once(*(_tries(person, slot.id) for person in people))
    assert sorted(results) == ["SlotTaken"] * 7 + ["booked"]


def _presses_second(candidate_id, press, lost_id):
    """Returns which hour it became; nobody waits for the lost one's lock any more, or this fails."""

    def job(session):
        slot_id = press(session, session.get_one(Candidate, candidate_id)).slot_id
        with session.get_bind().connect() as third:
            third.execute(text("select from slots where id = :lost for update nowait"), {"lost": lost_id})
        return slot_id

    return job


def test_who_loses_a_seat_to_somebody_at_the_same_moment_gets_the_colleague_who_is_free(
    session, city, anna, slot, behind
):
    colleague = add_slot(session, add_recruiter(session, city, name="Пётр"), TOMORROW)
    boris_id = add_chooser(session, city).id
    session.commit()
    slots.reserve(session, anna, slot.id, now=NOW)
    second = behind(_presses_second(boris_id, lambda *who: slots.reserve(*who, slot.id, now=NOW), slot.id))
    session.commit()
    assert second.result() == colleague.id


def test_who_moves_and_loses_the_seat_at_the_same_moment_gets_the_colleague_who_is_free(
    session, city, anna, booked, slot, other, behind
):
    colleague = add_slot(session, add_recruiter(session, city, name="Пётр"), LATER)
    boris = add_chooser(session, city)
    colleague.recruiter.weight = 0
    session.commit()
    slots.reserve(session, boris, other.id, now=NOW)
    move = behind(_presses_second(anna.id, lambda *who: slots.move(*who, booked.id, other.id, now=NOW), other.id))
    session.commit()
    assert move.result() == colleague.id


def test_of_several_at_once_each_gets_a_seat_at_the_hour_as_long_as_a_colleague_has_one(session, city, slot, at_once):
    for number in range(2):
        add_slot(session, add_recruiter(session, city, name=f"Пётр {number}"), TOMORROW)
    people = [add_chooser(session, city).id for _ in range(5)]
    session.commit()
    results = at_once(*(_tries(person, slot.id) for person in people))
    assert sorted(results) == ["SlotTaken"] * 2 + ["booked"] * 3


def test_who_waited_for_a_closing_sees_the_hour_closed(session, city, slot, behind):
    """What was read before the lock was granted is read again."""
    anna_id = add_chooser(session, city).id
    session.commit()
    session.execute(text("select from slots for update"))
    waiting = behind(_tries(anna_id, slot.id))
    session.execute(text("update slots set status = 'closed', revision = revision + 1"))
    session.commit()
    assert waiting.result() == "SlotClosed"


def test_who_waited_for_a_deletion_sees_the_hour_gone(session, city, slot, behind):
    anna_id = add_chooser(session, city).id
    session.commit()
    session.execute(text("select from slots for update"))
    waiting = behind(_tries(anna_id, slot.id))
    session.execute(text("delete from slots"))
    session.commit()
    assert waiting.result() == "SlotClosed"


@pytest.mark.parametrize(("most", "found"), [(1, slice(1, 6)), (9, slice(0, 7))])
def test_free_hours_around_a_stretch_of_time_are_all_of_it_and_the_nearest_beside_it(
    session, city, recruiter, most, found
):
    hours = [add_slot(session, recruiter, TOMORROW + step * HOUR).id for step in range(7)]
    first, last = TOMORROW + 2 * HOUR, TOMORROW + 4 * HOUR
    around = free_around(session, city, first, last, purpose=Purpose.INTERVIEW, most=most, now=NOW)
    assert [hour.slot_id for hour in around] == hours[found]


def test_free_hours_around_a_moment_out_of_the_horizon_are_within_it(session, city, recruiter, slot):
    add_slot(session, recruiter, NOW + timedelta(days=30))
    for moment in (NOW - 9 * HOUR, NOW + timedelta(days=30)):
        around = free_around(session, city, moment, moment, purpose=Purpose.INTERVIEW, most=9, now=NOW)
        assert [hour.slot_id for hour in around] == [slot.id]


def test_the_three_nearest_free_hours_in_the_order_of_time(session, city, recruiter, slot):
    around = [add_slot(session, recruiter, TOMORROW + step * HOUR) for step in (-3, -1, 2, 5)]
    assert [hour.slot_id for hour in nearest_free(session, city, TOMORROW, purpose=Purpose.INTERVIEW, now=NOW)] == [
        around[1].id,
        slot.id,
        around[2].id,
    ]


def test_of_hours_with_one_start_one_is_near(session, city, slot):
    heavy = add_slot(session, add_recruiter(session, city, name="Пётр", weight=5), TOMORROW)
    assert [hour.slot_id for hour in free_starts(session, city, now=NOW)] == [heavy.id]
    assert len(free_hours(session, city, now=NOW)) == 2


def test_an_hour_without_a_free_seat_is_not_free(session, city, pending):
    assert _free(session, city) == []


# approve and refuse


def test_an_approved_request_stands_and_the_candidate_gets_a_calendar_file(session, anna, booked):
    assert (booked.status, booked.decided_at) == (BookingStatus.BOOKED, NOW + MINUTE)
    assert told(session, anna.contact.chat_id) == ["booking.pending", "booking.booked", "booking.calendar"]
    assert set(pending_timers(session, booked.id)) == {"slots.remind_second", "slots.remind_last"}


def test_approving_twice_changes_nothing(session, anna, booked):
    slots.approve(session, booked.id, actor=STAFF, now=NOW + HOUR)
    assert len(journal(session, "booking.approved")) == 1
    assert len(told(session, anna.contact.chat_id)) == 3


def test_what_has_ended_cannot_be_approved(session, anna, pending):
    ending.cancel(session, anna, pending.id, reason="plans", now=NOW)
    with pytest.raises(BookingGone, match="ended in the meantime"):
        slots.approve(session, pending.id, actor=STAFF, now=NOW)


def test_a_request_whose_hour_has_begun_is_not_approved_but_expires(session, anna, pending, slot):
    with pytest.raises(BookingGone):
        slots.approve(session, pending.id, actor=STAFF, now=slot.starts_at)
    ending.expire_pending(session, pending.id, slot.starts_at, slot.starts_at + MINUTE)
    assert told(session, anna.contact.chat_id)[-1] == "booking.refused"


def test_a_refused_candidate_is_told_and_may_choose_again(session, city, anna, pending, slot):
    ending.refuse(session, pending.id, reason="ill", actor=STAFF, now=NOW)
    assert (pending.status, pending.ended_by, pending.end_reason) == (BookingStatus.CANCELLED, EndedBy.RECRUITER, "ill")
    assert anna.stage == Stage.TO_SCHEDULE and _free(session, city) == [slot.id]
    assert told(session, anna.contact.chat_id)[-1] == "booking.refused"
    assert pending_timers(session, pending.id) == {}
    with pytest.raises(BookingGone):
        ending.refuse(session, pending.id, reason="ill", actor=STAFF, now=NOW)


def test_a_booking_that_never_was_is_gone(session):
    with pytest.raises(BookingGone):
        slots.approve(session, 987654321, actor=STAFF, now=NOW)


# confirm, late


def test_confirming_twice_is_confirming_once(session, anna, booked):
    for _ in range(2):
        assert slots.confirm(session, anna, booked.id, now=NOW).status == BookingStatus.CONFIRMED
    assert len(journal(session, "booking.confirmed")) == 1


def test_the_recruiter_is_told_once_that_the_candidate_will_come(session, anna, recruiter, booked):
    for _ in range(2):
        slots.confirm(session, anna, booked.id, now=NOW)
    (notice,) = messages(session, "staff.confirmed")
    assert notice.chat_id == recruiter.chat_id
    assert "Анна Иванова" in notice.body and "Вторник, 24 ноября, 12:00 (UTC+3)" in notice.body


def test_nobody_says_i_will_come_to_what_is_over(session, anna, booked, slot):
    with pytest.raises(BookingGone):
        slots.confirm(session, anna, booked.id, now=slot.ends_at)
    assert messages(session, "staff.confirmed") == []
    assert slots.confirm(session, anna, booked.id, now=slot.ends_at - MINUTE).status == BookingStatus.CONFIRMED


def test_a_request_that_waits_cannot_be_confirmed(session, anna, pending):
    with pytest.raises(BookingGone):
        slots.confirm(session, anna, pending.id, now=NOW)


@pytest.mark.parametrize(
    "act",
    [
        lambda session, who, booking, other: slots.confirm(session, who, booking, now=NOW),
        lambda session, who, booking, other: slots.run_late(session, who, booking, 5, now=NOW),
        lambda session, who, booking, other: ending.cancel(session, who, booking, reason="plans", now=NOW),
        lambda session, who, booking, other: slots.move(session, who, booking, other, now=NOW),
    ],
    ids=["confirm", "late", "cancel", "move"],
)
def test_nobody_touches_the_booking_of_another(session, city, booked, other, act):
    with pytest.raises(BookingGone):
        act(session, add_chooser(session, city), booked.id, other.id)
    assert booked.status == BookingStatus.BOOKED


def test_the_recruiter_learns_each_new_estimate_once(session, anna, recruiter, booked):
    for minutes in (10, 10, 20):
        slots.run_late(session, anna, booked.id, minutes, now=TOMORROW - MINUTE)
    assert told(session, recruiter.chat_id)[-2:] == ["staff.runs_late"] * 2
    assert [entry.details["minutes"] for entry in journal(session, "booking.runs_late")] == [10, 20]


def test_an_estimate_that_comes_back_is_told_again_so_that_the_recruiter_knows_the_last_one(
    session, anna, recruiter, booked
):
    for step, minutes in enumerate((10, 30, 10)):
        slots.run_late(session, anna, booked.id, minutes, now=TOMORROW - (5 - step) * MINUTE)
    assert told(session, recruiter.chat_id)[-3:] == ["staff.runs_late"] * 3


def test_one_cannot_run_late_a_day_ahead(session, anna, booked):
    with pytest.raises(TooLate):
        slots.run_late(session, anna, booked.id, 10, now=NOW)


# move


def test_moving_ends_one_booking_and_makes_another(session, anna, booked, slot, other):
    new = slots.move(session, anna, booked.id, other.id, now=NOW + HOUR)
    assert (booked.status, booked.ended_at, new.moved_from_id) == (BookingStatus.MOVED, NOW + HOUR, booked.id)
    assert (new.slot_id, new.status, anna.stage) == (other.id, BookingStatus.PENDING, Stage.INTERVIEW)
    assert journal(session, "booking.moved")[0].details == {"slot_id": other.id, "from_slot_id": slot.id}


def test_who_moves_gets_the_fairest_recruiter_of_the_hour_too(session, city, anna, slot, other):
    slots.reserve(session, anna, slot.id, now=NOW)
    booking = session.scalars(select(Booking)).one()
    heavier = add_slot(session, add_recruiter(session, city, name="Ирина", weight=100), LATER)
    assert slots.move(session, anna, booking.id, other.id, now=NOW).slot_id == heavier.id


def test_who_moves_to_an_hour_that_was_just_taken_gets_a_colleague_at_that_hour(session, city, anna, booked, other):
    slots.reserve(session, add_chooser(session, city), other.id, now=NOW)
    colleague = add_slot(session, add_recruiter(session, city, name="Ирина"), LATER)
    assert slots.move(session, anna, booked.id, other.id, now=NOW).slot_id == colleague.id


def test_where_candidates_choose_the_recruiter_a_move_takes_no_other(session, city, anna, booked, other):
    city.recruiter_choice = RecruiterChoice.CANDIDATE
    slots.reserve(session, add_chooser(session, city), other.id, now=NOW)
    add_slot(session, add_recruiter(session, city, name="Ирина"), LATER)
    with pytest.raises(SlotTaken):
        slots.move(session, anna, booked.id, other.id, now=NOW)


def test_moving_a_request_leaves_no_timer_of_the_old_one(session, anna, pending, other):
    new = slots.move(session, anna, pending.id, other.id, now=NOW)
    assert pending_timers(session, pending.id) == {} and len(pending_timers(session, new.id)) == 3


def test_the_hour_that_is_had_already_changes_nothing(session, anna, booked, slot):
    assert slots.move(session, anna, booked.id, slot.id, now=NOW) is booked
    assert journal(session, "booking.moved") == []


def test_a_second_press_of_the_same_move_is_gone(session, anna, booked, other):
    slots.move(session, anna, booked.id, other.id, now=NOW)
    with pytest.raises(BookingGone):
        slots.move(session, anna, booked.id, other.id, now=NOW)


def test_when_the_new_hour_is_taken_the_old_one_stays(session, city, anna, booked, other):
    slots.reserve(session, add_chooser(session, city), other.id, now=NOW)
    with pytest.raises(SlotTaken):
        slots.move(session, anna, booked.id, other.id, now=NOW)
    assert (booked.status, booked.ended_at) == (BookingStatus.BOOKED, None)


@pytest.mark.parametrize(("before", "error"), [(2 * HOUR, None), (2 * HOUR - MINUTE, TooLate)])
def test_the_deadline_counts_for_moving_and_cancelling(session, anna, booked, other, before, error):
    for act in (
        lambda: slots.move(session, anna, booked.id, other.id, now=TOMORROW - before),
        lambda: ending.cancel(session, anna, booked.id, reason="plans", now=TOMORROW - before),
    ):
        with session.begin_nested() as savepoint:
            if error is None:
                act()
            else:
                with pytest.raises(error, match="too late"):
                    act()
            savepoint.rollback()


def test_moving_to_another_purpose_is_refused(session, anna, recruiter, booked):
    intro = add_slot(session, recruiter, LATER, purpose=Purpose.INTRO_DAY)
    with pytest.raises(SlotTaken):
        slots.move(session, anna, booked.id, intro.id, now=NOW)


def test_within_a_day_one_may_move_although_the_recruiter_has_enough(session, anna, recruiter, booked, other):
    recruiter.daily_cap = 1
    assert slots.move(session, anna, booked.id, other.id, now=NOW).slot_id == other.id


def test_two_who_swap_hours_at_once_do_not_deadlock(session, city, slot, other, at_once):
    city.approval_required = False
    people = [add_chooser(session, city) for _ in range(2)]
    bookings = [
        slots.reserve(session, person, hour.id, now=NOW).id for person, hour in zip(people, (slot, other), strict=True)
    ]
    session.commit()

    def swap(person, booking, to):
        def job(session):
            try:
                slots.move(session, session.get_one(Candidate, person), booking, to, now=NOW)
            except SlotTaken:
                return "taken"
            return "moved"

        return job

    jobs = (swap(people[0].id, bookings[0], other.id), swap(people[1].id, bookings[1], slot.id))
    assert at_once(*jobs) == ["taken", "taken"]


def _files(session, chat_id):
    rows = session.execute(
        text("select file_text from outbox where chat_id = :chat and file_text is not null order by id"),
        {"chat": chat_id},
    )
    events = [(calendar, calendar.walk("VEVENT")[0]) for calendar in (Calendar.from_ical(row[0]) for row in rows)]
    return [(str(calendar["METHOD"]), str(event["UID"]), int(event["SEQUENCE"])) for calendar, event in events]


def test_a_calendar_entry_keeps_its_uid_over_a_move_and_its_sequence_grows(session, city, anna, slot, other):
    city.approval_required = False
    booking = slots.reserve(session, anna, slot.id, now=NOW)
    moved = slots.move(session, anna, booking.id, other.id, now=NOW)
    ending.cancel(session, anna, moved.id, reason="plans", now=NOW)
    files = _files(session, anna.contact.chat_id)
    assert [method for method, _, _ in files] == ["PUBLISH", "PUBLISH", "CANCEL"]
    assert len({uid for _, uid, _ in files}) == 1
    sequences = [sequence for _, _, sequence in files]
    assert sequences == sorted(set(sequences))


def test_the_old_hour_leaves_the_calendar_while_the_new_one_waits(session, anna, booked, other):
    new = slots.move(session, anna, booked.id, other.id, now=NOW)
    slots.approve(session, new.id, actor=STAFF, now=NOW)
    files = _files(session, anna.contact.chat_id)
    assert [(method, sequence) for method, _, sequence in files] == [("PUBLISH", 0), ("CANCEL", 1), ("PUBLISH", 2)]
    assert len({uid for _, uid, _ in files}) == 1


# by staff


def test_staff_may_assign_inside_the_notice_and_without_approval(session, city, anna, recruiter):
    slot = add_slot(session, recruiter, NOW + MINUTE)
    booking = slots.assign(session, anna, slot.id, actor=STAFF, now=NOW)
    assert (booking.status, anna.stage) == (BookingStatus.BOOKED, Stage.INTERVIEW)
    assert journal(session, "booking.reserved")[0].actor_kind == ActorKind.STAFF


def test_staff_may_not_break_an_invariant(session, city, anna, pending, slot, other):
    with pytest.raises(SlotTaken):
        slots.assign(session, add_chooser(session, city), slot.id, actor=STAFF, now=NOW)
    with pytest.raises(AlreadyBooked):
        slots.assign(session, anna, other.id, actor=STAFF, now=NOW)


def test_staff_may_not_assign_a_closed_hour(session, anna, slot):
    slot.status = SlotStatus.CLOSED
    with pytest.raises(SlotClosed):
        slots.assign(session, anna, slot.id, actor=STAFF, now=NOW)


def test_staff_may_not_assign_an_hour_that_has_begun(session, anna, slot):
    with pytest.raises(SlotClosed):
        slots.assign(session, anna, slot.id, actor=STAFF, now=slot.starts_at)


def test_staff_may_not_assign_an_hour_of_a_recruiter_who_has_left(session, anna, slot, recruiter):
    recruiter.active = False
    with pytest.raises(SlotClosed):
        slots.assign(session, anna, slot.id, actor=STAFF, now=NOW)


def test_a_booking_is_not_reassigned_to_an_hour_that_has_begun(session, pending, other):
    with pytest.raises(SlotClosed):
        slots.reassign(session, pending.id, other.id, actor=STAFF, now=other.starts_at)
    assert pending.status == BookingStatus.PENDING


def test_a_reassigned_booking_stands_at_once_whatever_the_deadline(session, anna, pending, other):
    new = slots.reassign(session, pending.id, other.id, actor=STAFF, now=TOMORROW - MINUTE)
    assert (new.status, pending.status) == (BookingStatus.BOOKED, BookingStatus.MOVED)
    assert told(session, anna.contact.chat_id)[-2:] == ["booking.moved_by_us", "booking.calendar"]


def test_who_is_given_another_hour_reads_what_it_was_and_what_it_is(session, booked, other):
    slots.reassign(session, booked.id, other.id, actor=STAFF, now=NOW)
    (message,) = messages(session, "booking.moved_by_us")
    assert (
        "Было: Вторник, 24 ноября, 12:00" in message.body and "Стало: <b>Вторник, 24 ноября, 13:00</b>" in message.body
    )
    assert message.valid_until == other.starts_at
    assert [button["action"] for row in message.keyboard for button in row] == ["move", "cancel", "earlier", "my"]


def test_who_is_given_another_recruiter_at_the_same_hour_reads_that_the_hour_stays(session, city, booked):
    colleague = add_recruiter(session, city, name="Дарья")
    slots.reassign(session, booked.id, add_slot(session, colleague, TOMORROW).id, actor=STAFF, now=NOW)
    (message,) = messages(session, "booking.moved_by_us")
    assert "Было" not in message.body and "Время прежнее" in message.body and "Дарья" in message.body


def test_a_candidate_who_moves_reads_that_the_new_hour_is_booked(session, city, anna, booked, other):
    slots.move(session, anna, booked.id, other.id, now=NOW)
    assert messages(session, "booking.moved_by_us") == []


def test_the_word_of_another_hour_is_taken_back_when_the_booking_ends(session, anna, booked, other):
    new = slots.reassign(session, booked.id, other.id, actor=STAFF, now=NOW)
    ending.cancel(session, anna, new.id, reason="ill", now=NOW)
    assert [message.state for message in messages(session, "booking.moved_by_us")] == [MessageState.SKIPPED]


def test_what_staff_calls_off_is_told_with_the_calendar_cleared(session, anna, booked):
    ending.cancel_by_staff(session, booked.id, reason="ill", actor=STAFF, now=NOW)
    assert told(session, anna.contact.chat_id)[-2:] == ["booking.called_off", "booking.calendar_cancelled"]
    assert anna.stage == Stage.TO_SCHEDULE
    with pytest.raises(BookingGone):
        ending.cancel_by_staff(session, booked.id, reason="ill", actor=STAFF, now=NOW)


def test_cancelling_twice_is_cancelling_once(session, anna, recruiter, booked):
    for _ in range(2):
        assert ending.cancel(session, anna, booked.id, reason="plans", now=NOW).ended_by == EndedBy.CANDIDATE
    assert len(journal(session, "booking.cancelled")) == 1
    assert told(session, recruiter.chat_id).count("staff.cancelled") == 1


# outcome


@pytest.mark.parametrize("result", [BookingStatus.ATTENDED, BookingStatus.LATE])
def test_who_came_stays_at_the_interview(session, anna, booked, result):
    outcomes.record_outcome(session, booked.id, result, actor=STAFF, now=TOMORROW)
    assert (booked.status, booked.ended_at, anna.stage) == (result, TOMORROW, Stage.INTERVIEW)


def test_there_is_no_outcome_before_the_hour_begins(session, booked):
    with pytest.raises(BadInput, match="not begun"):
        outcomes.record_outcome(session, booked.id, BookingStatus.ATTENDED, actor=STAFF, now=TOMORROW - MINUTE)


@pytest.mark.parametrize("result", [BookingStatus.CANCELLED, BookingStatus.BOOKED, BookingStatus.MOVED])
def test_only_three_results_are_outcomes(session, booked, result):
    with pytest.raises(BadInput, match="no outcome"):
        outcomes.record_outcome(session, booked.id, result, actor=STAFF, now=TOMORROW)


def test_a_request_nobody_approved_has_no_outcome(session, pending):
    with pytest.raises(BookingGone):
        outcomes.record_outcome(session, pending.id, BookingStatus.ATTENDED, actor=STAFF, now=TOMORROW)


def test_a_slip_of_the_thumb_is_corrected_both_ways(session, anna, booked):
    outcomes.record_outcome(session, booked.id, BookingStatus.NO_SHOW, actor=STAFF, now=TOMORROW)
    assert anna.stage == Stage.TO_SCHEDULE
    outcomes.record_outcome(session, booked.id, BookingStatus.ATTENDED, actor=STAFF, now=TOMORROW)
    assert anna.stage == Stage.INTERVIEW
    details = [(entry.details["before"], entry.details["after"]) for entry in journal(session, "booking.outcome")]
    assert details == [("booked", "no_show"), ("no_show", "attended")]


def test_an_outcome_that_was_not_seen_is_not_corrected(session, booked):
    outcomes.record_outcome(session, booked.id, BookingStatus.ATTENDED, actor=STAFF, now=TOMORROW)
    with pytest.raises(Changed):
        outcomes.record_outcome(
            session, booked.id, BookingStatus.NO_SHOW, seen=BookingStatus.BOOKED, actor=STAFF, now=TOMORROW
        )
    again = {"seen": BookingStatus.BOOKED, "actor": STAFF, "now": TOMORROW}
    assert outcomes.record_outcome(session, booked.id, BookingStatus.ATTENDED, **again).status == "attended"


def test_correcting_an_old_outcome_leaves_a_new_booking_alone(session, city, anna, recruiter, booked):
    city.approval_required = False
    outcomes.record_outcome(session, booked.id, BookingStatus.NO_SHOW, actor=STAFF, now=TOMORROW)
    slots.reserve(session, anna, add_slot(session, recruiter, TOMORROW + 5 * HOUR).id, now=TOMORROW)
    for result in (BookingStatus.ATTENDED, BookingStatus.NO_SHOW):
        outcomes.record_outcome(session, booked.id, result, actor=STAFF, now=TOMORROW)
    assert anna.stage == Stage.INTERVIEW


def test_a_kind_message_after_a_no_show_comes_twice_at_most(session, city, anna, recruiter):
    city.approval_required = False
    for step in range(3):
        at = TOMORROW + step * timedelta(days=1)
        slot = add_slot(session, recruiter, at)
        booking = slots.reserve(session, anna, slot.id, now=at - 5 * HOUR)
        for _ in range(2):
            outcomes.record_outcome(session, booking.id, BookingStatus.NO_SHOW, actor=STAFF, now=at)
        assert anna.stage == Stage.TO_SCHEDULE
    assert len(messages(session, "booking.missed")) == 2


# timers


def test_an_unanswered_request_ends_at_its_start_as_our_fault(session, anna, pending):
    assert ending.expire_pending(session, pending.id, TOMORROW, TOMORROW) is None
    assert (pending.status, pending.ended_by) == (BookingStatus.CANCELLED, EndedBy.SYSTEM)
    assert told(session, anna.contact.chat_id)[-1] == "booking.refused" and anna.stage == Stage.TO_SCHEDULE


def test_an_answered_request_does_not_end(session, booked):
    assert ending.expire_pending(session, booked.id, TOMORROW, TOMORROW) == "answered in time"
    assert booked.status == BookingStatus.BOOKED


def test_a_recruiter_is_reminded_of_a_request_at_each_planned_moment_once(session, recruiter, pending):
    for after in (30 * MINUTE, 30 * MINUTE, 2 * HOUR):
        approvals.nudge_recruiter(session, pending.id, NOW + after, NOW + after)
    assert told(session, recruiter.chat_id) == ["staff.new_request", "staff.request_waits", "staff.request_waits"]


# offer


def test_an_hour_over_another_is_refused_in_a_sentence(session, recruiter, slot):
    with pytest.raises(HoursOverlap, match="already has an open hour"):
        entering.offer(
            session, recruiter_id=recruiter.id, city_id=None, purpose=Purpose.INTERVIEW, starts_at=TOMORROW,
            ends_at=LATER, busy_until=LATER, capacity=1, account_id=1, now=NOW,
        )  # fmt: skip
    assert session.scalars(select(Booking)).all() == []
