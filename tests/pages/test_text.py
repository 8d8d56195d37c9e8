"""The page of a text in a browser: the preview follows what is typed, and nothing typed is lost for it."""

import re
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from recruitsmart.domain.messaging.models import TextOverride
from tests.panel import Company

pytestmark = pytest.mark.browser


@pytest.fixture
def text_page(page: Page, company: Company) -> Page:
    company.candidate("Анна Иванова", company.moscow)
    page.goto(urljoin(page.url, "/admin/texts/booking.booked"))
    return page


def _saved(company: Company) -> list[str | None]:
    company.session.rollback()
    return list(company.session.scalars(select(TextOverride.body).order_by(TextOverride.version)))


def test_the_preview_follows_what_is_typed_and_only_save_saves(text_page: Page, company: Company) -> None:
    page = text_page
    bubble = page.locator("[data-text-preview] .bubble").first

    page.fill("#body", "Ждём <b>{{ day }}</b>")
    expect(bubble).to_have_text("Ждём Вторник, 24 ноября")
    page.fill("#body", "Ждём <b>{{ day }}")
    expect(page.locator("[data-text-preview] .field-error")).to_contain_text("не закрыт")

    page.fill("#body", "Ждём вас, ")
    page.click("button[data-insert='{{ city }}']")
    expect(page.locator("#body")).to_have_value("Ждём вас, {{ city }}")
    expect(bubble).to_have_text("Ждём вас, Москва")

    page.fill("#who", "Иванова")
    page.press("#who", "Enter")
    page.get_by_label("Анна Иванова").check()
    expect(page.locator("[data-text-preview] .bubble").last).to_have_text("Ждём вас, Москва")
    assert _saved(company) == []
    expect(page.locator("#body")).to_have_value("Ждём вас, {{ city }}")

    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator(".note-good")).to_be_visible()
    assert _saved(company) == ["Ждём вас, {{ city }}"]


def test_choosing_a_city_goes_nowhere_before_it_is_to_be_shown(text_page: Page, company: Company) -> None:
    asked: list[str] = []
    text_page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    text_page.fill("#body", "Ждём вас")
    text_page.locator("#city").focus()
    for _ in range(2):
        text_page.keyboard.press("ArrowDown")
    expect(text_page.locator("#city")).to_have_value(str(company.novosibirsk.id))
    assert asked == []

    text_page.get_by_role("button", name="Показать").click()
    expect(text_page).to_have_url(re.compile(f"city={company.novosibirsk.id}"))
    assert asked == ["beforeunload"]
