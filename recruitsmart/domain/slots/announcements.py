"""What candidates and recruiters are told about bookings."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from recruitsmart.domain.messaging import local_time, texts
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard
from recruitsmart.domain.messaging.operations import Recipient, Wording, post
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.slots.models import Booking


def values_of(booking: Booking, language: str) -> dict[str, str]:
    """The variables of booking texts, in the candidate's zone as it was when the hour was chosen."""
    zone, at = ZoneInfo(booking.time_zone), booking.slot.starts_at
    city = booking.candidate.city
    return {
        "day": local_time.day_in_words(at.astimezone(zone).date(), language),
        "hour": local_time.hour(at, zone),
        "zone": local_time.offset(at, zone),
        "city": "" if city is None else city.name,
        "recruiter": booking.slot.recruiter.name,
        "link": booking.slot.recruiter.meeting_url,
        "address": "" if city is None else city.address,
        "map": "" if city is None else city.map_url,
    }


def requested(session: Session, booking: Booking, *, now: datetime, replaces_message_id: int | None = None) -> None:
    """The candidate learns that the recruiter must approve; the recruiter learns of the request."""
    _tell_candidate(
        session,
        booking,
        "booking.pending",
        Lane.INTERACTIVE,
        now=now,
        replaces_message_id=replaces_message_id,
    )
    _tell_recruiter(session, booking, "staff.new_request", now=now)


def booked(session: Session, booking: Booking, *, now: datetime, replaces_message_id: int | None = None) -> None:
    """The hour stands: the confirmation with all the candidate needs; the recruiter is told of a new booking."""
    _tell_candidate(session, booking, "booking.booked", Lane.PROMISED, now=now, replaces_message_id=replaces_message_id)
    if booking.decided_at is None:
        _tell_recruiter(session, booking, "staff.booked", now=now)


def refused(session: Session, booking: Booking, *, now: datetime) -> None:
    """The request came to nothing; new hours are one tap away."""
    _tell_candidate(session, booking, "booking.refused", Lane.PROMISED, now=now)


def cancelled_by_candidate(session: Session, booking: Booking, *, now: datetime) -> None:
    """The recruiter learns that the hour is free again. The candidate is answered by the dialogue."""
    _tell_recruiter(session, booking, "staff.cancelled", now=now)


def booking_keyboard(booking: Booking, language: str) -> Keyboard:
    """The buttons under a live booking."""
    return [
        [
            Button(label=texts.label("button.my", language), action=Action.MY),
            Button(label=texts.label("button.cancel", language), action=Action.CANCEL, args=(booking.id,)),
        ]
    ]


def _tell_candidate(
    session: Session,
    booking: Booking,
    key: str,
    lane: Lane,
    *,
    now: datetime,
    replaces_message_id: int | None = None,
) -> None:
    if booking.candidate.contact is None:
        return
    recipient = booking.candidate.recipient
    language = recipient.language
    keyboard = booking_keyboard(booking, language) if booking.is_live else _other_hours(language)
    post(
        session,
        Wording(key=key, values=values_of(booking, language), keyboard=keyboard),
        recipient,
        about=f"booking:{booking.id}",
        lane=lane,
        now=now,
        replaces_message_id=replaces_message_id,
    )


def _other_hours(language: str) -> Keyboard:
    return [[Button(label=texts.label("button.choose_hour", language), action=Action.DAYS)]]


def _tell_recruiter(session: Session, booking: Booking, key: str, *, now: datetime) -> None:
    recruiter = booking.slot.recruiter
    if recruiter.chat_id is None:
        return
    zone, at = ZoneInfo(recruiter.time_zone), booking.slot.starts_at
    language = texts.DEFAULT_LANGUAGE
    values = values_of(booking, language) | {
        "day": local_time.day_in_words(at.astimezone(zone).date(), language),
        "hour": local_time.hour(at, zone),
        "zone": local_time.offset(at, zone),
        "candidate": booking.candidate.full_name or "",
    }
    recipient = Recipient(chat_id=recruiter.chat_id, language=language)
    post(
        session,
        Wording(key=key, values=values),
        recipient,
        about=f"booking:{booking.id}",
        lane=Lane.PROMISED,
        now=now,
    )
