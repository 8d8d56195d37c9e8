"""“I could come earlier”: a wish that hangs on a booking."""

from datetime import datetime

from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import actor_of
from recruitsmart.domain.errors import BookingGone, TooLate
from recruitsmart.domain.journal.operations import record
from recruitsmart.domain.slots import waiting
from recruitsmart.domain.slots.models import Booking
from recruitsmart.domain.slots.queries import policy_of
from recruitsmart.domain.slots.rules import may_change
from recruitsmart.domain.slots.seats import locked_booking


def would_come_earlier(session: Session, candidate: Candidate, booking_id: int, *, now: datetime) -> Booking:
    """From now on an earlier hour that is given back is offered to this person, after those who wait.

    Saying so twice changes nothing. Locks slot and booking.

    Raises:
        BookingGone: not this candidate's, or it has ended.
        TooLate: the booking can no longer be changed.
    """
    booking = _own(session, candidate, booking_id)
    city = candidate.city
    if city is None or not may_change(booking.slot.starts_at, policy_of(city), now=now):
        raise TooLate
    if booking.earlier_since is None:
        booking.earlier_since = now
        _record(session, booking, "booking.would_come_earlier", now=now)
    return booking


def keep_hour(session: Session, candidate: Candidate, booking_id: int, *, now: datetime) -> Booking:
    """The hour suits after all: nothing earlier is offered any more, and what is held goes on to the next.

    Raises:
        BookingGone: not this candidate's, or it has ended.
    """
    booking = _own(session, candidate, booking_id)
    if booking.earlier_since is not None:
        booking.earlier_since = None
        waiting.end_offers(session, booking, now=now)
        _record(session, booking, "booking.keeps_the_hour", now=now)
    return booking


def _own(session: Session, candidate: Candidate, booking_id: int) -> Booking:
    booking = locked_booking(session, booking_id)
    if booking.candidate_id != candidate.id or not booking.is_live:
        raise BookingGone
    return booking


def _record(session: Session, booking: Booking, kind: str, *, now: datetime) -> None:
    actor = actor_of(booking.candidate)
    record(session, kind, actor=actor, now=now, candidate_id=booking.candidate_id, subject_id=booking.id)
