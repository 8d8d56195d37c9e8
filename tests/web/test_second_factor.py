"""The second factor: at the login, and where everybody sets it up for themselves."""

from datetime import UTC, timedelta
from hashlib import sha256
from typing import Any

import pyotp
import pytest
from flask import Flask
from freezegun.api import FrozenDateTimeFactory
from sqlalchemy import select

from recruitsmart.domain.directory import signing_in
from recruitsmart.domain.directory.attempts import LoginAttempt
from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.extensions import limiter
from tests.panel import PASSWORD, Company, Person, make_app

MINE, TODAY, CODE = "/admin/mine/", "/admin/today/", "/login/code"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
WRONG = "Код неверен"


@pytest.fixture
def boss(company: Company, clock: FrozenDateTimeFactory) -> Account:
    """An administrator whose second factor is on, with one spare code."""
    account = company.account("boss", Role.ADMIN)
    account.totp_secret, account.totp_since = SECRET, clock().replace(tzinfo=UTC)
    account.spare_code_hashes = [sha256(b"ABCDE-FGHJK").hexdigest()]
    company.session.commit()
    return account


def _boss(company: Company) -> Account:
    company.session.rollback()
    company.session.expire_all()
    return company.session.scalars(select(Account).where(Account.login == "boss")).one()


def _code(clock: FrozenDateTimeFactory, *, steps: int = 0, secret: str = SECRET) -> str:
    return pyotp.TOTP(secret).at(int(clock().replace(tzinfo=UTC).timestamp()) + 30 * steps)


def _is_in(person: Person) -> bool:
    return person.get(TODAY).status_code == 200


def _types(person: Person, code: str) -> Any:
    return person.post(CODE, form_at=CODE, code=code)


@pytest.mark.usefixtures("boss")
def test_the_password_alone_opens_nothing(visitor: Person) -> None:
    assert visitor.sign_in("boss").location.startswith(CODE)
    assert not _is_in(visitor)


@pytest.mark.usefixtures("boss")
def test_a_code_opens_the_panel_and_leads_where_one_wanted_to_go(visitor: Person, clock: FrozenDateTimeFactory) -> None:
    answer = visitor.sign_in("boss", next="/admin/board/")
    page = visitor.get(answer.location)
    answer = visitor.post(
        CODE, form_at=answer.location, code=f" {_code(clock)[:3]} {_code(clock)[3:]} ", next="/admin/board/"
    )
    assert 'value="/admin/board/"' in page.text and answer.location == "/admin/board/"
    assert _is_in(visitor)


