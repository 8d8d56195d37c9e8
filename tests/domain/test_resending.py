"""Sending again by hand: what failed, and what is in doubt; and what is posted to somebody unreachable."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from recruitsmart.domain.candidates.operations import find_by_chat, mark_reachable, mark_unreachable
from recruitsmart.domain.candidates.resending import MOST_AT_ONCE, Which, resendable, send_again
from recruitsmart.domain.directory.access import EVERYTHING, Scope
from recruitsmart.domain.journal.models import ActorKind, Entry
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.domain.messaging import delivery
from recruitsmart.domain.messaging.delivery import SECOND_COPY
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.operations import POSTED, Wording, post
from recruitsmart.domain.messaging.sending import Lane, Outcome, Verdict
from tests.factories import NOW, add_candidate, add_city, add_message

OLGA = Actor(kind=ActorKind.STAFF, id=7)
FAILED = {"state": MessageState.FAILED, "reason": "400", "attempts": 10, "settled_at": NOW}
UNKNOWN = {"state": MessageState.UNKNOWN, "doubts": 2, "attempts": 2, "settled_at": NOW}
SETTLED_WELL = set(MessageState) - {MessageState.FAILED, MessageState.UNKNOWN}


def _again(session, *messages):
    return send_again(session, [message.id for message in messages], actor=OLGA, now=NOW)


def _found(session, scope=EVERYTHING, **which):
    return resendable(session, Which(**which), scope)


def test_a_failed_message_is_queued_again_with_all_its_attempts_before_it(session):
    message = add_message(session, **FAILED)
    assert _again(session, message) == 1
    session.flush()
    claimed = delivery.claim(session, now=NOW)
    assert (claimed.id, claimed.attempts, message.reason, message.settled_at) == (message.id, 1, None, None)


def test_the_trail_says_that_it_was_sent_again(session):
    message = add_message(session, **FAILED)
    _again(session, message)
    assert [step["what"] for step in message.trail] == ["again"]


def test_sending_again_twice_changes_nothing_the_second_time(session):
    message = add_message(session, **FAILED)
    assert [_again(session, message), _again(session, message)] == [1, 0]


@pytest.mark.parametrize("state", SETTLED_WELL)
def test_what_did_not_fail_is_never_sent_again(session, state):
    lease = {"leased_until": NOW} if state == MessageState.SENDING else {}
    message = add_message(session, state=state, **lease)
    assert (_found(session).ids, _again(session, message), message.state) == ([], 0, state)


def test_a_message_in_doubt_is_marked_as_a_possible_second_copy(session):
    message = add_message(session, **UNKNOWN)
    _again(session, message)
    session.flush()
    delivery.settle(session, delivery.claim(session, now=NOW), Outcome(verdict=Verdict.ACCEPTED), spread=0.5, now=NOW)
    session.refresh(message)
    assert (message.state, message.reason) == (MessageState.SENT, SECOND_COPY)


def test_a_message_in_doubt_again_is_not_sent_a_third_time_by_itself(session):
    message = add_message(session, **UNKNOWN, lane=Lane.PROMISED)
    _again(session, message)
    session.flush()
    delivery.settle(session, delivery.claim(session, now=NOW), Outcome(verdict=Verdict.DOUBTFUL), spread=0.5, now=NOW)
    session.refresh(message)
    assert message.state == MessageState.UNKNOWN


def test_a_sender_who_lost_the_message_long_ago_does_not_settle_the_new_try(session):
    message = add_message(session)
    ghost = delivery.claim(session, now=NOW)
    session.refresh(message)
    for name, value in (FAILED | {"leased_until": None}).items():
        setattr(message, name, value)
    _again(session, message)
    session.flush()
    delivery.claim(session, now=NOW + timedelta(seconds=1))
    assert delivery.settle(session, ghost, Outcome(verdict=Verdict.REFUSED), spread=0.5, now=NOW) is None


def test_each_is_journaled_with_who_did_it(session):
    candidate = add_candidate(session)
    message = add_message(session, **FAILED, candidate_id=candidate.id)
    _again(session, message)
    entry = session.scalars(select(Entry).where(Entry.kind == "message.sent_again")).one()
    assert (entry.actor_id, entry.candidate_id, entry.subject_id) == (OLGA.id, candidate.id, message.id)
    assert entry.details == {"text": "help", "before": "failed"}


def test_delivery_is_nudged_only_when_something_is_queued(session):
    assert (_again(session, add_message(session)), POSTED in session.info) == (0, False)
    _again(session, add_message(session, **FAILED))
    assert session.info[POSTED]


def test_those_in_doubt_are_counted(session):
    ids = [add_message(session, **FAILED).id, add_message(session, **UNKNOWN).id]
    found = _found(session)
    assert (found.ids, found.in_doubt) == (ids, 1)


def test_what_is_meant_can_be_narrowed(session):
    candidate = add_candidate(session)
    failed = add_message(session, **FAILED, candidate_id=candidate.id)
    unknown = add_message(session, **UNKNOWN | {"settled_at": NOW + timedelta(hours=1)})
    assert _found(session, state=MessageState.FAILED).ids == [failed.id]
    assert _found(session, candidate_id=candidate.id).ids == [failed.id]
    assert _found(session, ids=[unknown.id]).ids == [unknown.id]
    assert _found(session, since=NOW + timedelta(minutes=1)).ids == [unknown.id]
    assert _found(session, up_to_id=failed.id).ids == [failed.id]


def test_what_is_out_of_scope_is_not_found(session):
    here, there = add_city(session), add_city(session, "Казань")
    ours = add_message(session, **FAILED, candidate_id=add_candidate(session, city=here).id)
    add_message(session, **FAILED, candidate_id=add_candidate(session, city=there).id)
    assert _found(session, Scope(city_ids=frozenset({here.id}))).ids == [ours.id]


def test_at_most_a_thousand_are_sent_at_once_the_oldest_first(session):
    messages = [add_message(session, **FAILED) for _ in range(MOST_AT_ONCE + 1)]
    assert _found(session).ids == [message.id for message in messages[:-1]]


# --- posting to somebody unreachable


def _posted_to_unreachable(session, lane):
    candidate = add_candidate(session, chat_id=55)
    mark_unreachable(session, 55, reason="blocked the bot", now=NOW)
    session.expire_all()
    post(session, Wording(key="help"), candidate.recipient, about="booking:1", lane=lane, now=NOW)
    return session.scalars(select(OutboxMessage)).one()


@pytest.mark.parametrize("lane", [Lane.PROMISED, Lane.BULK])
def test_what_is_posted_to_somebody_unreachable_is_skipped_at_once_with_the_reason(session, lane):
    message = _posted_to_unreachable(session, lane)
    assert (message.state, message.reason, message.settled_at) == (MessageState.SKIPPED, "blocked the bot", NOW)


def test_a_reply_is_sent_for_who_writes_to_us_can_be_reached(session):
    assert _posted_to_unreachable(session, Lane.INTERACTIVE).state == MessageState.QUEUED


def test_what_is_posted_once_the_person_is_back_is_sent(session):
    _posted_to_unreachable(session, Lane.PROMISED)
    candidate = find_by_chat(session, 55)
    mark_reachable(session, candidate, now=NOW)
    post(session, Wording(key="help"), candidate.recipient, about="booking:2", lane=Lane.PROMISED, now=NOW)
    queued = select(func.count()).where(OutboxMessage.state == MessageState.QUEUED)
    assert session.scalar(queued) == 1
