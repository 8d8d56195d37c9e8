"""From a card back to the list, in a browser."""

from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from tests.panel import Company

pytestmark = pytest.mark.browser


def test_the_way_back_from_a_card_keeps_what_the_list_was_narrowed_to(page: Page, company: Company) -> None:
    company.candidate("Анна Иванова", company.moscow)
    company.candidate("Борис Лис", company.moscow)
    page.goto(urljoin(page.url, f"/admin/candidates/?q=Борис&city={company.moscow.id}"))
    page.get_by_role("link", name="Борис Лис").click()
    page.reload()  # an act on the card comes back to the card
    page.get_by_role("link", name="← Кандидаты").click()
    expect(page.locator("#q")).to_have_value("Борис")
    expect(page.get_by_role("link", name="Анна Иванова")).to_have_count(0)

    page.get_by_role("link", name="Кандидаты", exact=True).click()
    expect(page.get_by_role("link", name="Анна Иванова")).to_have_count(1)
