"""Where the page is after something was done in a long list."""

from datetime import timedelta
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import update

from recruitsmart import clock
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.slots.models import BookingStatus, Slot
from tests.panel import Company

pytestmark = pytest.mark.browser


def _people_to_decide_on(company: Company, count: int) -> None:
    standing = {"stage": Stage.SCREENING, "stage_since": clock.now()}
    for number in range(count):
        company.candidate(f"Анна Номер-{number}", company.moscow, **standing)


def _row(page: Page, number: int) -> Locator:
    """Of the list, by the name at its beginning."""
    return page.locator("li.card-row").filter(has=page.get_by_role("link", name=f"Анна Номер-{number}", exact=True))


def test_after_a_decision_the_list_is_where_it_was_and_the_keyboard_on_the_next_person(
    page: Page, company: Company
) -> None:
    _people_to_decide_on(company, 30)
    page.goto(urljoin(page.url, "/admin/screening/"))
    _row(page, 20).scroll_into_view_if_needed()
    before = _row(page, 20).bounding_box()
    _row(page, 20).get_by_role("button", name="Принять").click()

    expect(_row(page, 20)).to_have_count(0)
    expect(_row(page, 21)).to_be_focused()
    after = _row(page, 21).bounding_box()
    assert before and after
    assert after["y"] == pytest.approx(before["y"], abs=2)
    expect(page.get_by_role("status")).to_be_in_viewport()


def test_whose_outcome_was_noted_stays_under_the_keyboard(page: Page, company: Company) -> None:
    now = clock.now()
    for number in range(20):
        ends = now - timedelta(minutes=30 * number + 5)
        start = ends - timedelta(minutes=30)
        slot = Slot(recruiter=company.olga, starts_at=start, ends_at=ends, busy_until=ends)
        company.session.add(slot)
        booking = company.request(company.candidate(f"Анна Номер-{number}", company.moscow), slot)
        booking.status = BookingStatus.BOOKED
    company.session.commit()
    page.goto(urljoin(page.url, "/admin/bookings/?tab=upcoming"))
    _row(page, 1).get_by_role("button", name="пришёл", exact=True).click()

    expect(_row(page, 1).locator(".pill")).to_have_text("пришёл")
    expect(_row(page, 1)).to_be_focused()
    expect(_row(page, 1)).to_be_in_viewport()
    page.keyboard.press("Tab")
    expect(_row(page, 1).get_by_role("link", name="Анна Номер-1")).to_be_focused()


def test_what_could_not_be_done_is_said_on_top(page: Page, company: Company) -> None:
    _people_to_decide_on(company, 30)
    page.goto(urljoin(page.url, "/admin/screening/"))
    company.session.execute(update(Candidate).where(Candidate.full_name == "Анна Номер-20").values(stage="to_schedule"))
    company.session.commit()
    _row(page, 20).get_by_role("button", name="Принять").click()

    expect(page.get_by_role("alert")).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0
