"""Administrators hear of messages that do not leave, at most once an hour."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.pipeline.watching import WATCH, keep_watch, look_for_stuck
from recruitsmart.domain.timers.operations import run_due
from tests.factories import NOW, add_city, add_message, add_recruiter

MINUTE = timedelta(minutes=1)


@pytest.fixture
def boss(session):
    """An administrator who is no recruiter; a colleague's chat is nobody's to tell of operations."""
    add_recruiter(session, add_city(session))
    account = Account(login="boss", password_hash="x", role=Role.ADMIN, chat_id=4242)
    session.add(account)
    keep_watch(session, now=NOW - 5 * MINUTE)
    return account


def _look(session, now=NOW):
    run_due(session, {WATCH: look_for_stuck}, now=now)
    session.flush()
    return list(session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "staff.stuck")))


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"state": MessageState.FAILED, "settled_at": NOW - MINUTE}, True),
        ({"state": MessageState.UNKNOWN, "settled_at": NOW - MINUTE}, True),
        ({"state": MessageState.FAILED, "settled_at": NOW - 61 * MINUTE}, False),
        ({"due_at": NOW - 11 * MINUTE}, True),
        ({"due_at": NOW - 9 * MINUTE}, False),
        ({"due_at": NOW - 11 * MINUTE, "lane": Lane.BULK}, False),
    ],
)
def test_what_failed_lately_or_waits_too_long_is_told(session, boss, values, told):
    add_message(session, **values)
    assert [message.chat_id for message in _look(session)] == [boss.chat_id] * told


def test_it_is_told_at_most_once_an_hour(session, boss):
    add_message(session, due_at=NOW - 60 * MINUTE)
    counts = [len(_look(session, NOW + minutes * MINUTE)) for minutes in (0, 5, 59, 60)]
    assert counts == [1, 1, 1, 2]


def test_while_all_is_well_it_looks_every_five_minutes(session, boss):
    _look(session)
    add_message(session, due_at=NOW - 60 * MINUTE)
    assert [len(_look(session, NOW + minutes * MINUTE)) for minutes in (4, 5)] == [0, 1]


@pytest.mark.parametrize("part", ["colleague", "lost", "out of use"])
def test_nobody_else_is_told(session, boss, part):
    if part == "colleague":
        boss.chat_id, boss.recruiter_id = None, session.scalars(select(Account.recruiter_id).limit(1)).one()
    elif part == "lost":
        boss.unreachable_since, boss.unreachable_reason = NOW, "blocked the bot"
    else:
        boss.active = False
    add_message(session, due_at=NOW - 60 * MINUTE)
    assert _look(session) == []


def test_the_watch_is_begun_once(session, boss):
    keep_watch(session, now=NOW)
    assert run_due(session, {WATCH: look_for_stuck}, now=NOW) == 1
