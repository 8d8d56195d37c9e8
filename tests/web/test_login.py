"""Signing in, and staying signed in."""

from datetime import timedelta
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from sqlalchemy import select

from recruitsmart.domain.directory.attempts import LoginAttempt
from recruitsmart.domain.directory.models import Role
from recruitsmart.extensions import limiter
from tests.panel import PASSWORD, Company, Person, token_in

TOO_MANY = "Слишком много попыток входа"
WRONG = "Неверный логин или пароль"


@pytest.fixture
def boss(company: Company) -> Any:
    return company.account("boss", Role.ADMIN)


def _is_in(person: Person) -> bool:
    return person.get("/admin/candidates/").status_code == 200


def test_the_right_password_opens_the_panel_and_the_attempt_is_written_down(
    visitor: Person, company: Company, boss: Any
) -> None:
    answer = visitor.sign_in("  BOSS ")

    assert answer.location == "/admin/"
    assert _is_in(visitor)
    attempt = company.session.scalars(select(LoginAttempt)).one()
    assert (attempt.login, attempt.succeeded, attempt.account_id) == ("boss", True, boss.id)


def test_a_wrong_password_an_unknown_login_and_an_account_out_of_use_are_answered_alike(
    visitor: Person, company: Company, boss: Any
) -> None:
    company.account("gone", Role.ADMIN, active=False)

    pages = [visitor.sign_in("boss", "wrong"), visitor.sign_in("nobody"), visitor.sign_in("gone")]

    assert {page.status_code for page in pages} == {401}
    assert all(WRONG in page.text for page in pages)
    assert len(company.session.scalars(select(LoginAttempt).where(~LoginAttempt.succeeded)).all()) == 3
    assert not _is_in(visitor)


