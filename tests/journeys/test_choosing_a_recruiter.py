"""A city where candidates pick the recruiter: first the person, then the day, then the hour."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg2.extensions import connection

from tests.journeys.people import Applicant
from tests.simulator import Simulator

pytestmark = pytest.mark.usefixtures("system")


def _one(sql: connection, statement: str, *values: object) -> Any:
    with sql.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0]


def test_the_candidate_chooses_the_recruiter_where_the_city_wants_it(simulator: Simulator, sql: connection) -> None:
    city = _one(
        sql,
        """insert into cities (name, time_zone, approval_required, recruiter_choice)
           values ('Псков', 'Europe/Moscow', false, 'candidate') returning id""",
    )
    starts_at = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=2)
    for name in ("Глеб Орлов", "Нина Соколова"):
        recruiter = _one(
            sql, "insert into recruiters (name, time_zone) values (%s, 'Europe/Moscow') returning id", name
        )
        _one(sql, "insert into recruiter_cities (recruiter_id, city_id) values (%s, %s) returning 1", recruiter, city)
        _one(
            sql,
            """insert into slots (recruiter_id, purpose, starts_at, ends_at, busy_until, capacity, status)
               values (%s, 'interview', %s, %s, %s, 1, 'open') returning id""",
            recruiter, starts_at, starts_at + timedelta(minutes=30), starts_at + timedelta(minutes=30),
        )  # fmt: skip
    anna = Applicant(simulator)
    question = anna.registers(city="Псков")
    while "Whom would you like to meet" not in question["text"]:
        question = anna.answers(question)
    names = [button["text"] for row in question["buttons"] for button in row]
    assert names == ["Глеб Орлов", "Нина Соколова", "Anyone"]
    days = anna.presses("Нина Соколова", "Choose a day")
    hours = anna.presses(days["buttons"][0][0]["text"], "Choose a time")
    booked = anna.presses(hours["buttons"][0][0]["text"], "is booked")
    assert "Нина Соколова" in booked["text"]
