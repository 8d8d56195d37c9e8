"""Moving, cancelling, wishing for and waiting for an hour in the chat."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests
from icalendar import Calendar
from psycopg2.extensions import connection

from tests.journeys.people import Applicant
from tests.simulator import Simulator

pytestmark = pytest.mark.usefixtures("system")


def _all(sql: connection, query: str, *values: object) -> list[tuple[Any, ...]]:
    with sql.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def _bookings(sql: connection, applicant: Applicant) -> list[tuple[Any, ...]]:
    return _all(
        sql,
        """select bookings.id, bookings.status, bookings.slot_id, bookings.end_reason from bookings
           join contacts using (candidate_id) where chat_id = %s order by bookings.id""",
        applicant.person.id,
    )


def _booked(simulator: Simulator, city: str = "Санкт-Петербург") -> tuple[Applicant, dict[str, Any]]:
    """A person with a booking that stands at once: this city needs no approval."""
    applicant = Applicant(simulator)
    days = applicant.answers_test1(applicant.registers(city=city))
    hours = applicant.presses(days["buttons"][1][0]["text"], "Choose a time")
    return applicant, applicant.presses(hours["buttons"][0][0]["text"], "is booked")


def _calendar(message: dict[str, Any]) -> Any:
    content = requests.get(message["document"]["url"], timeout=10).content
    return Calendar.from_ical(content)


def test_a_moved_booking_frees_the_old_hour_and_updates_the_calendar(simulator: Simulator, sql: connection) -> None:
    anna, _ = _booked(simulator)
    first = _calendar(anna.hears("A calendar file"))
    days = anna.presses("Move", "the old hour stays yours")
    hours = anna.presses(days["buttons"][2][0]["text"], "Choose a time")
    anna.presses(hours["buttons"][0][1]["text"], "is booked")
    second = _calendar(anna.hears("A calendar file"))
    (_, before, old_slot, _), (_, after, new_slot, _) = _bookings(sql, anna)
    assert (before, after) == ("moved", "booked") and old_slot != new_slot
    assert [entry["UID"] for entry in first.events] == [entry["UID"] for entry in second.events]
    assert first.events[0]["SEQUENCE"] < second.events[0]["SEQUENCE"]
    assert _all(sql, "select 1 from bookings where slot_id = %s and status = 'booked'", old_slot) == []


def test_cancelling_asks_why_and_offers_other_hours(simulator: Simulator, sql: connection) -> None:
    boris, _ = _booked(simulator)
    boris.presses("Cancel", "Tell us why")
    boris.says("My grandmother visits me that day", "is cancelled")
    boris.hears("Choose a day")
    ((_, status, _, reason),) = _bookings(sql, boris)
    assert (status, reason) == ("cancelled", "My grandmother visits me that day")
    cancelled = boris.person.wait_for("remove the meeting", after=0)  # a promise may come before a reply
    assert _calendar(cancelled)["METHOD"] == "CANCEL"


def test_keeping_the_hour_after_all_changes_nothing(simulator: Simulator, sql: connection) -> None:
    clara, _ = _booked(simulator)
    clara.presses("Cancel", "Tell us why")
    clara.presses("No, keep it", "is booked")
    clara.says("thank you", "is booked")
    assert [status for _, status, *_ in _bookings(sql, clara)] == ["booked"]


def test_a_wished_time_is_answered_with_the_hours_that_fit(simulator: Simulator) -> None:
    dora = Applicant(simulator)
    days = dora.answers_test1(dora.registers(city="Москва"))
    day = datetime.now(UTC) + timedelta(days=3)
    while day.weekday() == 6:
        day += timedelta(days=1)
    assert days
    found = dora.says(f"{day:%d.%m} 12:00-14:00", "This is free and matches your wish")
    hours = [button["text"] for row in found["buttons"] for button in row]
    assert hours.pop() == "Choose a day"
    assert hours and all(re.search(r"1[23]:\d\d$", hour) for hour in hours)
    dora.presses(hours[0], "has been sent")


def test_a_wish_nobody_can_read_is_kept_for_the_recruiter(simulator: Simulator, sql: connection) -> None:
    emil = Applicant(simulator)
    emil.answers_test1(emil.registers())
    emil.says("when my cousin lends me the car", "noted your wish")
    noted = _all(
        sql, "select note, status from waiting join contacts using (candidate_id) where chat_id = %s", emil.person.id
    )
    assert noted == [("when my cousin lends me the car", "waiting")]


def test_who_waits_is_offered_a_freed_hour_and_then_the_next_person(simulator: Simulator, sql: connection) -> None:
    """Two wait, the holder cancels, the first passes, the second takes it."""
    city = _city(sql, "Тверь", days=[2])
    holder = _takes_first_hour(simulator, "Тверь")
    first, second = _waits(simulator), _waits(simulator)
    holder.presses("Cancel", "Tell us why")
    holder.presses("I changed my mind", "is cancelled")
    first.hears("we hold it for you until")
    first.presses("Does not suit me", "goes to somebody else")
    second.hears("we hold it for you until")
    second.presses("I take this hour", "is booked")
    offers = _all(sql, "select offers.status from offers join waiting on waiting.id = waiting_id where city_id = %s "
                       "order by offers.id", city)  # fmt: skip
    assert [status for (status,) in offers][:2] == ["declined", "taken"]


def _city(sql: connection, name: str, *, days: list[int]) -> int:
    """A city of its own without a night, and a recruiter with an hour on each of these days from now."""
    ((city,),) = _all(
        sql,
        """insert into cities (name, time_zone, approval_required, quiet_from, quiet_until)
           values (%s, 'Europe/Moscow', false, '00:00', '00:00') returning id""",
        name,
    )
    ((recruiter,),) = _all(
        sql, "insert into recruiters (name, time_zone) values (%s, 'Europe/Moscow') returning id", f"Вера {name}"
    )
    _all(sql, "insert into recruiter_cities (recruiter_id, city_id) values (%s, %s)", recruiter, city)
    for ahead in days:
        starts_at = datetime.now(UTC) + timedelta(days=ahead)
        _all(
            sql,
            """insert into slots (recruiter_id, city_id, purpose, starts_at, ends_at, busy_until, capacity, status)
               values (%s, %s, 'interview', %s, %s, %s, 1, 'open')""",
            recruiter, city, starts_at, starts_at + timedelta(minutes=30), starts_at + timedelta(minutes=30),
        )  # fmt: skip
    return int(city)


def _takes_first_hour(simulator: Simulator, city: str) -> Applicant:
    applicant = Applicant(simulator)
    days = applicant.answers_test1(applicant.registers(city=city))
    hours = applicant.presses(days["buttons"][0][0]["text"], "Choose a time")
    applicant.presses(hours["buttons"][0][0]["text"], "is booked")
    return applicant


def test_who_would_come_earlier_is_offered_a_freed_hour_and_the_next_takes_theirs(
    simulator: Simulator, sql: connection
) -> None:
    _city(sql, "Вологда", days=[2, 3, 4])
    holder, vera, boris = (_takes_first_hour(simulator, "Вологда") for _ in range(3))
    for somebody in (vera, boris):
        somebody.presses("I could come earlier", "Noted: if an earlier time")
    holder.presses("Cancel", "Tell us why")
    holder.presses("I changed my mind", "is cancelled")
    vera.hears("An earlier hour is free")
    vera.presses("I take this hour", "is booked")
    boris.hears("An earlier hour is free")
    boris.presses("Does not suit me", "yours stays as it is")
    boris.presses("Not earlier after all", "interview is booked")
    (_, left, _, _), (_, taken, slot, _) = _bookings(sql, vera)
    assert (left, taken, slot) == ("moved", "booked", _bookings(sql, holder)[0][2])
    assert [status for _, status, *_ in _bookings(sql, boris)] == ["booked"]


def _waits(simulator: Simulator) -> Applicant:
    applicant = Applicant(simulator)
    question = applicant.registers(city="Тверь")
    while "no free hours" not in question["text"]:
        question = _next(applicant, question)
    return applicant


def _next(applicant: Applicant, question: dict[str, Any]) -> dict[str, Any]:
    if question["text"].startswith("That was all") or "You are in the queue" in question["text"]:
        return applicant.hears("no free hours")
    return applicant.answers(question)
