"""Taking and giving back seats: locks in one order, constraints as the last word."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BindParameter, ColumnElement, Integer, Select, bindparam, func, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, joinedload

from recruitsmart.domain.errors import AlreadyBooked, BookingGone, DomainError, HoursOverlap, SlotClosed, SlotTaken
from recruitsmart.domain.slots.models import IS_COUNTED, Booking, Offer, OfferStatus, Slot, SlotStatus, Waiting

_BROKEN_RULES: dict[str, type[DomainError]] = {
    "uq_bookings_seat_live": SlotTaken,
    "uq_bookings_candidate_purpose_live": AlreadyBooked,
    "ex_slots_recruiter_hours_overlap": HoursOverlap,
    "fk_bookings_slot_purpose_capacity": SlotClosed,
    "ck_bookings_seat_within_capacity": SlotTaken,
}


def lock_slots(session: Session, slot_ids: Iterable[int]) -> dict[int, Slot]:
    """Lock the rows of these slots and read them anew; one that is gone by now is missing from the answer.

    They are locked in the order of their ids: whoever needs several cannot meet another halfway.
    """
    return {slot.id: slot for slot in session.scalars(_LOCK_SLOTS, {"slot_ids": sorted({*slot_ids})})}


_LOCK_SLOTS = (
    select(Slot)
    .options(joinedload(Slot.recruiter, innerjoin=True))
    .where(Slot.id.in_(bindparam("slot_ids", expanding=True)))
    .order_by(Slot.id)
    .with_for_update(of=Slot)
    .execution_options(populate_existing=True)
)


def locked_slot(session: Session, slot_id: int) -> Slot:
    """The slot as it is under its lock.

    Raises:
        SlotClosed: it is no longer offered, or there is none.
    """
    slot = lock_slots(session, {slot_id}).get(slot_id)
    if slot is None or slot.status != SlotStatus.OPEN:
        raise SlotClosed
    return slot


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
    seats, held = _busy(session, slot, candidate_id=candidate_id, now=now)
    return len(seats) + held < slot.capacity


def _busy(session: Session, slot: Slot, *, candidate_id: int, now: datetime) -> tuple[set[int], int]:
    """The numbers of the seats that are booked, or whose people came, and how many are held for others."""
    which = {"slot_id": slot.id, "candidate_id": candidate_id, "now": now}
    seats, held = session.execute(_BUSY, which).one()
    return set(seats), held


def offers_to(what: Any) -> tuple[Select[Any], ColumnElement[int]]:
    """What is selected of offers, and whom each hour is held for: somebody who waits, or somebody booked later."""
    mine = aliased(Booking)
    offers = (
        select(what)
        .select_from(Offer)
        .outerjoin(Waiting, Waiting.id == Offer.waiting_id)
        .outerjoin(mine, mine.id == Offer.booking_id)
    )
    return offers, func.coalesce(Waiting.candidate_id, mine.candidate_id)


def is_held(now: datetime | BindParameter[datetime]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """As SQL over offers: the hour is held. One whose time is over may still be open until its timer fires."""
    return Offer.status == OfferStatus.OPEN, Offer.expires_at > now


_offers, _holder = offers_to(func.count())
_held = _offers.where(
    Offer.slot_id == bindparam("slot_id"), *is_held(bindparam("now")), _holder != bindparam("candidate_id")
)
_booked = select(Booking.seat).where(Booking.slot_id == bindparam("slot_id"), text(IS_COUNTED))
_BUSY = select(func.array(_booked.scalar_subquery(), type_=ARRAY(Integer)), _held.scalar_subquery())


def take_seat(session: Session, booking: Booking, *, now: datetime) -> Booking:
    """Give a new booking the lowest free seat of its slot. The caller holds the slot's lock.

    Raises:
        SlotClosed, SlotTaken, AlreadyBooked
    """
    slot = booking.slot
    if slot.status != SlotStatus.OPEN:
        raise SlotClosed
    seats, held = _busy(session, slot, candidate_id=booking.candidate.id, now=now)
    if len(seats) + held >= slot.capacity:
        raise SlotTaken
    booking.seat = min(set(range(1, slot.capacity + 1)) - seats)
    insert_guarded(session, booking)
    return booking


def insert_guarded(session: Session, *rows: Booking | Slot) -> None:
    """Insert these rows, or none: a constraint that refuses one becomes the domain's error and leaves the transaction
    usable.
    """
    try:
        with session.begin_nested():
            session.add_all(rows)
    except IntegrityError as error:
        name = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
        if name not in _BROKEN_RULES:
            raise
        raise _BROKEN_RULES[name] from error
