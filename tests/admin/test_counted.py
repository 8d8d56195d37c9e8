"""The numbers of a long period are counted aside and kept for five minutes: for whom, how long, what the page says."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DataError

from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.pipeline.funnel import GroupBy
from recruitsmart.domain.pipeline.periods import Period
from tests.admin.test_analytics import PATH, start
from tests.panel import Company, Person, queries_counted

YEAR = {"from": "2025-11-25"}
TWO_MONTHS, LONGER = {"from": "2026-09-23"}, {"from": "2026-09-22"}  # 62 days until the tests' today, and 63
AT_ONCE = 3


def counts(statements: list[str]) -> int:
    """How often a funnel was counted."""
    return sum("bit_or" in statement for statement in statements)


def test_a_long_period_is_counted_anew_after_five_minutes(admin: Person, company: Company, clock: Any) -> None:
    start(company, company.moscow, source="avito")
    first = admin.get(PATH, **YEAR).text
    assert "avito" in first
    assert "Подсчитано: 23 нояб. 2026, 12:00 UTC+3. Числа за долгий период" in first
    start(company, company.moscow, source="friend")
    clock.tick(timedelta(minutes=5, seconds=-1))
    soon = admin.get(PATH, **YEAR).text
    assert ("friend" in soon, "12:00 UTC+3" in soon) == (False, True)
    assert "friend" not in admin.get(f"{PATH}export.csv", **YEAR).text  # the file says what the page said
    clock.tick(timedelta(seconds=1))
    later = admin.get(PATH, **YEAR).text
    assert ("friend" in later, "12:05 UTC+3" in later) == (True, True)


def test_two_months_are_counted_at_every_look(app: Flask, admin: Person, company: Company) -> None:
    start(company, company.moscow, source="avito")
    for query, often in ((TWO_MONTHS, 2), (LONGER, 1)):
        with queries_counted(app) as statements:
            pages = [admin.get(PATH, **query).text for _ in range(2)]
        assert counts(statements) == often
        assert ["Подсчитано" in page for page in pages] == [often == 1] * 2


def test_kept_numbers_are_those_of_the_question(app: Flask, admin: Person, company: Company) -> None:
    start(company, company.moscow, source="avito")
    start(company, company.novosibirsk, source="friend")
    assert "friend" in admin.get(PATH, **YEAR).text
    assert "friend" not in admin.get(PATH, **YEAR, city=company.moscow.id).text
    assert ">Новосибирск</th>" in admin.get(PATH, **YEAR, by="city").text
    with queries_counted(app) as statements:
        admin.get(PATH, **YEAR, to="2026-11-01")
        admin.get(PATH, **YEAR, city=company.moscow.id)
    assert counts(statements) == 1


def test_nobody_is_shown_what_was_counted_for_others(admin: Person, olga: Person, company: Company) -> None:
    start(company, company.moscow, source="own")
    start(company, company.novosibirsk, source="foreign")
    assert "foreign" in admin.get(PATH, **YEAR).text
    assert "foreign" in admin.get(f"{PATH}export.csv", **YEAR).text
    for path in (PATH, f"{PATH}export.csv"):
        page = olga.get(path, **YEAR).text
        assert ("own" in page, "foreign" in page) == (True, False)
    assert "foreign" not in olga.get(PATH, **YEAR, city=company.novosibirsk.id).text
    assert "foreign" in admin.get(PATH, **YEAR).text


def test_who_loses_a_city_sees_its_numbers_no_more(olga: Person, company: Company) -> None:
    start(company, company.moscow, source="own")
    assert "own" in olga.get(PATH, **YEAR).text
    company.olga.cities = [company.novosibirsk]
    company.session.commit()
    assert "own" not in olga.get(PATH, **YEAR).text


def test_who_asks_the_same_at_once_waits_for_one_count(app: Flask, admin: Person, company: Company) -> None:
    start(company, company.moscow, source="avito")
    people = [Person(app.test_client()) for _ in range(AT_ONCE)]
    for person in people:
        person.sign_in("boss")
    with queries_counted(app) as statements, ThreadPoolExecutor(AT_ONCE) as pool:
        pages = list(pool.map(lambda person: person.get(PATH, **YEAR).text, people))
    assert all("avito" in page for page in pages)
    assert counts(statements) == 1


def test_a_page_does_not_wait_for_a_long_count(app: Flask, admin: Person, company: Company) -> None:
    start(company, company.moscow, source="avito")
    company.session.execute(text("lock table slots in access exclusive mode"))
    aside = app.extensions["recruitsmart.counted"]
    aside.patience_seconds = 0
    for _ in range(2):
        page = admin.get(PATH, **YEAR).text
        assert ("Долгий период подсчитывается" in page, "avito" in page) == (True, False)
    company.session.commit()
    aside.patience_seconds = 60
    page = admin.get(PATH, **YEAR).text
    assert ("Долгий период подсчитывается" in page, "avito" in page) == (False, True)


def test_a_count_that_failed_is_told_of_and_counted_anew(app: Flask, company: Company) -> None:
    start(company, company.moscow, source="avito")
    aside, now = app.extensions["recruitsmart.counted"], datetime(2026, 11, 23, tzinfo=UTC)
    period = Period(begins=now - timedelta(days=365), ends=now + timedelta(days=1), time_zone="Nowhere/Land")
    with queries_counted(app) as statements:
        for _ in range(2):
            with pytest.raises(DataError):
                aside.result((period, GroupBy.WEEK, EVERYTHING, None), seconds=60)
    assert counts(statements) == 2
    sound = replace(period, time_zone="Europe/Moscow")
    assert aside.result((sound, GroupBy.WEEK, EVERYTHING, None), seconds=60).lines


def standing_still(company: Company) -> int:
    """How many transactions are open in which nothing happens."""
    company.session.rollback()
    asleep = "datname = current_database() and state = 'idle in transaction' and pid <> pg_backend_pid()"
    return company.session.scalar(text(f"select count(*) from pg_stat_activity where {asleep}")) or 0


@pytest.mark.parametrize(
    ("path", "which"), [("export.csv", {}), ("behind/people", {"step": "test1", "group": "others"})]
)
def test_no_transaction_is_open_while_a_file_or_a_list_waits_its_turn(
    app: Flask, admin: Person, company: Company, path: str, which: dict[str, str]
) -> None:
    aside, others = app.extensions["recruitsmart.counted"], Event()
    aside._thread.submit(others.wait, 60)
    with ThreadPoolExecutor(1) as requests:
        answer = requests.submit(lambda: admin.get(f"{PATH}{path}", **YEAR, **which).text)
        try:
            while not aside._kept and not answer.done():
                pass
            assert standing_still(company) == 0
        finally:
            others.set()
        assert answer.result()


def test_no_transaction_is_open_while_a_file_is_on_its_way(admin: Person, company: Company) -> None:
    start(company, company.moscow)
    parts = iter(admin.get(f"{PATH}export.csv").response)
    begun = b"".join(next(parts) for _ in range(3))

    assert begun.count(b"\n") == 2
    assert standing_still(company) == 0
