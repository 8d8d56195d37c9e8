"""The calendar in a browser: a drag opens a filled-in form, an hour is moved with the keyboard alone."""

import re
from datetime import datetime, time, timedelta
from typing import Any
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from recruitsmart import clock
from recruitsmart.domain.slots.models import BookingStatus, Slot, SlotStatus
from tests.browser import NARROW, WIDE, broken_rules
from tests.panel import Company

pytestmark = pytest.mark.browser
MOSCOW = ZoneInfo("Europe/Moscow")


@pytest.fixture
def tuesday() -> datetime:
    """Ten in the morning in Moscow, on the Tuesday of a week that is wholly ahead."""
    today = clock.now().astimezone(MOSCOW).date()
    return datetime.combine(today + timedelta(days=8 - today.weekday() + 7), time(10), MOSCOW)


def _look(page: Page, company: Company, tuesday: datetime) -> Locator:
    """Olga's week; the stretch of its Tuesday."""
    page.goto(urljoin(page.url, f"/admin/calendar/?recruiter={company.olga.id}&week={tuesday:%G-W%V}"))
    return page.locator(f"[data-day='{tuesday.date()}']")


def _slot(company: Company, starts_at: datetime) -> Slot:
    ends_at = starts_at + timedelta(minutes=30)
    slot = Slot(recruiter=company.olga, starts_at=starts_at, ends_at=ends_at, busy_until=ends_at)
    company.session.add(slot)
    company.session.commit()
    return slot


def _starts(company: Company) -> list[datetime]:
    company.session.rollback()
    return [at.astimezone(MOSCOW) for at in company.session.scalars(select(Slot.starts_at).order_by(Slot.starts_at))]


def _drag(page: Page, begins: tuple[float, float], ends: tuple[float, float]) -> None:
    page.mouse.move(*begins)
    page.mouse.down()
    page.mouse.move(begins[0] + 2, (begins[1] + ends[1]) / 2, steps=3)
    page.mouse.move(*ends, steps=3)
    page.mouse.up()


def _plus(page: Page, day: datetime) -> Locator:
    return page.locator(f".day a[data-on='{day.date()}']")


def _middle(page: Page, day: Locator, hour: int, minute: int = 5) -> tuple[float, float]:
    """Where a time lies on the screen, in a day's column."""
    column, row = day.bounding_box(), page.locator(f"#row-{hour}-0").bounding_box()
    assert column is not None
    assert row is not None
    return column["x"] + column["width"] / 2, row["y"] + row["height"] * minute / 60


def _new_hour(page: Page, company: Company, tuesday: datetime) -> Locator:
    """The form of an hour, opened by a drag from eleven to twenty to twelve, with nothing in its way."""
    day = _look(page, company, tuesday)
    _drag(page, _middle(page, day, 11), _middle(page, day, 11, 40))
    form = page.locator("dialog:modal")
    expect(form.locator("[data-look]")).to_contain_text("Ничто не мешает")
    return form


def test_a_drag_over_an_empty_stretch_makes_an_hour_that_can_be_taken_back(
    page: Page, company: Company, tuesday: datetime
) -> None:
    form = _new_hour(page, company, tuesday)

    expect(form.get_by_label("Начало")).to_have_value("11:00")
    expect(form.get_by_label("Минут")).to_have_value("45")
    assert _starts(company) == []
    form.get_by_role("button", name="Открыть запись").click()
    expect(page.locator(".block")).to_contain_text("11:00–11:45")
    assert _starts(company) == [tuesday + timedelta(hours=1)]
    page.get_by_role("button", name="Убрать этот час").click()
    expect(page.locator(".block")).to_have_count(0)
    assert _starts(company) == []


def test_what_is_typed_stays_when_nothing_can_be_found_out_about_it(
    page: Page, company: Company, tuesday: datetime
) -> None:
    form = _new_hour(page, company, tuesday)

    page.context.clear_cookies()  # signed out elsewhere: a look is led to the login
    form.get_by_label("Минут").fill("50")

    expect(form.locator("[data-look]")).to_be_empty()
    expect(form.get_by_label("Минут")).to_have_value("50")


def test_a_place_on_the_sheet_is_a_time_of_the_calendars_zone_whichever_the_form_was_left_with(
    page: Page, company: Company, tuesday: datetime
) -> None:
    company.olga.cities.append(company.novosibirsk)
    company.session.commit()
    day = _look(page, company, tuesday)
    zone = page.locator("#new-hour").get_by_label("Часовой пояс")
    for begin in (lambda: _drag(page, _middle(page, day, 11), _middle(page, day, 11, 40)), _plus(page, tuesday).click):
        page.get_by_role("link", name="Новый час", exact=True).click()
        zone.select_option("Asia/Novosibirsk")
        page.keyboard.press("Escape")
        begin()
        expect(zone).to_have_value("Europe/Moscow")
        page.keyboard.press("Escape")


def test_an_hour_is_moved_with_the_keyboard_and_told_what_is_in_the_way(
    page: Page, company: Company, tuesday: datetime
) -> None:
    moved, other = _slot(company, tuesday), _slot(company, tuesday + timedelta(hours=3))
    _look(page, company, tuesday)
    page.locator(f"#hour-{moved.id} a").focus()
    page.keyboard.press("Enter")

    form = page.locator("dialog:modal")
    form.get_by_label("Начало").focus()
    for _ in range(3):
        page.keyboard.press("ArrowUp")
    expect(form.locator("[data-look] .note-bad")).to_contain_text("13:00–13:30")
    page.keyboard.press("ArrowUp")
    expect(form.locator("[data-look]")).to_contain_text("Ничто не мешает")
    page.keyboard.press("Enter")

    expect(page.locator(".note-good")).to_be_visible()
    assert _starts(company) == [other.starts_at, tuesday + timedelta(hours=4)]


