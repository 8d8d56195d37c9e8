"""Three people from /start on, and a recruiter: one is hired, one rejected, one withdraws and is brought back."""

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg2.extensions import connection
from sqlalchemy import create_engine

from recruitsmart.domain.assessments.models import Answer
from tests.journeys.people import Applicant, Panel
from tests.journeys.test_exam import Examinee
from tests.journeys.test_intro_day import SEAT, SOON
from tests.simulator import Simulator
from tests.system import System

CITY = "Санкт-Петербург"  # where an hour stands as soon as it is chosen
NIGHT = "update cities set quiet_from = %s, quiet_until = %s where name = 'Санкт-Петербург'"
OVER = """
update slots set starts_at = now() - %(ago)s::interval, ends_at = now() - %(ago)s::interval + interval '30 min',
    busy_until = now() - %(ago)s::interval + interval '30 min'
from bookings where bookings.id = %(booking)s and slots.id = bookings.slot_id returning slots.id
"""
WAY = """
select coalesce(details ->> 'after', kind) from journal join contacts using (candidate_id)
where chat_id = %s and kind in ('candidate.moved', 'candidate.rejected', 'candidate.withdrew', 'candidate.brought_back')
order by journal.id
"""


def _rows(sql: connection, query: str, *values: object, **named: object) -> list[tuple[Any, ...]]:
    with sql.cursor() as cursor:
        cursor.execute(query, named or values)
        return cursor.fetchall() if cursor.description else []


class Newcomer(Examinee):
    """A person nobody knows yet, who knows the right answers of Test 2."""

    def __init__(self, simulator: Simulator, database: Any, first_name: str) -> None:
        Applicant.__init__(self, simulator, first_name)
        self.database, self.name = database, f"{first_name} Winter"

    def answers_given(self) -> list[Answer]:
        attempt_id = self.attempt().id
        return [answer for answer in super().answers_given() if answer.attempt_id == attempt_id]

    def applies(self) -> None:
        """From /start to an interview hour."""
        self.chooses(self.answers_test1(self.registers(self.name, CITY)), "is booked")

    def chooses(self, days: dict[str, Any], expect: str) -> None:
        hours = self.presses(days["buttons"][0][0]["text"], "Choose a time")
        self.presses(hours["buttons"][0][0]["text"], expect)


class Desk:
    """What a recruiter does in the panel about one person after the other."""

    def __init__(self, panel: Panel, sql: connection) -> None:
        self.panel, self.sql, self.minutes = panel, sql, 60

    def seat_of(self, somebody: Newcomer) -> tuple[int, str]:
        """The newest booking and the reference of the card."""
        ((booking_id, *_, reference),) = _rows(self.sql, SEAT, somebody.person.id)
        return booking_id, reference

    def notes_attended(self, somebody: Newcomer) -> None:
        """The meeting is over, each at a time of its own."""
        booking_id, reference = self.seat_of(somebody)
        self.minutes += 40
        _rows(self.sql, OVER, booking=booking_id, ago=f"{self.minutes} min")
        card = f"/admin/candidates/{reference}"
        self.panel.post(f"/admin/bookings/{booking_id}/outcome", card, result="attended")

    def does(self, page: str, act: str, somebody: Newcomer, **fields: str) -> None:
        """Press a button of the card."""
        _, reference = self.seat_of(somebody)
        self.panel.post(f"/admin/{page}/{reference}/{act}", f"/admin/candidates/{reference}", **fields)


@pytest.fixture
def desk(panel: Panel, sql: connection) -> Iterator[Desk]:
    """By day, whenever this runs."""
    ((quiet,),) = _rows(sql, "select (quiet_from, quiet_until)::text from cities where name = %s", CITY)
    _rows(sql, NIGHT, "00:00", "00:00")
    yield Desk(panel, sql)
    _rows(sql, NIGHT, *quiet.strip("()").split(","))


@pytest.fixture
def people(simulator: Simulator, system: System) -> Iterator[list[Newcomer]]:
    engine = create_engine(system.database_url.replace("postgresql://", "postgresql+psycopg2://"))
    yield [Newcomer(simulator, engine, name) for name in ("Anna", "Boris", "Vera")]
    engine.dispose()


def test_from_start_to_hired_to_rejected_and_to_withdrawn_and_brought_back(
    desk: Desk, people: list[Newcomer], sql: connection
) -> None:
    anna, boris, vera = people
    for somebody in people:
        somebody.applies()
    _is_hired(desk, anna)
    _is_rejected(desk, boris)
    _withdraws_and_comes_back(desk, vera)
    assert _way(sql, anna) == "test1 to_schedule interview test2 to_intro_day intro_day hired"
    assert _way(sql, boris) == "test1 to_schedule interview candidate.rejected"
    assert _way(sql, vera) == (
        "test1 to_schedule interview candidate.withdrew candidate.brought_back to_schedule interview"
    )
    assert [_stands(sql, somebody) for somebody in people] == [
        ("attended", "hired", "hired"),
        ("attended", "interview", "rejected"),
        ("booked", "interview", "active"),
    ]


def _is_hired(desk: Desk, anna: Newcomer) -> None:
    desk.notes_attended(anna)
    desk.does("testing", "offer", anna)
    anna.hears("short test")
    anna.begins()
    anna.takes_it(right=True)
    anna.chooses(anna.hears("introductory day at our office"), "You are invited")
    desk.notes_attended(anna)
    desk.does("decisions", "hire", anna)
    anna.hears("Welcome to the team")


def _is_rejected(desk: Desk, boris: Newcomer) -> None:
    desk.notes_attended(boris)
    desk.does("decisions", "reject", boris, reason="too far away")
    _rows(desk.sql, SOON)  # half an hour later
    assert "too far" not in boris.hears("We have decided not to go on")["text"]


def _withdraws_and_comes_back(desk: Desk, vera: Newcomer) -> None:
    desk.does("decisions", "let-go", vera, reason="found another job")
    vera.says("/my", "application is closed")
    desk.does("decisions", "bring-back", vera)
    vera.hears("goes on")
    vera.chooses(vera.says("/my", "Choose a day"), "is booked")


def _way(sql: connection, somebody: Newcomer) -> str:
    return " ".join(step for (step,) in _rows(sql, WAY, somebody.person.id))


def _stands(sql: connection, somebody: Newcomer) -> tuple[str, ...]:
    ((_, status, stage, outcome, *_),) = _rows(sql, SEAT, somebody.person.id)
    return status, stage, outcome
