"""The task behind batches: bounded, and one person's defect holds nobody up."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select, text

from config.settings import Settings
from recruitsmart.domain.batches.models import BatchPerson, PersonState
from recruitsmart.domain.journal.models import Entry
from tests.domain.batching import account, in_city, started
from tests.factories import add_city
from workers import contract, stints
from workers.client import make_client
from workers.services import Services
from workers.tasks import batches

PEOPLE = 5


@pytest.fixture
def services(
    settings_for: Callable[..., Settings], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    monkeypatch.setattr(stints, "STINT_SECONDS", 60.0)  # only the number of steps is a bound, however slow the machine
    settings = settings_for(database_url=database_url)
    services = Services(settings=settings, celery=make_client(settings))
    with services.database.unit() as session:
        moscow = add_city(session)
        for _ in range(PEOPLE):
            in_city(session, moscow)
        started(session, account(session))
    yield services
    services.database.engine.dispose()


def _sweep(services: Services) -> None:
    batches.advance(services, contract.AdvanceBatches())


def _states(services: Services) -> Counter[str]:
    with services.database.unit() as session:
        return Counter(session.scalars(select(BatchPerson.state)))


def _execute(services: Services, *statements: str) -> None:
    with services.database.unit() as session:
        for statement in statements:
            session.execute(text(statement))


def test_a_sweep_carries_a_batch_through(services: Services) -> None:
    _sweep(services)
    _sweep(services)
    assert _states(services) == {PersonState.DONE: PEOPLE}


def test_a_sweep_does_a_bounded_part_and_the_next_one_goes_on(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST_STEPS", 2)
    _sweep(services)
    assert _states(services) == {PersonState.DONE: 2, PersonState.WAITING: PEOPLE - 2}
    _sweep(services)
    assert _states(services) == {PersonState.DONE: 4, PersonState.WAITING: PEOPLE - 4}


def test_a_defect_with_one_person_is_written_down_and_the_others_go_on(services: Services) -> None:
    _execute(
        services,
        "create function break() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$",
        "create trigger break before update on candidates for each row when (old.id = 1) execute function break()",
    )
    with services.database.unit() as session:
        first = session.scalars(select(BatchPerson.candidate_id).order_by(BatchPerson.candidate_id).limit(1)).one()
    assert first == 1
    _sweep(services)
    assert _states(services) == {PersonState.DONE: PEOPLE - 1, PersonState.FAILED: 1}
    with services.database.unit() as session:
        assert first not in session.scalars(select(Entry.candidate_id).where(Entry.kind == "candidate.rejected")).all()


def test_a_lock_that_is_not_given_leaves_the_person_for_the_next_sweep(services: Services) -> None:
    """A Postgres that is busy is no defect of the person."""
    with services.database.engine.connect() as holder:
        holder.execute(text("select id from candidates for update"))
        _sweep(services)
    assert _states(services) == {PersonState.WAITING: PEOPLE}
