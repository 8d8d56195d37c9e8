"""System: an administrator sees who lives, what waits, who could not sign in, and no secret."""

import re
from datetime import timedelta

from flask import Flask

from recruitsmart import __version__
from recruitsmart.domain.directory.attempts import LoginAttempt
from recruitsmart.domain.journal.models import Heartbeat
from tests.panel import NOW, PASSWORD, Company, Person, queries_counted

SYSTEM = "/admin/system/"


def _beats(company: Company, process: str, *, seconds_ago: int, version: str = __version__) -> None:
    beat_at = NOW - timedelta(seconds=seconds_ago)
    company.session.add(Heartbeat(process=process, instance=f"{process}@host", version=version, beat_at=beat_at))
    company.session.commit()


def test_a_process_that_works_one_that_is_silent_and_one_that_is_missing(admin: Person, company: Company) -> None:
    _beats(company, "worker", seconds_ago=5)
    _beats(company, "delivery", seconds_ago=300, version="0.0.1")
    page = admin.get(SYSTEM).text
    assert "worker@host" in page and "работает" in page
    assert "молчит" in page and "устарела" in page
    for process in ("delivery", "beat", "bot"):
        assert f"Ни один процесс «{process}» не работает" in page
    assert "«worker»" not in page


def test_every_attempt_to_sign_in_is_listed_with_its_result(admin: Person, visitor: Person) -> None:
    for _ in range(6):
        visitor.sign_in("<b>mallory</b>", "wrong")
    page = admin.get(SYSTEM).text
    assert "&lt;b&gt;mallory" in page
    assert page.count("127.0.0.1</td>") == 7
    assert (page.count("не вошёл"), page.count("отклонена"), page.count(">вошёл<")) == (5, 1, 1)


def test_no_secret_is_shown(admin: Person, app: Flask) -> None:
    page = admin.get(SYSTEM).text
    settings = app.config["SETTINGS"]
    for secret in (settings.session_secret, settings.database_url, settings.redis_url, PASSWORD):
        assert secret not in page
    assert "LOG_LEVEL" in page and "SESSION_SECRET" in page


def test_a_recruiter_has_no_such_page(olga: Person) -> None:
    assert olga.get(SYSTEM).status_code == 403
    assert SYSTEM not in olga.get("/admin/today/").text


def test_the_page_asks_few_queries(admin: Person, app: Flask, company: Company) -> None:
    for process in ("worker", "delivery", "beat", "bot"):
        _beats(company, process, seconds_ago=5)
    with queries_counted(app) as queries:
        admin.get(SYSTEM)
    assert len(queries) <= 12


def test_how_long_a_server_took_is_told_in_the_readers_language(admin: Person) -> None:
    page = admin.get("/admin/system/").text
    assert re.search(r'figures">[\d,]+ мс<', page) and " ms<" not in page


def test_attempts_that_a_flood_has_pushed_down_are_still_found(admin: Person, company: Company) -> None:
    flood = (
        LoginAttempt(at=NOW, login=f"guess{number}", address="10.0.0.1", succeeded=False, refused=True)
        for number in range(120)
    )
    company.session.add_all(flood)
    company.session.commit()
    seen, address = [], SYSTEM
    while address:
        page = admin.get(address).text
        seen += re.findall(r"(guess\d+|boss)</td>", page)
        older = re.search(r'rel="next" href="([^"]+)"', page)
        address = f"{SYSTEM}{older[1].partition('#')[0]}" if older else ""
    assert seen == [f"guess{number}" for number in reversed(range(120))] + ["boss"]
