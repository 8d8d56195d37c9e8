"""The three reminders of one booking, each delivered, each once. Waiting is done by drawing the meeting nearer."""

from typing import Any

import pytest
from psycopg2.extensions import connection

from recruitsmart.local.processes import wait_until
from tests.journeys.people import Applicant
from tests.simulator import Simulator

pytestmark = pytest.mark.usefixtures("system")

# A city without a night, so that it does not matter when this runs; its only hour is far enough for all three.
CITY = """
with city as (
    insert into cities (name, time_zone, approval_required, quiet_from, quiet_until)
    values ('Timbuktu', 'Africa/Bamako', false, '00:00', '00:00') returning id
), recruiter as (
    insert into recruiters (name, time_zone) values ('Olga Reminder', 'Africa/Bamako') returning id
), works as (
    insert into recruiter_cities (city_id, recruiter_id) select city.id, recruiter.id from city, recruiter
)
insert into slots (recruiter_id, purpose, starts_at, ends_at, busy_until, capacity, status)
select id, 'interview', starts_at, starts_at + interval '30 min', starts_at + interval '30 min', 1, 'open'
from recruiter, date_trunc('hour', now() + interval '40 hours') as starts_at
"""
NEARER = """
with nearer as (select id, starts_at - now() - %s::interval as by from slots where id = %s),
moved as (
    update slots set starts_at = starts_at - by, ends_at = ends_at - by, busy_until = busy_until - by
    from nearer where slots.id = nearer.id
)
update timers set planned_at = planned_at - by, due_at = due_at - by
from nearer where subject_id = %s and kind like 'slots.remind%%' and state = 'pending'
"""
BOOKING = """
select bookings.id, slot_id from bookings join contacts using (candidate_id)
where chat_id = %s and bookings.status = 'booked'
"""
SENT = "select kind, state, reason from outbox where about = %s and kind like 'reminder.%%' order by id"


def _rows(sql: connection, query: str, *values: object) -> list[tuple[Any, ...]]:
    with sql.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def test_a_booking_is_reminded_of_a_day_three_hours_and_half_an_hour_before(
    simulator: Simulator, sql: connection
) -> None:
    _rows(sql, CITY)
    anna = Applicant(simulator)
    days = anna.answers_test1(anna.registers(city="Timbuktu"))
    hours = anna.presses(days["buttons"][0][0]["text"], "Choose a time")
    anna.presses(hours["buttons"][0][0]["text"], "is booked")
    ((booking_id, slot_id),) = _rows(sql, BOOKING, anna.person.id)
    for before, words in (
        ("24 hours", "A reminder of your interview"),
        ("3 hours", "Your interview is coming up"),
        ("30 minutes", "Your interview begins soon"),
    ):
        _rows(sql, NEARER, before, slot_id, booking_id)
        anna.hears(words)
    kinds = ("reminder.first", "reminder.second", "reminder.last")
    sent = [(kind, "sent", None) for kind in kinds]
    wait_until(lambda: _rows(sql, SENT, f"booking:{booking_id}") == sent, 10)  # she reads it before we write it down
    assert _rows(sql, SENT, f"booking:{booking_id}") == sent
