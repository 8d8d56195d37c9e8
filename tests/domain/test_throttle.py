"""Waiting after failures to sign in: guesses are slow wherever they come from, and nobody locks another out."""

from datetime import datetime, timedelta
from threading import Barrier

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.attempts import LoginAttempt
from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.domain.directory.signing_in import (
    TooManyAttempts,
    WrongLogin,
    announce,
    forget_failures,
    judge,
    refuse_too_many,
)
from recruitsmart.domain.directory.throttle import (
    FIRST_WAIT,
    FREE_AT_ADDRESS,
    FREE_AT_OTHERS,
    FREE_OF_STRANGERS,
    KNOWN_FOR,
    LONGEST_WAIT,
    REMEMBERED,
    Failures,
    end_of_wait,
    locked_until,
    retry_at,
    wait_after,
)
from recruitsmart.domain.journal.operations import OPERATOR
from recruitsmart.domain.pipeline import accounts
from tests.factories import NOW
from tests.panel import FAST_HASH, PASSWORD

MINUTE = timedelta(minutes=1)
HOME, AWAY = "10.0.0.1", "10.0.0.2"

# The rule, pure


def test_the_wait_grows_from_a_minute_to_an_hour() -> None:
    waits = [wait_after(count, free=FREE_AT_ADDRESS) // MINUTE for count in range(3, 14)]
    assert waits == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]


@given(count=st.integers(0, 10**12), free=st.integers(1, 100))
def test_the_wait_never_shrinks_and_never_exceeds_an_hour(count: int, free: int) -> None:
    wait = wait_after(count, free=free)
    assert timedelta(0) <= wait <= wait_after(count + 1, free=free) <= LONGEST_WAIT
    assert (wait == timedelta(0)) == (count < free)


@given(patience_seconds=st.lists(st.integers(0, 7200), max_size=60))
def test_whoever_keeps_trying_gets_no_more_than_so_many_looks_a_day(patience_seconds: list[int]) -> None:
    """Each pause is one try: refused ones cost nothing, the others count."""
    looked_at: list[datetime] = []
    at = NOW
    for pause in [*patience_seconds, *[1] * 200]:
        counted = [moment for moment in looked_at if moment > at - REMEMBERED]
        failures = Failures(count=len(counted), last_at=max(counted, default=None))
        end = end_of_wait(failures, free=FREE_AT_ADDRESS)
        if end is None or end <= at:
            looked_at.append(at)
        at += timedelta(seconds=pause)
    for first in looked_at:
        day = [moment for moment in looked_at if first <= moment < first + REMEMBERED]
        assert len(day) <= FREE_AT_ADDRESS + 6 + REMEMBERED // LONGEST_WAIT


@pytest.mark.parametrize("free", [FREE_AT_ADDRESS, FREE_OF_STRANGERS, FREE_AT_OTHERS])
def test_nothing_is_waited_for_without_failures(free: int) -> None:
    assert end_of_wait(Failures(), free=free) is None
    assert end_of_wait(Failures(count=free, last_at=NOW), free=free) == NOW + FIRST_WAIT


# Counted in Postgres


@pytest.fixture
def olga(session: Session) -> Account:
    account = Account(login="Olga", role=Role.RECRUITER, password_hash=FAST_HASH)
    session.add(account)
    session.flush()
    return account


def _failed(
    session: Session, count: int, *, login: str = "olga", address: str = AWAY, ago: timedelta = timedelta(0)
) -> None:
    for _ in range(count):
        announce(session, login, address=address, now=NOW - ago)
        session.flush()


def _got_in(session: Session, *, login: str = "olga", address: str = HOME, ago: timedelta = timedelta(0)) -> None:
    announce(session, login, address=address, now=NOW - ago).succeeded = True
    session.flush()


def _wait(session: Session, *, login: str = "olga", address: str = AWAY) -> timedelta:
    """What somebody who tries now must wait; the try itself leaves no trace."""
    attempt = announce(session, login, address=address, now=NOW)
    session.flush()
    end = retry_at(session, attempt, now=NOW)
    session.delete(attempt)
    session.flush()
    return timedelta(0) if end is None else end - NOW


def test_after_five_failures_at_an_address_one_waits_there_and_longer_each_time(session: Session) -> None:
    _failed(session, 4)
    assert _wait(session) == timedelta(0)
    _failed(session, 1)
    assert _wait(session) == MINUTE
    _failed(session, 2)
    assert _wait(session) == 4 * MINUTE
    assert _wait(session, address=HOME) == timedelta(0)


def test_a_wait_runs_from_the_last_failure(session: Session) -> None:
    _failed(session, 6, ago=timedelta(seconds=90))
    assert _wait(session) == timedelta(seconds=30)


def test_what_was_refused_lengthens_nothing(session: Session) -> None:
    _failed(session, 5)
    for _ in range(50):
        refused = announce(session, "olga", address=AWAY, now=NOW)
        refused.refused = True
    session.flush()
    assert _wait(session) == MINUTE
    assert _wait(session, login="vera") == timedelta(0)


def test_a_success_forgets_what_failed_at_that_address(session: Session) -> None:
    _failed(session, 9)
    _got_in(session, address=AWAY)
    _failed(session, 4)
    assert _wait(session) == timedelta(0)


def test_a_success_elsewhere_gives_a_stranger_no_new_tries(session: Session) -> None:
    _failed(session, 7)
    _got_in(session, address=HOME)
    assert _wait(session) == 4 * MINUTE


