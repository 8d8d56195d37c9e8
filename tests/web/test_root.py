"""What everybody may see, and what every answer carries."""

import pytest
from flask import Flask

from tests.panel import Company, Person, make_app


def test_the_root_says_where_everything_is(visitor: Person) -> None:
    expected = {"ok": True, "admin": "/admin", "webapp_api": "/api/webapp", "health": "/health"}
    assert visitor.get("/").json == expected


@pytest.mark.parametrize("path", ["/", "/login", "/health", "/nowhere", "/admin/candidates/"])
def test_every_answer_carries_the_headers(visitor: Person, path: str) -> None:
    headers = visitor.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "Strict-Transport-Security" not in headers


def test_with_secure_cookies_browsers_are_told_to_stay_with_https(database_url: str, redis_url: str) -> None:
    app = make_app(database_url, redis_url, SESSION_COOKIE_SECURE="1")
    assert "max-age" in app.test_client().get("/").headers["Strict-Transport-Security"]


def test_scripts_carry_the_nonce_of_their_page_only(admin: Person) -> None:
    first, second = (admin.get("/admin/candidates/") for _ in range(2))
    nonce = first.text.split('nonce="')[1].split('"')[0]

    assert f"'nonce-{nonce}'" in first.headers["Content-Security-Policy"]
    assert nonce not in second.text
    assert first.text.count("<script") == first.text.count(f'<script type="module" nonce="{nonce}"')


def test_pages_of_people_are_not_kept_by_browsers(admin: Person) -> None:
    assert admin.get("/admin/candidates/").headers["Cache-Control"] == "no-store"


def test_an_unknown_page_is_a_sentence(visitor: Person) -> None:
    answer = visitor.get("/nowhere")
    assert answer.status_code == 404
    assert "Такой страницы нет" in answer.text


def test_a_defect_is_a_sentence_without_a_traceback(app: Flask, company: Company) -> None:
    @app.get("/broken")
    def broken() -> str:
        raise RuntimeError("secret detail")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    answer = app.test_client().get("/broken")

    assert answer.status_code == 500
    assert "У нас что-то сломалось" in answer.text
    assert "secret detail" not in answer.text


def test_an_english_browser_gets_an_english_login(visitor: Person) -> None:
    page = visitor.client.get("/login", headers={"Accept-Language": "en-GB,en"}).text
    assert "Password" in page
    assert 'lang="en"' in page
