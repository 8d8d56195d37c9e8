"""Staff accounts: one administrator always stays, codes work once, and each step is written down."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recruitsmart.domain.directory import linking, signing_in
from recruitsmart.domain.directory.first_password import (
    LASTS,
    WrongPasswordCode,
    set_first_password,
)
from recruitsmart.domain.directory.models import NO_PASSWORD, Account, PasswordCode, Role
from recruitsmart.domain.directory.operations import set_password
from recruitsmart.domain.directory.signing_in import TooManyAttempts, WrongLogin, announce, judge
from recruitsmart.domain.directory.throttle import FREE_AT_ADDRESS
from recruitsmart.domain.errors import BadInput, Changed, NotFound
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.pipeline import accounts
from tests.factories import NOW, add_city, add_recruiter
from tests.panel import FAST_HASH
from tests.panel import PASSWORD as FAST

BY: dict[str, Any] = {"actor": SYSTEM, "now": NOW}
PASSWORD = "eleven quiet lamps"


def _admin(session: Session, login: str = "boss", **values: Any) -> Account:
    account = Account(login=login, role=Role.ADMIN, **{"password_hash": "$argon2", **values})
    session.add(account)
    session.flush()
    return account


def _sets(session: Session, login: str, code: str, *, later: timedelta = timedelta(0)) -> Account:
    attempt = announce(session, login, address="1.2.3.4", now=NOW + later)
    session.flush()
    return set_first_password(session, attempt, code, PASSWORD, now=NOW + later)


def test_with_the_code_the_person_sets_a_password_that_signs_in(session: Session) -> None:
    account, code = accounts.make(session, " Olga ", Role.RECRUITER, None, **BY)
    assert not account.has_password
    with pytest.raises(WrongLogin):
        judge(session, announce(session, "olga", address="1.2.3.4", now=NOW), code, now=NOW)

    _sets(session, "OLGA", code.lower().replace("-", " "))

    attempt = announce(session, "olga", address="1.2.3.4", now=NOW)
    session.flush()
    assert judge(session, attempt, PASSWORD, now=NOW) is account
    assert session.scalar(select(func.count()).select_from(PasswordCode)) == 0


def test_only_the_hash_of_a_code_is_kept(session: Session) -> None:
    _account, code = accounts.make(session, "olga", Role.RECRUITER, None, **BY)
    kept = session.scalars(select(PasswordCode.code_hash)).one()
    letters = code.replace("-", "")
    assert len(letters) == 16
    assert letters not in kept
    assert letters not in str(session.scalars(select(Entry.details)).all())


@pytest.mark.parametrize("spoil", ["wrong", "used", "old", "renewed", "off", "nobody", "empty"])
def test_a_code_that_does_not_work_says_nothing_more_than_that(session: Session, spoil: str) -> None:
    _admin(session)
    account, code = accounts.make(session, "olga", Role.RECRUITER, None, **BY)
    login, later = "olga", timedelta(0)
    match spoil:
        case "wrong":
            code = "AAAA-BBBB-CCCC-DDDD"
        case "used":
            _sets(session, login, code)
        case "old":
            later = LASTS
        case "renewed":
            accounts.reset_password(session, account.id, **BY)
        case "off":
            accounts.deactivate(session, account.id, **BY)
        case "nobody":
            login = "nobody"
        case _:
            code = ""
    before = account.password_hash
    with pytest.raises(WrongPasswordCode):
        _sets(session, login, code, later=later)
    assert account.password_hash == before


def test_codes_cannot_be_tried_without_end(session: Session) -> None:
    _account, code = accounts.make(session, "olga", Role.RECRUITER, None, **BY)
    for _ in range(FREE_AT_ADDRESS):
        with pytest.raises(WrongPasswordCode):
            _sets(session, "olga", "AAAA")
    with pytest.raises(TooManyAttempts):
        _sets(session, "olga", code)


@pytest.mark.parametrize("login", ["", "ab", "a b c", "x" * 121, "o\tlga", "ol\u202ega"])
def test_a_login_that_is_none_is_refused(session: Session, login: str) -> None:
    with pytest.raises(BadInput):
        accounts.make(session, login, Role.VIEWER, None, **BY)


@pytest.mark.parametrize("step", ["deactivate", "demote", "reset"])
def test_the_last_administrator_who_can_sign_in_stays(session: Session, step: str) -> None:
    boss = _admin(session)
    _admin(session, "gone", active=False)
    _admin(session, "new", password_hash="!")
    with pytest.raises(BadInput):
        if step == "deactivate":
            accounts.deactivate(session, boss.id, **BY)
        elif step == "demote":
            accounts.change(session, boss.id, Role.VIEWER, None, seen=accounts.standing(boss), **BY)
        else:
            accounts.reset_password(session, boss.id, **BY)
    assert (boss.active, boss.role, boss.has_password) == (True, Role.ADMIN, True)
    _admin(session, "other")
    accounts.deactivate(session, boss.id, **BY)
    assert not boss.active


def test_of_two_administrators_who_switch_each_other_off_one_stays(session: Session, behind: Any) -> None:
    one, other = _admin(session, "one"), _admin(session, "other")
    session.commit()
    accounts.deactivate(session, other.id, **BY)
    session.flush()

    second = behind(lambda mine: accounts.deactivate(mine, one.id, **BY))
    session.commit()

    with pytest.raises(BadInput):
        second.result()
    session.expire_all()
    assert session.scalars(select(Account.login).where(Account.active)).all() == ["one"]


def test_of_two_who_change_an_account_at_once_the_second_looks_again(session: Session, behind: Any) -> None:
    recruiter = add_recruiter(session, add_city(session))
    _admin(session)
    olga = _admin(session, "olga")
    session.commit()
    seen = accounts.standing(olga)
    accounts.change(session, olga.id, Role.VIEWER, None, seen=seen, **BY)
    session.flush()

    second = behind(lambda mine: accounts.change(mine, olga.id, Role.ADMIN, recruiter.id, seen=seen, **BY))
    session.commit()

    with pytest.raises(Changed):
        second.result()
    session.refresh(olga)
    assert (olga.role, olga.recruiter_id) == (Role.VIEWER, None)


@pytest.mark.parametrize("step", [accounts.reset_password, accounts.deactivate])
def test_a_password_taken_away_while_it_is_looked_at_opens_nothing(session: Session, behind: Any, step: Any) -> None:
    """As whoever changes their own password does: the new one is set in the transaction that judged the old one."""
    _admin(session)
    olga = _admin(session, "olga", password_hash=FAST_HASH)
    session.commit()
    code = step(session, olga.id, **BY)
    session.flush()

    def changes(mine: Session) -> None:
        attempt = announce(mine, "olga", address="1.2.3.4", now=NOW)
        mine.flush()
        set_password(judge(mine, attempt, FAST, now=NOW), PASSWORD)

    second = behind(changes)
    session.commit()

    with pytest.raises(WrongLogin):
        second.result()
    session.refresh(olga)
    assert olga.password_hash == (NO_PASSWORD if code else FAST_HASH)


def test_what_takes_access_away_ends_the_sessions(session: Session) -> None:
    _admin(session)
    olga = Account(login="olga", password_hash="$argon2", role=Role.RECRUITER, totp_secret="x", totp_since=NOW)
    session.add(olga)
    session.flush()
    for step in (
        accounts.end_sessions, accounts.remove_second_factor, accounts.reset_password, accounts.deactivate,
    ):  # fmt: skip
        before = olga.session_epoch
        step(session, olga.id, **BY)
        assert olga.session_epoch == before + 1, step.__name__
    assert olga.totp_secret is None
    accounts.activate(session, olga.id, **BY)
    kinds = session.scalars(select(Entry.kind).where(Entry.subject_id == olga.id).order_by(Entry.id)).all()
    assert [kind.removeprefix("account.") for kind in kinds] == [
        "sessions_ended", "second_factor_removed", "password_reset", "deactivated", "activated",
    ]  # fmt: skip


def test_a_change_is_written_down_with_before_and_after_and_the_same_again_is_not(session: Session) -> None:
    recruiter = add_recruiter(session, add_city(session))
    account, _code = accounts.make(session, "olga", Role.VIEWER, None, **BY)
    seen = accounts.standing(account)
    for _ in range(2):
        accounts.change(session, account.id, Role.RECRUITER, recruiter.id, seen=seen, **BY)
    entry = session.scalars(select(Entry).where(Entry.kind == "account.changed")).one()
    assert entry.details == {
        "before": {"role": "viewer", "recruiter": None},
        "after": {"role": "recruiter", "recruiter": recruiter.name},
    }


def test_nobodys_account_and_nobodys_recruiter_are_not_found(session: Session) -> None:
    account, _code = accounts.make(session, "olga", Role.VIEWER, None, **BY)
    for job in (
        lambda: accounts.deactivate(session, 999, **BY),
        lambda: accounts.change(session, account.id, Role.VIEWER, 999, seen=accounts.standing(account), **BY),
        lambda: accounts.make(session, "vera", Role.VIEWER, 999, **BY),
    ):
        with pytest.raises(NotFound):
            job()


@pytest.mark.parametrize("since", [None, NOW])
def test_a_lost_phone_loses_its_telegram_too(session: Session, since: datetime | None) -> None:
    olga = Account(
        login="olga", password_hash="$argon2", role=Role.RECRUITER, chat_id=5, totp_secret="x", totp_since=since
    )  # fmt: skip
    session.add(olga)
    session.flush()
    accounts.remove_second_factor(session, olga.id, **BY)
    assert (olga.chat_id, olga.totp_since) == (None, None)
    assert session.scalars(select(Entry.kind).where(Entry.kind == "account.unlinked")).all() == ["account.unlinked"]


def test_an_account_is_untied_from_its_chat(session: Session) -> None:
    account, _code = accounts.make(session, "olga", Role.VIEWER, None, **BY)
    account.chat_id = 55
    for _ in range(2):
        accounts.untie(session, account.id, **BY)
    assert account.chat_id is None
    assert session.scalars(select(Entry.kind)).all().count("account.unlinked") == 1


def test_a_login_without_a_password_costs_as_much_work_as_any(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the time of the answer would tell which accounts have a code outstanding."""
    accounts.make(session, "ivan", Role.ADMIN, None, **BY)
    session.commit()
    looked_at: list[str] = []
    monkeypatch.setattr(signing_in, "_matches", lambda judged, _password: looked_at.append(judged) or False)
    with pytest.raises(WrongLogin):
        judge(session, announce(session, "ivan", address="10.0.0.7", now=NOW), "!", now=NOW)
    assert looked_at[0].startswith("$argon2")


