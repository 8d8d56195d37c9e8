"""`flask seed --size`: a year of made-up applications, written with COPY. For looking and measuring, not for people."""

import csv
import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from io import StringIO
from itertools import count
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from recruitsmart.cli.agenda import Agenda, Place
from recruitsmart.cli.lives import Ids, Life
from recruitsmart.domain.assessments.models import Attempt, Test
from recruitsmart.domain.candidates.models import Candidate, new_reference
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.slots.models import Booking, Slot

SIZES = {"small": 1_000, "medium": 10_000, "large": 100_000, "huge": 1_000_000}
PEOPLE_PER_RECRUITER = 1_600
FIRST_CHAT = 10**15  # far from every chat Telegram gives out
WRITTEN_AT_ONCE = 5_000
_YEAR = timedelta(days=365)
_CITIES = (
    ("Москва", "Europe/Moscow", 30), ("Санкт-Петербург", "Europe/Moscow", 16),
    ("Екатеринбург", "Asia/Yekaterinburg", 10),
    ("Новосибирск", "Asia/Novosibirsk", 10), ("Казань", "Europe/Moscow", 8), ("Самара", "Europe/Samara", 6),
    ("Омск", "Asia/Omsk", 6), ("Красноярск", "Asia/Krasnoyarsk", 5), ("Владивосток", "Asia/Vladivostok", 5),
    ("Калининград", "Europe/Kaliningrad", 4),
)  # fmt: skip
_FIRST_NAMES = "Анна Иван Мария Пётр Ольга Сергей Дарья Алексей Елена Тимур Ксения Михаил Алина Никита Вера Артём"
_LAST_NAMES = (
    "Коваленко Шевченко Бондаренко Ткаченко Гусар Мороз Черных Седых Белых Долгих Дурново Живаго Короленко Франко"
    " Макаренко Лысенко Савченко Руденко Петренко Карпенко Васько Гайдай Левчук Кравчук Мельник Гончар Коваль"
)
_FIRST, _LAST = _FIRST_NAMES.split(), _LAST_NAMES.split()
_SOURCES = (("hh", 34), ("avito", 27), ("vk", 13), ("friend", 11), ("flyer-metro", 6), ("site", 4), (None, 5))
_COLUMNS = {
    "candidates": "id,reference,full_name,phone,city_id,language,stage,stage_since,outcome,outcome_reason,source,"
    "consent_version,consent_at,registered_at,created_at",
    "contacts": "candidate_id,channel,chat_id,username,first_name",
    "attempts": "id,test_id,candidate_id,status,question_ids,started_at,finished_at,score_percent,passed,screening",
    "slots": "id,recruiter_id,city_id,purpose,starts_at,ends_at,busy_until,capacity,status",
    "bookings": "id,slot_id,purpose,slot_capacity,seat,candidate_id,status,created_at,decided_at,ended_at,ended_by,"
    "end_reason,moved_from_id,time_zone,calendar_uid",
    "journal": "at,kind,actor_kind,actor_id,candidate_id,subject_id,details",
}


# One in forty, and of the last week one in four, asked a human something; those of the last week still wait.
_QUESTIONS = """
    with asked as (
        insert into chats (candidate_id, reason, opened_at, said_at, unread_since, closed_at)
        select id, 'asked', registered_at, registered_at, case when registered_at > :lately then registered_at end,
               case when registered_at <= :lately then registered_at + interval '1 hour' end
        from candidates where id >= :first and id % (case when registered_at > :lately then 4 else 40 end) = 0
            and registered_at is not null
        returning candidate_id, opened_at
    )
    insert into chat_lines (candidate_id, text, said_at)
    select candidate_id, 'Здравствуйте! Подскажите, пожалуйста, какой график, есть ли обучение?', opened_at from asked
"""


class NotEmpty(Exception):
    """There are candidates already; a crowd is only put into a system without any."""


