"""Every page of the panel that a link leads to: no rule of axe broken, nothing cut off on a phone, light and dark."""

import re
from collections.abc import Iterator
from urllib.parse import urljoin, urlsplit

import pytest
from playwright.sync_api import Browser, Page
from sqlalchemy import create_engine, text

from tests.browser import NARROW, WIDE, broken_rules, chromium, sign_in, watched_page
from tests.journeys.people import Applicant
from tests.simulator import Simulator
from tests.system import PASSWORD, System

pytestmark = pytest.mark.browser

LEAST_PAGES = 40
NO_PAGE = re.compile(r"\.(csv|xlsx|toml|svg|ics)$|/export/|/sheet/|/file$")
IDENTITY = re.compile(r"(?<=/texts/)[^/]+|(?<=/)(?:\d[\w-]*|[A-Za-z0-9_-]{16,})(?=/|$)")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


# An introductory day that has just begun, with somebody of each kind on its list.
GROUP = """
with day as (
    update slots set starts_at = now(), ends_at = now() + interval '3 hours', busy_until = now() + interval '3 hours'
    where id = (select min(id) from slots where purpose = 'intro_day') returning id, purpose, capacity
), people as (
    insert into candidates (reference, full_name, phone, city_id, language, stage, stage_since, outcome, created_at)
    select 'group-of-today-' || status, 'Greta ' || status, '+79001234567', 1, 'en', 'intro_day', now(), 'active', now()
    from unnest(array['booked', 'attended', 'no_show']) as status returning id, full_name
)
insert into bookings (slot_id, purpose, slot_capacity, seat, candidate_id, status, created_at, ended_at, time_zone,
                      calendar_uid)
select day.id, day.purpose, day.capacity, row_number() over (), people.id, split_part(full_name, ' ', 2), now(),
       case when full_name <> 'Greta booked' then now() end, 'Europe/Moscow', full_name
from day, people
"""


@pytest.fixture(scope="module")
def people(system: System, simulator: Simulator) -> None:
    """Somebody at the beginning, somebody who waits for approval, somebody with an hour, a group that comes today."""
    engine = create_engine(system.database_url.replace("postgresql://", "postgresql+psycopg2://"))
    with engine.begin() as connection:
        connection.execute(text(GROUP))
    engine.dispose()
    Applicant(simulator, "Vera").registers("Vera Short")
    for name, city in (("Pavel Pending", "Москва"), ("Bella Booked", "Санкт-Петербург")):
        somebody = Applicant(simulator, name.split()[0])
        days = somebody.answers_test1(somebody.registers(name, city=city))
        hours = somebody.presses(days["buttons"][0][0]["text"], "Choose a time")
        somebody.presses(hours["buttons"][0][0]["text"], "is booked" if city != "Москва" else "has been sent")


@pytest.mark.usefixtures("people")
def test_every_page_keeps_to_wcag_and_fits_a_phone(browser: Browser, system: System) -> None:
    with watched_page(browser, system.url, WIDE) as page:
        page.goto(f"{system.url}/login")
        faults = [f"/login: {rule}" for rule in broken_rules(page)]
        sign_in(page, system.url, "admin", PASSWORD)
        seen: dict[str, str] = {}
        waiting = [urlsplit(page.url).path]
        while waiting:
            address = waiting.pop(0)
            if (shape := IDENTITY.sub("*", urlsplit(address).path)) in seen:
                continue
            seen[shape] = address
            page.goto(urljoin(system.url, address))
            waiting += _links(page)
            faults += [f"{address}: {fault}" for fault in _faults(page)]
    assert faults == [], f"{len(faults)} faults on {len(seen)} pages:\n" + "\n".join(faults[:40])
    assert "/admin/intro-days/*" in seen
    assert len(seen) >= LEAST_PAGES, "\n".join(seen.values())


def _links(page: Page) -> list[str]:
    addresses = page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
    inside = [urlsplit(address) for address in addresses if urlsplit(address).netloc == urlsplit(page.url).netloc]
    return [
        parts._replace(scheme="", netloc="", fragment="").geturl()
        for parts in inside
        if parts.path.startswith("/admin") and not NO_PAGE.search(parts.path)
    ]


def _faults(page: Page) -> list[str]:
    """Wide and light, then narrow and dark; what can be unfolded is unfolded."""
    page.eval_on_selector_all("main details", "all => all.forEach(each => { each.open = true })")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(WIDE)
    faults = [f"light, wide: {rule}" for rule in broken_rules(page)]
    page.emulate_media(color_scheme="dark")
    page.set_viewport_size(NARROW)
    faults += [f"dark, narrow: {rule}" for rule in broken_rules(page)]
    width = page.evaluate("document.documentElement.scrollWidth")
    return faults + ([f"is {width} px wide on a phone of {NARROW['width']}"] if width > NARROW["width"] else [])
