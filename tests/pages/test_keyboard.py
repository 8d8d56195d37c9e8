"""Whoever works without a mouse sees where the keyboard is."""

from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page

from tests.panel import Company

pytestmark = pytest.mark.browser

FOCUSED = "document.activeElement.outerHTML.slice(0, 80)"
# In a date field the key also reaches the browser's own button, with an outline of its own; then the field has none.
HAS_NO_OUTLINE = (
    "getComputedStyle(document.activeElement).outlineStyle === 'none' && document.activeElement.type !== 'date'"
)


@pytest.mark.parametrize("path", ["/admin/candidates/", "/admin/calendar/", "/admin/today/", "/admin/texts/greeting"])
def test_everything_the_tab_key_reaches_is_outlined(page: Page, company: Company, path: str) -> None:
    company.candidate("Анна Иванова", company.moscow)
    page.goto(urljoin(page.url, path))
    reached, unseen = set(), set()
    for _ in range(80):
        page.keyboard.press("Tab")
        reached.add(page.evaluate(FOCUSED))
        if page.evaluate(f"document.activeElement !== document.body && {HAS_NO_OUTLINE}"):
            unseen.add(page.evaluate(FOCUSED))
    assert len(reached) > 20
    assert unseen == set()
