"""The list of questions in a browser: a question is dragged to another place, and the place is kept."""

from urllib.parse import urljoin

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from recruitsmart.domain.assessments.models import Question, Test
from recruitsmart.domain.assessments.shipped import load_shipped_tests
from tests.browser import broken_rules
from tests.panel import Company

pytestmark = pytest.mark.browser


def _ids(company: Company) -> list[int]:
    company.session.rollback()
    of_test = select(Question.id).join(Test).where(Test.key == "test2", Question.deleted_at.is_(None))
    return list(company.session.scalars(of_test.order_by(Question.position)))


def _ids_and_rows(page: Page, company: Company) -> tuple[list[int], Locator]:
    """The questions of the exam as they are kept, and as its page lists them."""
    load_shipped_tests(company.session)
    company.session.commit()
    page.goto(urljoin(page.url, "/admin/tests/test2"))
    return _ids(company), page.locator("[data-question]")


def test_a_question_is_dragged_to_another_place(page: Page, company: Company) -> None:
    before, rows = _ids_and_rows(page, company)
    third, first = rows.nth(2), rows.nth(0)
    third.locator("[data-grip]").drag_to(first, target_position={"x": 40, "y": 4})
    expect(page.locator(".note-good")).to_be_visible()
    expect(rows.nth(0)).to_have_attribute("data-question", str(before[2]))
    assert _ids(company) == [before[2], before[0], before[1], *before[3:]]
    assert broken_rules(page) == []


def test_a_question_that_is_dropped_nowhere_goes_back_to_its_place(page: Page, company: Company) -> None:
    before, rows = _ids_and_rows(page, company)
    rows.nth(2).locator("[data-grip]").hover()
    page.mouse.down()
    for y in (8, 4):  # the first move only begins the drag
        rows.nth(0).hover(position={"x": 40, "y": y})
    expect(rows.nth(0)).to_have_attribute("data-question", str(before[2]))
    page.keyboard.press("Escape")
    page.mouse.up()
    expect(rows.nth(2)).to_have_attribute("data-question", str(before[2]))
    assert _ids(company) == before


def test_a_preview_that_can_no_longer_follow_offers_its_button(trying_page: Page, company: Company) -> None:
    load_shipped_tests(company.session)
    company.session.commit()
    page = trying_page
    page.goto(urljoin(page.url, f"/admin/tests/test2/questions/{_ids(company)[0]}"))
    button = page.locator("[data-preview-button]")
    expect(button).to_be_hidden()
    page.context.clear_cookies()  # signed out elsewhere
    page.locator("#text-ru").fill("Что вы скажете?")
    expect(button).to_be_visible()
    expect(page.locator("[data-bubbles]")).not_to_contain_text("Что вы скажете?")


def test_the_answers_of_a_question_can_be_read_whole(page: Page, company: Company) -> None:
    load_shipped_tests(company.session)
    company.session.commit()
    page.goto(urljoin(page.url, f"/admin/tests/test2/questions/{_ids(company)[0]}"))
    answers = page.locator("tbody input[name*='-label-']")
    expect(answers.first).to_have_value("Спросить, кто в семье принимает решения")
    cut = answers.evaluate_all("all => all.filter(one => one.scrollWidth > one.clientWidth).map(one => one.value)")
    assert cut == []
    page.click("[data-add-option]")
    expect(answers.nth(-2)).to_be_focused()
