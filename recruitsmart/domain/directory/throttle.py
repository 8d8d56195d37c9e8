"""How long one waits after failures to sign in: the rule, pure, and the counts it is asked about.

Failures are counted at three places, so that guessing is slow wherever it comes from and nobody can keep another out:

- of one login from one address: here a person who mistypes, and who guesses from one place, wait first;
- of one login from all addresses it was never signed in from: guesses from many places;
- from one address at logins never signed in from there: one password tried at many logins.

Who signed in from an address before meets only the first there: strangers' failures elsewhere do not close that way.
A success forgets what that login failed from that address. What was refused was not looked at, and counts nowhere.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.orm import Session, aliased

from recruitsmart.domain.directory.attempts import LoginAttempt
from recruitsmart.domain.directory.models import Account

FREE_AT_ADDRESS = 5  # of one login
FREE_OF_STRANGERS = 20  # of one login, from all addresses that are not known for it
FREE_AT_OTHERS = 20  # from one address, at logins that are not known there
FIRST_WAIT = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=1)  # a person comes back after lunch; a guesser gets some thirty tries a day
REMEMBERED = timedelta(hours=24)
KNOWN_FOR = timedelta(days=90)

_success = aliased(LoginAttempt)


@dataclass(frozen=True, kw_only=True)
class Failures:
    """How many, and when the last one was; None without any."""

    count: int = 0
    last_at: datetime | None = None


def wait_after(count: int, *, free: int) -> timedelta:
    """What one waits after so many failures: nothing, then 1, 2, 4, 8, 16, 32 minutes, then an hour each time."""
    if count < free:
        return timedelta(0)
    doublings = min(count - free, (LONGEST_WAIT // FIRST_WAIT).bit_length())
    return min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def end_of_wait(failures: Failures, *, free: int) -> datetime | None:
    """When the next try may be made; None when there is nothing to wait for."""
    wait = wait_after(failures.count, free=free)
    return failures.last_at + wait if failures.last_at and wait else None


def retry_at(
    session: Session, attempt: LoginAttempt, *, now: datetime, begun_by: int | None = None
) -> datetime | None:  # fmt: skip
    """When this attempt may be made again; None when it may be looked at now.

    The others are counted, not this one, nor the one it goes on from: after a wait the right password must not be in
    the way of its own code.
    """
    login, address = attempt.login, attempt.address
    since = _counted_since(session, login, now=now)
    others = (LoginAttempt.at > since, LoginAttempt.id.not_in((attempt.id, begun_by or attempt.id)))
    by_address = _of_login(session, login, *others)
    known = _known_addresses(session, login, now=now)
    waits = [end_of_wait(by_address.get(address, Failures()), free=FREE_AT_ADDRESS)]
    if address not in known:
        at_others = _at_others(session, address, *others, now=now)
        waits += [_of_strangers(by_address, known), end_of_wait(at_others, free=FREE_AT_OTHERS)]
    return _latest(waits, now=now)


def locked_until(session: Session, account: Account, *, now: datetime) -> datetime | None:
    """Until when somebody waits who tries this account, from whichever address waits longest; None: nobody does."""
    login = account.login.lower()
    by_address = _of_login(session, login, LoginAttempt.at > _counted_since(session, login, now=now))
    waits = [end_of_wait(failures, free=FREE_AT_ADDRESS) for failures in by_address.values()]
    waits.append(_of_strangers(by_address, _known_addresses(session, login, now=now)))
    return _latest(waits, now=now)


def _latest(waits: Iterable[datetime | None], *, now: datetime) -> datetime | None:
    return max((wait for wait in waits if wait is not None and wait > now), default=None)


def _of_strangers(by_address: dict[str, Failures], known: set[str]) -> datetime | None:
    strangers = [failures for address, failures in by_address.items() if address not in known]
    last = max((failures.last_at for failures in strangers if failures.last_at), default=None)
    together = Failures(count=sum(failures.count for failures in strangers), last_at=last)
    return end_of_wait(together, free=FREE_OF_STRANGERS)


def _counted_since(session: Session, login: str, *, now: datetime) -> datetime:
    """Failures are remembered for a day, and not beyond the moment at which an administrator lifted the lock."""
    lifted_at = session.scalar(select(Account.lock_lifted_at).where(func.lower(Account.login) == login))
    return max(now - REMEMBERED, lifted_at or now - REMEMBERED)


def _of_login(session: Session, login: str, *which: ColumnElement[bool]) -> dict[str, Failures]:
    """The failures of a login by address, those since it last got in from there."""
    got_in = exists().where(
        _success.login == login, _success.address == LoginAttempt.address, _success.succeeded,
        _success.id > LoginAttempt.id,
    )  # fmt: skip
    counted = select(LoginAttempt.address, func.count(), func.max(LoginAttempt.at)).where(
        LoginAttempt.login == login, *_FAILED, *which, ~got_in
    )
    rows = session.execute(counted.group_by(LoginAttempt.address))
    return {address: Failures(count=count, last_at=last_at) for address, count, last_at in rows}


_FAILED = (~LoginAttempt.succeeded, ~LoginAttempt.refused)


def _known_addresses(session: Session, login: str, *, now: datetime) -> set[str]:
    successes = (LoginAttempt.login == login, LoginAttempt.succeeded, LoginAttempt.at > now - KNOWN_FOR)
    return set(session.scalars(select(LoginAttempt.address).where(*successes).distinct()))


def _at_others(session: Session, address: str, *which: ColumnElement[bool], now: datetime) -> Failures:
    """What failed from an address at logins that are not known there."""
    is_known = exists().where(
        _success.login == LoginAttempt.login, _success.address == address, _success.succeeded,
        _success.at > now - KNOWN_FOR,
    )  # fmt: skip
    counted = select(func.count(), func.max(LoginAttempt.at)).where(
        LoginAttempt.address == address, *_FAILED, *which, ~is_known
    )
    count, last_at = session.execute(counted).one()
    return Failures(count=count, last_at=last_at)