def test_escape_leads_from_an_hour_back_to_where_it_stands(page: Page, company: Company, tuesday: datetime) -> None:
    slot = _slot(company, tuesday)
    block = _look(page, company, tuesday).locator(f"#hour-{slot.id} a")
    block.click()
    expect(page.locator("dialog:modal")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog:modal")).to_have_count(0)
    expect(block).to_be_focused()


def test_a_dragged_hour_asks_before_it_moves_and_escape_leaves_it(
    page: Page, company: Company, tuesday: datetime
) -> None:
    slot = _slot(company, tuesday)
    day = _look(page, company, tuesday)
    wednesday = page.locator(f"[data-day='{tuesday.date() + timedelta(days=1)}']")
    where = _middle(page, wednesday, 12, 10)

    _drag(page, _middle(page, day, 10, 10), where)
    expect(page.locator("dialog:modal").get_by_label("Начало")).to_have_value("12:00")
    page.keyboard.press("Escape")
    expect(page.locator("dialog:modal")).to_have_count(0)
    expect(page).not_to_have_url(re.compile("slot="))
    assert _starts(company) == [slot.starts_at]

    _drag(page, _middle(page, day, 10, 10), where)
    page.locator("dialog:modal").get_by_role("button", name="Перенести").click()
    expect(page.locator(".note-good")).to_be_visible()
    assert _starts(company) == [tuesday + timedelta(days=1, hours=2)]


def test_a_dragged_hour_with_people_is_a_question_that_leads_to_a_new_hour(
    page: Page, company: Company, tuesday: datetime
) -> None:
    slot = _slot(company, tuesday)
    company.request(company.candidate("Анна Иванова", company.moscow), slot)
    day = _look(page, company, tuesday)

    _drag(page, _middle(page, day, 10, 5), _middle(page, day, 14, 5))
    question = page.locator("dialog:modal")
    expect(question).to_contain_text("Записано на этот час: 1")
    question.get_by_role("link", name="Открыть другой час").click()

    expect(page.locator("dialog#new-hour:modal").get_by_label("Начало")).to_have_value("14:00")
    assert _starts(company) == [slot.starts_at]


@pytest.mark.parametrize("width", [1280, 920])
def test_all_that_stands_below_a_date_is_seen_on_a_small_screen(
    page: Page, company: Company, tuesday: datetime, width: int
) -> None:
    _slot(company, tuesday)
    _slot(company, tuesday + timedelta(hours=1)).status = SlotStatus.CLOSED
    company.session.commit()
    page.set_viewport_size({"width": width, "height": 800})
    _look(page, company, tuesday)
    top = page.locator(f".day-top:has(#day-{tuesday.date()})")
    expect(top).to_contain_text("закрыто: 1 Закрыть…")
    room = top.evaluate("one => [one.clientWidth - one.scrollWidth, one.clientHeight - one.scrollHeight]")
    words = top.locator(".day-more").evaluate("one => one.clientWidth - one.scrollWidth")
    assert min(*room, words) >= 0
    tops = [page.locator(drawn).evaluate("one => one.getBoundingClientRect().top") for drawn in ("#row-10-0", ".block")]
    assert abs(tops[0] - tops[1]) < 2


def test_a_phone_has_a_list_by_day_that_fits(page: Page, company: Company, tuesday: datetime) -> None:
    slot = _slot(company, tuesday)
    page.set_viewport_size(NARROW)
    _look(page, company, tuesday)
    expect(page.locator(f"#hour-{slot.id}")).to_be_visible()
    expect(page.locator(".lines")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]
    _plus(page, tuesday).click()
    expect(page.locator("dialog:modal").get_by_label("День")).to_have_value(str(tuesday.date()))


def test_on_a_phone_what_came_of_an_act_is_seen(page: Page, company: Company, tuesday: datetime) -> None:
    made = _slot(company, tuesday)
    monday = datetime.combine(clock.now().astimezone(MOSCOW), time(0), MOSCOW)
    monday -= timedelta(days=monday.weekday())
    for hours in (*range(12), *range(6 * 24, 6 * 24 + 12)):  # what is above today and below it
        _slot(company, monday + timedelta(hours=hours))
    page.set_viewport_size(NARROW)
    page.goto(urljoin(page.url, f"/admin/calendar/?recruiter={company.olga.id}&made={made.id}"))
    with page.expect_navigation():  # to its end, when the scripts have run
        page.get_by_role("button", name="Убрать этот час").click()
    expect(page.locator(".note-good")).to_be_in_viewport()


@pytest.mark.parametrize("viewport", [WIDE, NARROW])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_week_and_its_forms_keep_to_wcag(
    page: Page, company: Company, tuesday: datetime, viewport: Any, scheme: Any
) -> None:
    free, taken, asked = (_slot(company, tuesday + timedelta(hours=hours)) for hours in range(3))
    company.request(company.candidate("Анна Иванова", company.moscow), asked)
    company.request(company.candidate("Пётр Петров", company.moscow), taken).status = BookingStatus.CONFIRMED
    company.session.commit()
    page.set_viewport_size(viewport)
    page.emulate_media(color_scheme=scheme)
    _look(page, company, tuesday)
    faults = broken_rules(page)
    for slot in (free, taken):
        page.locator(f"#hour-{slot.id} .block-time").click()
        expect(page.locator("dialog:modal")).to_be_visible()
        faults += broken_rules(page)
        page.keyboard.press("Escape")
    assert faults == []
