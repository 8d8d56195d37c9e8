"""A recruiter's day in a browser, at a desk and on a phone."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session

from recruitsmart import clock
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.models import Account, City, Recruiter
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose, Slot
from tests.browser import NARROW, WIDE, chromium, sign_in, watched_page
from tests.journeys.people import Applicant
from tests.simulator import Simulator
from tests.system import PASSWORD, System

pytestmark = pytest.mark.browser

MANY = 10


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def database(system: System) -> Iterator[Session]:
    engine = create_engine(system.database_url.replace("postgresql://", "postgresql+psycopg2://"))
    with Session(engine) as session:
        yield session
        session.execute(update(Account).values(language="ru"))  # the system serves other tests too
        session.commit()
    engine.dispose()


@pytest.mark.parametrize(("mark", "viewport"), [("Desk", WIDE), ("Phone", NARROW)])
def test_a_day(
    browser: Browser, system: System, simulator: Simulator, database: Session, mark: str, viewport: dict[str, int]
) -> None:
    asking = [_asks_for_an_hour(simulator, f"{name} {mark}") for name in ("Rita", "Rolf")]
    met = _met_today(database, mark)
    waiting = [_stands(database, f"Many {number} {mark}", Stage.TO_SCHEDULE, source=mark) for number in range(MANY)]
    reviewed = _stands(database, f"Nora {mark}", Stage.SCREENING, source=f"{mark}-board")
    with watched_page(browser, system.url, viewport) as page:
        sign_in(page, system.url, "admin", PASSWORD)
        _chooses_english(page)
        _approves(page, asking, mark)
        _notes_how_it_went(page, met)
        _moves_on_the_board(page, system.url, reviewed, by_dragging=viewport == WIDE)
        _makes_a_week_of_hours(page, system.url, met.slot.recruiter)
        _rejects_all_that_match(page, system.url, mark)
        _takes_them_along(page, system.url, mark, waiting)
        _menu(page)
        page.get_by_role("button", name="Sign out").click()
        expect(page).to_have_url(re.compile("/login"))
    for one in asking:
        one.hears("is booked")
    database.expire_all()
    assert met.status == BookingStatus.ATTENDED
    assert reviewed.stage == Stage.TO_SCHEDULE
    assert {one.outcome for one in waiting} == {"rejected"}


def _asks_for_an_hour(simulator: Simulator, name: str) -> Applicant:
    somebody = Applicant(simulator, name.split()[0])
    days = somebody.answers_test1(somebody.registers(name, city="Москва"))
    hours = somebody.presses(days["buttons"][0][0]["text"], "Choose a time")
    somebody.presses(hours["buttons"][0][0]["text"], "has been sent")
    return somebody


def _stands(database: Session, name: str, stage: Stage, **values: Any) -> Candidate:
    now = clock.now()
    city = database.scalars(select(City).where(City.name == "Москва")).one()
    candidate = Candidate(
        full_name=name, stage=stage, stage_since=now, created_at=now, language="en", city=city, **values
    )  # fmt: skip
    database.add(candidate)
    database.commit()
    return candidate


def _met_today(database: Session, mark: str) -> Booking:
    """A meeting that began a moment ago, yet today."""
    candidate = _stands(database, f"Mona {mark}", Stage.INTERVIEW)
    now = clock.now()
    midnight = now.astimezone(ZoneInfo("Europe/Moscow")).replace(hour=0, minute=0, second=0, microsecond=0)
    start = max(now - timedelta(minutes=10), midnight)
    recruiter = Recruiter(name=f"Olaf {mark}", time_zone="Europe/Moscow", cities=[candidate.city])
    end = start + timedelta(minutes=30)
    slot = Slot(recruiter=recruiter, starts_at=start, ends_at=end, busy_until=end)
    booking = Booking(
        slot=slot, candidate=candidate, purpose=Purpose.INTERVIEW, slot_capacity=1, seat=1, created_at=now,
        status=BookingStatus.BOOKED, time_zone="Europe/Moscow",
    )  # fmt: skip
    database.add_all([recruiter, slot, booking])
    database.commit()
    return booking


def _menu(page: Page) -> None:
    """On a phone the menu is folded."""
    if page.get_by_text("Menu", exact=True).is_visible():
        page.get_by_text("Menu", exact=True).click()


def _chooses_english(page: Page) -> None:
    if page.locator("html").get_attribute("lang") == "en":
        return
    if page.get_by_text("Меню", exact=True).is_visible():
        page.get_by_text("Меню", exact=True).click()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")


def _approves(page: Page, asking: list[Applicant], mark: str) -> None:
    mine = page.get_by_role("region", name="Requests").get_by_role("listitem").filter(has_text=mark)
    for left in reversed(range(len(asking))):
        mine.get_by_role("button", name="Approve").first.click()
        expect(mine).to_have_count(left)


def _notes_how_it_went(page: Page, met: Booking) -> None:
    meeting = page.locator(f"#meeting-{met.id}")
    meeting.get_by_role("button", name="attended", exact=True).click()
    expect(meeting.locator(".pill").first).to_have_text("attended")


def _moves_on_the_board(page: Page, url: str, person: Candidate, *, by_dragging: bool) -> None:
    page.goto(f"{url}/admin/board/?source={person.source}")
    card, column = page.locator(f"#card-{person.reference}"), page.locator('[data-stage="to_schedule"]')
    if by_dragging:
        card.drag_to(column)
    else:
        card.get_by_text("To another stage…").click()
        card.get_by_role("button", name="Move on").click()
    expect(column.locator(f"#card-{person.reference}")).to_be_visible()


def _makes_a_week_of_hours(page: Page, url: str, recruiter: Recruiter) -> None:
    page.goto(f"{url}/admin/series/")
    page.get_by_label(recruiter.name).check()
    monday = clock.now().date() + timedelta(days=7 + (7 - clock.now().weekday()) % 7)
    page.get_by_label("First day").fill(monday.isoformat())
    page.get_by_label("Last day").fill((monday + timedelta(days=6)).isoformat())
    page.get_by_label("From", exact=True).fill("10:00")
    page.get_by_label("Until", exact=True).fill("12:00")
    page.get_by_label("Minutes", exact=True).fill("30")
    page.get_by_role("button", name="Show what will be made").click()
    page.get_by_role("button", name=re.compile("^Make")).click()
    expect(page.get_by_role("status")).to_contain_text("20")


def _rejects_all_that_match(page: Page, url: str, mark: str) -> None:
    page.goto(f"{url}/admin/candidates/?source={mark}")
    page.get_by_label(f"all that match: {MANY}").check()
    page.get_by_label("What to do").select_option("reject")
    page.get_by_role("button", name="Go on", exact=True).click()
    page.get_by_label("Why? The reason stays in the history.").fill("the office closes")
    page.get_by_role("button", name="Show what will happen").click()
    page.get_by_role("button", name=re.compile(f"{MANY}")).click()
    expect(page.locator("main")).to_contain_text(re.compile("has finished"), timeout=30_000)


def _takes_them_along(page: Page, url: str, mark: str, people: list[Candidate]) -> None:
    page.goto(f"{url}/admin/exports/?source={mark}")
    with page.expect_download() as download:
        page.get_by_role("button", name="Take along as CSV").click()
    content = download.value.path().read_text(encoding="utf-8-sig")
    assert all(str(person.full_name) in content for person in people)
