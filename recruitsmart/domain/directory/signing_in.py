"""Signing in: every attempt is written down, and whoever failed too often must wait (`throttle`).

In two steps, so that parallel attempts cannot slip past: `announce` writes the attempt down and is committed; `judge`
counts the others, announced ones too, and only then looks at the password. What was refused is marked by the caller.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime
from functools import cache

from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from recruitsmart.domain.directory import second_factor, throttle
from recruitsmart.domain.directory.attempts import LoginAttempt
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.directory.operations import find_account, passwords
from recruitsmart.domain.errors import DomainError

LONGEST_PASSWORD = 1000


class WrongLogin(DomainError):
    """Login or password is wrong."""


class TooManyAttempts(DomainError):
    """Too many attempts to sign in."""

    def __init__(self, *, retry_at: datetime) -> None:
        super().__init__()
        self.retry_at = retry_at


def announce(session: Session, login: str, *, address: str, now: datetime) -> LoginAttempt:
    """Write an attempt down as failed. Commit before judging it; when it is refused, mark it so."""
    attempt = LoginAttempt(at=now, login=_folded(login), address=address[:64], succeeded=False, refused=False)
    session.add(attempt)
    return attempt


def _folded(login: str) -> str:
    return login.replace("\0", "").strip().lower()[:120]


def judge(session: Session, attempt: LoginAttempt, password: str, *, now: datetime) -> Account:
    """The account whose password this is; the attempt has succeeded unless a second factor is asked for.

    An unknown login, an account out of use and a wrong password give the same answer after the same work. Locks the
    account whose password it is.

    Raises:
        TooManyAttempts: of this login or from this address; the password was not looked at.
        WrongLogin
    """
    refuse_too_many(session, attempt, now=now)
    account = find_account(session, attempt.login)
    judged = account.password_hash if account is not None and account.has_password else _nobodys_hash()
    if not _matches(judged, password) or account is None:
        raise WrongLogin
    session.refresh(account, with_for_update={"of": Account})  # a look takes long: it may be taken away meanwhile
    if not account.active or account.password_hash != judged:
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
    refuse_too_many(session, attempt, now=now, begun_by=begun_by)
    account = second_factor.accept(session, account_id, code, now=now)
    ours = LoginAttempt.id.in_((begun_by, attempt.id))
    session.execute(update(LoginAttempt).where(ours).values(succeeded=True, account_id=account.id))
    return account


def refuse_too_many(
    session: Session, attempt: LoginAttempt, *, now: datetime, begun_by: int | None = None
) -> None:  # fmt: skip
    """The throttle alone, for what is tried otherwise than at the password; `begun_by` is the attempt it goes on from.

    Raises:
        TooManyAttempts
    """
    retry_at = throttle.retry_at(session, attempt, now=now, begun_by=begun_by)
    if retry_at is not None:
        raise TooManyAttempts(retry_at=retry_at)


def latest_attempts(session: Session, *, before_id: int | None = None, limit: int) -> Sequence[LoginAttempt]:
    """The last attempts, newest first; those before an id."""
    attempts = select(LoginAttempt).order_by(LoginAttempt.id.desc()).limit(limit)
    return session.scalars(attempts if before_id is None else attempts.where(LoginAttempt.id < before_id)).all()


def forget_failures(session: Session, *, before: datetime) -> None:
    """Throw away what came to nothing; strangers can make many of these. Successes stay: they make addresses known."""
    session.execute(delete(LoginAttempt).where(~LoginAttempt.succeeded, LoginAttempt.at < before))


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
