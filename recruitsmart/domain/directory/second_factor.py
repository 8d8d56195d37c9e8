"""The second factor: codes of an authenticator app (TOTP, RFC 6238), and single-use codes for a lost phone."""

import hmac
import secrets
from datetime import datetime
from hashlib import sha256

import pyotp
from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.domain.directory.operations import end_sessions
from recruitsmart.domain.errors import BadInput, DomainError

ISSUER = "RecruitSmart"
STEP_SECONDS = 30
STEPS_APART = (-1, 0, 1)  # a phone's clock may be half a minute off
SPARE_CODES = 8
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that looks like something else


class WrongCode(DomainError):
    """This code is wrong, too old, or was used already. Type the one your app shows now."""


def is_on(account: Account) -> bool:
    """Whether a password alone does not open this account."""
    return account.totp_since is not None


def is_missing(account: Account, *, required_of_admins: bool) -> bool:
    """Whether this account must set up a second factor before it may do anything else."""
    return required_of_admins and account.role == Role.ADMIN and not is_on(account)


def begin(account: Account) -> None:
    """A new secret for the app; in force only once a code of it was typed. The caller has locked the account.

    Raises:
        BadInput: one is in force; it has to be removed first.
    """
    if is_on(account):
        raise BadInput("The second factor is on already.")
    account.totp_secret = pyotp.random_base32()


def app_uri(account: Account) -> str:
    """What the app reads from the QR code (Key URI format)."""
    return pyotp.TOTP(account.totp_secret or "").provisioning_uri(name=account.login, issuer_name=ISSUER)


def confirm(session: Session, account_id: int, code: str, *, now: datetime) -> list[str]:
    """Turn it on with a code of the new secret; other sessions end. Answers the spare codes, shown this once.

    Locks the account.

    Raises:
        WrongCode
        BadInput: it is on already, or was not begun.
    """
    account = _locked(session, account_id)
    if is_on(account) or not account.totp_secret:
        raise BadInput("Start with a new QR code.")
    account.totp_step = 0
    if not _takes_code_of_app(account, code, now=now):
        raise WrongCode
    spare = ["-".join(_random_letters(5) for _ in range(2)) for _ in range(SPARE_CODES)]
    account.totp_since, account.spare_code_hashes = now, [_hashed(each) for each in spare]
    end_sessions(account)
    return spare


def accept(session: Session, account_id: int, code: str, *, now: datetime) -> Account:
    """The account, when this is a code of its app or a spare one; neither works twice.

    Locks the account, so that of two uses at once one wins.

    Raises:
        WrongCode: also when the second factor is off.
    """
    account = _locked(session, account_id)
    if not is_on(account) or not (_takes_code_of_app(account, code, now=now) or _takes_spare_code(account, code)):
        raise WrongCode
    return account


def remove(account: Account) -> None:
    """From now on the password alone opens the account."""
    account.totp_secret, account.totp_since, account.totp_step, account.spare_code_hashes = None, None, 0, []


def _locked(session: Session, account_id: int) -> Account:
    locked = select(Account).where(Account.id == account_id).with_for_update().execution_options(populate_existing=True)
    return session.scalars(locked).one()


def _takes_code_of_app(account: Account, code: str, *, now: datetime) -> bool:
    """Codes of the step that was used last, or of one before it, are refused: somebody may have looked on."""
    digits, app = "".join(code.split()), pyotp.TOTP(account.totp_secret or "", interval=STEP_SECONDS)
    current = int(now.timestamp()) // STEP_SECONDS
    for step in (current + apart for apart in STEPS_APART):
        if step > account.totp_step and hmac.compare_digest(app.generate_otp(step).encode(), digits.encode()):
            account.totp_step = step
            return True
    return False


def _takes_spare_code(account: Account, code: str) -> bool:
    typed = _hashed(code.strip().upper())
    if typed not in account.spare_code_hashes:
        return False
    account.spare_code_hashes = [each for each in account.spare_code_hashes if each != typed]
    return True


def _random_letters(count: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(count))


def _hashed(code: str) -> str:
    return sha256(code.encode()).hexdigest()
