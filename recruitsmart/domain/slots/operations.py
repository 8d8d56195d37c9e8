"""The one guarded path to a seat. Each operation is part of the caller's transaction and also writes journal, stage,
timers and messages. Locks are taken in one order: slot, booking, candidate."""

from datetime import datetime
from typing import TypeVar

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import actor_of, move
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.errors import (
    AlreadyBooked,
    BookingGone,
    DomainError,
    HoursOverlap,
    NotInThisStage,
    SlotClosed,
    SlotTaken,
    SlotTooSoon,
    TooLate,
)
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import SYSTEM, Actor, record
from recruitsmart.domain.slots import announcements
from recruitsmart.domain.slots.models import (
    LIVE,
    Booking,
    BookingStatus,
    EndedBy,
    Purpose,
    Slot,
    SlotStatus,
)
from recruitsmart.domain.slots.queries import live_booking, policy_of
from recruitsmart.domain.slots.rules import is_bookable, may_change
from recruitsmart.domain.timers.operations import set_timer, withdraw

Row = TypeVar("Row", Booking, Slot)

PENDING_EXPIRES = "slots.pending_expires"

_BROKEN_RULES: dict[str, type[DomainError]] = {
    "uq_bookings_seat_live": SlotTaken,
    "uq_bookings_candidate_purpose_live": AlreadyBooked,
    "ex_slots_recruiter_hours_overlap": HoursOverlap,
}


def reserve(
    session: Session,
    candidate: Candidate,
    slot_id: int,
    *,
    now: datetime,
    replaces_message_id: int | None = None,
) -> Booking:
    """Take a seat for the candidate: pending when the city wants approval, else booked. Both sides are told.

    What can be refused cheaply is refused before the slot's row is locked; the constraints decide what is left.

    Raises:
        AlreadyBooked, SlotTaken, SlotClosed, SlotTooSoon, NotInThisStage
    """
    city = _city_of(candidate)
    slot = session.get(Slot, slot_id)
    if slot is None or not _offered_in(slot, city):
        raise SlotClosed
    if live_booking(session, candidate.id, slot.purpose) is not None:
        raise AlreadyBooked
    if not is_bookable(slot.starts_at, policy_of(city), now=now):
        raise SlotTooSoon
    if candidate.outcome != Outcome.ACTIVE or candidate.stage != Stage.TO_SCHEDULE:
        raise NotInThisStage
    _refuse_if_full(session, slot)
    session.refresh(slot, with_for_update=True)
    if slot.status != SlotStatus.OPEN:
        raise SlotClosed
    booking = _take_seat(session, slot, candidate, city, now=now)
    _begin(session, booking, now=now, replaces_message_id=replaces_message_id)
    return booking


def _city_of(candidate: Candidate) -> City:
    if candidate.city is None:
        raise NotInThisStage
    return candidate.city


def _offered_in(slot: Slot, city: City) -> bool:
    own = slot.city_id in (None, city.id) and city in slot.recruiter.cities
    return own and slot.status == SlotStatus.OPEN and slot.recruiter.active


def _live_seats(session: Session, slot_id: int) -> set[int]:
    held = select(Booking.seat).where(Booking.slot_id == slot_id, Booking.status.in_(LIVE))
    return set(session.scalars(held))


def _refuse_if_full(session: Session, slot: Slot) -> None:
    if len(_live_seats(session, slot.id)) >= slot.capacity:
        raise SlotTaken


def _take_seat(session: Session, slot: Slot, candidate: Candidate, city: City, *, now: datetime) -> Booking:
    free = set(range(1, slot.capacity + 1)) - _live_seats(session, slot.id)
    if not free:
        raise SlotTaken
    booking = Booking(
        slot=slot,
        candidate=candidate,
        purpose=slot.purpose,
        slot_capacity=slot.capacity,
        seat=min(free),
        status=BookingStatus.PENDING if city.approval_required else BookingStatus.BOOKED,
        created_at=now,
        time_zone=city.time_zone,
    )
    return insert_guarded(session, booking)


def insert_guarded(session: Session, row: Row) -> Row:
    """Insert a row; a constraint that refuses it becomes the domain's error and leaves the transaction usable."""
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
        if name not in _BROKEN_RULES:
            raise
        raise _BROKEN_RULES[name] from error
    return row


def _begin(session: Session, booking: Booking, *, now: datetime, replaces_message_id: int | None) -> None:
    candidate = booking.candidate
    move(session, candidate, Stage.INTERVIEW, actor=actor_of(candidate), now=now)
    _record(session, booking, "booking.reserved", actor=actor_of(candidate), now=now)
    if booking.status == BookingStatus.PENDING:
        set_timer(session, PENDING_EXPIRES, booking.id, due_at=booking.slot.starts_at)
        announcements.requested(session, booking, now=now, replaces_message_id=replaces_message_id)
    else:
        announcements.booked(session, booking, now=now, replaces_message_id=replaces_message_id)


