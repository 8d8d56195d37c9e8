"""Staff accounts."""

from argon2 import PasswordHasher
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.linking import void_codes
from recruitsmart.domain.directory.models import Account, Role

passwords = PasswordHasher()  # argon2id with the library's current parameters


def find_account(session: Session, login: str) -> Account | None:
    """The account of a login; case does not matter."""
    return session.scalar(select(Account).where(func.lower(Account.login) == login.strip().lower()))


def ensure_first_admin(session: Session, *, login: str, password: str) -> Account:
    """The first admin account; one that exists is left as it is, its password too."""
    known = find_account(session, login)
    if known is not None:
        return known
    account = Account(login=login.strip(), password_hash=passwords.hash(password), role=Role.ADMIN)
    session.add(account)
    return account


def set_password(account: Account, password: str) -> None:
    """A new password; all sessions of the account end. How strong it must be is the caller's to say."""
    account.password_hash = passwords.hash(password)
    end_sessions(account)


def end_sessions(account: Account) -> None:
    """Whoever is signed in with it must sign in again, and a code with which they would link a chat is void."""
    account.session_epoch += 1
    void_codes(account)
