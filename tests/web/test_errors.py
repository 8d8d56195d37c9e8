"""A form that could not be taken is answered with a sentence, and with the words that were typed."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.extensions import db
from tests.panel import PASSWORD, Company, Person, make_app, token_in

WORDS = "Звонила <b>трижды</b>,\nперезвонит в среду"


def _card(company: Company) -> str:
    anna: Candidate = company.candidate("Анна Иванова", company.moscow, stage=Stage.TO_SCHEDULE)
    return f"/admin/candidates/{anna.reference}"


def _note(person: Person, card: str, token: str, **fields: str) -> Any:
    path = card.replace("candidates", "notes") + "/write"
    return person.client.post(path, data={"csrf_token": token, "note": WORDS, **fields})


def test_who_was_signed_out_over_a_long_text_gets_it_back(olga: Person, company: Company, clock: Any) -> None:
    card = _card(company)
    token = token_in(olga.get(card))
    clock.tick(timedelta(hours=3))

    answer = _note(olga, card, token)

    assert answer.status_code == 401
    assert "Звонила &lt;b&gt;трижды&lt;/b&gt;,\nперезвонит в среду</textarea>" in answer.text


def test_a_form_that_has_expired_gives_back_what_was_typed_but_no_secret(olga: Person, company: Company) -> None:
    answer = _note(olga, _card(company), "old", present=PASSWORD, password=PASSWORD, new=PASSWORD, back="/admin/a b")

    assert answer.status_code == 400
    assert answer.text.count("<textarea") == 1
    assert PASSWORD not in answer.text


def test_who_asks_for_a_page_in_vain_has_typed_nothing(olga: Person) -> None:
    assert "<textarea" not in olga.get("/admin/nowhere", q="слова и слова").text


def test_a_request_that_is_too_large_to_be_read_is_answered_all_the_same(olga: Person, company: Company) -> None:
    card = _card(company)
    answer = _note(olga, card, token_in(olga.get(card)), more="x" * 6_000_000)
    assert answer.status_code == 413


def test_whoever_is_signed_in_reads_that_the_database_is_away(app: Flask, olga: Person, redis_url: str) -> None:
    away = make_app("postgresql://someone@127.0.0.1:1/nowhere", redis_url)
    away.secret_key = app.secret_key
    cookie = olga.client.get_cookie(app.config["SESSION_COOKIE_NAME"])
    assert cookie is not None
    browser = away.test_client()
    browser.set_cookie(cookie.key, cookie.value)

    answer = browser.get("/admin/today/")

    assert answer.status_code == 503
    assert "База данных не отвечает" in answer.text


def _sql(*statements: str) -> Callable[[], object]:
    return lambda: [db.session.execute(text(statement)) for statement in statements]


def _cut_off() -> None:
    db.session.connection().connection.driver_connection.close()
    db.session.execute(text("select 1"))


def _stand_still() -> None:
    pid = db.session.scalar(text("select pg_backend_pid()"))
    db.session.execute(text("set local idle_in_transaction_session_timeout = 1"))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as other:
        while other.scalar(text("select count(*) from pg_stat_activity where pid = :pid"), {"pid": pid}):
            pass
    db.session.execute(text("select 1"))


def _find_no_connection() -> None:
    with db.engine.connect():
        db.session.execute(text("select 1"))


def _failing(app: Flask, work: Callable[[], object], language: str = "en") -> Any:
    app.add_url_rule("/failing", view_func=lambda: f"{work()}")
    return app.test_client().get("/failing", headers={"Accept-Language": language})


@pytest.mark.parametrize(
    "work",
    [
        _cut_off,
        _stand_still,
        _sql("set transaction read only", "delete from timers"),
    ],
)
def test_a_postgres_that_was_left_in_the_middle_is_away(
    app: Flask, work: Callable[[], object], caplog: pytest.LogCaptureFixture
) -> None:
    answer = _failing(app, work)

    assert answer.status_code == 503
    assert "The database does not answer." in answer.text
    assert [record.levelno for record in caplog.records if record.name.endswith("errors")] == [logging.ERROR]
    assert app.test_client().get("/login").status_code == 200


def test_who_finds_no_connection_free_reads_that_the_database_is_away(database_url: str, redis_url: str) -> None:
    small = {"DB_POOL_SIZE": "1", "DB_MAX_OVERFLOW": "0", "DB_POOL_TIMEOUT": "1"}
    app = make_app(database_url, redis_url, **small)
    answer = _failing(app, _find_no_connection)
    with app.app_context():
        db.engine.dispose()

    assert answer.status_code == 503
    assert "The database does not answer." in answer.text


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "This took too long; nothing was changed."),
        ("ru", "Это заняло слишком много времени; ничего не изменилось."),
    ],
)
def test_what_took_too_long_says_so(app: Flask, language: str, sentence: str) -> None:
    answer = _failing(app, _sql("set local statement_timeout = 1", "select pg_sleep(9)"), language)

    assert answer.status_code == 503
    assert sentence in answer.text


def test_what_waited_too_long_for_somebody_else_says_so(app: Flask, company: Company) -> None:
    company.session.execute(text("lock table timers"))
    answer = _failing(app, _sql("set local lock_timeout = 1", "lock table timers"))

    assert answer.status_code == 503
    assert "This took too long; nothing was changed." in answer.text


def test_a_mistake_of_ours_is_not_laid_at_the_database(app: Flask) -> None:
    answer = _failing(app, _sql("select no_such_column"))

    assert answer.status_code == 500


@pytest.mark.parametrize("path", ["/login", "/admin/inbox/changes", "/admin/candidates/", "/api/webapp/page"])
def test_an_address_that_is_no_text_cannot_be_understood(olga: Person, path: str) -> None:
    answer = olga.client.get(path, environ_overrides={"QUERY_STRING": "x=\xff"})

    assert answer.status_code == 400
