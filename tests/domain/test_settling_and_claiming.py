"""A message that was accepted is settled and the next one claimed in one statement."""

from dataclasses import replace
from datetime import timedelta

from recruitsmart.domain.messaging import delivery
from recruitsmart.domain.messaging.delivery import LEASE, SECOND_COPY
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.sending import Lane, Outcome, Verdict
from tests.factories import NOW, add_message

LATER = NOW + LEASE + timedelta(seconds=1)
ACCEPTED = Outcome(verdict=Verdict.ACCEPTED, telegram_message_id=7)


def _read(session, message):
    session.flush()
    session.refresh(message)
    return message


def _sent(session, claimed, outcome=ACCEPTED, now=NOW, lowest_lane=Lane.BULK):
    following = delivery.settle_sent_and_claim(session, claimed, outcome, now=now, lowest_lane=lowest_lane)
    return None if following is None else following.id


def test_what_is_settled_on_the_way_reads_as_if_it_were_settled_alone(session):
    alone, together = add_message(session, chat_id=1), add_message(session, chat_id=2)
    outcome = replace(ACCEPTED, reason="sent as plain text")
    claims = {
        claimed.chat_id: claimed for claimed in (delivery.claim(session, now=NOW), delivery.claim(session, now=NOW))
    }
    delivery.settle(session, claims[1], outcome, spread=0.5, now=NOW)
    _sent(session, claims[2], outcome)
    rows = [_read(session, message) for message in (alone, together)]
    first, second = (
        (row.state, row.reason, row.trail, row.settled_at, row.leased_until, row.telegram_message_id, row.attempts)
        for row in rows
    )
    assert first == second
    assert first[0] == MessageState.SENT


def test_the_next_of_the_same_chat_is_claimed_at_once(session):
    add_message(session)
    following = add_message(session)
    assert _sent(session, delivery.claim(session, now=NOW)) == following.id


def test_lanes_that_must_wait_are_not_claimed_on_the_way(session):
    add_message(session)
    add_message(session, lane=Lane.BULK)
    claimed = delivery.claim(session, now=NOW)
    assert _sent(session, claimed, lowest_lane=Lane.PROMISED) is None
    assert session.get_one(OutboxMessage, claimed.id, populate_existing=True).state == MessageState.SENT


def test_when_somebody_else_took_the_message_it_is_left_alone_and_not_overtaken(session):
    taken, following = add_message(session), add_message(session)
    lost = delivery.claim(session, now=NOW)
    delivery.recover(session, now=LATER)
    session.flush()
    theirs = delivery.claim(session, now=LATER)
    assert _sent(session, lost, now=LATER) is None
    assert _read(session, taken).leased_until == theirs.leased_until
    assert _sent(session, theirs, now=LATER) == following.id


def test_a_second_copy_that_is_sent_on_the_way_says_so(session):
    message = add_message(session, doubts=1)
    _sent(session, delivery.claim(session, now=NOW))
    assert _read(session, message).reason == SECOND_COPY
