"""Reminders of real bookings: planned, sent, withdrawn, planned anew; what waits in the outbox when a booking ends."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.messaging import delivery
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.sending import Outcome as Sending
from recruitsmart.domain.messaging.sending import Verdict
from recruitsmart.domain.slots import ending, outcomes, reminding
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import BookingStatus, Purpose
from recruitsmart.domain.slots.reminders import BOOKED_SHORTLY, PAST, QUIET, Reminder
from recruitsmart.domain.timers.models import Timer, TimerState
from recruitsmart.domain.timers.operations import run_due
from tests.domain.slots.conftest import HOUR, STAFF, TOMORROW, messages, pending_timers, statements_of
from tests.factories import NOW, add_chooser, add_slot

FIRST, SECOND, LAST = "slots.remind_first", "slots.remind_second", "slots.remind_last"
MINUTE, SECONDS = timedelta(minutes=1), timedelta(seconds=1)
NOON = NOW + timedelta(days=3)  # 12:00 in Moscow
KINDS = ("reminder.first", "reminder.second", "reminder.last")


@pytest.fixture
def slot(session, recruiter):
    return add_slot(session, recruiter, NOON)


@pytest.fixture
def anna(session, city):
    city.approval_required = False
    city.address, city.contact_person, city.map_url = "ул. Лесная, 7", "Ирина", "https://maps.example.org/7"
    return add_chooser(session, city)


@pytest.fixture
def booking(session, anna, slot):
    return slots.reserve(session, anna, slot.id, now=NOW)


def _sweep(session, now):
    run_due(session, reminding.FIRINGS, now=now)
    session.flush()


def _timers(session, booking):
    session.flush()
    rows = session.scalars(select(Timer).where(Timer.subject_id == booking.id, Timer.kind.like("slots.remind%")))
    return {timer.kind: timer for timer in rows.all()}


def _refreshed(session, booking):
    session.flush()
    session.expire_all()
    return {kind: (timer.state, timer.reason) for kind, timer in _timers(session, booking).items()}


def _sent(session):
    return [message.kind for kind in KINDS for message in messages(session, kind)]


def _labels(message):
    return [button["label"] for row in message.keyboard for button in row]


# --- planning


def test_a_booking_is_reminded_of_three_times(session, booking):
    assert pending_timers(session, booking.id) == {
        FIRST: NOON - 24 * HOUR,
        SECOND: NOON - 3 * HOUR,
        LAST: NOON - 30 * MINUTE,
    }


def test_all_three_reminders_of_one_booking_are_sent(session, booking):
    for before in (24 * HOUR, 3 * HOUR, 30 * MINUTE):
        _sweep(session, NOON - before)
    assert _sent(session) == list(KINDS)


def test_a_request_is_reminded_of_once_it_is_approved(session, city, anna, slot):
    city.approval_required = True
    request = slots.reserve(session, anna, slot.id, now=NOW)
    assert not {FIRST, SECOND, LAST} & pending_timers(session, request.id).keys()
    slots.approve(session, request.id, actor=STAFF, now=NOON - 29 * HOUR)
    assert set(pending_timers(session, request.id)) == {SECOND, LAST}


def test_a_moved_booking_is_reminded_of_its_new_hour_only(session, recruiter, anna, booking):
    later = add_slot(session, recruiter, NOON + 4 * HOUR)
    moved = slots.move(session, anna, booking.id, later.id, now=NOW)
    assert pending_timers(session, booking.id) == {}
    assert pending_timers(session, moved.id)[LAST] == NOON + 210 * MINUTE
    assert {reason for _, reason in _refreshed(session, booking).values()} == {"moved"}


@pytest.mark.parametrize("how", ["candidate", "staff", "outcome"])
def test_a_booking_that_ended_is_not_reminded_of(session, anna, booking, how):
    if how == "candidate":
        ending.cancel(session, anna, booking.id, reason="ill", now=NOW)
    elif how == "staff":
        ending.cancel_by_staff(session, booking.id, reason="ill", actor=STAFF, now=NOW)
    else:
        outcomes.record_outcome(session, booking.id, BookingStatus.ATTENDED, actor=STAFF, now=NOON)
    assert {state for state, _ in _refreshed(session, booking).values()} == {TimerState.WITHDRAWN}
    _sweep(session, NOON + HOUR)
    assert _sent(session) == []


def test_a_reminder_the_quiet_hours_leave_no_room_for_is_written_down(session, city, recruiter):
    city.approval_required = False
    early = add_slot(session, recruiter, NOW + 17 * HOUR + 20 * MINUTE)  # 05:20 in Moscow
    booking = slots.reserve(session, add_chooser(session, city), early.id, now=NOW + 11 * HOUR)
    assert _refreshed(session, booking)[SECOND] == (TimerState.SKIPPED, QUIET)


# --- firing


def test_asking_reminders_offer_to_come_to_move_and_to_cancel(session, booking):
    _sweep(session, NOON - 24 * HOUR)
    (message,) = messages(session, "reminder.first")
    assert _labels(message) == ["Я приду", "Перенести", "Отменить", "Моя заявка"]
    assert [button["args"][:1] for button in message.keyboard[0]] == [[booking.id]]
    assert "12:00" in message.body and "ул. Лесная, 7" in message.body


def test_the_last_one_offers_to_come_late_and_leads_the_way(session, booking):
    _sweep(session, NOON - 30 * MINUTE)
    (message,) = messages(session, "reminder.last")
    assert _labels(message) == ["Я приду", "Опоздаю на 10 мин", "Опоздаю на 20 мин", "Опоздаю на 30 мин", "Моя заявка"]
    assert all(words in message.body for words in ("ул. Лесная, 7", "https://maps.example.org/7", "Ирина"))


def test_an_online_meeting_shows_its_link_instead_of_an_address(session, recruiter, booking):
    recruiter.meeting_url = "https://meet.example.org/olga"
    _sweep(session, NOON - 30 * MINUTE)
    (message,) = messages(session, "reminder.last")
    assert "https://meet.example.org/olga" in message.body and "Лесная" not in message.body


def test_an_introductory_day_has_words_of_its_own(session, city, recruiter, anna):
    anna.stage = Stage.TO_INTRO_DAY
    day = add_slot(session, recruiter, NOON, purpose=Purpose.INTRO_DAY, capacity=20)
    slots.assign(session, anna, day.id, actor=STAFF, now=NOW)
    for before in (24 * HOUR, 3 * HOUR, 30 * MINUTE):
        _sweep(session, NOON - before)
    kinds = ["intro_day.reminder_first", "intro_day.reminder_second", "intro_day.reminder_last"]
    assert [message.kind for kind in kinds for message in messages(session, kind)] == kinds


def test_who_has_confirmed_gets_the_last_reminder_only(session, anna, booking):
    slots.confirm(session, anna, booking.id, now=NOW)
    for before in (24 * HOUR, 3 * HOUR, 30 * MINUTE):
        _sweep(session, NOON - before)
    (message,) = messages(session, "reminder.last")
    assert _sent(session) == ["reminder.last"] and "Я приду" not in _labels(message)
    assert _refreshed(session, booking)[FIRST] == (TimerState.WITHDRAWN, "confirmed")


@pytest.mark.parametrize(
    ("how", "reason"),
    [("confirmed", "confirmed"), ("moved", reminding.ENDED), ("pending", reminding.NOT_APPROVED)],
)
def test_the_facts_are_looked_at_again_when_it_fires(session, booking, how, reason):
    booking.status = BookingStatus(how)
    booking.ended_at = NOW if how == "moved" else None
    _sweep(session, NOON - 24 * HOUR)
    assert _refreshed(session, booking)[FIRST] == (TimerState.SKIPPED, reason)


def test_who_cannot_be_reached_or_is_out_is_not_reminded(session, anna, booking):
    anna.contact.unreachable_since, anna.contact.unreachable_reason = NOW, "blocked the bot"
    _sweep(session, NOON - 24 * HOUR)
    anna.contact.unreachable_since = anna.contact.unreachable_reason = None
    anna.outcome, anna.outcome_reason = Outcome.REJECTED, "no"
    _sweep(session, NOON - 3 * HOUR)
    states = _refreshed(session, booking)
    assert (states[FIRST][1], states[SECOND][1]) == (reminding.UNREACHABLE, reminding.NOT_ACTIVE)


def test_after_an_outage_only_what_is_still_useful_is_sent(session, booking):
    _sweep(session, NOON - 45 * MINUTE)
    assert _sent(session) == []
    assert {reason for kind, (_, reason) in _refreshed(session, booking).items() if kind != LAST} == {"too late"}
    _sweep(session, NOON - 30 * MINUTE)
    assert _sent(session) == ["reminder.last"]


def test_held_up_into_the_night_it_comes_in_the_morning(session, city, recruiter):
    city.approval_required = False
    evening = add_slot(session, recruiter, NOW + 2 * timedelta(days=1) + 9 * HOUR)  # 21:00 in Moscow
    booking = slots.reserve(session, add_chooser(session, city), evening.id, now=NOW)
    night = evening.starts_at - 24 * HOUR + 2 * HOUR
    _sweep(session, night)
    assert _sent(session) == []
    morning = evening.starts_at - 13 * HOUR
    assert pending_timers(session, booking.id)[FIRST] == morning
    _sweep(session, morning)
    assert _sent(session) == ["reminder.first"]


def test_two_sweeps_at_once_remind_once(session, engine, booking, at_once):
    session.commit()
    at_once(*[lambda other: run_due(other, reminding.FIRINGS, now=NOON - 24 * HOUR)] * 4)
    assert _sent(session) == ["reminder.first"]


# --- the city changes its hours


def test_another_hour_of_the_city_moves_what_is_still_ahead(session, city, booking):
    city.first_reminder_minutes, city.last_reminder_minutes = 26 * 60, 60
    assert reminding.count_to_replan(session, city, now=NOW) == 1
    assert reminding.replan_city(session, city, now=NOW) == 1
    assert pending_timers(session, booking.id) == {FIRST: NOON - 26 * HOUR, SECOND: NOON - 3 * HOUR, LAST: NOON - HOUR}


def test_a_reminder_the_city_no_longer_wants_is_withdrawn(session, city, booking):
    city.second_reminder_minutes = None
    reminding.replan_city(session, city, now=NOW)
    assert set(pending_timers(session, booking.id)) == {FIRST, LAST}


def test_what_was_sent_is_not_sent_again_at_another_hour(session, city, booking):
    _sweep(session, NOON - 24 * HOUR)
    city.first_reminder_minutes = 20 * 60
    reminding.replan_city(session, city, now=NOON - 23 * HOUR)
    _sweep(session, NOON - 20 * HOUR)
    assert _sent(session) == ["reminder.first"]
    assert set(pending_timers(session, booking.id)) == {SECOND, LAST}


def test_who_has_confirmed_is_not_asked_again_by_another_hour(session, city, anna, booking):
    slots.confirm(session, anna, booking.id, now=NOW)
    reminding.replan_city(session, city, now=NOW)
    assert set(pending_timers(session, booking.id)) == {LAST}


def test_requests_and_hours_that_have_begun_are_not_replanned(session, city, anna, booking):
    assert reminding.count_to_replan(session, city, now=NOON) == 0
    booking.status = BookingStatus.PENDING
    assert reminding.count_to_replan(session, city, now=NOW) == 0


def test_new_rules_of_a_city_cost_the_same_however_many_bookings_they_concern(session, city, recruiter, booking):
    with statements_of(session) as few:
        reminding.replan_city(session, city, now=NOW)
    for number in range(1, 8):
        slot = add_slot(session, recruiter, NOON + number * HOUR)
        slots.reserve(session, add_chooser(session, city), slot.id, now=NOW)
    session.expire_all()
    city.first_reminder_minutes, city.second_reminder_minutes = 26 * 60, None
    with statements_of(session) as many:
        assert reminding.replan_city(session, city, now=NOW) == 8
    assert len(many) <= len(few) + 3, many  # reading and saving the city, and one kind of reminder it wants no more
    assert len(set(_moments(session, FIRST))) == 8 and not _moments(session, SECOND)


def _moments(session, kind):
    pending = select(Timer.due_at).where(Timer.kind == kind, Timer.state == TimerState.PENDING)
    return session.scalars(pending).all()


# --- what waits in the outbox when the booking ends


def _states(session, *kinds):
    session.flush()
    rows = select(OutboxMessage.kind, OutboxMessage.state, OutboxMessage.reason).where(OutboxMessage.kind.in_(kinds))
    return {kind: (state, reason) for kind, state, reason in session.execute(rows)}


def test_what_still_waits_when_the_booking_ends_is_skipped_with_the_reason(session, anna, booking):
    _sweep(session, NOON - 24 * HOUR)
    ending.cancel(session, anna, booking.id, reason="ill", now=NOON - 23 * HOUR)
    kinds = ("booking.booked", "booking.calendar", "reminder.first")
    assert _states(session, *kinds) == dict.fromkeys(kinds, (MessageState.SKIPPED, "cancelled"))
    assert _states(session, "booking.calendar_cancelled")["booking.calendar_cancelled"][0] == MessageState.QUEUED


def test_what_still_waits_when_the_booking_moves_is_skipped_and_the_new_hour_is_told(session, recruiter, anna, booking):
    later = add_slot(session, recruiter, NOON + HOUR)
    moved = slots.move(session, anna, booking.id, later.id, now=NOW)
    states = {message.about: message.state for message in messages(session, "booking.booked")}
    assert states == {f"booking:{booking.id}": MessageState.SKIPPED, f"booking:{moved.id}": MessageState.QUEUED}


def test_an_answer_takes_back_the_question_that_still_waits(session, anna, booking):
    _sweep(session, NOON - 24 * HOUR)
    slots.confirm(session, anna, booking.id, now=NOON - 23 * HOUR)
    assert _states(session, *KINDS) == {"reminder.first": (MessageState.SKIPPED, "confirmed")}
    assert _states(session, "booking.booked")["booking.booked"][0] == MessageState.QUEUED


def test_a_sent_message_stays_sent_when_the_booking_ends(session, anna, booking):
    message = messages(session, "booking.booked")[0]
    message.state, message.settled_at = MessageState.SENT, NOW
    ending.cancel(session, anna, booking.id, reason="ill", now=NOW)
    session.refresh(message)
    assert message.state == MessageState.SENT


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Verdict.ACCEPTED, MessageState.SENT),
        (Verdict.BROKEN, MessageState.QUEUED),
        (Verdict.DOUBTFUL, MessageState.QUEUED),
    ],
)
def test_one_that_is_being_sent_at_that_moment_gets_no_second_attempt(session, anna, booking, verdict, state):
    _sweep(session, NOON - 24 * HOUR)
    for waiting in session.scalars(select(OutboxMessage).where(OutboxMessage.kind != "reminder.first")):
        waiting.state, waiting.settled_at = MessageState.SENT, NOW
    now = NOON - 23 * HOUR
    claimed = delivery.claim(session, now=now)
    assert claimed is not None and claimed.kind == "reminder.first"
    ending.cancel(session, anna, booking.id, reason="ill", now=now)
    delivery.settle(session, claimed, Sending(verdict=verdict), spread=0.5, now=now)
    assert _states(session, "reminder.first")["reminder.first"][0] == state
    again = _claimed_reminder(session, now + 5 * SECONDS)
    assert again is None or not again.is_worth_sending(now=now + 5 * SECONDS)


def _claimed_reminder(session, now):
    while (claimed := delivery.claim(session, now=now)) is not None:
        if claimed.kind == "reminder.first":
            return claimed
        delivery.settle(session, claimed, Sending(verdict=Verdict.ACCEPTED), spread=0.5, now=now)
    return None


def test_a_reminder_waits_in_the_outbox_no_longer_than_it_is_useful(session, booking):
    _sweep(session, NOON - 24 * HOUR)
    _sweep(session, NOON - 30 * MINUTE)
    untils = {kind: messages(session, kind)[0].valid_until for kind in ("reminder.first", "reminder.last")}
    assert untils == {"reminder.first": NOON - 14 * HOUR, "reminder.last": NOON}


# --- what will this person get, and when


def test_what_a_person_will_get_is_told_with_what_they_will_not_and_why(session, city, anna, recruiter):
    slot = add_slot(session, recruiter, TOMORROW)
    booking = slots.reserve(session, anna, slot.id, now=NOW)
    _sweep(session, TOMORROW - 3 * HOUR)
    told = reminding.planned_for(session, booking, now=TOMORROW - HOUR)
    assert [(one.kind, one.at, one.state, one.reason) for one in told] == [
        (Reminder.FIRST, None, None, BOOKED_SHORTLY),
        (Reminder.SECOND, TOMORROW - 3 * HOUR, TimerState.DONE, None),
        (Reminder.LAST, TOMORROW - 30 * MINUTE, TimerState.PENDING, None),
    ]


def test_a_request_is_told_what_comes_once_it_is_approved(session, city, anna, slot):
    city.approval_required = True
    request = slots.reserve(session, anna, slot.id, now=NOW)
    told = reminding.planned_for(session, request, now=NOON - 2 * HOUR)
    assert [(one.at, one.state, one.reason) for one in told] == [
        (None, None, BOOKED_SHORTLY), (None, None, PAST), (NOON - 30 * MINUTE, None, None),
    ]  # fmt: skip


def _asked(session, recruiter):
    mine = select(OutboxMessage).where(OutboxMessage.kind == "staff.ask_outcome")
    session.flush()
    return session.scalars(mine.where(OutboxMessage.chat_id == recruiter.chat_id)).all()


def test_after_the_interview_its_recruiter_is_asked_how_it_went_once(session, booking, recruiter):
    _sweep(session, booking.slot.ends_at - SECONDS)
    assert _asked(session, recruiter) == []
    _sweep(session, booking.slot.ends_at)
    _sweep(session, booking.slot.ends_at + HOUR)
    (question,) = _asked(session, recruiter)
    assert [button["action"] for row in question.keyboard for button in row] == ["s_outcome"] * 3 + ["s_pass"]


def test_nobody_is_asked_how_it_went_when_that_is_known(session, booking, recruiter):
    outcomes.record_outcome(session, booking.id, BookingStatus.ATTENDED, actor=STAFF, now=booking.slot.starts_at)
    _sweep(session, booking.slot.ends_at)
    assert _asked(session, recruiter) == []
