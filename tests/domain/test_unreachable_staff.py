"""A recruiter's chat that takes no messages is noted on the account: nothing is sent there until they write again."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.dialogue.staff import open_staff_turn
from recruitsmart.domain.dialogue.turn import Sender, open_turn
from recruitsmart.domain.directory.linking import link, make_code
from recruitsmart.domain.directory.models import Account, Recruiter, Role
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.pipeline.watching import WATCH, keep_watch, look_for_stuck
from recruitsmart.domain.slots import digests, notices
from recruitsmart.domain.slots.models import Booking, BookingStatus
from recruitsmart.domain.slots.reaching import lose_contact
from recruitsmart.domain.timers.operations import run_due
from tests.factories import NOW, add_chooser, add_city, add_message, add_recruiter, add_slot

CHAT, HOUR = 77, timedelta(hours=1)
BLOCKED = "blocked the bot"


@pytest.fixture
def olga(session):
    return add_recruiter(session, add_city(session), chat_id=CHAT)


@pytest.fixture
def booking(session, olga):
    candidate, slot = add_chooser(session, olga.cities[0]), add_slot(session, olga, NOW + 24 * HOUR)
    booking = Booking(
        slot=slot, candidate=candidate, purpose=slot.purpose, slot_capacity=1, seat=1, status=BookingStatus.BOOKED,
        created_at=NOW, time_zone="Europe/Moscow",
    )  # fmt: skip
    session.add(booking)
    session.flush()
    return booking


def _lose(session, chat_id=CHAT, now=NOW):
    lose_contact(session, chat_id, reason=BLOCKED, now=now)
    session.flush()
    session.expire_all()


def _account(session):
    return session.scalars(select(Account).where(Account.chat_id == CHAT)).one()


def _states(session, kind):
    session.flush()
    rows = select(OutboxMessage.state, OutboxMessage.reason).where(OutboxMessage.kind == kind)
    return [tuple(row) for row in session.execute(rows)]


def _sender(update_id=1):
    return Sender(update_id=update_id, chat_id=CHAT, received_at=NOW)


def test_a_chat_that_takes_no_messages_is_noted_on_its_account_once(session, olga):
    _lose(session)
    lose_contact(session, CHAT, reason="chat not found", now=NOW + HOUR)
    account = _account(session)
    assert (account.unreachable_since, account.unreachable_reason) == (NOW, BLOCKED)
    assert len(session.scalars(select(Entry).where(Entry.kind == "account.unreachable")).all()) == 1


def test_notices_and_the_list_of_the_evening_are_skipped_with_that_reason(session, olga, booking):
    _lose(session)
    notices.runs_late(session, booking, now=NOW)
    digests.arm_digest(session, olga, now=NOW)
    run_due(session, {digests.DIGEST: digests.send_digest}, now=NOW + 6 * HOUR)
    for kind in ("staff.runs_late", "staff.digest"):
        assert _states(session, kind) == [(MessageState.SKIPPED, BLOCKED)]


def test_what_waits_for_that_chat_is_skipped_too(session, olga, booking):
    notices.runs_late(session, booking, now=NOW)
    _lose(session)
    assert _states(session, "staff.runs_late") == [(MessageState.SKIPPED, BLOCKED)]


def test_of_two_chats_of_a_recruiter_the_one_that_works_is_told(session, olga, booking):
    session.add(Account(login="second", password_hash="!", role=Role.RECRUITER, recruiter=olga, chat_id=CHAT + 1))
    session.flush()
    _lose(session)
    notices.runs_late(session, booking, now=NOW)
    message = session.scalars(select(OutboxMessage)).one()
    assert (message.chat_id, message.state) == (CHAT + 1, MessageState.QUEUED)


def test_an_administrator_who_cannot_be_reached_is_not_told_of_stuck_messages(session, olga):
    _account(session).role = Role.ADMIN
    keep_watch(session, now=NOW - HOUR)
    add_message(session, state=MessageState.FAILED, settled_at=NOW)
    _lose(session)
    run_due(session, {WATCH: look_for_stuck}, now=NOW)
    assert _states(session, "staff.stuck") == []


@pytest.mark.parametrize("turn", [open_staff_turn, open_turn])
def test_who_writes_again_is_told_again(session, olga, booking, turn):
    _lose(session)
    assert turn(session, _sender(), now=NOW + HOUR) is not None
    session.flush()
    session.expire_all()
    assert session.get_one(Recruiter, olga.id).unreachable_since is None
    assert session.scalars(select(Entry).where(Entry.kind == "account.reachable")).one().actor_id is not None
    notices.runs_late(session, booking, now=NOW)
    assert _states(session, "staff.runs_late") == [(MessageState.QUEUED, None)]


def test_who_blocks_the_bot_a_second_time_is_noted_again_and_found_again(session, olga):
    for update_id in (1, 2):
        _lose(session)
        assert _account(session).unreachable_since == NOW
        open_turn(session, _sender(update_id), now=NOW + update_id * HOUR)
        session.flush()
        session.expire_all()
        assert _account(session).unreachable_since is None


def test_another_chat_begins_afresh(session, olga):
    _lose(session)
    account = _account(session)
    link(session, make_code(session, account, now=NOW), chat_id=CHAT + 1, now=NOW)
    assert account.unreachable_since is None and account.unreachable_reason is None
