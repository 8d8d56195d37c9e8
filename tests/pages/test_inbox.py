"""A conversation in a browser: where it opens."""

from datetime import timedelta
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from recruitsmart.domain.chats.models import Chat, ChatLine, Reason
from tests.panel import NOW, Company

pytestmark = pytest.mark.browser

UNREAD_FROM = 20  # of 40 lines, a minute each


def _conversation(company: Company, *, is_unread: bool) -> str:
    anna = company.candidate("Анна Иванова", company.moscow)
    said = [
        ChatLine(candidate_id=anna.id, text=f"Строка {number}", said_at=NOW + timedelta(minutes=number))
        for number in range(40)
    ]
    since = said[UNREAD_FROM].said_at if is_unread else None
    company.session.add_all(said)
    company.session.add(Chat(candidate=anna, reason=Reason.ASKED, opened_at=NOW, unread_since=since, said_at=NOW))
    company.session.commit()
    return f"/admin/inbox/{anna.reference}"


def test_a_conversation_opens_at_the_first_line_that_is_unread(page: Page, company: Company) -> None:
    page.goto(urljoin(page.url, _conversation(company, is_unread=True)))
    expect(page.get_by_text(f"Строка {UNREAD_FROM}", exact=True)).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("Строка 10", exact=True)).not_to_be_in_viewport()
    expect(page.get_by_text("Строка 39", exact=True)).not_to_be_in_viewport()


def test_one_that_was_answered_opens_at_its_end(page: Page, company: Company) -> None:
    page.goto(urljoin(page.url, _conversation(company, is_unread=False)))
    expect(page.get_by_text("Строка 39", exact=True)).to_be_in_viewport(ratio=1)
