"""The Mini App in a browser of 360 px, opened from the simulator as Telegram opens it; a city with hours of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from playwright.sync_api import Browser, Page
from psycopg2.extensions import connection

from tests.journeys.people import Applicant
from tests.simulator import Simulator
from tests.system import System

PHONE = {"width": 360, "height": 740}


@contextmanager
def opened(
    browser: Browser, system: System, simulator: Simulator, person_id: int, *, theme: str = "", looks: str = "light"
) -> Iterator[Page]:
    """The page as the person's Telegram opens it; at the end nothing may have gone wrong in it."""
    context = browser.new_context(
        viewport=PHONE, reduced_motion="reduce", color_scheme="dark" if looks == "dark" else "light", locale="en-GB"
    )
    page = context.new_page()
    page.set_default_timeout(10_000)
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request", lambda sent: None if sent.url.startswith((system.url, simulator.url)) else problems.append(sent.url)
    )
    page.goto(address(system, simulator, person_id, theme=theme))
    yield page
    width = page.evaluate("document.documentElement.scrollWidth")
    context.close()
    assert problems == []
    assert width <= PHONE["width"]


def address(system: System, simulator: Simulator, person_id: int, *, theme: str = "") -> str:
    """Where a press on the button leads."""
    return f"{simulator.url}/page/chats/{person_id}/app?theme={theme}&url={system.url}/webapp"


def one(sql: connection, statement: str, *values: object) -> Any:
    with sql.cursor() as cursor:
        cursor.execute(statement, values)
        found = cursor.fetchone()
        return None if found is None else found[0]


def city_with_hours(sql: connection, name: str, *, hours: int = 6, **policy: Any) -> list[int]:
    """A city with one recruiter, free at full hours from tomorrow on; the ids of the hours in their order."""
    rules = {"approval_required": False, "address": "Main street 7", "map_url": "https://maps.example.org/7", **policy}
    columns, values = ", ".join(rules), ", ".join(["%s"] * len(rules))
    row = f"insert into cities (name, time_zone, {columns}) values (%s, 'Asia/Yekaterinburg', {values}) returning id"
    city = one(sql, row, name, *rules.values())
    return hours_of(sql, city, f"Recruiter of {name}", hours=hours)


def hours_of(sql: connection, city: int, recruiter: str, *, hours: int) -> list[int]:
    """A recruiter of a city, free at full hours from tomorrow on."""
    who = one(sql, "insert into recruiters (name, time_zone) values (%s, 'Europe/Moscow') returning id", recruiter)
    one(sql, "insert into recruiter_cities (recruiter_id, city_id) values (%s, %s) returning 1", who, city)
    begin = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) + timedelta(days=1)
    ids = []
    for number in range(hours):
        start = begin + timedelta(days=number // 3, hours=number % 3)
        end = start + timedelta(minutes=30)
        ids.append(one(
            sql, """insert into slots (recruiter_id, purpose, starts_at, ends_at, busy_until, capacity, status)
                    values (%s, 'interview', %s, %s, %s, 1, 'open') returning id""", who, start, end, end,
        ))  # fmt: skip
    return ids


def choosing(
    simulator: Simulator, sql: connection, city: str, *, first_name: str = "Anna", asks: str = "Choose a day"
) -> Applicant:
    """Somebody who has come as far as choosing an hour in that city, and whom the chat asks for it."""
    somebody = Applicant(simulator, first_name)
    somebody.says("/start", "consent")
    somebody.presses("I agree, go on", "What is your name")
    one(
        sql,
        """update candidates set full_name = %s, stage = 'to_schedule', phone_declined = true,
                  city_id = (select id from cities where name = %s)
           where id = (select candidate_id from contacts where chat_id = %s) returning id""",
        f"{first_name} Miller", city, somebody.person.id,
    )  # fmt: skip
    somebody.says("/my", asks)
    return somebody
