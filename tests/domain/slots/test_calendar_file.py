"""Calendar files, read back by a calendar."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from recruitsmart.domain.slots.calendar_file import Entry, calendar_file
from tests.factories import NOW


def _entry(**values):
    starts_at = NOW + timedelta(days=1)
    entry = {"uid": "abc", "sequence": 0, "starts_at": starts_at, "ends_at": starts_at + timedelta(minutes=30)}
    return Entry(
        **{**entry, "title": "Interview", "place": "Room", "description": "Olga", "cancelled": False, **values}
    )


def _read(entry):
    calendar = Calendar.from_ical(calendar_file(entry, now=NOW))
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def test_a_calendar_reads_what_was_meant():
    calendar, event = _read(_entry(sequence=3))
    assert (calendar["METHOD"], event["STATUS"], event["UID"], event["SEQUENCE"]) == (
        "PUBLISH",
        "CONFIRMED",
        "abc@recruitsmart",
        3,
    )
    assert (event.decoded("DTSTART"), event.decoded("DTEND")) == (_entry().starts_at, _entry().ends_at)


def test_a_cancelled_entry_takes_the_event_out():
    calendar, event = _read(_entry(cancelled=True))
    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")


@pytest.mark.parametrize(
    "hostile",
    [
        "Interview\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:Gotcha",
        "a\nATTENDEE:mailto:x@example.org",
        'semicolon; comma, backslash \\n and "quotes"',
        "очень длинное название, которое не помещается в семьдесят пять байтов одной строки " * 4,
        "🙂" * 60,
        "",
        ":;,\\",
    ],
)
def test_words_cannot_break_out_of_their_line(hostile):
    _, event = _read(_entry(title=hostile, place=hostile, description=hostile))
    for name in ("SUMMARY", "LOCATION", "DESCRIPTION"):
        assert str(event[name]) == hostile.replace("\r\n", "\n")
    assert "ATTENDEE" not in event


@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=200))
def test_any_words_come_back(words):
    assert str(_read(_entry(title=words))[1]["SUMMARY"]) == words


def test_no_line_is_longer_than_the_standard_allows():
    written = calendar_file(_entry(title="слово " * 60), now=NOW)
    assert all(len(line.encode()) <= 75 for line in written.split("\r\n"))


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "Europe/Moscow"])
def test_the_zone_an_instant_is_given_in_changes_nothing(zone):
    starts_at = datetime(2026, 11, 1, 1, 30, tzinfo=ZoneInfo(zone), fold=1)
    _, event = _read(_entry(starts_at=starts_at, ends_at=starts_at + timedelta(minutes=30)))
    assert event.decoded("DTSTART").timestamp() == starts_at.timestamp()
