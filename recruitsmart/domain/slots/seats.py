"""Taking and giving back seats: locks in one order, constraints as the last word."""

from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.errors import AlreadyBooked, BookingGone, DomainError, HoursOverlap, SlotClosed, SlotTaken
from recruitsmart.domain.slots.models import LIVE, Booking, Offer, OfferStatus, Slot, SlotStatus, Waiting

Row = TypeVar("Row", Booking, Slot)

_BROKEN_RULES: dict[str, type[DomainError]] = {
    "uq_bookings_seat_live": SlotTaken,
    "uq_bookings_candidate_purpose_live": AlreadyBooked,
    "ex_slots_recruiter_hours_overlap": HoursOverlap,
}


def lock_slots(session: Session, slot_ids: Iterable[int]) -> None:
    """Lock the rows of these slots, in the order of their ids: whoever needs several cannot meet another halfway."""
    ordered = select(Slot.id).where(Slot.id.in_(set(slot_ids))).order_by(Slot.id).with_for_update()
    session.execute(ordered.execution_options(populate_existing=True))


def locked_booking(session: Session, booking_id: int, *, and_slots: Iterable[int] = ()) -> Booking:
    """The booking with its slot, both locked: first the slot (with those the caller needs too), then the booking.

    Raises:
        BookingGone: there is no such booking.
    """
    slot_id = session.scalar(select(Booking.slot_id).where(Booking.id == booking_id))
    if slot_id is None:
        raise BookingGone
    lock_slots(session, {slot_id, *and_slots})
    return session.scalars(
        select(Booking)
        .options(joinedload(Booking.candidate), joinedload(Booking.slot).joinedload(Slot.recruiter))
        .where(Booking.id == booking_id)
        .with_for_update(of=Booking)
        .execution_options(populate_existing=True)
    ).one()


def has_free_seat(session: Session, slot: Slot, *, candidate_id: int, now: datetime) -> bool:
    """Whether a seat is neither booked nor held for another waiting person. Exact only under the slot's lock."""
    held = (
        select(func.count())
        .select_from(Offer)
        .join(Waiting, Waiting.id == Offer.waiting_id)
        .where(
            Offer.slot_id == slot.id,
            Offer.status == OfferStatus.OPEN,
            Offer.expires_at > now,
            Waiting.candidate_id != candidate_id,
        )
    )
    taken = select(func.count()).where(Booking.slot_id == slot.id, Booking.status.in_(LIVE))
    busy = session.scalar(select(held.scalar_subquery() + taken.scalar_subquery()))
    return (busy or 0) < slot.capacity


def take_seat(session: Session, booking: Booking, *, now: datetime) -> Booking:
    """Give a new booking the lowest free seat of its slot. The caller holds the slot's lock.

    Raises:
        SlotClosed, SlotTaken, AlreadyBooked
    """
    slot = booking.slot
    if slot.status != SlotStatus.OPEN:
        raise SlotClosed
    if not has_free_seat(session, slot, candidate_id=booking.candidate.id, now=now):
        raise SlotTaken
    seats = select(Booking.seat).where(Booking.slot_id == slot.id, Booking.status.in_(LIVE))
    booking.seat = min(set(range(1, slot.capacity + 1)) - set(session.scalars(seats)), default=slot.capacity)
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
