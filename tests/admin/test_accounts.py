"""Accounts in the panel: the administrators', with codes that are shown once."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.slots.reaching import lose_contact, regain_account
from tests.panel import NOW, PASSWORD, Company, Person, queries_counted

LIST, NEW = "/admin/accounts/", "/admin/accounts/new"
CHOSEN = "eleven quiet lamps"


def _account(company: Company, login: str) -> Account:
    company.session.rollback()
    return company.session.scalars(select(Account).where(Account.login == login)).one()


def _code_in(page: str) -> str:
    found = re.search(r'code-big">([A-Z0-9-]{19})<', page)
    assert found, "no code on the page"
    return found[1]


def _made(admin: Person, company: Company, login: str = "vera", **fields: Any) -> tuple[Account, str]:
    page = admin.post(NEW, form_at=NEW, login=login, **{"role": "recruiter", "recruiter": company.olga.id, **fields})
    return _account(company, login), _code_in(page.text)


def _sets(app: Flask, login: str, code: str, password: str = CHOSEN) -> Any:
    visitor = Person(app.test_client())
    return visitor.post("/password", form_at="/password", username=login, code=code, new=password)


def test_an_account_is_made_and_its_person_sets_the_password(app: Flask, admin: Person, company: Company) -> None:
    account, code = _made(admin, company)
    assert code not in admin.get(f"/admin/accounts/{account.id}").text

    answer = _sets(app, "vera", code)

    assert answer.location == "/login"
    vera = Person(app.test_client())
    assert vera.sign_in("vera", CHOSEN).location == "/admin/"
    assert vera.get("/admin/candidates/").status_code == 200
    kinds = company.session.scalars(select(Entry.kind).where(Entry.subject_id == account.id)).all()
    assert {"account.made", "account.password_set"} <= set(kinds)


def test_the_page_shows_rights_cities_and_history(admin: Person, company: Company) -> None:
    account, _code = _made(admin, company)
    page = admin.get(f"/admin/accounts/{account.id}").text
    assert "Москва" in page
    assert "создал(а) учётную запись" in page
    assert "рекрутер, Ольга Миронова" in page
    assert "пароля ещё нет" in page


@pytest.mark.parametrize(
    ("password", "sentence"),
    [("short", "не короче 12"), ("password12345", "легко угадать"), ("vera-vera-vera-9", "легко угадать")],
)
def test_a_weak_password_is_refused_and_the_code_stays(
    app: Flask, admin: Person, company: Company, password: str, sentence: str
) -> None:
    code = _made(admin, company)[1]
    answer = _sets(app, "vera", code, password)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert password not in answer.text
    assert _sets(app, "vera", code).status_code == 302


def test_a_wrong_code_and_an_unknown_login_are_told_alike(app: Flask, admin: Person, company: Company) -> None:
    _made(admin, company)
    wrong, unknown = _sets(app, "vera", "AAAA-AAAA-AAAA-AAAA"), _sets(app, "nobody", "AAAA-AAAA-AAAA-AAAA")
    assert wrong.status_code == unknown.status_code == 401
    alert = re.compile(r'role="alert">([^<]+)<')
    assert alert.findall(wrong.text) == alert.findall(unknown.text)


def test_a_reset_ends_the_sessions_and_the_password(app: Flask, admin: Person, olga: Person, company: Company) -> None:
    account = _account(company, "olga")
    page = f"/admin/accounts/{account.id}"

    code = _code_in(admin.post(f"{page}/password", form_at=page).text)

    assert olga.get("/admin/candidates/").status_code == 302
    assert Person(app.test_client()).sign_in("olga", PASSWORD).status_code == 401
    assert _sets(app, "olga", code).status_code == 302


def test_a_deactivated_account_is_out_at_once_and_comes_back(admin: Person, olga: Person, company: Company) -> None:
    page = f"/admin/accounts/{_account(company, 'olga').id}"
    admin.post(f"{page}/off", form_at=page)
    assert olga.get("/admin/candidates/").status_code == 302
    assert olga.sign_in("olga").status_code == 401
    admin.post(f"{page}/on", form_at=page)
    assert olga.sign_in("olga").status_code == 302


def test_ending_the_sessions_leaves_the_password(admin: Person, olga: Person, company: Company) -> None:
    page = f"/admin/accounts/{_account(company, 'olga').id}"
    admin.post(f"{page}/sessions", form_at=page)
    assert olga.get("/admin/candidates/").status_code == 302
    assert olga.sign_in("olga").status_code == 302


def test_another_role_counts_from_the_next_press_on(admin: Person, olga: Person, company: Company) -> None:
    account = _account(company, "olga")
    page = f"/admin/accounts/{account.id}"
    seen = f"recruiter.{company.olga.id}.True"
    admin.post(f"{page}/change", form_at=page, seen=seen, role="admin", recruiter="")
    assert olga.get(LIST).status_code == 200
    assert company.now(account).recruiter_id is None
    assert "рекрутер" in admin.get(page).text


def test_a_press_on_an_older_page_is_refused(admin: Person, company: Company) -> None:
    account, _code = _made(admin, company)
    page = f"/admin/accounts/{account.id}"
    admin.post(f"{page}/change", form_at=page, seen="viewer.None.True", role="admin", recruiter="")
    assert company.now(account).role == Role.RECRUITER
    assert "изменил" in admin.get(page).text


def test_the_last_administrator_stays_and_the_page_says_why(admin: Person, company: Company) -> None:
    account = _account(company, "boss")
    page = f"/admin/accounts/{account.id}"
    for step in ("off", "password"):
        admin.post(f"{page}/{step}", form_at=page)
    admin.post(f"{page}/change", form_at=page, seen="admin.None.True", role="viewer", recruiter="")
    assert "последний администратор" in admin.get(page).text
    now = company.now(account)
    assert (now.active, now.role) == (True, Role.ADMIN)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"login": "BOSS"}, "таким логином уже есть"),
        ({"login": "a b"}, "В логине от 3 до 120"),
        ({"login": "vera", "role": "king"}, "Выберите роль"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_the_input_stays(
    admin: Person, company: Company, typed: dict[str, str], sentence: str
) -> None:
    answer = admin.post(NEW, form_at=NEW, **{"role": "viewer", "recruiter": "", **typed})
    assert sentence in answer.text
    assert f'value="{typed["login"]}"' in answer.text
    assert "psycopg2" not in answer.text


def test_hostile_words_stay_words(admin: Person, company: Company) -> None:
    account, _code = _made(admin, company, login="<b>vera</b>")
    for path in (LIST, f"/admin/accounts/{account.id}"):
        page = admin.get(path).text
        assert "<b>vera" not in page
        assert "&lt;b&gt;vera" in page


@pytest.mark.parametrize("path", [LIST, NEW, "/admin/accounts/1"])
def test_recruiters_and_viewers_do_not_see_them(app: Flask, olga: Person, company: Company, path: str) -> None:
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    for person in (olga, viewer):
        assert person.get(path).status_code == 403
        assert "/admin/accounts/" not in person.get("/admin/candidates/").text


@pytest.mark.parametrize("step", ["change", "password", "off", "on", "sessions", "factor", "telegram", "unlock"])
def test_recruiters_change_nothing_and_nobodys_account_is_not_found(
    admin: Person, olga: Person, company: Company, step: str
) -> None:
    boss = _account(company, "boss")
    before = (boss.password_hash, boss.session_epoch, boss.role, boss.active)
    assert olga.post(f"/admin/accounts/{boss.id}/{step}", form_at="/admin/candidates/").status_code == 403
    now = company.now(boss)
    assert (now.password_hash, now.session_epoch, now.role, now.active) == before
    for number in ("0", "99999999999999999999"):
        assert admin.post(f"/admin/accounts/{number}/{step}", form_at=LIST).status_code == 404


def test_a_lost_phone_and_a_lost_chat_are_helped(admin: Person, company: Company) -> None:
    account = company.account("vera", Role.VIEWER, chat_id=5, totp_secret="x", totp_since=NOW)
    page = f"/admin/accounts/{account.id}"
    admin.post(f"{page}/factor", form_at=page)
    admin.post(f"{page}/telegram", form_at=page)
    now = company.now(account)
    assert (now.totp_since, now.totp_secret, now.chat_id) == (None, None, None)


def test_that_telegram_was_lost_and_found_again_is_in_the_history(admin: Person, company: Company) -> None:
    account = company.account("vera", Role.VIEWER, chat_id=5)
    lose_contact(company.session, 5, reason="blocked", now=NOW)
    regain_account(company.session, 5, now=NOW)
    company.session.commit()
    page = admin.get(f"/admin/accounts/{account.id}").text
    assert "в Telegram больше ничего не доходит:" in page
    assert "сообщения снова доходят" in page


def test_a_lock_is_shown_and_lifted(admin: Person, visitor: Person, company: Company) -> None:
    page = f"/admin/accounts/{company.account('vera', Role.VIEWER).id}"
    assert "Снять блокировку" not in admin.get(page).text
    for _ in range(6):
        visitor.sign_in("vera", "wrong")
    assert "Снять блокировку" in admin.get(page).text
    admin.post(f"{page}/unlock", form_at=page)
    assert "снял(а) блокировку входа" in admin.get(page).text
    assert visitor.sign_in("vera").status_code == 302


def test_the_list_asks_few_queries_however_long_it_is(app: Flask, admin: Person, company: Company) -> None:
    for number in range(40):
        company.account(f"olga{number}", Role.RECRUITER, company.olga)
    with queries_counted(app) as statements:
        assert admin.get(LIST).text.count("Ольга Миронова") == 40
    assert len(statements) <= 6
