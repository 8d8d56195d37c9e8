"""Passwords that nobody else ever knows: an administrator hands over a code, the person sets the password with it."""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.attempts import LoginAttempt
from recruitsmart.domain.directory.models import NO_PASSWORD, Account, PasswordCode
from recruitsmart.domain.directory.operations import end_sessions, find_account, set_password
from recruitsmart.domain.directory.signing_in import refuse_too_many
from recruitsmart.domain.errors import DomainError

LASTS = timedelta(hours=24)
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that looks like something else
_PART, _PARTS = 4, 4


class WrongPasswordCode(DomainError):
    """This login and this code do not belong together, or the code was used or is older than a day."""


def ask_for_password(session: Session, account: Account, *, now: datetime) -> str:
    """Take the password away, end all sessions, and make the code with which a new one is set; shown this once."""
    account.password_hash = NO_PASSWORD
    end_sessions(account)
    code = "-".join("".join(secrets.choice(_ALPHABET) for _ in range(_PART)) for _ in range(_PARTS))
    session.flush()
    values = {"code_hash": _hashed(code), "expires_at": now + LASTS}
    row = insert(PasswordCode).values(account_id=account.id, **values)
    session.execute(row.on_conflict_do_update(index_elements=["account_id"], set_=values))
    return code


def set_first_password(
    session: Session, attempt: LoginAttempt, code: str, password: str, *, now: datetime
) -> Account:  # fmt: skip
    """The account of the attempt's login gets its password; the code is used up. How strong it must be is not asked.

    Locks the code: of two uses at once one counts. A try counts like one at the password.

    Raises:
        TooManyAttempts: the code was not looked at.
        WrongPasswordCode: also for a login nobody has, and for an account out of use.
    """
    refuse_too_many(session, attempt, now=now)
    account = find_account(session, attempt.login)
    known = _locked(session, account)
    matches = hmac.compare_digest(_hashed(code), "" if known is None else known.code_hash)
    if account is None or known is None or not matches or known.expires_at <= now or not account.active:
        raise WrongPasswordCode
    set_password(account, password)
    session.execute(delete(PasswordCode).where(PasswordCode.account_id == account.id))
    attempt.succeeded, attempt.account_id = True, account.id
    return account


def _locked(session: Session, account: Account | None) -> PasswordCode | None:
    if account is None:
        return None
    return session.scalar(select(PasswordCode).where(PasswordCode.account_id == account.id).with_for_update())


def _hashed(code: str) -> str:
    """Of the letters alone: how it is divided, and in which case it is typed, does not matter."""
    letters = "".join(char for char in code.upper() if char in _ALPHABET)
    return sha256(letters.encode()).hexdigest()
