"""The words of a planned message are fetched when somebody opens them, on the list and on the card."""

import re
from datetime import timedelta
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from recruitsmart import clock
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.slots.operations import approve
from tests.browser import NARROW, broken_rules
from tests.panel import NOW, Company

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("where", ["/admin/messages/planned", "/admin/candidates/{}"])
def test_planned_words_open_in_place(page: Page, company: Company, where: str) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    slot = company.slot(company.olga, hours_ahead=(clock.now() - NOW) / timedelta(hours=1) + 50)
    booking = company.request(anna, slot)
    approve(company.session, booking.id, actor=SYSTEM, now=clock.now())
    company.session.commit()
    page.set_viewport_size(NARROW)
    page.goto(urljoin(page.url, where.format(anna.reference)))
    box = page.locator("details[data-planned]").first
    box.locator("summary").click()
    expect(box.locator(".bubble")).to_have_text(re.compile("Ольга Миронова|Анна Иванова"))
    assert broken_rules(page) == []
