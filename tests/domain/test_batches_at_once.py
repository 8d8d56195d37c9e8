"""Several workers, presses and deaths at the same batch, each really committed."""

from collections import Counter

import pytest
from sqlalchemy import Engine, delete, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from recruitsmart.domain.batches import acting, operations
from recruitsmart.domain.batches.models import Act, Batch, BatchPerson, BatchState, PersonState
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Wanted
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.timers.models import Timer
from tests.domain.batching import NO, account, in_city, staff, started, step
from tests.factories import NOW, add_city

PEOPLE = 40
S = PersonState


@pytest.fixture
def batch_id(session: Session) -> int:
    """Forty people to reject, started and committed."""
    moscow = add_city(session)
    for _ in range(PEOPLE):
        in_city(session, moscow)
    batch = started(session, account(session))
    session.commit()
    return batch.id


def _work(engine: Engine, batch_id: int, most: int = PEOPLE + 1):
    def run(_: Session) -> None:
        for _ in range(most):
            with Session(engine) as session:
                step(session, batch_id)
                session.commit()

    return run


def _rejections(session: Session) -> Counter[int | None]:
    session.rollback()
    return Counter(session.scalars(select(Entry.candidate_id).where(Entry.kind == "candidate.rejected")))


def _states(session: Session) -> dict[str, int]:
    session.rollback()
    return dict(Counter(session.scalars(select(BatchPerson.state))))


def test_many_workers_do_it_to_everybody_once(session, engine, at_once, batch_id):
    at_once(*[_work(engine, batch_id)] * 4)
    at_once(_work(engine, batch_id))
    assert set(_rejections(session).values()) == {1}
    assert len(_rejections(session)) == PEOPLE
    assert _states(session) == {S.DONE: PEOPLE}
    assert session.get_one(Batch, batch_id).state == BatchState.FINISHED
    assert session.scalar(select(func.count()).select_from(Timer)) == PEOPLE


def test_a_worker_passes_over_a_batch_that_another_one_holds(session, other_session, batch_id):
    assert acting.next_turn(session, batch_id, now=NOW)
    assert acting.next_turn(other_session, batch_id, now=NOW) is None


def test_a_worker_that_dies_between_the_act_and_the_commit_leaves_nobody_half_done(session, other_session, batch_id):
    step(session, batch_id)
    pid = session.scalar(text("select pg_backend_pid()"))
    other_session.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    with pytest.raises(DBAPIError):
        session.commit()
    session.rollback()
    assert _rejections(other_session) == {}
    assert _states(other_session) == {S.WAITING: PEOPLE}
    while step(other_session, batch_id):
        other_session.commit()
    assert set(_rejections(other_session).values()) == {1}


def test_a_worker_that_dies_between_two_people_is_followed_by_the_next(session, engine, at_once, batch_id):
    at_once(_work(engine, batch_id, most=7))
    assert _states(session) == {S.DONE: 7, S.WAITING: PEOPLE - 7}
    at_once(_work(engine, batch_id))
    assert set(_rejections(session).values()) == {1}
    assert len(_rejections(session)) == PEOPLE


def test_stop_comes_between_two_people(session, behind, batch_id):
    step(session, batch_id)
    boss = session.get_one(Batch, batch_id).account
    pressed = behind(lambda other: operations.stop(other, batch_id, scope=EVERYTHING, actor=staff(boss), now=NOW))
    assert not pressed.done()
    session.commit()
    pressed.result(timeout=10)
    assert not step(session, batch_id)
    assert _states(session) == {S.DONE: 1, S.STOPPED: PEOPLE - 1}
    assert len(_rejections(session)) == 1


def test_of_many_presses_of_start_one_counts(session, at_once):
    in_city(session, add_city(session))
    boss = account(session)
    batch = operations.draft(session, Act.REJECT, NO, Wanted(), scope=EVERYTHING, actor=staff(boss), now=NOW)
    session.commit()
    at_once(
        *[lambda other: operations.start(other, batch.id, scope=EVERYTHING, actor=staff(boss), now=NOW)] * 4
    )  # fmt: skip
    assert session.scalar(select(func.count()).select_from(Entry).where(Entry.kind == "batch.started")) == 1


def test_somebody_who_was_erased_meanwhile_is_passed_over(session, batch_id):
    first = session.scalars(select(Candidate.id).order_by(Candidate.id).limit(1)).one()
    session.execute(delete(Candidate).where(Candidate.id == first))
    session.commit()
    while step(session, batch_id):
        session.commit()
    session.commit()
    assert _states(session) == {S.DONE: PEOPLE - 1}


def test_a_colleague_who_changes_the_person_meanwhile_wins_and_nothing_is_overwritten(session, other_session, batch_id):
    turn = acting.next_turn(session, batch_id, now=NOW)
    colleague = other_session.get_one(Candidate, turn.candidate_id)
    colleague.outcome, colleague.outcome_reason = Outcome.WITHDRAWN, "передумал"
    other_session.commit()
    acting.act(session, turn, now=NOW)
    session.commit()
    row = session.get_one(BatchPerson, (batch_id, turn.candidate_id), populate_existing=True)
    assert row.state == S.REFUSED
    assert session.get_one(Candidate, turn.candidate_id).outcome_reason == "передумал"
