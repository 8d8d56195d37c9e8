"""The board in a browser: a card moves by dragging and by its menu, but not over the head of a colleague."""

from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page, expect

from recruitsmart.domain.candidates.stages import Stage
from tests.panel import Company

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("by_dragging", [True, False])
def test_a_card_that_a_colleague_moved_is_shown_where_it_is_before_it_moves_on(
    page: Page, company: Company, by_dragging: bool
) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    page.goto(urljoin(page.url, "/admin/board/"))
    anna.stage = Stage.TEST2
    company.session.commit()
    card, there = page.locator(f"#card-{anna.reference}"), page.locator('[data-stage="test2"]')
    wanted = page.locator('[data-stage="to_schedule"]')

    def move() -> None:
        if by_dragging:
            card.drag_to(wanted)
            return
        card.locator("summary").click()
        card.locator("select").select_option("to_schedule")
        card.locator("button").click()

    move()
    expect(there.locator(card).get_by_role("alert")).to_contain_text("изменил кто-то другой")
    assert company.now(anna).stage == Stage.TEST2

    move()
    expect(wanted.locator(card)).to_be_visible()
    assert company.now(anna).stage == Stage.TO_SCHEDULE
