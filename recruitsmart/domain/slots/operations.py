"""The one guarded path to a seat; the ways out of it are in `ending`.

Each operation is part of the caller's transaction and also writes journal, stage, timers and messages. Locks are taken
in one order: slots by id, booking, candidate.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import actor_of
from recruitsmart.domain.candidates.operations import move as move_stage
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.errors import (
    AlreadyBooked,
    BookingGone,
    NotInThisStage,
    SlotClosed,
    SlotTaken,
    SlotTooSoon,
    TooLate,
)
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.domain.slots import announcements, notices, waiting
from recruitsmart.domain.slots.approvals import wait_for_answer, withdraw_waiting
from recruitsmart.domain.slots.caps import cap_is_reached
from recruitsmart.domain.slots.choosing import pick
from recruitsmart.domain.slots.ending import withdraw_everything
from recruitsmart.domain.slots.free_hours import same_hour
from recruitsmart.domain.slots.journaling import note
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose, Slot, SlotStatus
from recruitsmart.domain.slots.queries import city_of, live_booking, policy_of, slot_serving
from recruitsmart.domain.slots.reminding import plan_reminders, stop_asking
from recruitsmart.domain.slots.rules import BOOKED_AT, CHOOSES_AT, is_bookable, is_soon, may_change
from recruitsmart.domain.slots.seats import locked_booking, locked_slot, take_seat


def reserve(
    session: Session, candidate: Candidate, slot_id: int, *, now: datetime, replaces_message_id: int | None = None
) -> Booking:
    """Take a seat for the candidate: pending when the city wants approval, else booked. Both sides are told.

    Where the system assigns recruiters, another recruiter's hour at the same time serves as well. What can be refused
    cheaply is refused before the slot's row is locked; the constraints decide what is left.

    Raises:
        AlreadyBooked, SlotTaken, SlotClosed, SlotTooSoon, NotInThisStage
    """
    city = city_of(candidate)
    slot = _offered_slot(session, city, slot_id, now=now)
    if live_booking(session, candidate.id, slot.purpose) is not None:
        raise AlreadyBooked
    _refuse_wrong_stage(candidate, slot.purpose)
    booking, why = _whoever_is_free(session, candidate, city, slot, now=now)
    _begin(session, booking, actor=actor_of(candidate), why=why, now=now, replaces_message_id=replaces_message_id)
    return booking


def _whoever_is_free(
    session: Session, candidate: Candidate, city: City, slot: Slot, *, now: datetime
) -> tuple[Booking, str]:
    """A seat at this hour, and why it is this recruiter's. One that goes to somebody else while its slot's lock is
    waited for is looked for at a colleague's; the savepoint gives the lock back, or the order of locks would not hold.
    """
    lost: set[int] = set()
    while True:
        options = same_hour(session, city, slot, candidate_id=candidate.id, now=now)
        choice = pick([one for one in options if one.slot_id not in lost], chosen=slot.id, policy=city)
        if choice is None:
            raise SlotTaken
        try:
            with session.begin_nested():
                return _seated(session, candidate, city, choice.slot_id, now=now), choice.why
        except SlotTaken:
            lost.add(choice.slot_id)


def _seated(session: Session, candidate: Candidate, city: City, slot_id: int, *, now: datetime) -> Booking:
    slot = locked_slot(session, slot_id)
    if cap_is_reached(session, slot, candidate_id=candidate.id, now=now):
        raise SlotTaken
    return take_seat(session, _new(slot, candidate, city, _first_status(city), now=now), now=now)


def _first_status(city: City) -> BookingStatus:
    return BookingStatus.PENDING if city.approval_required else BookingStatus.BOOKED


def assign(session: Session, candidate: Candidate, slot_id: int, *, actor: Actor, now: datetime) -> Booking:
    """A recruiter gives a candidate a seat: notice, horizon and approval do not apply, the invariants do.

    Raises:
        AlreadyBooked, SlotTaken, SlotClosed, NotInThisStage
    """
    slot = _usable(session.get(Slot, slot_id), now=now)
    if live_booking(session, candidate.id, slot.purpose) is not None:
        raise AlreadyBooked
    _refuse_wrong_stage(candidate, slot.purpose)
    slot = locked_slot(session, slot_id)
    seat = _new(slot, candidate, city_of(candidate), BookingStatus.BOOKED, now=now)
    booking = take_seat(session, seat, now=now)
    _begin(session, booking, actor=actor, why=None, now=now, replaces_message_id=None)
    return booking


def _usable(slot: Slot | None, *, now: datetime) -> Slot:
    """What even a recruiter needs of an hour: open, still ahead, and of somebody who works."""
    if slot is None or slot.status != SlotStatus.OPEN or slot.starts_at <= now or not slot.recruiter.active:
        raise SlotClosed
    return slot


def _offered_slot(session: Session, city: City, slot_id: int, *, now: datetime) -> Slot:
    slot = slot_serving(session, slot_id, city)
    if slot is None or slot.status != SlotStatus.OPEN or not slot.recruiter.active:
        raise SlotClosed
    if not is_bookable(slot.starts_at, policy_of(city), now=now):
        raise SlotTooSoon
    return slot


def _refuse_wrong_stage(candidate: Candidate, purpose: Purpose) -> None:
    if candidate.outcome != Outcome.ACTIVE or candidate.stage != CHOOSES_AT[purpose]:
        raise NotInThisStage


def _new(slot: Slot, candidate: Candidate, city: City, status: BookingStatus, *, now: datetime) -> Booking:
    return Booking(
        slot=slot,
        candidate=candidate,
        purpose=slot.purpose,
        slot_capacity=slot.capacity,
        status=status,
        created_at=now,
        time_zone=city.time_zone,
    )


def _begin(
    session: Session, booking: Booking, *, actor: Actor, why: str | None, now: datetime, replaces_message_id: int | None
) -> None:
    move_stage(session, booking.candidate, BOOKED_AT[booking.purpose], actor=actor, now=now)
    waiting.serve(session, booking.candidate_id, booking.purpose, booking.slot_id, now=now)
    note(session, booking, "booking.reserved", actor=actor, now=now, why=why)
    _announce(session, booking, now=now, replaces_message_id=replaces_message_id)


def _announce(session: Session, booking: Booking, *, now: datetime, replaces_message_id: int | None = None) -> None:
    if booking.status != BookingStatus.PENDING:
        announcements.booked(session, booking, now=now, replaces_message_id=replaces_message_id)
        plan_reminders(session, booking, now=now)
        return
    wait_for_answer(session, booking, now=now)
    announcements.requested(session, booking, now=now, replaces_message_id=replaces_message_id)


def approve(session: Session, booking_id: int, *, actor: Actor, now: datetime) -> Booking:
    """Accept a pending booking; the candidate is told. Approving twice changes nothing. Locks slot and booking.

    Raises:
        BookingGone: it ended in the meantime, or its hour has begun and the request has not been taken back yet.
    """
    booking = locked_booking(session, booking_id)
    if not booking.is_live or (booking.status == BookingStatus.PENDING and booking.slot.starts_at <= now):
        raise BookingGone
    if booking.status == BookingStatus.PENDING:
        booking.status, booking.decided_at = BookingStatus.BOOKED, now
        withdraw_waiting(session, booking, now=now)
        announcements.take_back_request(session, booking, reason=announcements.APPROVED, now=now)
        note(session, booking, "booking.approved", actor=actor, now=now)
        announcements.booked(session, booking, now=now)
        plan_reminders(session, booking, now=now)
    return booking


def confirm(session: Session, candidate: Candidate, booking_id: int, *, now: datetime) -> Booking:
    """The candidate says “I will come”; the recruiter is told. Confirming twice changes nothing.

    Raises:
        BookingGone: not this candidate's, not live and approved any more, or over: old buttons live for ever.
    """
    booking = locked_booking(session, booking_id)
    if booking.candidate_id != candidate.id or not booking.is_live or booking.status == BookingStatus.PENDING:
        raise BookingGone
    if booking.slot.ends_at <= now:
        raise BookingGone
    if booking.status == BookingStatus.BOOKED:
        booking.status = BookingStatus.CONFIRMED
        stop_asking(session, booking, now=now)
        note(session, booking, "booking.confirmed", actor=actor_of(candidate), now=now)
        notices.confirmed(session, booking, now=now)
    return booking


def run_late(session: Session, candidate: Candidate, booking_id: int, minutes: int, *, now: datetime) -> Booking:
    """The candidate says that they come `minutes` late (1–120); the recruiter is told. Possible near the hour only.

    Raises:
        BookingGone: not this candidate's, or not live and approved any more.
        TooLate: the hour is over, or still far away.
    """
    booking = locked_booking(session, booking_id)
    if booking.candidate_id != candidate.id or not booking.is_live or booking.status == BookingStatus.PENDING:
        raise BookingGone
    if not is_soon(booking.slot.starts_at, booking.slot.ends_at, now=now):
        raise TooLate
    if booking.late_minutes != minutes:
        booking.late_minutes = minutes
        note(session, booking, "booking.runs_late", actor=actor_of(candidate), now=now, minutes=minutes)
        notices.runs_late(session, booking, now=now)
    return booking


def move(
    session: Session,
    candidate: Candidate,
    booking_id: int,
    slot_id: int,
    *,
    now: datetime,
    replaces_message_id: int | None = None,
) -> Booking:
    """The candidate changes the hour: the old booking ends as moved, a new one begins, in one step or not at all.

    Pressing the hour one already has changes nothing. Whose hour it becomes is decided as in `reserve`, and as there
    a colleague's is looked for when it is lost to somebody. Locks both slots in the order of their ids.

    Raises:
        BookingGone, TooLate: about the old booking.
        SlotTaken, SlotClosed, SlotTooSoon: about the new hour; the old booking stays.
    """
    lost: set[int] = set()
    while (fairest := _fairest(session, candidate, booking_id, slot_id, lost, now=now)) not in lost:
        try:
            with session.begin_nested():
                booking = _moved(session, candidate, booking_id, fairest, now=now)
        except SlotTaken:
            lost.add(fairest)
        else:
            if booking.id != booking_id:
                _announce(session, booking, now=now, replaces_message_id=replaces_message_id)
            return booking
    raise SlotTaken


def _moved(session: Session, candidate: Candidate, booking_id: int, slot_id: int, *, now: datetime) -> Booking:
    old = locked_booking(session, booking_id, and_slots={slot_id})
    if old.candidate_id != candidate.id or not old.is_live:
        raise BookingGone
    if old.slot_id == slot_id:
        return old
    city = city_of(candidate)
    if not may_change(old.slot.starts_at, policy_of(city), now=now):
        raise TooLate
    slot = _offered_slot(session, city, slot_id, now=now)
    full = cap_is_reached(session, slot, candidate_id=candidate.id, but=old.id, now=now)
    if slot.purpose != old.purpose or full:
        raise SlotTaken
    return _exchange(session, old, slot, _first_status(city), actor=actor_of(candidate), now=now)


def _fairest(
    session: Session, candidate: Candidate, booking_id: int, slot_id: int, lost: Collection[int], *, now: datetime
) -> int:
    """The slot to move to; the one that was pressed where there is no choice, which then says why it will not do."""
    city, old, slot = candidate.city, session.get(Booking, booking_id), session.get(Slot, slot_id)
    if city is None or old is None or slot is None or slot.status != SlotStatus.OPEN:
        return slot_id
    if slot.starts_at == old.slot.starts_at:
        return slot_id
    options = same_hour(session, city, slot, candidate_id=candidate.id, now=now)
    choice = pick([one for one in options if one.slot_id not in lost], chosen=slot_id, policy=city)
    return slot_id if choice is None else choice.slot_id


def reassign(session: Session, booking_id: int, slot_id: int, *, actor: Actor, now: datetime) -> Booking:
    """A recruiter gives the booking another hour; it stands at once, deadlines do not apply. Both sides are told.

    Raises:
        BookingGone: it ended in the meantime.
        SlotTaken, SlotClosed: about the new hour; the old booking stays.
    """
    old = locked_booking(session, booking_id, and_slots={slot_id})
    if not old.is_live:
        raise BookingGone
    slot = _usable(session.get(Slot, slot_id), now=now)
    if slot.purpose != old.purpose:
        raise SlotClosed
    booking = _exchange(session, old, slot, BookingStatus.BOOKED, actor=actor, now=now)
    announcements.moved_by_us(session, booking, old, now=now)
    plan_reminders(session, booking, now=now)
    return booking


def _exchange(
    session: Session, old: Booking, slot: Slot, status: BookingStatus, *, actor: Actor, now: datetime
) -> Booking:
    """Everything about a move but what is said of the new hour."""
    had_calendar = old.status != BookingStatus.PENDING
    with session.begin_nested():
        old.status, old.ended_at = BookingStatus.MOVED, now
        session.flush()
        city = city_of(old.candidate)
        booking = _new(slot, old.candidate, city, status, now=now)
        booking.moved_from_id = old.id
        # Two steps on: one for the file that takes the old hour out of the calendar, when the new one must wait.
        booking.calendar_uid, booking.calendar_sequence = old.calendar_uid, old.calendar_sequence + 2
        take_seat(session, booking, now=now)
    waiting.end_offers(session, old, taken=slot.id, now=now)
    withdraw_everything(session, old, reason=announcements.MOVED, now=now)
    waiting.serve(session, booking.candidate_id, booking.purpose, booking.slot_id, now=now)
    note(session, booking, "booking.moved", actor=actor, now=now, from_slot_id=old.slot_id)
    notices.left(session, old, now=now)
    if had_calendar and booking.status == BookingStatus.PENDING:
        old.calendar_sequence += 1
        announcements.out_of_calendar(session, old, now=now)
    waiting.look_for_takers(session, old.slot, now=now)
    return booking
