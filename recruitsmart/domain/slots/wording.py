"""The variables of texts about bookings and offers, in the reader's zone; and the names under which they are posted."""

from zoneinfo import ZoneInfo

from recruitsmart.domain.directory.models import City
from recruitsmart.domain.messaging import local_time, texts
from recruitsmart.domain.slots.models import Booking, Offer


def about_booking(booking: Booking) -> str:
    """The subject of what is said about a booking."""
    return f"booking:{booking.id}"


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
        "contact": "" if city is None else city.contact_person,
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
    """The variables of what recruiters are told about a booking, in the recruiter's zone."""
    zone, at = ZoneInfo(booking.slot.recruiter.time_zone), booking.slot.starts_at
    language = texts.DEFAULT_LANGUAGE
    return values_of(booking, language) | {
        "day": local_time.day_in_words(at.astimezone(zone).date(), language),
        "hour": local_time.hour(at, zone),
        "zone": local_time.offset(at, zone),
        "candidate": booking.candidate.full_name or "—",
        "minutes": booking.late_minutes,
    }


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