@pytest.mark.usefixtures("boss")
@pytest.mark.parametrize(("steps", "opens"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_phone_may_be_half_a_minute_off(
    visitor: Person, clock: FrozenDateTimeFactory, steps: int, opens: bool
) -> None:
    visitor.sign_in("boss")
    answer = _types(visitor, _code(clock, steps=steps))
    assert (_is_in(visitor), WRONG in answer.text) == (opens, not opens)


@pytest.mark.usefixtures("boss")
def test_a_code_works_once(visitor: Person, app: Flask, clock: FrozenDateTimeFactory) -> None:
    visitor.sign_in("boss")
    _types(visitor, _code(clock))
    thief = Person(app.test_client())
    thief.sign_in("boss")
    for code in (_code(clock), _code(clock, steps=-1)):
        assert _types(thief, code).status_code == 401
    assert _is_in(visitor) and not _is_in(thief)


def test_a_spare_code_works_once(visitor: Person, app: Flask, company: Company, boss: Account) -> None:
    visitor.sign_in("boss")
    _types(visitor, "abcde-fghjk ")
    assert _is_in(visitor)
    assert company.now(boss).spare_code_hashes == []
    thief = Person(app.test_client())
    thief.sign_in("boss")
    assert _types(thief, "ABCDE-FGHJK").status_code == 401


@pytest.mark.usefixtures("boss")
def test_somebody_with_the_password_cannot_guess_codes_for_long(visitor: Person, clock: FrozenDateTimeFactory) -> None:
    """Typing the password again starts no new count."""
    statuses = []
    for guess in range(8):
        if visitor.sign_in("boss").status_code == 429:
            break
        statuses.append(_types(visitor, f"00000{guess}").status_code)
    assert statuses == [401, 401, 401]
    clock.tick(timedelta(minutes=2))
    visitor.sign_in("boss")
    assert [_types(visitor, "000009").status_code for _ in range(2)] == [401, 429]


@pytest.mark.usefixtures("boss")
def test_after_a_long_wait_the_password_is_not_in_the_way_of_its_own_code(
    visitor: Person, clock: FrozenDateTimeFactory
) -> None:
    for _ in range(12):
        clock.tick(timedelta(hours=1))
        visitor.sign_in("boss", "wrong")
    clock.tick(timedelta(hours=1))
    visitor.sign_in("boss")
    _types(visitor, _code(clock))
    assert _is_in(visitor)


@pytest.mark.usefixtures("boss")
def test_five_minutes_after_the_password_one_begins_again(visitor: Person, clock: FrozenDateTimeFactory) -> None:
    visitor.sign_in("boss")
    page = visitor.get(CODE)
    clock.tick(timedelta(minutes=5))
    answer = visitor.client.post(CODE, data={"csrf_token": _token(page.text), "code": _code(clock)})
    assert answer.location.startswith("/login")
    assert not _is_in(visitor)


@pytest.fixture
def _limits(monkeypatch: pytest.MonkeyPatch) -> None:
    limiter.reset()
    monkeypatch.setattr(limiter, "enabled", True)


def _tried(company: Company) -> list[tuple[str, bool]]:
    """Login and refusal of each attempt, in order."""
    company.session.rollback()
    tried = select(LoginAttempt.login, LoginAttempt.refused).order_by(LoginAttempt.id)
    return [(login, refused) for login, refused in company.session.execute(tried)]


@pytest.mark.usefixtures("boss", "_limits")
def test_codes_from_one_address_are_refused_before_they_are_read_and_do_not_fill_the_table(
    visitor: Person, company: Company, clock: FrozenDateTimeFactory
) -> None:
    visitor.sign_in("boss")
    answers = [_types(visitor, "000000") for _ in range(64)]
    answers.append(_types(visitor, _code(clock)))
    assert {answer.status_code for answer in answers[30:]} == {429}
    read = [WRONG in answer.text or "Слишком много попыток входа" in answer.text for answer in answers]
    assert read == [True] * 30 + [False] * 35
    assert not _is_in(visitor)
    tried = _tried(company)
    assert len(tried) == 1 + 30 + 30 and tried[31:] == [("boss", True)] * 30


@pytest.mark.usefixtures("boss", "_limits")
def test_codes_without_a_password_before_them_are_bounded_too_and_name_nobody(
    visitor: Person, company: Company
) -> None:
    answers = [visitor.post(CODE, form_at="/login", code="000000").status_code for _ in range(32)]
    assert answers == [302] * 30 + [429] * 2
    assert _tried(company) == [("", True)] * 2


@pytest.mark.usefixtures("boss", "_limits")
def test_what_was_refused_at_the_code_is_no_failure_that_makes_anybody_wait(
    visitor: Person, app: Flask, company: Company, clock: FrozenDateTimeFactory
) -> None:
    visitor.sign_in("boss")
    for _ in range(40):
        _types(visitor, "000000")
    clock.tick(timedelta(minutes=10))
    limiter.reset()
    holder = Person(app.test_client())
    holder.sign_in("boss")
    _types(holder, _code(clock))
    assert _is_in(holder)


def _token(page: str) -> str:
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def test_nobody_comes_to_the_second_step_without_the_first(visitor: Person) -> None:
    assert visitor.get(CODE).location.startswith("/login")


def test_it_is_set_up_with_a_picture_and_a_first_code(admin: Person, company: Company, clock: Any) -> None:
    page = admin.post(f"{MINE}second-factor", form_at=MINE, present=PASSWORD).text
    secret = _boss(company).totp_secret
    assert "data:image/svg+xml" in page and secret in page
    refused = admin.post(f"{MINE}second-factor/confirm", form_at=MINE, code="000000").text
    assert WRONG in refused
    for later in (refused, admin.get(MINE).text):  # whoever sits there then may not see what was scanned
        assert "data:image/svg+xml" not in later and secret not in later and 'name="code"' in later
    answer = admin.post(f"{MINE}second-factor/confirm", form_at=MINE, code=_code(clock, secret=secret))
    account = _boss(company)
    assert account.totp_since is not None and len(account.spare_code_hashes) == 8
    spare = answer.text.split('<ul class="columns code">')[1].split("</ul>")[0]
    assert "Второй фактор включён." in answer.text
    assert spare.count("<li>") == 8 and spare.split("<li>")[1].split("<")[0] not in admin.get(MINE).text
    assert _is_in(admin), "this session goes on"


def test_other_sessions_end_when_it_is_turned_on(admin: Person, app: Flask, company: Company, clock: Any) -> None:
    thief = Person(app.test_client())
    thief.sign_in("boss")
    admin.post(f"{MINE}second-factor", form_at=MINE, present=PASSWORD)
    code = _code(clock, secret=_boss(company).totp_secret)
    admin.post(f"{MINE}second-factor/confirm", form_at=MINE, code=code)
    assert not _is_in(thief)


def test_whoever_finds_a_panel_open_does_not_set_it_up_for_a_phone_of_theirs(admin: Person, company: Company) -> None:
    for present in ({}, {"present": "wrong"}):
        admin.post(f"{MINE}second-factor", form_at=MINE, **present)
        assert _boss(company).totp_secret is None


def test_who_lost_the_password_while_the_code_was_typed_is_not_let_in(
    visitor: Person, company: Company, boss: Account, clock: FrozenDateTimeFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.sign_in("boss")
    code, judge = _code(clock), signing_in.judge_code

    def judge_after_a_colleague(*args: Any, **values: Any) -> Account:
        _boss(company).session_epoch += 1
        company.session.commit()
        return judge(*args, **values)

    monkeypatch.setattr(signing_in, "judge_code", judge_after_a_colleague)
    assert _types(visitor, code).location.startswith("/login")
    assert not _is_in(visitor)


@pytest.mark.usefixtures("boss")
def test_turning_it_off_needs_a_code(visitor: Person, company: Company, clock: FrozenDateTimeFactory) -> None:
    visitor.sign_in("boss")
    _types(visitor, _code(clock))
    visitor.post(f"{MINE}second-factor/remove", form_at=MINE, code="000000")
    assert _boss(company).totp_since is not None
    visitor.post(f"{MINE}second-factor/remove", form_at=MINE, code=_code(clock, steps=1))
    assert _boss(company).totp_since is None


@pytest.mark.usefixtures("boss")
def test_whoever_finds_a_panel_open_cannot_guess_the_code_that_turns_it_off_for_long(
    visitor: Person, company: Company, clock: FrozenDateTimeFactory
) -> None:
    visitor.sign_in("boss")
    _types(visitor, _code(clock))
    for guess in range(5):
        visitor.post(f"{MINE}second-factor/remove", form_at=MINE, code=f"00000{guess}")
    visitor.post(f"{MINE}second-factor/remove", form_at=MINE, code=_code(clock, steps=1))
    assert _boss(company).totp_since is not None
    clock.tick(timedelta(minutes=2))
    visitor.post(f"{MINE}second-factor/remove", form_at=MINE, code=_code(clock))
    assert _boss(company).totp_since is None


def test_where_it_is_required_an_administrator_does_nothing_before(
    database_url: str, redis_url: str, company: Company
) -> None:
    company.account("strict", Role.ADMIN)
    company.account("olga", Role.RECRUITER, company.olga)
    app = make_app(database_url, redis_url, ADMIN_SECOND_FACTOR="1")
    admin, recruiter = Person(app.test_client()), Person(app.test_client())
    admin.sign_in("strict")
    recruiter.sign_in("olga")
    assert admin.get(TODAY).location == MINE
    assert admin.get(MINE).status_code == 200
    assert _is_in(recruiter)


def test_changing_the_password_ends_other_sessions_and_not_this_one(admin: Person, app: Flask) -> None:
    other = Person(app.test_client())
    other.sign_in("boss")
    new = "a good long new phrase"
    for present, wanted in (("wrong", new), (PASSWORD, "short"), (PASSWORD, "password1234")):
        admin.post(f"{MINE}password", form_at=MINE, present=present, new=wanted)
        assert _is_in(other)
    admin.post(f"{MINE}password", form_at=MINE, present=PASSWORD, new=new)
    assert "Пароль изменён." in admin.get(MINE).text
    assert _is_in(admin) and not _is_in(other)
    assert other.sign_in("boss").status_code == 401
    assert other.sign_in("boss", new).status_code == 302


@pytest.mark.usefixtures("boss")
def test_changing_the_password_with_a_second_factor_is_no_failed_attempt(
    visitor: Person, company: Company, clock: FrozenDateTimeFactory
) -> None:
    visitor.sign_in("boss")
    _types(visitor, _code(clock))
    visitor.post(f"{MINE}password", form_at=MINE, present=PASSWORD, new="a good long new phrase")

    assert all(company.session.scalars(select(LoginAttempt.succeeded)))
