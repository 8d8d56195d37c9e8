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
