"""A request that waits for the recruiter's answer: it is asked about, and ends when its hour begins."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from recruitsmart.domain.slots import notices
from recruitsmart.domain.slots.models import Booking, BookingStatus
from recruitsmart.domain.slots.seats import locked_booking
from recruitsmart.domain.timers.bulk import withdraw_each
from recruitsmart.domain.timers.operations import set_timer
from recruitsmart.domain.timers.queries import is_overtaken

PENDING_EXPIRES = "slots.pending_expires"
PENDING_NUDGES = {"slots.pending_nudge": timedelta(minutes=30), "slots.pending_nudge_again": timedelta(hours=2)}


def wait_for_answer(session: Session, booking: Booking, *, now: datetime) -> None:
    """Plan what becomes of a request that nobody answers."""
    set_timer(session, PENDING_EXPIRES, booking.id, due_at=booking.slot.starts_at)
    for kind, wait in PENDING_NUDGES.items():
        if now + wait < booking.slot.starts_at:
            set_timer(session, kind, booking.id, due_at=now + wait)


def withdraw_waiting(session: Session, *bookings: Booking, now: datetime) -> None:
    """These requests are answered, or have ended."""
    timers = [(kind, booking.id) for kind in (PENDING_EXPIRES, *PENDING_NUDGES) for booking in bookings]
    withdraw_each(session, timers, reason=None, now=now)


def nudge_recruiter(session: Session, booking_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: a request has been waiting for a while; its recruiter is reminded."""
    booking = locked_booking(session, booking_id)
    if booking.status != BookingStatus.PENDING:
        return "answered in time"
    if is_overtaken(session, tuple(PENDING_NUDGES), booking_id, planned_at, now=now):
        return "the next one comes at once"
    notices.request_waits(session, booking, planned_at=planned_at, now=now)
    return None
