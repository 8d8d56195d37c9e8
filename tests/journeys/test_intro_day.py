"""From a passed Test 2 to the job: a day is chosen, confirmed, reminded of, ticked; one is hired, one declines, one is
not taken. Waiting is done by drawing the day nearer."""

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg2.extensions import connection
from sqlalchemy import create_engine

from recruitsmart.domain.directory.operations import passwords
from recruitsmart.local.processes import wait_until
from tests.journeys.people import Applicant, Panel
from tests.journeys.test_exam import Examinee
from tests.simulator import Person, Simulator
from tests.system import System

PASSWORD = "correct-horse-battery-9"

# A city without a night, so that it does not matter when this runs; its only day is far enough for all reminders.
CITY = """
with city as (
    insert into cities (name, time_zone, approval_required, quiet_from, quiet_until, address, map_url, contact_person,
                        intro_day_note)
    values ('Bamako', 'Africa/Bamako', false, '00:00', '00:00', '7 River Street', 'https://maps.example.org/7', 'Fatou',
            'Your passport') returning id
), recruiter as (
    insert into recruiters (name, time_zone) values ('Olga Group', 'Africa/Bamako') returning id
), works as (
    insert into recruiter_cities (city_id, recruiter_id) select city.id, recruiter.id from city, recruiter
), account as (
    insert into accounts (login, password_hash, role, recruiter_id, chat_id)
    select 'bamako', %s, 'recruiter', id, %s from recruiter
)
insert into slots (recruiter_id, purpose, starts_at, ends_at, busy_until, capacity, status)
select id, 'intro_day', starts_at, starts_at + interval '3 hours', starts_at + interval '3 hours', 3, 'open'
from recruiter, date_trunc('hour', now() + interval '40 hours') as starts_at
returning id
"""
NEARER = """
with nearer as (select id, starts_at - now() - %(before)s::interval as by from slots where id = %(slot)s),
moved as (
    update slots set starts_at = starts_at - by, ends_at = ends_at - by, busy_until = busy_until - by
    from nearer where slots.id = nearer.id
)
update timers set planned_at = planned_at - by, due_at = due_at - by from nearer
where state = 'pending' and ((kind = 'slots.group_begins' and subject_id = nearer.id)
    or (kind like 'slots.remind%%' and subject_id in (select b.id from bookings b where b.slot_id = nearer.id)))
"""
SEAT = """
select bookings.id, bookings.status, candidates.stage, candidates.outcome, candidates.outcome_reason,
       candidates.reference
from bookings join candidates on candidates.id = candidate_id join contacts using (candidate_id)
where chat_id = %s order by bookings.id desc limit 1
"""
SOON = "update timers set due_at = now() where kind = 'pipeline.tells_rejection' and state = 'pending'"


def _rows(sql: connection, query: str, *values: object, **named: object) -> list[tuple[Any, ...]]:
    with sql.cursor() as cursor:
        cursor.execute(query, named or values)
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def recruiter(simulator: Simulator) -> Person:
    person = simulator.person("Olga", language_code="ru")
    person.write("/today")  # Telegram lets a bot write only to whom it has met
    return person


@pytest.fixture
def day(sql: connection, recruiter: Person) -> int:
    """The only introductory day of the city."""
    ((slot_id,),) = _rows(sql, CITY, passwords.hash(PASSWORD), recruiter.id)
    return int(slot_id)


@pytest.fixture
def panel(system: System) -> Panel:
    return Panel(system.url)


@pytest.fixture
def invited(simulator: Simulator, system: System, sql: connection, day: int) -> Iterator[list[Applicant]]:
    """Anna, Boris and Vera have passed Test 2 and see the days."""
    engine = create_engine(system.database_url.replace("postgresql://", "postgresql+psycopg2://"))
    yield [_passes(Examinee(simulator, engine, name), sql) for name in ("Anna", "Boris", "Vera")]
    engine.dispose()


def _passes(examinee: Examinee, sql: connection) -> Applicant:
    _rows(
        sql,
        """update candidates set city_id = cities.id, phone = '+79001234567' from contacts, cities
           where contacts.candidate_id = candidates.id and chat_id = %s and cities.name = 'Bamako'""",
        examinee.person.id,
    )
    examinee.begins()
    examinee.takes_it(right=True)
    return examinee


def _chooses_the_day(somebody: Applicant) -> dict[str, Any]:
    days = somebody.hears("introductory day at our office")
    somebody.presses(days["buttons"][0][0]["text"], "Choose a time")
    hours = somebody.person.from_bot()[-1]
    return somebody.presses(hours["buttons"][0][0]["text"], "You are invited")


