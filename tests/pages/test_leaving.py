"""Leaving a page with words in it, in a browser: whoever would lose them is asked, and may go on after staying."""

from datetime import timedelta
from urllib.parse import urljoin

import pytest
from playwright.sync_api import Dialog, Page, expect

from recruitsmart import clock
from recruitsmart.domain.slots.models import Slot
from tests.panel import Company

pytestmark = pytest.mark.browser


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The questions whether to leave, each answered with “stay”."""
    asked: list[str] = []

    def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    page.on("dialog", stay)
    return asked


def test_whoever_stays_can_press_the_same_button_again(page: Page, company: Company, asked: list[str]) -> None:
    page.goto(urljoin(page.url, "/admin/texts/booking.booked"))
    page.fill("#body", "Ждём вас")
    for _ in range(2):
        page.get_by_role("button", name="English").click()
    assert asked == ["beforeunload"] * 2

    page.get_by_role("button", name="Сохранить").click()
    expect(page.locator(".note-good")).to_be_visible()
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    assert asked == ["beforeunload"] * 2


def test_words_of_a_refused_form_are_not_lost_in_silence(page: Page, company: Company, asked: list[str]) -> None:
    page.goto(urljoin(page.url, "/admin/texts/booking.booked"))
    page.fill("#body", "Ждём <b>вас")
    with page.expect_navigation():  # to its end, when the scripts have run
        page.get_by_role("button", name="Сохранить").click()
    expect(page.locator("main > .notes")).to_be_visible()
    assert asked == []
    page.get_by_role("link", name="← Тексты").click()
    assert asked == ["beforeunload"]
    expect(page.locator("#body")).to_have_value("Ждём <b>вас")


def test_a_reason_typed_anywhere_is_not_lost_in_silence(page: Page, company: Company, asked: list[str]) -> None:
    begins = clock.now() + timedelta(days=2)
    ends = begins + timedelta(minutes=30)
    slot = Slot(recruiter=company.olga, starts_at=begins, ends_at=ends, busy_until=ends)
    company.request(company.candidate("Анна Иванова", company.moscow), slot)
    page.goto(urljoin(page.url, f"/admin/closing/?slot={slot.id}"))
    page.fill("#reason", "Заболела")
    page.get_by_role("link", name="Оставить открытыми").click()
    assert asked == ["beforeunload"]
    page.get_by_role("button", name="Закрыть и всем сообщить").click()
    expect(page.locator(".note-good")).to_be_visible()
    assert asked == ["beforeunload"]
