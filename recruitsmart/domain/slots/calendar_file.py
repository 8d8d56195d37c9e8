"""A booking as a calendar entry (RFC 5545): the same UID when it moves, a growing SEQUENCE."""

from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vText


@dataclass(frozen=True, kw_only=True)
class Entry:
    """What a calendar needs to know; instants are aware."""

    uid: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    title: str
    place: str
    description: str
    cancelled: bool


def calendar_file(entry: Entry, *, now: datetime) -> str:
    """The text of an `.ics` file; a cancelled entry removes the event from the calendar it was added to."""
    calendar = Calendar()
    calendar.add("prodid", "-//RecruitSmart//RecruitSmart//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if entry.cancelled else "PUBLISH")
    event = Event()
    event.add("uid", f"{entry.uid}@recruitsmart")
    event.add("sequence", entry.sequence)
    event.add("dtstamp", now)
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", entry.title)
    event.add("location", vText(entry.place))
    event.add("description", entry.description)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    calendar.add_component(event)
    return bytes(calendar.to_ical()).decode()