def test_strangers_from_many_places_slow_each_other_and_not_who_is_known(session: Session) -> None:
    _got_in(session, ago=timedelta(days=30))
    for number in range(FREE_OF_STRANGERS + 3):
        _failed(session, 1, address=f"203.0.113.{number}")
    assert _wait(session, address="203.0.113.200") == 8 * MINUTE
    assert _wait(session, address=HOME) == timedelta(0)
    _failed(session, 5, address=HOME)
    assert _wait(session, address=HOME) == MINUTE
    assert _wait(session, address="203.0.113.200") == 8 * MINUTE


def test_an_address_is_known_for_ninety_days(session: Session) -> None:
    _got_in(session, ago=KNOWN_FOR)
    _failed(session, FREE_OF_STRANGERS, address="203.0.113.9")
    assert _wait(session, address=HOME) == MINUTE


def test_one_address_that_tries_many_logins_waits_and_those_who_work_there_do_not(session: Session) -> None:
    _got_in(session, address=AWAY)
    for number in range(FREE_AT_OTHERS):
        _failed(session, 1, login=f"guess{number}")
    assert _wait(session, login="vera") == MINUTE
    assert _wait(session, login="olga") == timedelta(0)


def test_typing_errors_of_those_who_work_at_an_address_hold_nobody_else_up_there(session: Session) -> None:
    for number in range(FREE_AT_OTHERS):
        _got_in(session, login=f"colleague{number}", address=AWAY, ago=timedelta(days=1))
        _failed(session, 4, login=f"colleague{number}")
    assert _wait(session, login="new") == timedelta(0)


def test_failures_are_forgotten_after_a_day(session: Session) -> None:
    _failed(session, 30, ago=REMEMBERED)
    assert _wait(session) == timedelta(0)


def test_a_lock_is_seen_and_lifted(session: Session, olga: Account) -> None:
    assert locked_until(session, olga, now=NOW) is None
    _failed(session, 8, ago=timedelta(seconds=1))
    assert locked_until(session, olga, now=NOW) == NOW + 8 * MINUTE - timedelta(seconds=1)
    accounts.lift_lock(session, olga.id, actor=OPERATOR, now=NOW)
    session.flush()
    assert locked_until(session, olga, now=NOW) is None
    assert _wait(session) == timedelta(0)


def test_who_gets_a_code_for_a_new_password_is_not_held_up_by_what_failed_before(
    session: Session, olga: Account
) -> None:
    _failed(session, 8, ago=timedelta(seconds=1))
    accounts.take_password_away(session, olga.id, actor=OPERATOR, now=NOW)
    session.flush()
    assert _wait(session) == timedelta(0)


def test_a_lifted_lock_opens_one_account_of_an_address_and_no_other(session: Session, olga: Account) -> None:
    for number in range(FREE_AT_OTHERS):
        _failed(session, 1, login=f"guess{number}", ago=timedelta(seconds=1))
    accounts.lift_lock(session, olga.id, actor=OPERATOR, now=NOW)
    session.flush()
    assert _wait(session) == timedelta(0)
    assert _wait(session, login="vera") > timedelta(0)


def test_old_failures_are_thrown_away_and_what_makes_an_address_known_is_kept(session: Session) -> None:
    _got_in(session, ago=timedelta(days=60))
    _failed(session, 3, ago=timedelta(days=31))
    _failed(session, 2, ago=timedelta(days=29))
    forget_failures(session, before=NOW - timedelta(days=30))
    left = session.scalars(select(LoginAttempt.succeeded).order_by(LoginAttempt.id)).all()
    assert left == [True, False, False]


# Several at once


def test_of_many_guesses_at_once_no_more_are_looked_at_than_one_after_the_other(session: Session, at_once) -> None:
    """All are written down before any is judged, as by requests that arrive together."""
    session.add(Account(login="olga", role=Role.RECRUITER, password_hash=FAST_HASH))
    session.commit()
    guesses = 12
    announced = Barrier(guesses)

    def guess(mine: Session) -> bool:
        attempt = announce(mine, "olga", address=AWAY, now=NOW)
        mine.commit()
        announced.wait(10)
        try:
            refuse_too_many(mine, attempt, now=NOW)
        except TooManyAttempts:
            return False
        return True

    assert sum(at_once(*[guess] * guesses)) <= FREE_AT_ADDRESS
    assert session.query(LoginAttempt).count() == guesses


def test_the_right_password_at_a_known_address_gets_in_under_attack(session: Session, olga: Account) -> None:
    _got_in(session, ago=timedelta(days=1))
    for number in range(60):
        _failed(session, 1, address=f"203.0.113.{number}")
    stranger, known = (announce(session, "olga", address=where, now=NOW) for where in ("203.0.113.99", HOME))
    session.flush()
    with pytest.raises(TooManyAttempts):
        judge(session, stranger, PASSWORD, now=NOW)
    assert judge(session, known, PASSWORD, now=NOW) is olga


def test_after_the_wait_one_try_is_looked_at(session: Session, olga: Account) -> None:
    _failed(session, 5)
    later = announce(session, "olga", address=AWAY, now=NOW + FIRST_WAIT)
    session.flush()
    with pytest.raises(WrongLogin):
        judge(session, later, "wrong", now=NOW + FIRST_WAIT)
    assert _wait(session) > FIRST_WAIT
