"""What is no longer true is not sent: not late, not by hand, not after a slip of the thumb was mended."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from recruitsmart.domain.candidates.resending import Which, resendable, send_again
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.messaging import delivery
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.domain.messaging.sending import Lane, Outcome, Verdict
from recruitsmart.domain.pipeline.watching import WATCH, keep_watch, look_for_stuck
from recruitsmart.domain.slots import ending, outcomes, reminding, waiting
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import BookingStatus, Purpose, SlotStatus
from recruitsmart.domain.timers.operations import run_due
from tests.domain.slots.conftest import HOUR, STAFF, messages
from tests.factories import NOW, add_chooser, add_city, add_message, add_recruiter, add_slot

NOON = NOW + timedelta(days=3)
ACCEPTED = Outcome(verdict=Verdict.ACCEPTED, telegram_message_id=5)
REFUSED = Outcome(verdict=Verdict.REFUSED, reason="400")


@pytest.fixture
def city(session):
    return add_city(session, approval_required=False)


@pytest.fixture
def recruiter(session, city):
    return add_recruiter(session, city)


@pytest.fixture
def anna(session, city):
    return add_chooser(session, city)


@pytest.fixture
def booking(session, anna, recruiter):
    return slots.reserve(session, anna, add_slot(session, recruiter, NOON).id, now=NOW)


def _deliver(session, *, now, failing=()):
    """Everything that waits is tried; these kinds are refused."""
    session.flush()
    while claimed := delivery.claim(session, now=now):
        outcome = REFUSED if claimed.kind in failing else ACCEPTED
        if not claimed.is_worth_sending(now=now):
            outcome = Outcome(verdict=Verdict.MOOT, reason="too late")
        delivery.settle(session, claimed, outcome, spread=0.5, now=now)
    session.expire_all()


def _sent_again(session, message, *, now):
    send_again(session, [message.id], actor=STAFF, now=now)
    _deliver(session, now=now)
    return message.state


def test_a_reminder_of_a_cancelled_booking_is_not_sent_again_by_hand(session, anna, booking):
    at = NOON - 24 * HOUR
    run_due(session, reminding.FIRINGS, now=at)
    _deliver(session, now=at, failing={"reminder.first"})
    (reminder,) = messages(session, "reminder.first")
    assert reminder.state == MessageState.FAILED
    ending.cancel(session, anna, booking.id, reason="ill", now=at + HOUR)
    assert _sent_again(session, reminder, now=at + 2 * HOUR) == MessageState.SKIPPED


def test_a_confirmation_of_a_moved_booking_is_not_sent_again_by_hand(session, anna, booking, recruiter):
    _deliver(session, now=NOW, failing={"booking.booked"})
    (confirmation,) = messages(session, "booking.booked")
    slots.move(session, anna, booking.id, add_slot(session, recruiter, NOON + 4 * HOUR).id, now=NOW + HOUR)
    assert _sent_again(session, confirmation, now=NOW + 2 * HOUR) == MessageState.SKIPPED


def test_a_reminder_that_is_still_true_is(session, booking):
    at = NOON - 24 * HOUR
    run_due(session, reminding.FIRINGS, now=at)
    _deliver(session, now=at, failing={"reminder.first"})
    (reminder,) = messages(session, "reminder.first")
    assert _sent_again(session, reminder, now=at + HOUR) == MessageState.SENT


def test_what_failed_of_a_broadcast_is_left_to_the_broadcast(session):
    failed = add_message(session, lane=Lane.BULK, state=MessageState.FAILED, settled_at=NOW, about="broadcast:1")
    assert resendable(session, Which(), EVERYTHING).ids == []
    assert send_again(session, [failed.id], actor=STAFF, now=NOW) == 0


def test_we_waited_for_you_is_not_sent_to_somebody_who_came(session, booking):
    outcomes.record_outcome(session, booking.id, BookingStatus.NO_SHOW, actor=STAFF, now=NOON + HOUR)
    later = NOON + HOUR + timedelta(seconds=2)
    outcomes.record_outcome(session, booking.id, BookingStatus.ATTENDED, actor=STAFF, now=later)
    session.expire_all()
    assert [message.state for message in messages(session, "booking.missed")] == [MessageState.SKIPPED]


def _corrected(session, booking, *results):
    for number, result in enumerate(results):
        at = NOON + HOUR + timedelta(seconds=number)
        outcomes.record_outcome(session, booking.id, result, actor=STAFF, now=at)
    return at


def test_a_no_show_that_is_noted_again_before_anybody_was_told_is_told_once(session, booking):
    at = _corrected(session, booking, BookingStatus.NO_SHOW, BookingStatus.ATTENDED, BookingStatus.NO_SHOW)
    _deliver(session, now=at)
    assert [message.state for message in messages(session, "booking.missed")] == [MessageState.SENT]


def test_a_no_show_that_was_told_and_is_noted_again_is_not_told_again(session, booking):
    at = _corrected(session, booking, BookingStatus.NO_SHOW)
    _deliver(session, now=at)
    at = _corrected(session, booking, BookingStatus.ATTENDED, BookingStatus.NO_SHOW)
    assert delivery.claim(session, now=at + HOUR) is None
    assert [message.attempts for message in messages(session, "booking.missed")] == [1]


def test_a_no_show_that_is_noted_again_while_the_message_leaves_is_tried_again(session, booking):
    at = _corrected(session, booking, BookingStatus.NO_SHOW)
    _deliver(session, now=at - 2 * HOUR)
    session.flush()
    while (claimed := delivery.claim(session, now=at)).kind != "booking.missed":
        delivery.settle(session, claimed, ACCEPTED, spread=0.5, now=at)
    at = _corrected(session, booking, BookingStatus.ATTENDED, BookingStatus.NO_SHOW)
    delivery.settle(session, claimed, Outcome(verdict=Verdict.BROKEN, reason="502"), spread=0.5, now=at)
    _deliver(session, now=at + HOUR)
    assert [message.state for message in messages(session, "booking.missed")] == [MessageState.SENT]


@pytest.mark.parametrize("ends", ["closed", "other hour"])
def test_an_offer_that_has_ended_is_not_sent_any_more(session, city, recruiter, anna, ends):
    waiting.wait(session, anna, Purpose.INTERVIEW, now=NOW)
    slot = add_slot(session, recruiter, NOON)
    waiting.offer_to_waiting(session, city.id, NOW, NOW)
    if ends == "closed":
        slot.status = SlotStatus.CLOSED
        waiting.take_back(session, slot, now=NOW)
    else:
        other = add_slot(session, recruiter, NOON + HOUR)
        slots.assign(session, anna, other.id, actor=STAFF, now=NOW)
    session.flush()
    session.expire_all()
    assert [message.state for message in messages(session, "slot.offered")] == [MessageState.SKIPPED]


def test_a_broken_reminder_is_told_to_administrators(session, city, booking):
    boss = add_recruiter(session, add_city(session, name="Б"))
    session.execute(text("update accounts set role = 'admin' where recruiter_id = :boss"), {"boss": boss.id})
    _deliver(session, now=NOW)

    def fails(*_):
        raise RuntimeError

    at = NOON - 24 * HOUR
    for number in range(11):
        run_due(session, {**reminding.FIRINGS, "slots.remind_first": fails}, now=at + number * timedelta(minutes=20))
    now = at + timedelta(minutes=220)
    keep_watch(session, now=now - timedelta(minutes=5))
    run_due(session, {WATCH: look_for_stuck}, now=now)
    session.flush()
    (told,) = messages(session, "staff.stuck")
    assert "1" in told.body