def _hears(person: Person, words: str) -> dict[str, Any]:
    return person.wait_for(lambda message: words in message["text"], timeout=20)


def _stands(sql: connection, somebody: Applicant) -> tuple[Any, ...]:
    ((_, *standing, _),) = _rows(sql, SEAT, somebody.person.id)
    return tuple(standing)


def test_from_a_passed_test_to_hired_declined_and_not_taken(
    sql: connection, panel: Panel, recruiter: Person, day: int, invited: list[Applicant]
) -> None:
    anna, boris, vera = invited
    _choose_and_answer(sql, recruiter, anna, boris, vera)
    _are_reminded(sql, day, anna, vera)
    _are_ticked(sql, panel, recruiter, day, anna, vera)
    _hear_what_was_decided(sql, panel, recruiter, day, anna, vera)


def _choose_and_answer(
    sql: connection, recruiter: Person, anna: Applicant, boris: Applicant, vera: Applicant
) -> None:  # fmt: skip
    invitation = _chooses_the_day(anna)
    for words in ("7 River Street", "https://maps.example.org/7", "Fatou", "Your passport"):
        assert words in invitation["text"]
    anna.presses("I will come", "We expect you")
    _hears(recruiter, "Придёт: Anna")
    _chooses_the_day(boris)
    boris.presses("I cannot come", "Tell us why")
    boris.presses("I found another job", "your application is closed")
    assert "Есть другая работа" in _hears(recruiter, "Запись отменена: Boris")["text"]
    _chooses_the_day(vera)
    assert _stands(sql, anna) == ("confirmed", "intro_day", "active", None)
    assert _stands(sql, boris) == ("cancelled", "intro_day", "withdrawn", "Есть другая работа")
    assert _stands(sql, vera) == ("booked", "intro_day", "active", None)


def _are_reminded(sql: connection, day: int, anna: Applicant, vera: Applicant) -> None:
    for before, words in (
        ("24 hours", "A reminder of your introductory day"),
        ("3 hours", "Your introductory day is coming up"),
        ("30 minutes", "Your introductory day begins soon"),
    ):
        _rows(sql, NEARER, slot=day, before=before)
        vera.hears(words)
    assert "Your passport" in anna.hears("Your introductory day begins soon")["text"]
    assert not any("Will you come" in words for words in anna.everything()[-2:])  # she had said so


def _are_ticked(
    sql: connection, panel: Panel, recruiter: Person, day: int, anna: Applicant, vera: Applicant
) -> None:  # fmt: skip
    _rows(sql, NEARER, slot=day, before="0 seconds")
    begins = _hears(recruiter, "Начинается ознакомительный день")
    assert "ожидаем: 2" in begins["text"]
    recruiter.press("Список", message_id=begins["message_id"])
    listed = _hears(recruiter, "Занято мест: 2")
    recruiter.press("✅ здесь", message_id=listed["message_id"])
    _hears(recruiter, "пришли: 1")
    panel.sign_in("bamako", PASSWORD)
    page = f"/admin/intro-days/{day}"
    assert "Anna" in panel.get(page) and "Boris" in panel.get(page).split('id="declined"')[1]
    panel.post(f"{page}/all-came", page)
    assert {_stands(sql, somebody)[0] for somebody in (anna, vera)} == {"attended"}


def _hear_what_was_decided(
    sql: connection, panel: Panel, recruiter: Person, day: int, anna: Applicant, vera: Applicant
) -> None:  # fmt: skip
    ((*_, reference),) = _rows(sql, SEAT, anna.person.id)
    panel.post(f"/admin/decisions/{reference}/hire", f"/admin/intro-days/{day}")
    anna.hears("Welcome to the team")
    assert _stands(sql, anna) == ("attended", "hired", "hired", None)

    recruiter.write("/today")
    today = _hears(recruiter, "Встреч: 1")
    recruiter.press(today["buttons"][0][0]["text"], message_id=today["message_id"])
    _hears(recruiter, "пришли: 2")
    recruiter.press("✅ Vera")
    _hears(recruiter, "Встреча состоялась")
    recruiter.press("Отказать…")
    _hears(recruiter, "Почему не берём")
    recruiter.press("Задание не удалось")
    _hears(recruiter, "Отказ.")
    assert wait_until(lambda: _stands(sql, vera)[2:] == ("rejected", "Задание не удалось"), 10)
    _rows(sql, SOON)
    vera.hears("We have decided not to go on")
