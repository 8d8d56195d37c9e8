"""My Telegram, and the list of recruiters: who is told things in Telegram, and who no longer is."""

from typing import Any

import pytest

from recruitsmart.domain.directory.models import Role
from tests.panel import NOW, Company, Person, queries_counted

BLOCKED = {"unreachable_since": NOW, "unreachable_reason": "blocked the bot"}


@pytest.fixture
def blocked(admin: Person, company: Company) -> None:
    company.account("darya", Role.RECRUITER, company.darya, chat_id=77, **BLOCKED)


def test_ones_own_page_says_since_when_nothing_arrives_and_what_to_do(app: Any, blocked: None) -> None:
    darya = Person(app.test_client())
    darya.sign_in("darya")
    page = darya.get("/admin/telegram/").text
    assert "Сообщения туда не доходят с 23 нояб. 2026" in page and "заблокировал(а) бота" in page


def test_the_list_of_recruiters_says_who_is_told_and_who_is_not(admin: Person, blocked: None, company: Company) -> None:
    page = admin.get("/admin/recruiters/").text
    assert "нет связи" in page and "заблокировал(а) бота, с 23 нояб. 2026" in page
    assert "не привязан" in page


def test_the_list_of_recruiters_costs_the_same_however_long(
    app: Any, admin: Person, blocked: None, company: Company
) -> None:
    with queries_counted(app) as few:
        admin.get("/admin/recruiters/")
    company.account("olga", Role.RECRUITER, company.olga, chat_id=78, **BLOCKED)
    with queries_counted(app) as many:
        admin.get("/admin/recruiters/")
    assert len(many) == len(few)
