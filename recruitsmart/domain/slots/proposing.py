"""Other hours instead of the one that was asked for: which would do, and a refusal that offers them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.errors import BadInput, BookingGone
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.domain.messaging import local_time, texts
from recruitsmart.domain.slots.ending import refuse
from recruitsmart.domain.slots.free_hours import nearest_free, still_free
from recruitsmart.domain.slots.models import Booking, BookingStatus
from recruitsmart.domain.slots.rules import FreeHour

MOST_SHOWN = 6
MOST_PROPOSED = 3


class HoursGone(BadInput):
    """None of these hours is free any more; choose others."""

    key = "staff.hours_gone"


def hours_to_propose(session: Session, booking: Booking, *, now: datetime) -> list[FreeHour]:
    """The free hours of the candidate's city closest to the one that was asked for, in the order of time."""
    city, asked_at = booking.candidate.city, booking.slot.starts_at
    if city is None:
        return []
    who, purpose = booking.candidate_id, booking.purpose
    return nearest_free(session, city, asked_at, purpose=purpose, but=asked_at, mover=who, now=now, most=MOST_SHOWN)


def propose(
    session: Session, booking_id: int, slot_ids: Collection[int], *, language: str, actor: Actor, now: datetime
) -> Booking:
    """Refuse a request and name other hours, one tap each; they are not held, and what is gone is left out.

    `language` is that of the note in the history. Locks slot and booking.

    Raises:
        BookingGone: it is no longer pending.
        HoursGone: none of the hours is free, or one of the candidate's city.
    """
    booking = session.get(Booking, booking_id)
    if booking is None:
        raise BookingGone
    hours = _still_free(session, booking, slot_ids, now=now)
    if booking.status == BookingStatus.PENDING and not hours:
        raise HoursGone
    reason = _reason(booking.candidate, hours, language)
    return refuse(session, booking_id, reason=reason, instead=hours, actor=actor, now=now)


def _still_free(session: Session, booking: Booking, slot_ids: Collection[int], *, now: datetime) -> list[FreeHour]:
    city = booking.candidate.city
    if city is None:
        return []
    free = still_free(session, city, slot_ids, purpose=booking.purpose, mover=booking.candidate_id, now=now)
    return free[:MOST_PROPOSED]


def _reason(candidate: Candidate, hours: Sequence[FreeHour], language: str) -> str:
    """`Other hours proposed: Tue 24 Nov 15:00`, in the city's zone."""
    zone = ZoneInfo(candidate.city.time_zone if candidate.city else "UTC")
    named = [local_time.day_and_hour(hour.starts_at, zone, language) for hour in hours]
    return f"{texts.label('button.proposed', language)}: {', '.join(named)}"
