"""Files taken along, in a browser: the page stays, and gives another one."""

from urllib.parse import urljoin

import pytest
from playwright.sync_api import Page

from tests.panel import Company

pytestmark = pytest.mark.browser


def test_after_one_file_the_same_page_gives_another(page: Page, company: Company) -> None:
    company.candidate("Анна Иванова", company.moscow)
    page.goto(urljoin(page.url, "/admin/exports/"))
    for kind in ("csv", "xlsx", "csv"):
        with page.expect_download() as taken:
            page.get_by_role("button", name=kind.upper()).click()
        assert taken.value.suggested_filename.endswith(f".{kind}")


def test_the_data_of_a_person_can_be_taken_along_twice(page: Page, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    page.goto(urljoin(page.url, f"/admin/candidates/{anna.reference}"))
    page.get_by_text("Выгрузить, удержать или удалить").click()
    for _ in range(2):
        with page.expect_download():
            page.get_by_role("button", name="Выгрузить файлом").click()