def seed(session: Session, *, people: int, now: datetime, dice: Random) -> None:
    """Add a crowd with its recruiters. Keeps others from writing meanwhile; the tests must be there.

    Raises:
        NotEmpty: there are candidates.
    """
    session.execute(text("set local statement_timeout = 0"))
    session.execute(text("set local idle_in_transaction_session_timeout = 0"))
    session.execute(text(f"lock table {', '.join(_COLUMNS)} in share row exclusive mode"))
    if session.scalar(select(Candidate.id).limit(1)) is not None:
        raise NotEmpty
    places = _found_places(session, recruiters=max(len(_CITIES), people // PEOPLE_PER_RECRUITER), now=now)
    tests = {row.key: row.id for row in session.execute(select(Test.key, Test.id))}
    ids = Ids(bookings=count(_next_id(session, Booking)), attempts=count(_next_id(session, Attempt)))
    agenda, first = Agenda(dice, first_id=_next_id(session, Slot)), _next_id(session, Candidate)
    starts = sorted(now - _YEAR * dice.random() for _ in range(people))
    for begin in range(0, people, WRITTEN_AT_ONCE):
        lives = [
            Life(
                id=first + begin + number, place=dice.choices(places, [weight for *_, weight in _CITIES])[0], at=at,
                until=now, tests=tests, agenda=agenda, ids=ids, dice=dice,
            )
            for number, at in enumerate(starts[begin : begin + WRITTEN_AT_ONCE])
        ]  # fmt: skip
        _write(session, lives, agenda, dice)
    _move_counters(session)
    session.execute(text(_QUESTIONS), {"first": first, "lately": now - timedelta(days=7)})


def _found_places(session: Session, *, recruiters: int, now: datetime) -> list[Place]:
    """The cities of the crowd, those that exist as they are, and new recruiters shared out by size."""
    known = {city.name: city for city in session.scalars(select(City))}
    whole = sum(weight for *_, weight in _CITIES)
    places = []
    for name, zone, weight in _CITIES:
        city = known.get(name) or City(name=name, time_zone=zone, address=f"{name}, офис на главной улице")
        team = [
            Recruiter(name=f"{_FIRST[number % len(_FIRST)]} {_LAST[-1 - number % len(_LAST)]} ({name})",
                      time_zone=city.time_zone, cities=[city])
            for number in range(max(1, round(recruiters * weight / whole)))
        ]  # fmt: skip
        session.add_all([city, *team])
        session.flush()
        offset = now.astimezone(ZoneInfo(city.time_zone)).utcoffset() or timedelta()
        ids = tuple(recruiter.id for recruiter in team)
        places.append(Place(city_id=city.id, time_zone=city.time_zone, offset=offset, recruiter_ids=ids))
    return places


def _next_id(session: Session, model: type[Any]) -> int:
    return (session.scalar(select(func.max(model.id))) or 0) + 1


def _write(session: Session, lives: Sequence[Life], agenda: Agenda, dice: Random) -> None:
    for life in lives:
        life.tell()
    people = [_person(life, dice) for life in lives]
    _copy(session, "candidates", people)
    _copy(session, "contacts", [_contact(row) for row in people])
    _copy(session, "attempts", [row for life in lives for row in life.attempts])
    _copy(session, "slots", agenda.rows)
    agenda.rows.clear()
    _copy(session, "bookings", [row for life in lives for row in life.bookings])
    entries = (entry for life in lives for entry in life.entries)
    _copy(session, "journal", ((*facts, json.dumps(details)) for *facts, details in entries))


def _person(life: Life, dice: Random) -> tuple[Any, ...]:
    name = f"{dice.choice(_LAST)} {dice.choice(_FIRST)}" if life.registered_at else None
    phone = f"+79{dice.randrange(10**9):09}" if life.registered_at else None
    source = dice.choices([name for name, _ in _SOURCES], [weight for _, weight in _SOURCES])[0]
    language = "en" if dice.random() < 0.04 else "ru"
    return (
        life.id, new_reference(), name, phone, life.place.city_id if life.registered_at else None, language,
        life.stage.value, life.stage_since, life.outcome.value, life.reason, source,
        "1" if life.consent_at else None, life.consent_at, life.registered_at, life.created_at,
    )  # fmt: skip


def _contact(person: Sequence[Any]) -> tuple[Any, ...]:
    number, name = person[0], person[2] or "Кто-то"
    return number, "telegram", FIRST_CHAT + number, f"seed_{number}", name.split()[-1]


def _copy(session: Session, table: str, rows: Iterable[Sequence[Any]]) -> None:
    content = StringIO()
    csv.writer(content).writerows(rows)
    content.seek(0)
    cursor = session.connection().connection.cursor()
    cursor.copy_expert(f"copy {table} ({_COLUMNS[table]}) from stdin with (format csv)", content)


def _move_counters(session: Session) -> None:
    for table in ("candidates", "attempts", "slots", "bookings"):
        session.execute(text(
            f"select setval(pg_get_serial_sequence('{table}', 'id'), coalesce((select max(id) from {table}), 1))"
        ))  # fmt: skip
