"""Linking a staff account to its Telegram chat by a code that works once, for ten minutes; never by a name."""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, object_session

from recruitsmart.domain.directory.models import Account, LinkCode
from recruitsmart.domain.errors import BadInput, DomainError

LASTS = timedelta(minutes=10)
MOST_AN_HOUR = 5
PREFIX = "link_"  # of the payload of `/start`, so that the link in the panel does it all
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # nothing that looks like something else
_LENGTH = 10
_REACHABLE = {"unreachable_since": None, "unreachable_reason": None}


class CodeUnknown(DomainError):
    """This code is unknown, used, or older than ten minutes. Make a new one in the panel."""

    key = "staff.code_unknown"


def make_code(session: Session, account: Account, *, now: datetime) -> str:
    """A fresh code for an account; those made before no longer work. Only its hash is kept.

    Raises:
        BadInput: too many within an hour.
    """
    made = select(func.count()).select_from(LinkCode)
    recent = LinkCode.account_id == account.id, LinkCode.made_at > now - timedelta(hours=1)
    if (session.scalar(made.where(*recent)) or 0) >= MOST_AN_HOUR:
        raise BadInput("That were many codes. Please wait an hour.")
    unused = LinkCode.account_id == account.id, LinkCode.used_at.is_(None), LinkCode.expires_at > now
    session.execute(update(LinkCode).where(*unused).values(expires_at=now))
    code = "".join(secrets.choice(_ALPHABET) for _ in range(_LENGTH))
    session.add(LinkCode(account_id=account.id, code_hash=_hashed(code), made_at=now, expires_at=now + LASTS))
    return code


def link(session: Session, code: str, *, chat_id: int, now: datetime) -> tuple[Account, int | None]:
    """Tie the account of a code to this chat; a chat or an account that was tied otherwise is tied anew. Returns the
    account, and the chat it was tied to until now.

    Locks the account, as whatever ends its codes does, and then the code, so that of two uses at once one wins.

    Raises:
        CodeUnknown: also when the account is out of use.
    """
    typed = code.strip().upper().removeprefix(PREFIX.upper())
    this = LinkCode.code_hash == _hashed(typed)
    fresh = {"populate_existing": True}
    owner = select(Account).join(LinkCode).where(this).with_for_update(of=Account)
    account = session.scalar(owner.execution_options(**fresh))
    found = session.scalar(select(LinkCode).where(this).with_for_update().execution_options(**fresh))
    if found is None or account is None or found.used_at is not None or found.expires_at <= now or not account.active:
        raise CodeUnknown
    found.used_at = now
    session.execute(update(Account).where(Account.chat_id == chat_id).values(chat_id=None, **_REACHABLE))
    before, account.chat_id = account.chat_id, chat_id
    account.unreachable_since = account.unreachable_reason = None
    return account, before


def unlink(account: Account) -> None:
    """From now on this account neither acts nor is told anything in Telegram, nor is linked by a code of before."""
    account.chat_id = None
    account.unreachable_since = account.unreachable_reason = None
    void_codes(account)


def void_codes(account: Account) -> None:
    """Codes of this account that nobody has used no longer work."""
    session = object_session(account)
    if session is not None:  # else it is new, and has none
        unused = LinkCode.account_id == account.id, LinkCode.used_at.is_(None)
        session.execute(update(LinkCode).where(*unused).values(expires_at=LinkCode.made_at))


def lose_chat(session: Session, chat_id: int, *, reason: str, now: datetime) -> int | None:
    """This chat no longer takes our messages; the first reason stays until somebody writes from it.

    Returns the account it is linked to; None when that was known, or it is nobody's chat.
    """
    reachable = Account.chat_id == chat_id, Account.unreachable_since.is_(None)
    lost = update(Account).where(*reachable).values(unreachable_reason=reason[:120], unreachable_since=now)
    return session.scalar(lost.returning(Account.id))


def regain_chat(session: Session, chat_id: int) -> int | None:
    """Somebody wrote from this chat, so messages arrive again; returns the account if they did not before."""
    lost = Account.chat_id == chat_id, Account.unreachable_since.is_not(None)
    return session.scalar(update(Account).where(*lost).values(**_REACHABLE).returning(Account.id))


def _hashed(code: str) -> str:
    return sha256(code.encode()).hexdigest()