def test_an_unknown_login_costs_as_much_as_a_known_one(
    visitor: Person, boss: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    verified = []
    verify = PasswordHasher.verify

    def counting(self: PasswordHasher, hashed: str, password: str) -> bool:
        verified.append(hashed)
        return verify(self, hashed, password)

    monkeypatch.setattr(PasswordHasher, "verify", counting)

    visitor.sign_in("nobody")
    visitor.sign_in("boss", "wrong")

    assert len(verified) == 2
    assert verified[0].split("$")[:4] == verified[1].split("$")[:4]


def test_after_five_failures_even_the_right_password_must_wait(visitor: Person, boss: Any) -> None:
    for _ in range(5):
        visitor.sign_in("boss", "wrong")

    answer = visitor.sign_in("boss")

    assert answer.status_code == 429
    assert TOO_MANY in answer.text
    assert "12:01 (Europe/Moscow)" in answer.text
    assert answer.headers["Retry-After"] == "60"
    assert not _is_in(visitor)


def test_the_wait_ends(visitor: Person, boss: Any, clock: Any) -> None:
    for _ in range(5):
        visitor.sign_in("boss", "wrong")
    clock.tick(timedelta(minutes=1))

    assert visitor.sign_in("boss").status_code == 302


def test_the_next_failure_makes_the_wait_longer(visitor: Person, boss: Any, clock: Any) -> None:
    for _ in range(5):
        visitor.sign_in("boss", "wrong")
    clock.tick(timedelta(minutes=1))

    assert visitor.sign_in("boss", "wrong").status_code == 401
    assert visitor.sign_in("boss").headers["Retry-After"] == "120"


@pytest.mark.parametrize("path", ["/login", "/password"])
def test_what_is_refused_before_it_is_read_is_written_down_too_but_does_not_fill_the_table(
    visitor: Person, company: Company, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    form = {"username": " Mallory", "password": "x", "code": "x", "new": "a long and odd phrase 7"}
    limiter.reset()
    monkeypatch.setattr(limiter, "enabled", True)
    answers = [visitor.post(path, form_at=path, **form).status_code for _ in range(65)]
    assert answers[30:] == [429] * 35
    asked = select(LoginAttempt.login, LoginAttempt.refused).order_by(LoginAttempt.id)
    attempts = company.session.execute(asked).all()
    assert len(attempts) == 60 and attempts[30:] == [("mallory", True)] * 30


def test_who_goes_on_trying_meanwhile_waits_no_longer_for_it(
    visitor: Person, company: Company, boss: Any, clock: Any
) -> None:
    for _ in range(5):
        visitor.sign_in("boss", "wrong")
    for _ in range(10):
        assert visitor.sign_in("boss").status_code == 429
    clock.tick(timedelta(minutes=1))

    refused = company.session.scalars(select(LoginAttempt).where(LoginAttempt.refused)).all()
    assert len(refused) == 10
    assert visitor.sign_in("boss").status_code == 302


def test_a_refused_change_of_the_password_is_marked_so_too(visitor: Person, company: Company, boss: Any) -> None:
    visitor.sign_in("boss")
    for _ in range(7):
        visitor.post("/admin/mine/password", form_at="/admin/mine/", present="wrong", new="a good long new phrase")

    refused = company.session.scalars(select(LoginAttempt).where(LoginAttempt.refused)).all()
    assert len(refused) == 2


def test_a_weak_new_password_is_no_failed_attempt(visitor: Person, company: Company, boss: Any) -> None:
    visitor.sign_in("boss")
    for new in ("short", "password12345", "boss-boss-boss", "qwerty", "a", "b"):
        visitor.post("/admin/mine/password", form_at="/admin/mine/", present=PASSWORD, new=new)

    assert all(company.session.scalars(select(LoginAttempt.succeeded)))


def test_a_refused_code_for_a_password_is_marked_so_too(visitor: Person, company: Company, boss: Any) -> None:
    for _ in range(6):
        visitor.post("/password", form_at="/password", username="boss", code="AAAA", new="a good long new phrase")

    refused = company.session.scalars(select(LoginAttempt).where(LoginAttempt.refused)).all()
    assert len(refused) == 1


def test_a_success_forgives_the_failures_before_it(visitor: Person, boss: Any) -> None:
    for _ in range(4):
        visitor.sign_in("boss", "wrong")
    visitor.sign_in("boss")
    visitor.post("/logout", form_at="/admin/candidates/")

    assert visitor.sign_in("boss", "wrong").status_code == 401


def test_an_unknown_login_is_throttled_like_a_known_one(visitor: Person, boss: Any) -> None:
    answers = [visitor.sign_in("nobody").status_code for _ in range(6)]

    assert answers == [401] * 5 + [429]


def test_twenty_failures_from_an_address_stop_all_accounts_there(visitor: Person, boss: Any) -> None:
    for number in range(20):
        visitor.sign_in(f"guess{number}")

    assert visitor.sign_in("boss").status_code == 429


def test_strange_logins_are_no_crash(visitor: Person, boss: Any) -> None:
    assert visitor.sign_in("\0boss\0", "wrong").status_code == 401
    assert visitor.sign_in("x" * 5000, "y" * 100_000).status_code == 401


def test_a_new_epoch_ends_every_session(visitor: Person, company: Company, boss: Any) -> None:
    visitor.sign_in("boss")
    boss.session_epoch += 1
    company.session.commit()

    assert not _is_in(visitor)


def test_an_account_switched_off_is_out_at_once(visitor: Person, company: Company, boss: Any) -> None:
    visitor.sign_in("boss")
    boss.active = False
    company.session.commit()

    assert not _is_in(visitor)


def test_two_idle_hours_end_a_session(visitor: Person, boss: Any, clock: Any) -> None:
    visitor.sign_in("boss")
    clock.tick(timedelta(hours=1, minutes=59))
    assert _is_in(visitor)
    clock.tick(timedelta(hours=2))
    assert not _is_in(visitor)


def test_twelve_hours_end_a_session_however_busy(visitor: Person, boss: Any, clock: Any) -> None:
    visitor.sign_in("boss")
    for _ in range(11):
        clock.tick(timedelta(hours=1))
        assert _is_in(visitor)
    clock.tick(timedelta(hours=1))
    assert not _is_in(visitor)


def test_signing_in_begins_a_new_session(app: Flask, visitor: Person, boss: Any) -> None:
    with visitor.client.session_transaction() as planted:
        planted["planted"] = "yes"
    visitor.get("/login")
    with visitor.client.session_transaction() as before:
        token = before["csrf_token"]

    visitor.sign_in("boss")

    with visitor.client.session_transaction() as after:
        assert "planted" not in after
        assert after.get("csrf_token") != token


def test_signing_out_ends_the_session(visitor: Person, boss: Any) -> None:
    visitor.sign_in("boss")

    visitor.post("/logout", form_at="/admin/candidates/")

    assert not _is_in(visitor)


def test_signing_out_after_the_session_has_ended_by_itself_leads_to_the_login(
    visitor: Person, boss: Any, clock: Any
) -> None:
    visitor.sign_in("boss")
    token = token_in(visitor.get("/admin/candidates/"))
    clock.tick(timedelta(hours=2))
    assert visitor.client.post("/logout", data={"csrf_token": token}).location == "/login"


def test_after_signing_in_one_is_where_one_wanted_to_be(visitor: Person, boss: Any) -> None:
    asked = visitor.get("/admin/slots/", recruiter=3)
    assert asked.location == "/login?next=/admin/slots/?recruiter%3D3"

    answer = visitor.sign_in("boss", next="/admin/slots/?recruiter=3")

    assert answer.location == "/admin/slots/?recruiter=3"


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "/\tx",
        "x",
    ],
)
def test_nobody_is_sent_to_another_site(visitor: Person, boss: Any, target: str) -> None:
    assert visitor.sign_in("boss", next=target).location == "/admin/"


def test_the_cookie_is_out_of_reach_for_scripts_and_other_sites(visitor: Person, boss: Any) -> None:
    cookie = visitor.sign_in("boss").headers["Set-Cookie"]

    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert PASSWORD not in cookie
