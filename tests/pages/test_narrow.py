"""What a phone and a small laptop show, and what a small box of a page shows of much."""

from typing import Any
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page
from sqlalchemy.orm import Session, object_session

from recruitsmart.domain.chats.operations import jot
from tests.browser import NARROW
from tests.factories import add_message
from tests.panel import Company

pytestmark = pytest.mark.browser


def test_a_long_name_keeps_clear_of_the_box_to_tick(page: Page, company: Company) -> None:
    company.candidate("Константин Константинопольский-Преображенский", company.moscow)
    page.set_viewport_size(NARROW)
    page.goto(urljoin(page.url, "/admin/candidates/"))
    name, tick = (_box(page, f"tr.ticked-row {part}") for part in ("a", "td.ticks label"))
    assert name["x"] + name["width"] <= tick["x"] or name["y"] >= tick["y"] + tick["height"]


@pytest.mark.parametrize("path", ["candidates/", "messages/", "recruiters/"])
def test_a_small_laptop_shows_every_column(page: Page, company: Company, path: str) -> None:
    long = company.candidate("Wolfeschlegelsteinhausenbergerdorff Konstantinopolitanischdudelsack", company.moscow)
    company.candidate("Мария-Александра Константинопольская-Преображенская", company.novosibirsk, phone="+79990000001")
    company.moscow.name = "Санкт-Петербург"
    session = object_session(long)
    assert isinstance(session, Session)
    add_message(session, chat_id=long.contact.chat_id, body="Добрый день! " * 10, kind="exam.invite")
    session.commit()
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(urljoin(page.url, f"/admin/{path}"))
    assert (
        page.evaluate("document.querySelector('.sheet').scrollWidth - document.querySelector('.sheet').clientWidth")
        <= 0
    )


def test_a_card_opens_with_the_newest_words_in_sight(page: Page, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    session = object_session(anna)
    assert isinstance(session, Session)
    for number in range(6):
        jot(session, anna.id, text=f"Вопрос {number}\n" * 5, now=anna.created_at)
    session.commit()
    page.goto(urljoin(page.url, f"/admin/candidates/{anna.reference}"))
    thread, newest = _box(page, "[data-thread]"), _box(page, "[data-thread] li:last-child")
    assert newest["y"] + newest["height"] <= thread["y"] + thread["height"]


def _box(page: Page, selector: str) -> dict[str, Any]:
    box = page.locator(selector).bounding_box()
    assert box is not None
    return dict(box)
