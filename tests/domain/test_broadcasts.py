"""A broadcast from its start to the last person, at any moment paused, resumed, stopped, or interrupted."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from recruitsmart.domain.broadcasts import operations, queries, sweeping
from recruitsmart.domain.broadcasts.models import BroadcastRecipient, BroadcastState
from recruitsmart.domain.broadcasts.models import SkipReason as Reason
from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.errors import Changed
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.messaging import delivery, withdrawing
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.operations import POSTED
from recruitsmart.domain.messaging.sending import Lane, Verdict
from recruitsmart.domain.messaging.sending import Outcome as Came
from tests.domain.broadcasting import (
    ACCEPTED,
    S,
    add_person,
    advance,
    counts,
    deliver,
    drafted,
    outbox,
    press,
    started,
    state_of,
    states,
)
from tests.factories import NOW, add_city, add_message

# --- sending


def test_everybody_gets_their_message_once_and_it_finishes(session):
    for language in ("ru", "en"):
        add_person(session, language=language)
    broadcast = started(session)

    advance(session, broadcast)
    assert session.info[POSTED]
    assert counts(session, broadcast) == {S.QUEUED: 2}
    sent = deliver(session)
    advance(session, broadcast)

    assert len(sent) == 2
    assert counts(session, broadcast) == {S.SENT: 2}
    assert (state_of(session, broadcast), broadcast.ended_at) == (BroadcastState.FINISHED, NOW)
    messages = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id)).all()
    assert [(each.body, each.lane, each.about, each.kind) for each in messages] == [
        ("Привет, Анна!", Lane.BULK, f"broadcast:{broadcast.id}", "broadcast"),
        ("Hello, Анна!", Lane.BULK, f"broadcast:{broadcast.id}", "broadcast"),
    ]


def test_the_outbox_never_holds_more_than_a_few_seconds_of_it(session):
    for _ in range(7):
        add_person(session)
    broadcast = started(session)
    for sent_meanwhile in (0, 0, 2, 1):
        deliver(session, most=sent_meanwhile)
        advance(session, broadcast, most_queued=3)
        assert counts(session, broadcast)[S.QUEUED] == 3
    assert counts(session, broadcast) == {S.SENT: 3, S.QUEUED: 3, S.WAITING: 1}


def test_a_full_batch_asks_for_another_step(session):
    for _ in range(5):
        add_person(session)
    broadcast = started(session)
    assert [advance(session, broadcast, batch=2) for _ in range(4)] == [True, True, False, False]
    assert counts(session, broadcast) == {S.QUEUED: 5}


def test_facts_are_looked_at_again_when_it_is_a_persons_turn(session):
    moscow, pskov = add_city(session), add_city(session, "Псков")
    anna, gone, ended, moved = (add_person(session, city=moscow) for _ in range(4))
    broadcast = started(session, scope=Scope(city_ids=frozenset({moscow.id})))
    gone.contact.unreachable_since, gone.contact.unreachable_reason = NOW, "blocked"
    ended.outcome, ended.outcome_reason = Outcome.REJECTED, "x"
    moved.city = pskov
    advance(session, broadcast)
    assert states(session, broadcast) == {
        anna.id: (S.QUEUED, None),
        gone.id: (S.SKIPPED, Reason.UNREACHABLE),
        ended.id: (S.SKIPPED, Reason.ENDED),
        moved.id: (S.SKIPPED, Reason.ELSEWHERE),
    }


def test_a_person_for_whom_the_text_comes_out_empty_is_passed_over(session):
    anna = add_person(session, city=add_city(session))
    nowhere = add_person(session)
    broadcast = started(session, bodies={"ru": "{% if city %}{{ city }}{% endif %}"})
    advance(session, broadcast)
    assert states(session, broadcast) == {anna.id: (S.QUEUED, None), nowhere.id: (S.SKIPPED, Reason.NO_TEXT)}


def test_hostile_names_arrive_as_words(session):
    anna = add_person(session)
    anna.contact.first_name = "<b>{{ 7 * 7 }}</b> & {% raw %}"
    advance(session, started(session))
    body = session.scalars(select(OutboxMessage.body)).one()
    assert body == "Привет, &lt;b&gt;{{ 7 * 7 }}&lt;/b&gt; &amp; {% raw %}!"


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Came(verdict=Verdict.REFUSED, reason="no"), S.FAILED),
        (Came(verdict=Verdict.DOUBTFUL), S.UNKNOWN),
        (ACCEPTED, S.SENT),
    ],
)
def test_what_became_of_each_message_is_noted(session, outcome, state):
    add_person(session)
    broadcast = started(session)
    advance(session, broadcast)
    deliver(session, outcome)
    advance(session, broadcast)
    assert counts(session, broadcast) == {state: 1}
    assert state_of(session, broadcast) == BroadcastState.FINISHED


def test_who_blocks_the_bot_while_the_message_waits_is_passed_over(session):
    anna = add_person(session)
    broadcast = started(session)
    advance(session, broadcast)
    withdrawing.skip_queued(session, anna.contact.chat_id, reason="blocked the bot", now=NOW)
    advance(session, broadcast)
    assert states(session, broadcast) == {anna.id: (S.SKIPPED, Reason.UNREACHABLE)}


def test_replies_and_promises_leave_before_a_broadcast(session):
    add_person(session), add_person(session)
    advance(session, started(session))
    later = NOW + timedelta(seconds=1)
    promised = add_message(session, chat_id=66, lane=Lane.PROMISED, due_at=later)
    reply = add_message(session, chat_id=77, lane=Lane.INTERACTIVE, due_at=later)
    claimed = [delivery.claim(session, now=later).id for _ in range(4)]
    assert claimed[:2] == [reply.id, promised.id]


def test_an_erased_person_is_off_the_list_and_holds_nothing_up(session):
    anna, queued, _ = (add_person(session) for _ in range(3))
    broadcast = started(session)
    session.flush()
    session.execute(delete(Candidate).where(Candidate.id == anna.id))
    advance(session, broadcast)
    session.execute(delete(Candidate).where(Candidate.id == queued.id))
    deliver(session)
    advance(session, broadcast)
    assert counts(session, broadcast) == {S.SENT: 1}
    assert (state_of(session, broadcast), broadcast.total) == (BroadcastState.FINISHED, 3)


def test_somebody_whose_messages_were_erased_holds_nothing_up(session):
    anna = add_person(session)
    broadcast = started(session)
    advance(session, broadcast)
    session.execute(delete(OutboxMessage))
    advance(session, broadcast)
    assert states(session, broadcast) == {anna.id: (S.SKIPPED, Reason.NO_CONTACT)}
    assert state_of(session, broadcast) == BroadcastState.FINISHED


# --- pause, resume, stop


def test_pausing_takes_back_what_nobody_has_sent(session):
    for _ in range(4):
        add_person(session)
    broadcast = started(session)
    advance(session, broadcast, most_queued=3)
    deliver(session, most=1)

    press(session, broadcast, operations.pause)

    assert counts(session, broadcast) == {S.SENT: 1, S.WAITING: 3}
    advance(session, broadcast)
    assert deliver(session) == []
    assert counts(session, broadcast) == {S.SENT: 1, S.WAITING: 3}
    assert state_of(session, broadcast) == BroadcastState.PAUSED


def test_resuming_goes_on_and_sends_to_nobody_twice(session):
    people = [add_person(session).contact.chat_id for _ in range(4)]
    broadcast = started(session)
    advance(session, broadcast, most_queued=3)
    before = deliver(session, most=1)
    press(session, broadcast, operations.pause)
    press(session, broadcast, operations.resume)
    advance(session, broadcast)
    after = deliver(session)
    advance(session, broadcast)

    assert sorted(before + after) == sorted(people)
    assert counts(session, broadcast) == {S.SENT: 4}
    assert state_of(session, broadcast) == BroadcastState.FINISHED
    assert len(outbox(session)) == 4


def test_a_message_that_is_taken_back_is_worded_anew(session):
    anna = add_person(session)
    broadcast = started(session)
    advance(session, broadcast)
    press(session, broadcast, operations.pause)
    anna.contact.first_name = "Аня"
    press(session, broadcast, operations.resume)
    advance(session, broadcast)
    session.expire_all()
    message = session.scalars(select(OutboxMessage)).one()
    assert (message.body, message.state, message.reason, message.settled_at) == (
        "Привет, Аня!", MessageState.QUEUED, None, None,
    )  # fmt: skip


def test_what_is_being_sent_at_that_moment_still_arrives_and_counts(session):
    add_person(session)
    broadcast = started(session)
    advance(session, broadcast)
    claimed = delivery.claim(session, now=NOW)
    press(session, broadcast, operations.pause)
    assert counts(session, broadcast) == {S.QUEUED: 1}
    assert queries.under_way(session) == [broadcast.id]
    delivery.settle(session, claimed, ACCEPTED, spread=0.5, now=NOW)
    advance(session, broadcast)
    assert counts(session, broadcast) == {S.SENT: 1}
    assert queries.under_way(session) == []


@pytest.mark.parametrize(("step", "state"), [(operations.pause, S.WAITING), (operations.stop, S.SKIPPED)])
def test_what_comes_back_from_a_sender_after_the_press_is_held_too(session, step, state):
    add_person(session)
    broadcast = started(session)
    advance(session, broadcast)
    claimed = delivery.claim(session, now=NOW)
    press(session, broadcast, step)
    delivery.hand_back(session, claimed, due_at=NOW)
    advance(session, broadcast)
    assert counts(session, broadcast) == {state: 1}
    assert deliver(session) == []


def test_stopping_skips_everybody_left(session):
    for _ in range(4):
        add_person(session)
    broadcast = started(session)
    advance(session, broadcast, most_queued=2)
    deliver(session, most=1)
    press(session, broadcast, operations.stop)
    advance(session, broadcast)
    assert counts(session, broadcast) == {S.SENT: 1, S.SKIPPED: 3}
    assert dict(queries.progress(session, [broadcast.id])[broadcast.id].skipped) == {Reason.STOPPED: 3}
    assert (state_of(session, broadcast), broadcast.ended_at) == (BroadcastState.STOPPED, NOW)
    with pytest.raises(Changed):
        press(session, broadcast, operations.resume)
    assert deliver(session) == []


def test_a_paused_one_can_be_stopped(session):
    add_person(session)
    broadcast = started(session)
    press(session, broadcast, operations.pause)
    press(session, broadcast, operations.stop)
    assert counts(session, broadcast) == {S.SKIPPED: 1}


@pytest.mark.parametrize("steps", [[operations.pause], [operations.pause, operations.resume], [operations.stop]])
def test_pressing_twice_is_pressing_once(session, steps):
    add_person(session), add_person(session)
    broadcast = started(session)
    for step in steps:
        press(session, broadcast, step), press(session, broadcast, step)
    kinds = session.scalars(select(Entry.kind).where(Entry.kind != "broadcast.drafted").order_by(Entry.id)).all()
    names = {operations.pause: "paused", operations.resume: "resumed", operations.stop: "stopped"}
    assert kinds == ["broadcast.started", *(f"broadcast.{names[step]}" for step in steps)]


def test_starting_twice_is_starting_once(session):
    add_person(session)
    broadcast = started(session)
    press(session, broadcast, operations.start, revision=1)
    assert counts(session, broadcast) == {S.WAITING: 1}


def test_the_story_says_who_did_what_and_how_many_people_it_concerned(session):
    for _ in range(3):
        add_person(session)
    broadcast = started(session)
    for step in (operations.pause, operations.resume, operations.stop):
        press(session, broadcast, step)
    told = [(each.kind, each.details.get("people")) for each in queries.story(session, broadcast.id)]
    assert told == [
        ("broadcast.stopped", 3), ("broadcast.resumed", 3), ("broadcast.paused", 3), ("broadcast.started", 3),
        ("broadcast.drafted", None),
    ]  # fmt: skip


# --- crashes


def test_a_step_that_dies_in_the_middle_leaves_no_trace_and_is_taken_again(session, other_session, monkeypatch):
    for _ in range(3):
        add_person(session)
    broadcast = started(session)
    session.commit()
    with monkeypatch.context() as dying:
        dying.setattr(sweeping, "_mark_queued", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sweeping.advance(other_session, broadcast.id, most_queued=100, now=NOW)
    other_session.rollback()
    assert (counts(session, broadcast), outbox(session)) == ({S.WAITING: 3}, [])
    advance(session, broadcast)
    assert counts(session, broadcast) == {S.QUEUED: 3}
    assert len(deliver(session)) == 3


def test_a_start_that_dies_in_the_middle_has_not_begun(session):
    add_person(session)
    broadcast = drafted(session)
    session.commit()
    press(session, broadcast, operations.start, revision=broadcast.revision)
    session.rollback()
    session.refresh(broadcast)
    assert (broadcast.state, states(session, broadcast)) == (BroadcastState.DRAFT, {})


def test_a_message_that_was_sent_is_never_sent_again_even_if_the_list_forgot_it(session):
    add_person(session)
    broadcast = started(session)
    advance(session, broadcast)
    deliver(session)
    session.execute(update(BroadcastRecipient).values(state=S.WAITING, outbox_id=None))
    for _ in range(2):
        advance(session, broadcast)
    assert deliver(session) == []
    assert counts(session, broadcast) == {S.SENT: 1}


def test_a_contact_without_candidates_name_is_no_obstacle(session):
    anna = add_person(session)
    session.execute(update(Contact).where(Contact.candidate_id == anna.id).values(first_name=""))
    broadcast = started(session)
    advance(session, broadcast)
    assert counts(session, broadcast) == {S.QUEUED: 1}
