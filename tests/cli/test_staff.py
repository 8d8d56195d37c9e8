"""`flask staff`: accounts from the command line, also when nobody can sign in any more."""

from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import select

from recruitsmart.domain.directory.attempts import LoginAttempt
from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.domain.journal.models import ActorKind, Entry
from tests.admin.conftest import app, clock, company, nudged, visitor
from tests.panel import NOW, Company, Person

__all__ = ["app", "clock", "company", "nudged", "visitor"]

NEW_PASSWORD = "eleven quiet lamps"


def run(app: Flask, *arguments: Any) -> Result:
    return app.test_cli_runner().invoke(args=["staff", *map(str, arguments)])


def account_of(company: Company, login: str) -> Account:
    company.session.rollback()
    company.session.expire_all()
    return company.session.scalars(select(Account).where(Account.login == login)).one()


def code_in(result: Result) -> str:
    assert result.exit_code == 0, result.output
    return next(line.split()[1] for line in result.output.splitlines() if line.startswith("code"))


def sets(person: Person, login: str, code: str) -> int:
    return person.post("/password", form_at="/password", username=login, code=code, new=NEW_PASSWORD).status_code


def test_an_account_is_made_and_its_person_sets_the_password(app: Flask, company: Company, visitor: Person) -> None:
    result = run(app, "create", "anna", "--role", "recruiter", "--recruiter", "Ольга Миронова")
    account = account_of(company, "anna")
    assert (account.role, account.recruiter_id) == (Role.RECRUITER, company.olga.id)
    assert sets(visitor, "anna", code_in(result)) == 302
    assert visitor.sign_in("anna", NEW_PASSWORD).status_code == 302


def test_a_recruiter_may_be_named_by_number(app: Flask, company: Company) -> None:
    run(app, "create", "anna", "--role", "recruiter", "--recruiter", company.darya.id)
    assert account_of(company, "anna").recruiter_id == company.darya.id


def test_the_last_administrator_gets_in_again(app: Flask, company: Company, visitor: Person) -> None:
    company.account("boss", Role.ADMIN, totp_secret="x", totp_since=NOW)
    epoch = account_of(company, "boss").session_epoch
    code = code_in(run(app, "reset", "BOSS", "--second-factor"))
    account = account_of(company, "boss")
    assert account.session_epoch > epoch
    assert account.totp_since is None
    assert visitor.sign_in("boss").status_code == 401
    assert sets(visitor, "boss", code) == 302
    assert visitor.sign_in("boss", NEW_PASSWORD).location == "/admin/"


def test_a_reset_leaves_the_second_factor_unless_asked(app: Flask, company: Company) -> None:
    company.account("boss", Role.ADMIN, totp_secret="x", totp_since=NOW)
    run(app, "reset", "boss")
    assert account_of(company, "boss").totp_since is not None


def test_switching_off_ends_the_session_and_on_brings_the_password_back(
    app: Flask, company: Company, visitor: Person
) -> None:
    company.account("olga", Role.RECRUITER, company.olga)
    visitor.sign_in("olga")
    assert run(app, "disable", "olga").output == "olga: disabled\n"
    assert visitor.get("/admin/today/").status_code == 302
    run(app, "enable", "olga")
    assert visitor.sign_in("olga").status_code == 302


def test_a_locked_account_is_unlocked(app: Flask, company: Company, visitor: Person) -> None:
    company.account("olga", Role.RECRUITER, company.olga)
    for _ in range(6):
        visitor.sign_in("olga", "wrong")
    assert "locked until 2026-11-23T09:01:00" in run(app, "list").output
    assert visitor.sign_in("olga").status_code == 429
    run(app, "unlock", "olga")
    assert visitor.sign_in("olga").status_code == 302


def test_each_step_is_written_down_as_an_operators(app: Flask, company: Company) -> None:
    run(app, "create", "anna", "--role", "viewer")
    for step in ("reset", "unlock", "disable", "enable"):
        run(app, step, "anna")
    company.session.rollback()
    written = company.session.execute(select(Entry.kind, Entry.actor_kind).order_by(Entry.id)).all()
    kinds = ("made", "password_reset", "lock_lifted", "deactivated", "activated")
    assert [tuple(row) for row in written] == [(f"account.{kind}", ActorKind.OPERATOR) for kind in kinds]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["create", "boss", "--role", "viewer"], "There is an account with this login already."),
        (["create", "a b", "--role", "viewer"], "A login has 3 to 120 characters"),
        (["create", "anna", "--role", "viewer", "--recruiter", "Nobody"], "There is no recruiter “Nobody”."),
        (["create", "anna", "--role", "viewer", "--recruiter", "9" * 18], "There is no recruiter"),
        (["create", "anna", "--role", "king"], "'king' is not one of"),
        (["reset", "nobody"], "There is no account nobody."),
        (["disable", "boss"], "This is the last administrator who can sign in."),
    ],
)
def test_what_cannot_be_done_is_a_sentence_and_changes_nothing(
    app: Flask, company: Company, words: list[str], sentence: str
) -> None:
    company.account("boss", Role.ADMIN)
    result = run(app, *words)
    assert result.exit_code != 0
    assert sentence in result.output
    assert "Traceback" not in result.output
    company.session.rollback()
    assert company.session.scalars(select(Account.login)).all() == ["boss"]
    assert account_of(company, "boss").active
    assert company.session.scalars(select(LoginAttempt)).all() == []
