"""Several sweeps, presses and senders at the same broadcast at the same time, each really committed."""

from collections import Counter

import pytest
from sqlalchemy import Engine, delete, func, select
from sqlalchemy.orm import Session

from recruitsmart.domain.broadcasts import operations, queries, sweeping
from recruitsmart.domain.broadcasts.models import BroadcastRecipient, BroadcastState, RecipientState
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Wanted
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging import delivery
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.messaging.sending import Outcome, Verdict
from tests.factories import NOW, add_candidate

PEOPLE = 60
ACCEPTED = Outcome(verdict=Verdict.ACCEPTED, telegram_message_id=7)
S = RecipientState


@pytest.fixture
def broadcast_id(session: Session) -> int:
    """A draft to sixty people, committed."""
    for _ in range(PEOPLE):
        add_candidate(session, consent_at=NOW, consent_version="1")
    broadcast = operations.draft(
        session, {"ru": "Привет, {{ first_name }}"}, Wanted(), scope=EVERYTHING, actor=SYSTEM, now=NOW
    )
    session.commit()
    return broadcast.id


def _press(step, broadcast_id: int, **more):
    return lambda session: step(session, broadcast_id, scope=EVERYTHING, actor=SYSTEM, now=NOW, **more)


def _sweep(engine: Engine, broadcast_id: int, *, most_queued: int = 1000):
    """Whatever session it is given, it works in units of its own, as a task does."""

    def run(_: Session) -> None:
        again = True
        while again:
            with Session(engine) as session:
                again = sweeping.advance(session, broadcast_id, most_queued=most_queued, now=NOW, batch=7)
                session.commit()

    return run


def _deliver(engine: Engine, sent: list[int], most: int = 1000):
    def run(_: Session) -> None:
        for _ in range(most):
            with Session(engine) as session:
                claimed = delivery.claim(session, now=NOW)
                session.commit()
                if claimed is None:
                    return
                sent.append(claimed.chat_id)
                delivery.settle(session, claimed, ACCEPTED, spread=0.5, now=NOW)
                session.commit()

    return run


def _counts(session: Session) -> dict[str, int]:
    session.rollback()
    return dict(Counter(session.scalars(select(BroadcastRecipient.state))))


def test_of_many_presses_of_start_one_counts(session, at_once, broadcast_id):
    at_once(*[_press(operations.start, broadcast_id, revision=1)] * 4)
    assert _counts(session) == {S.WAITING: PEOPLE}
    started = select(func.count()).select_from(Entry).where(Entry.kind == "broadcast.started")
    assert session.scalar(started) == 1


def test_several_sweeps_post_to_each_person_once_and_no_further_ahead_than_one(session, engine, at_once, broadcast_id):
    at_once(_press(operations.start, broadcast_id, revision=1))
    at_once(*[_sweep(engine, broadcast_id, most_queued=20)] * 4)
    at_once(_sweep(engine, broadcast_id, most_queued=20))
    assert _counts(session) == {S.QUEUED: 20, S.WAITING: PEOPLE - 20}
    assert session.scalar(select(func.count()).select_from(OutboxMessage)) == 20


def test_sweeps_and_senders_together_reach_everybody_once(session, engine, at_once, broadcast_id):
    at_once(_press(operations.start, broadcast_id, revision=1))
    sent: list[int] = []
    for _ in range(PEOPLE):
        at_once(*[_sweep(engine, broadcast_id, most_queued=15)] * 2, *[_deliver(engine, sent)] * 3)
        if _counts(session) == {S.SENT: PEOPLE}:
            break
    at_once(_sweep(engine, broadcast_id))
    assert _counts(session) == {S.SENT: PEOPLE}
    assert len(sent) == len(set(sent)) == PEOPLE
    assert queries.by_id(session, broadcast_id, EVERYTHING).state == BroadcastState.FINISHED


def test_a_sweep_passes_over_a_broadcast_another_one_holds(session, other_session, broadcast_id):
    operations.start(session, broadcast_id, revision=1, scope=EVERYTHING, actor=SYSTEM, now=NOW)
    session.commit()
    sweeping.advance(session, broadcast_id, most_queued=5, now=NOW)
    assert sweeping.advance(other_session, broadcast_id, most_queued=50, now=NOW) is False
    session.commit()
    other_session.rollback()
    assert _counts(session)[S.QUEUED] == 5


@pytest.mark.parametrize("step", [operations.pause, operations.stop])
def test_a_press_waits_for_the_sweep_and_takes_back_what_that_one_posted(session, behind, broadcast_id, step):
    operations.start(session, broadcast_id, revision=1, scope=EVERYTHING, actor=SYSTEM, now=NOW)
    session.commit()
    sweeping.advance(session, broadcast_id, most_queued=50, now=NOW)
    pressed = behind(_press(step, broadcast_id))
    assert not pressed.done()
    session.commit()
    pressed.result(timeout=10)
    assert S.QUEUED not in _counts(session)
    assert delivery.claim(session, now=NOW) is None


def test_a_press_waits_for_a_claim_and_leaves_that_message_alone(session, behind, broadcast_id):
    operations.start(session, broadcast_id, revision=1, scope=EVERYTHING, actor=SYSTEM, now=NOW)
    sweeping.advance(session, broadcast_id, most_queued=50, now=NOW)
    session.commit()
    claimed = delivery.claim(session, now=NOW)
    pressed = behind(_press(operations.pause, broadcast_id))
    assert not pressed.done()
    session.commit()
    pressed.result(timeout=10)
    assert _counts(session) == {S.QUEUED: 1, S.WAITING: PEOPLE - 1}
    assert session.get(OutboxMessage, claimed.id, populate_existing=True).state == "sending"


def test_pausing_at_any_moment_between_sweeps_and_senders_loses_and_doubles_nobody(
    session, engine, at_once, broadcast_id
):
    at_once(_press(operations.start, broadcast_id, revision=1))
    sent: list[int] = []
    working = [
        *[_sweep(engine, broadcast_id, most_queued=25)] * 2,
        *[_deliver(engine, sent, most=6)] * 2,
    ]  # never all of them
    for _ in range(4):
        at_once(*working, _press(operations.pause, broadcast_id))
        at_once(_sweep(engine, broadcast_id))
        before = list(sent)
        at_once(_deliver(engine, sent))
        assert sent == before, "a paused broadcast goes on"
        at_once(_press(operations.resume, broadcast_id))
    at_once(_sweep(engine, broadcast_id))
    at_once(_deliver(engine, sent))
    assert len(sent) == len(set(sent)) == PEOPLE


def test_somebody_who_is_just_being_erased_holds_nobody_up(session, other_session, broadcast_id):
    operations.start(session, broadcast_id, revision=1, scope=EVERYTHING, actor=SYSTEM, now=NOW)
    session.commit()
    first = session.scalars(select(Candidate.id).order_by(Candidate.id).limit(1)).one()
    session.execute(delete(Candidate).where(Candidate.id == first))
    sweeping.advance(other_session, broadcast_id, most_queued=100, now=NOW)
    other_session.commit()
    session.commit()
    assert _counts(session) == {S.QUEUED: PEOPLE - 1}