@pytest.mark.parametrize(
    "step",
    [
        lambda session, account: accounts.end_sessions(session, account.id, **BY),
        lambda session, account: accounts.reset_password(session, account.id, **BY),
        lambda session, account: accounts.untie(session, account.id, **BY),
        lambda session, account: set_password(account, PASSWORD),
    ],
    ids=["sessions ended", "password reset", "unlinked", "password changed"],
)
def test_a_code_that_would_link_a_chat_does_not_outlive_what_ends_sessions(session: Session, step: Any) -> None:
    """Whoever has stolen a session has perhaps made one."""
    account, _ = accounts.make(session, "ivan", Role.RECRUITER, None, **BY)
    account.chat_id = 5
    session.commit()
    code = linking.make_code(session, account, now=NOW)
    step(session, account)
    with pytest.raises(linking.CodeUnknown):
        linking.link(session, code, chat_id=6, now=NOW)


def test_ending_codes_makes_no_room_for_more_of_them(session: Session) -> None:
    account, _ = accounts.make(session, "ivan", Role.RECRUITER, None, **BY)
    for _number in range(linking.MOST_AN_HOUR):
        linking.make_code(session, account, now=NOW)
        linking.unlink(account)
    with pytest.raises(BadInput):
        linking.make_code(session, account, now=NOW)