def approve(session: Session, booking_id: int, *, actor: Actor, now: datetime) -> Booking:
    """Accept a pending booking; the candidate is told. Approving twice changes nothing. Locks slot and booking.

    Raises:
        BookingGone: it ended in the meantime.
    """
    booking = _locked(session, booking_id)
    if not booking.is_live:
        raise BookingGone
    if booking.status == BookingStatus.PENDING:
        booking.status, booking.decided_at = BookingStatus.BOOKED, now
        withdraw(session, (PENDING_EXPIRES,), booking.id, now=now)
        _record(session, booking, "booking.approved", actor=actor, now=now)
        announcements.booked(session, booking, now=now)
    return booking


def refuse(session: Session, booking_id: int, *, reason: str, actor: Actor, now: datetime) -> Booking:
    """Turn a pending booking down; the candidate is told and offered other hours. Locks slot and booking.

    Raises:
        BookingGone: it is no longer pending.
    """
    booking = _locked(session, booking_id)
    if booking.status != BookingStatus.PENDING:
        raise BookingGone
    _end(session, booking, EndedBy.RECRUITER, reason=reason, actor=actor, now=now)
    announcements.refused(session, booking, now=now)
    return booking


def confirm(session: Session, candidate: Candidate, booking_id: int, *, now: datetime) -> Booking:
    """The candidate says “I will come”. Confirming twice changes nothing.

    Raises:
        BookingGone: not this candidate's, or not live and approved any more.
    """
    booking = _locked(session, booking_id)
    if booking.candidate_id != candidate.id or not booking.is_live or booking.status == BookingStatus.PENDING:
        raise BookingGone
    if booking.status == BookingStatus.BOOKED:
        booking.status = BookingStatus.CONFIRMED
        _record(session, booking, "booking.confirmed", actor=actor_of(candidate), now=now)
    return booking


def cancel(session: Session, candidate: Candidate, booking_id: int, *, reason: str, now: datetime) -> Booking:
    """The candidate gives the seat back, until the city's deadline. Cancelling twice changes nothing.

    Raises:
        BookingGone: not this candidate's, or it ended otherwise.
        TooLate: the deadline has passed.
    """
    booking = _locked(session, booking_id)
    if booking.candidate_id != candidate.id:
        raise BookingGone
    if booking.status == BookingStatus.CANCELLED and booking.ended_by == EndedBy.CANDIDATE:
        return booking
    if not booking.is_live:
        raise BookingGone
    if not may_change(booking.slot.starts_at, policy_of(_city_of(candidate)), now=now):
        raise TooLate
    _end(session, booking, EndedBy.CANDIDATE, reason=reason, actor=actor_of(candidate), now=now)
    announcements.cancelled_by_candidate(session, booking, now=now)
    return booking


def expire_pending(session: Session, booking_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: at the slot's start an unanswered request ends as cancelled by us, with new hours offered."""
    booking = _locked(session, booking_id)
    if booking.status != BookingStatus.PENDING:
        return "answered in time"
    _end(session, booking, EndedBy.SYSTEM, reason="not answered in time", actor=SYSTEM, now=now)
    announcements.refused(session, booking, now=now)
    return None


def _locked(session: Session, booking_id: int) -> Booking:
    """The booking with its slot, both locked: the slot first."""
    slot_id = session.scalar(select(Booking.slot_id).where(Booking.id == booking_id))
    if slot_id is None:
        raise BookingGone
    session.scalar(select(Slot).where(Slot.id == slot_id).with_for_update())
    return session.scalars(
        select(Booking)
        .options(joinedload(Booking.candidate), joinedload(Booking.slot))
        .where(Booking.id == booking_id)
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
    ).one()


def _end(session: Session, booking: Booking, by: EndedBy, *, reason: str, actor: Actor, now: datetime) -> None:
    booking.status, booking.ended_at = BookingStatus.CANCELLED, now
    booking.ended_by, booking.end_reason = by, reason
    withdraw(session, (PENDING_EXPIRES,), booking.id, now=now)
    _record(session, booking, "booking.cancelled", actor=actor, now=now, by=by, reason=reason)
    if booking.purpose == Purpose.INTERVIEW and booking.candidate.stage == Stage.INTERVIEW:
        move(session, booking.candidate, Stage.TO_SCHEDULE, actor=actor, now=now)


def _record(session: Session, booking: Booking, kind: str, *, actor: Actor, now: datetime, **details: str) -> None:
    record(
        session, kind, actor=actor, now=now, candidate_id=booking.candidate_id, subject_id=booking.id,
        slot_id=booking.slot_id, **details,
    )  # fmt: skip


def offer(
    session: Session,
    *,
    recruiter_id: int,
    city_id: int | None,
    purpose: Purpose,
    starts_at: datetime,
    ends_at: datetime,
    capacity: int,
    busy_until: datetime,
    account_id: int,
    now: datetime,
) -> Slot:
    """Offer one hour.

    Raises:
        HoursOverlap: the recruiter already has an open hour of this purpose then.
    """
    slot = Slot(
        recruiter_id=recruiter_id, city_id=city_id, purpose=purpose, starts_at=starts_at, ends_at=ends_at,
        busy_until=busy_until, capacity=capacity,
    )  # fmt: skip
    insert_guarded(session, slot)
    actor = Actor(kind=ActorKind.STAFF, id=account_id)
    record(session, "slot.offered", actor=actor, now=now, subject_id=slot.id, starts_at=starts_at.isoformat())
    return slot
