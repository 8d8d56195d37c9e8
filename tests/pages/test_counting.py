"""Analytics of a long period, in a browser."""

from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.panel import Company

pytestmark = pytest.mark.browser


def test_numbers_of_a_long_period_appear_by_themselves(app: Any, page: Page, company: Company) -> None:
    app.extensions["recruitsmart.counted"].patience_seconds = 0
    company.session.execute(text("lock table slots in access exclusive mode"))
    page.goto(urljoin(page.url, "/admin/analytics/?from=2020-01-01"))
    expect(page.get_by_role("status")).to_contain_text("Долгий период подсчитывается")
    company.session.commit()
    expect(page.get_by_text("Числа за долгий период пересчитываются")).to_be_visible()
    expect(page.get_by_role("status")).to_have_count(0)


def test_numbers_that_do_not_come_are_asked_for_ever_more_seldom_and_not_by_a_hidden_page(
    app: Any, trying_page: Page, company: Company
) -> None:
    page = trying_page
    page.clock.install()
    app.extensions["recruitsmart.counted"].patience_seconds = 0
    company.session.execute(text("lock table slots in access exclusive mode"))
    page.goto(urljoin(page.url, "/admin/analytics/?from=2020-01-01"))
    expect(page.get_by_role("status")).to_contain_text("Долгий период подсчитывается")
    company.session.commit()
    looks: list[str] = []
    page.route("**/analytics/**", lambda route: (looks.append(route.request.url), route.abort()))
    page.evaluate("Object.defineProperty(document, 'hidden', { configurable: true, value: true })")
    page.clock.run_for(60_000)
    assert looks == []
    page.evaluate("delete document.hidden")
    for _ in range(120):
        page.clock.run_for(500)
    assert 5 < len(looks) < 20
