"""A form that could not be taken is answered with a sentence, and with the words that were typed."""

from datetime import timedelta
from typing import Any

from flask import Flask

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
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
