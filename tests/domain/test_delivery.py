"""The outbox: order, lanes, leases, trying again, and two senders at once."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recruitsmart.domain.messaging import delivery, withdrawing
from recruitsmart.domain.messaging.delivery import LEASE, LONGEST_PAUSE, MOST_ATTEMPTS, SECOND_COPY, pause_before
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.operations import Recipient, Wording, post
from recruitsmart.domain.messaging.sending import Lane, Outcome, Verdict
from tests.factories import NOW, add_candidate, add_message

SECOND = timedelta(seconds=1)
LATER = NOW + LEASE + SECOND
PROMISES = [Lane.INTERACTIVE, Lane.PROMISED]
ACCEPTED = Outcome(verdict=Verdict.ACCEPTED, telegram_message_id=7)
BROKEN = Outcome(verdict=Verdict.BROKEN, reason="502")
ANNA = Recipient(chat_id=55, language="ru")


def _claim(session, now=NOW, **lanes):
    claimed = delivery.claim(session, now=now, **lanes)
    return None if claimed is None else claimed.id


def _settle(session, claimed, outcome=ACCEPTED, now=NOW):
    delivery.settle(session, claimed, outcome, spread=0.5, now=now)


def _claim_and_settle(session, outcome=ACCEPTED, now=NOW):
    claimed = delivery.claim(session, now=now)
    _settle(session, claimed, outcome, now=now)
    return claimed


def _now(session, message):
    session.flush()
    session.refresh(message)
    return message


# --- whose turn it is


def test_messages_of_a_chat_and_lane_leave_one_after_another_in_the_order_they_were_posted(session):
    posted = [add_message(session).id for _ in range(3)]
    assert [_claim_and_settle(session).id for _ in posted] == posted


def test_while_one_is_being_sent_the_next_of_its_chat_and_lane_waits(session):
    add_message(session), add_message(session)
    _claim(session)
    assert _claim(session) is None


def test_one_that_must_be_tried_again_is_not_overtaken(session):
    add_message(session), add_message(session)
    _claim_and_settle(session, BROKEN)
    assert _claim(session) is None


def test_one_that_failed_for_good_does_not_hold_up_the_next(session):
    add_message(session)
    following = add_message(session)
    _claim_and_settle(session, Outcome(verdict=Verdict.REFUSED))
    assert _claim(session) == following.id


def test_another_chat_is_not_held_up(session):
    add_message(session, chat_id=55)
    other = add_message(session, chat_id=66)
    _claim(session)
    assert _claim(session) == other.id


def test_another_lane_of_the_chat_is_not_held_up(session):
    add_message(session, lane=Lane.INTERACTIVE)
    promised = add_message(session, lane=Lane.PROMISED)
    _claim(session)
    assert _claim(session) == promised.id


def test_the_better_lane_goes_first_whenever_it_was_posted(session):
    posted = {lane: add_message(session, chat_id=lane + 1, lane=lane).id for lane in reversed(Lane)}
    assert [_claim(session) for _ in Lane] == [posted[Lane.INTERACTIVE], posted[Lane.PROMISED], posted[Lane.BULK]]


def test_of_one_lane_the_longest_due_goes_first(session):
    add_message(session, chat_id=1, due_at=NOW)
    overdue = add_message(session, chat_id=2, due_at=NOW - SECOND)
    assert _claim(session) == overdue.id


def test_lanes_that_must_wait_are_not_claimed(session):
    add_message(session, lane=Lane.BULK)
    assert _claim(session, lowest_lane=Lane.PROMISED) is None


def test_a_message_is_due_from_its_moment_on(session):
    message = add_message(session, due_at=NOW + SECOND)
    assert [_claim(session, now=NOW), _claim(session, now=NOW + SECOND)] == [None, message.id]


@pytest.mark.parametrize("state", set(MessageState) - {MessageState.QUEUED, MessageState.SENDING})
def test_a_settled_message_is_never_claimed(session, state):
    add_message(session, state=state)
    assert _claim(session) is None


def test_a_claim_is_a_lease_and_counts_an_attempt(session):
    message = add_message(session)
    delivery.claim(session, now=NOW)
    _now(session, message)
    assert (message.state, message.leased_until, message.attempts) == (MessageState.SENDING, NOW + LEASE, 1)


# --- two senders at once


def test_two_senders_never_hold_the_same_message(session, other_session):
    messages = {add_message(session, chat_id=chat_id).id for chat_id in (1, 2)}
    session.commit()
    assert {_claim(session), _claim(other_session)} == messages


def test_a_second_sender_does_not_overtake_a_claim_that_is_not_committed(session, other_session):
    add_message(session), add_message(session)
    session.commit()
    _claim(session)
    assert _claim(other_session) is None


def test_a_second_sender_does_not_overtake_a_settlement_that_is_not_committed(session, other_session):
    add_message(session), add_message(session)
    claimed = delivery.claim(session, now=NOW)
    session.commit()
    _settle(session, claimed)
    assert _claim(other_session) is None


def test_a_claim_that_is_rolled_back_leaves_the_message_to_others(session, other_session):
    message = add_message(session)
    session.commit()
    _claim(session)
    session.rollback()
    assert _claim(other_session) == message.id


def test_many_senders_at_once_send_everything_once_and_each_chat_in_order(engine, session, at_once):
    posted = defaultdict(list)
    for number in range(120):
        posted[number % 7].append(add_message(session, chat_id=number % 7 + 1).id)
    session.commit()
    sent = []
    at_once(*[lambda _: _send_all(engine, sent)] * 4)
    assert {chat - 1: [row for row_chat, row in sent if row_chat == chat] for chat in range(1, 8)} == posted


def _send_all(engine, sent):
    """What a delivery worker does: claim, commit; send; settle, commit."""
    misses = 0
    while misses < 20:  # what is left may be held by another sender for a moment
        with Session(engine) as session, session.begin():
            claimed = delivery.claim(session, now=NOW)
        if claimed is None:
            misses += 1
            continue
        sent.append((claimed.chat_id, claimed.id))
        with Session(engine) as session, session.begin():
            _settle(session, claimed)


# --- leases that ran out


@pytest.mark.parametrize("after", [timedelta(0), LEASE - timedelta.resolution])
def test_a_message_is_left_to_its_sender_until_the_lease_is_over(session, after):
    add_message(session)
    _claim(session)
    assert not delivery.recover(session, now=NOW + after)


@pytest.mark.parametrize("lane", PROMISES)
def test_a_message_whose_sender_died_is_sent_once_more_marked_as_a_second_copy(session, lane):
    message = add_message(session, lane=lane)
    _claim(session)
    delivery.recover(session, now=LATER)
    _now(session, message)
    assert (message.state, message.reason, message.doubts) == (MessageState.QUEUED, SECOND_COPY, 1)
    assert _claim(session, now=LATER) == message.id


@pytest.mark.parametrize("lane", PROMISES)
def test_the_mark_of_a_second_copy_stays_when_it_is_sent(session, lane):
    message = add_message(session, lane=lane)
    _claim(session)
    delivery.recover(session, now=LATER)
    _claim_and_settle(session, now=LATER)
    assert (_now(session, message).state, message.reason) == (MessageState.SENT, SECOND_COPY)


@pytest.mark.parametrize("lane", PROMISES)
def test_a_second_copy_whose_sender_died_too_ends_as_unknown(session, lane):
    message = add_message(session, lane=lane)
    _claim(session)
    delivery.recover(session, now=LATER)
    _claim(session, now=LATER)
    delivery.recover(session, now=LATER + LEASE + SECOND)
    _now(session, message)
    assert (message.state, message.doubts, message.settled_at) == (MessageState.UNKNOWN, 2, LATER + LEASE + SECOND)


def test_a_broadcast_whose_sender_died_ends_as_unknown_at_once(session):
    message = add_message(session, lane=Lane.BULK)
    _claim(session)
    delivery.recover(session, now=LATER)
    assert (_now(session, message).state, message.settled_at) == (MessageState.UNKNOWN, LATER)


def test_two_sweeps_at_once_decide_about_an_abandoned_message_once(session, other_session):
    add_message(session)
    _claim(session)
    session.commit()
    first, second = delivery.recover(session, now=LATER), delivery.recover(other_session, now=LATER)
    assert (len(first), len(second)) == (1, 0)


def test_the_next_of_the_chat_waits_for_an_abandoned_one(session):
    abandoned, _ = add_message(session), add_message(session)
    _claim(session)
    delivery.recover(session, now=LATER)
    session.flush()
    assert _claim(session, now=LATER) == abandoned.id


# --- what an attempt came to


def test_an_accepted_message_is_sent_and_keeps_telegrams_number(session):
    message = add_message(session)
    _claim_and_settle(session)
    _now(session, message)
    assert (message.state, message.telegram_message_id, message.settled_at) == (MessageState.SENT, 7, NOW)


@pytest.mark.parametrize("lane", PROMISES)
def test_no_answer_sends_a_promise_once_more_at_once_marked(session, lane):
    message = add_message(session, lane=lane)
    _claim_and_settle(session, Outcome(verdict=Verdict.DOUBTFUL))
    assert (_now(session, message).reason, _claim(session)) == (SECOND_COPY, message.id)


@pytest.mark.parametrize("lane", PROMISES)
def test_no_answer_twice_ends_as_unknown(session, lane):
    message = add_message(session, lane=lane)
    for _ in range(2):
        _claim_and_settle(session, Outcome(verdict=Verdict.DOUBTFUL))
    assert _now(session, message).state == MessageState.UNKNOWN


def test_no_answer_to_a_broadcast_ends_as_unknown(session):
    message = add_message(session, lane=Lane.BULK)
    _claim_and_settle(session, Outcome(verdict=Verdict.DOUBTFUL))
    assert _now(session, message).state == MessageState.UNKNOWN


def test_a_busy_telegram_is_waited_for_exactly_as_long_as_it_said(session):
    message = add_message(session)
    _claim_and_settle(session, Outcome(verdict=Verdict.BUSY, wait=timedelta(seconds=37)))
    assert _now(session, message).due_at == NOW + timedelta(seconds=37)


def test_a_busy_telegram_counts_as_no_attempt_however_often(session):
    message = add_message(session)
    for _ in range(MOST_ATTEMPTS + 5):
        _claim_and_settle(session, Outcome(verdict=Verdict.BUSY))
    assert (_now(session, message).state, message.attempts) == (MessageState.QUEUED, 0)


def _pauses_of_breaking(session, message):
    """Let every attempt break; the pauses in seconds until it is given up."""
    pauses, now = [], NOW
    while _now(session, message).state == MessageState.QUEUED:
        _claim_and_settle(session, BROKEN, now=now)
        pauses.append((_now(session, message).due_at - now).total_seconds())
        now = message.due_at
    return pauses[:-1]


def test_pauses_after_broken_attempts_grow_to_an_hour(session):
    pauses = _pauses_of_breaking(session, add_message(session))
    assert pauses == sorted(set(pauses))
    assert (pauses[0], pauses[-1]) == (1, 3600)


def test_a_message_is_given_up_after_ten_broken_attempts_with_the_reason(session):
    message = add_message(session)
    _pauses_of_breaking(session, message)
    assert (message.attempts, message.state, message.reason) == (10, MessageState.FAILED, "502")
    assert message.settled_at is not None


@given(st.integers(1, 40), st.floats(0, 1, exclude_max=True))
def test_a_pause_is_spread_by_a_quarter_and_hardly_longer_than_an_hour(attempt, spread):
    middle = pause_before(attempt, spread=0.5)
    assert middle <= LONGEST_PAUSE
    assert 0.75 * middle <= pause_before(attempt, spread=spread) <= 1.25 * middle + timedelta(microseconds=1)


def test_what_telegram_refuses_is_not_tried_again(session):
    message = add_message(session)
    _claim_and_settle(session, Outcome(verdict=Verdict.REFUSED, reason="chat not found"))
    _now(session, message)
    assert (message.state, message.reason, message.settled_at) == (MessageState.FAILED, "chat not found", NOW)


def test_a_lease_handed_back_counts_as_no_attempt(session):
    message = add_message(session)
    delivery.hand_back(session, delivery.claim(session, now=NOW), due_at=NOW + SECOND)
    _now(session, message)
    assert (message.state, message.attempts, message.due_at) == (MessageState.QUEUED, 0, NOW + SECOND)


@pytest.fixture
def lost(session):
    """What a sender holds whose lease ran out; the message waits for another sender."""
    add_message(session)
    claimed = delivery.claim(session, now=NOW)
    delivery.recover(session, now=LATER)
    session.flush()
    return claimed


@pytest.mark.parametrize("verdict", Verdict)
def test_settling_after_the_lease_was_lost_changes_nothing(session, lost, verdict):
    _settle(session, lost, Outcome(verdict=verdict), now=LATER)
    assert _claim(session, now=LATER) == lost.id


@pytest.mark.parametrize("verdict", Verdict)
def test_settling_after_somebody_else_took_the_message_changes_nothing(session, lost, verdict):
    theirs = delivery.claim(session, now=LATER)
    _settle(session, lost, Outcome(verdict=verdict), now=LATER)
    message = session.get_one(OutboxMessage, lost.id, populate_existing=True)
    assert (message.state, message.leased_until, message.attempts) == (
        MessageState.SENDING, LATER + LEASE, theirs.attempts,
    )  # fmt: skip


def test_handing_back_after_somebody_else_took_the_message_changes_nothing(session, lost):
    delivery.claim(session, now=LATER)
    delivery.hand_back(session, lost, due_at=LATER)
    assert _claim(session, now=LATER) is None


def test_settling_twice_changes_nothing(session):
    message = add_message(session)
    claimed = _claim_and_settle(session)
    _settle(session, claimed, Outcome(verdict=Verdict.REFUSED))
    assert _now(session, message).state == MessageState.SENT


# --- posting


def _post(session, *, about="booking:17", key="help", recipient=ANNA):
    post(session, Wording(key=key), recipient, about=about, lane=Lane.PROMISED, now=NOW)


def _posted(session):
    return session.scalar(select(func.count()).select_from(OutboxMessage))


def test_posting_twice_is_one_message(session):
    _post(session), _post(session)
    assert _posted(session) == 1


def test_posting_again_what_was_sent_long_ago_sends_nothing(session):
    _post(session)
    _claim_and_settle(session)
    _post(session)
    assert (_posted(session), _claim(session, now=NOW + timedelta(days=400))) == (1, None)


@pytest.mark.parametrize(
    "other", [{"about": "booking:18"}, {"key": "trouble"}, {"recipient": replace(ANNA, chat_id=66)}]
)
def test_another_subject_or_kind_or_chat_is_another_message(session, other):
    _post(session)
    _post(session, **other)
    assert _posted(session) == 2


def test_posting_at_once_in_two_transactions_is_one_message(session, behind):
    _post(session)
    second = behind(_post)
    session.commit()
    second.result()
    assert _posted(session) == 1


def test_a_transaction_that_is_rolled_back_posts_nothing(session):
    _post(session)
    session.rollback()
    assert _posted(session) == 0


def test_a_post_that_waited_for_one_that_was_rolled_back_is_posted(session, behind):
    _post(session)
    second = behind(_post)
    session.rollback()
    second.result()
    assert _posted(session) == 1


def test_a_candidate_erased_takes_the_messages_along(session):
    candidate = add_candidate(session)
    add_message(session, candidate_id=candidate.id)
    session.delete(candidate.contact)
    session.delete(candidate)
    session.flush()
    assert _posted(session) == 0


# --- the sweep's questions


def test_nothing_to_do_when_nothing_is_due(session):
    add_message(session, due_at=NOW + SECOND)
    add_message(session, state=MessageState.SENT)
    assert not delivery.waiting_exists(session, now=NOW)


def test_there_is_something_to_do_when_a_message_is_due(session):
    add_message(session)
    assert delivery.waiting_exists(session, now=NOW)


def test_there_is_something_to_do_when_a_lease_has_run_out(session):
    add_message(session)
    _claim(session)
    assert (delivery.waiting_exists(session, now=NOW), delivery.waiting_exists(session, now=LATER)) == (False, True)


def test_what_is_queued_for_a_chat_that_cannot_be_reached_is_skipped_with_the_reason(session):
    message = add_message(session, chat_id=55)
    withdrawing.skip_queued(session, 55, reason="blocked", now=NOW)
    _now(session, message)
    assert (message.state, message.reason, message.settled_at) == (MessageState.SKIPPED, "blocked", NOW)


def test_what_is_queued_for_others_is_not_skipped(session):
    message = add_message(session, chat_id=66)
    withdrawing.skip_queued(session, 55, reason="blocked", now=NOW)
    assert _now(session, message).state == MessageState.QUEUED


def test_what_is_being_sent_is_not_skipped(session):
    message = add_message(session, chat_id=55)
    _claim(session)
    withdrawing.skip_queued(session, 55, reason="blocked", now=NOW)
    assert _now(session, message).state == MessageState.SENDING
