"""The variables of texts about bookings and offers, in the reader's zone; and the names under which they are posted."""

from zoneinfo import ZoneInfo

from recruitsmart.domain.directory.models import City
from recruitsmart.domain.messaging import local_time, texts
from recruitsmart.domain.slots.models import Booking, Offer, Purpose

REASONS = ("plans", "job", "mind")  # why a candidate gives an hour up, as its buttons carry it

# What is said of an interview, and what of an introductory day instead.
_OF_INTRO_DAY = {
    "hour.days": "intro_day.days",
    "hour.none": "intro_day.none",
    "slot.taken": "intro_day.taken",
    "slot.offered": "intro_day.offered",
    "slot.earlier": "intro_day.earlier",
    "booking.pending": "intro_day.pending",
    "booking.booked": "intro_day.booked",
    "booking.status": "intro_day.status",
    "booking.called_off": "intro_day.called_off",
    "booking.missed": "intro_day.missed",
    "booking.cancel_why": "intro_day.decline_why",
    "reminder.first": "intro_day.reminder_first",
    "reminder.second": "intro_day.reminder_second",
    "reminder.last": "intro_day.reminder_last",
    "calendar.title": "calendar.intro_day_title",
    "button.cancel": "button.decline",
}


def key_of(key: str, purpose: Purpose) -> str:
    """The text that says this about a meeting of that purpose."""
    return _OF_INTRO_DAY.get(key, key) if purpose == Purpose.INTRO_DAY else key


def about_booking(booking: Booking) -> str:
    """The subject of what is said about a booking."""
    return f"booking:{booking.id}"


def values_of(booking: Booking, language: str) -> dict[str, str]:
    """The variables of booking texts, in the candidate's zone as it was when the hour was chosen."""
    zone, at = ZoneInfo(booking.time_zone), booking.slot.starts_at
    city = booking.candidate.city
    meets_online = booking.purpose == Purpose.INTERVIEW
    return {
        "day": local_time.day_in_words(at.astimezone(zone).date(), language),
        "hour": local_time.hour(at, zone),
        "zone": local_time.offset(at, zone),
        "city": "" if city is None else city.name,
        "ends": local_time.hour(booking.slot.ends_at, zone),
        "recruiter": booking.slot.recruiter.name,
        "link": booking.slot.recruiter.meeting_url if meets_online else "",
        "address": "" if city is None else city.address,
        "map": "" if city is None else city.map_url,
        "contact": "" if city is None else city.contact_person,
        "bring": "" if city is None else city.intro_day_note,
    }


def values_of_move(old: Booking, booking: Booking, language: str) -> dict[str, str | None]:
    """When a moved booking was before, in the zone of the new one; nothing where the hour is the same."""
    zone, at = ZoneInfo(booking.time_zone), old.slot.starts_at
    if at == booking.slot.starts_at:
        return {"old_day": None, "old_hour": None}
    return {
        "old_day": local_time.day_in_words(at.astimezone(zone).date(), language),
        "old_hour": local_time.hour(at, zone),
    }


def values_for_recruiter(booking: Booking) -> dict[str, str | int | None]:
    """The variables of what recruiters are told about a booking, in the recruiter's zone and language."""
    zone, at = ZoneInfo(booking.slot.recruiter.time_zone), booking.slot.starts_at
    language = booking.slot.recruiter.language
    return values_of(booking, language) | {
        "day": local_time.day_in_words(at.astimezone(zone).date(), language),
        "hour": local_time.hour(at, zone),
        "zone": local_time.offset(at, zone),
        "candidate": booking.candidate.full_name or "—",
        "minutes": booking.late_minutes,
        "purpose": texts.label(f"stage.{booking.purpose}", language),
        "reason": reason_in_words(booking.end_reason, language),
    }


def reason_in_words(reason: str | None, language: str) -> str | None:
    """Why an hour was given up: the words of the button that was pressed, or what somebody wrote."""
    return texts.label(f"button.reason_{reason}", language) if reason in REASONS else reason


def values_of_offer(offer: Offer, city: City, language: str) -> dict[str, str]:
    """The variables of an offered hour, in the city's zone."""
    zone, at = ZoneInfo(city.time_zone), offer.slot.starts_at
    return {
        "day": local_time.day_in_words(at.astimezone(zone).date(), language),
        "hour": local_time.hour(at, zone),
        "zone": local_time.offset(at, zone),
        "city": city.name,
        "until": local_time.hour(offer.expires_at, zone),
    }
