"""Signing in: every attempt is written down, and too many of them must wait.

In two steps, so that parallel attempts cannot slip past the throttle: `announce` writes the attempt down and is
committed; `judge` counts it among the others and only then looks at the password.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from recruitsmart.domain.directory import second_factor
from recruitsmart.domain.directory.models import Account, LoginAttempt
from recruitsmart.domain.directory.operations import find_account, passwords
from recruitsmart.domain.errors import DomainError

WINDOW = timedelta(minutes=15)
MOST_PER_ACCOUNT = 5
MOST_PER_ADDRESS = 20
LONGEST_PASSWORD = 1000


class WrongLogin(DomainError):
    """Login or password is wrong."""


class TooManyAttempts(DomainError):
    """Too many attempts to sign in."""

    def __init__(self, *, retry_at: datetime) -> None:
        super().__init__()
        self.retry_at = retry_at


def announce(session: Session, login: str, *, address: str, now: datetime) -> LoginAttempt:
    """Write an attempt down as failed. Commit before judging it."""
    attempt = LoginAttempt(at=now, login=_folded(login), address=address[:64], succeeded=False)
    session.add(attempt)
    return attempt


def _folded(login: str) -> str:
    return login.replace("\0", "").strip().lower()[:120]


def judge(session: Session, attempt: LoginAttempt, password: str, *, now: datetime) -> Account:
    """The account whose password this is; the attempt has succeeded unless a second factor is asked for.

    An unknown login, an account out of use and a wrong password give the same answer after the same work.

    Raises:
        TooManyAttempts: of this login or from this address; the password was not looked at.
        WrongLogin
    """
    refuse_too_many(session, attempt, now=now)
    account = find_account(session, attempt.login)
    matches = _matches(_nobodys_hash() if account is None else account.password_hash, password)
    if account is None or not account.active or not matches:
        raise WrongLogin
    attempt.succeeded, attempt.account_id = not second_factor.is_on(account), account.id
    if passwords.check_needs_rehash(account.password_hash):
        account.password_hash = passwords.hash(password)
    return account


def judge_code(
    session: Session, attempt: LoginAttempt, code: str, *, account_id: int, begun_by: int, now: datetime
) -> Account:
    """The account that a code of the second factor opens; this attempt and the one that began it have succeeded.

    Raises:
        TooManyAttempts: the code was not looked at.
        WrongCode
    """
    refuse_too_many(session, attempt, now=now)
    account = second_factor.accept(session, account_id, code, now=now)
    ours = LoginAttempt.id.in_((begun_by, attempt.id))
    session.execute(update(LoginAttempt).where(ours).values(succeeded=True, account_id=account.id))
    return account


def refuse_too_many(session: Session, attempt: LoginAttempt, *, now: datetime) -> None:
    """The throttle alone, for what is tried otherwise than at the password.

    Raises:
        TooManyAttempts
    """
    retry_at = _retry_at(session, attempt, now=now)
    if retry_at is not None:
        raise TooManyAttempts(retry_at=retry_at)


def _retry_at(session: Session, attempt: LoginAttempt, *, now: datetime) -> datetime | None:
    """When the next attempt may be made; None when this one may. Counts this one too."""
    of_login = LoginAttempt.login == attempt.login
    last_success = select(func.max(LoginAttempt.id)).where(of_login, LoginAttempt.succeeded).scalar_subquery()
    since_success = (of_login, LoginAttempt.id > func.coalesce(last_success, 0))
    waits = [
        _end_of_wait(session, *since_success, most=MOST_PER_ACCOUNT, now=now),
        _end_of_wait(session, LoginAttempt.address == attempt.address, most=MOST_PER_ADDRESS, now=now),
    ]
    return max((wait for wait in waits if wait is not None), default=None)


def latest_failures(session: Session, *, limit: int) -> Sequence[LoginAttempt]:
    """The last attempts that did not succeed, newest first."""
    failures = select(LoginAttempt).where(~LoginAttempt.succeeded).order_by(LoginAttempt.id.desc()).limit(limit)
    return session.scalars(failures).all()


def _end_of_wait(session: Session, *which: ColumnElement[bool], most: int, now: datetime) -> datetime | None:
    """Refused when the window holds `most` failures besides the present one; the present one counts for the next."""
    failures = (
        select(LoginAttempt.at)
        .where(*which, ~LoginAttempt.succeeded, LoginAttempt.at > now - WINDOW)
        .order_by(LoginAttempt.at.desc(), LoginAttempt.id.desc())
        .offset(most - 1)
        .limit(2)
    )
    moments = session.scalars(failures).all()
    return moments[0] + WINDOW if len(moments) == 2 else None


def _matches(password_hash: str, password: str) -> bool:
    try:
        return passwords.verify(password_hash, password[:LONGEST_PASSWORD])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys_hash() -> str:
    """The hash of a password nobody knows: an unknown login costs as much as a known one."""
    return passwords.hash(secrets.token_urlsafe(32))


def prepare() -> None:
    """Make the first attempt of a process cost as much as the others."""
    _nobodys_hash()
