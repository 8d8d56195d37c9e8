"""The task behind files with people: bounded, and what a dead worker left is found again."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import func, select

from config.settings import Settings
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.intake import operations
from recruitsmart.domain.intake.models import Intake, IntakeState
from tests.domain.batching import account, staff
from tests.factories import NOW
from workers import contract, stints
from workers.client import make_client
from workers.services import Services
from workers.tasks import intake

LINES = 450


@pytest.fixture
def services(
    settings_for: Callable[..., Settings], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Services]:
    monkeypatch.setattr(stints, "STINT_SECONDS", 60.0)  # only the number of steps is a bound, however slow the machine
    settings = settings_for(database_url=database_url)
    services = Services(settings=settings, celery=make_client(settings))
    rows = [["ФИО", "Телефон"], *(["Анна Иванова", f"8912000{number:04}"] for number in range(LINES))]
    with services.database.unit() as session:
        boss = account(session)
        brought = operations.bring(
            session, list(enumerate(rows, 1)), file_name="x.csv", actor=staff(boss), now=NOW
        )  # fmt: skip
        operations.look(
            session, brought.id, brought.mapping, city_id=None, source="", scope=EVERYTHING, actor=staff(boss)
        )  # fmt: skip
    yield services
    services.database.engine.dispose()


def _sweep(services: Services) -> None:
    intake.advance(services, contract.AdvanceIntakes())


def _intake(services: Services) -> Intake:
    with services.database.unit() as session:
        return session.scalars(select(Intake)).one()


def _people(services: Services) -> int:
    with services.database.unit() as session:
        return session.scalar(select(func.count()).select_from(Candidate)) or 0


def test_sweeps_look_at_a_file_and_take_it_in_a_bounded_part_each(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    _sweep(services)
    brought = _intake(services)
    assert (brought.state, _people(services)) == (IntakeState.CHECKED, 0)
    with services.database.unit() as session:
        who = session.get_one(Intake, brought.id).account
        operations.start(session, brought.id, fills=False, scope=EVERYTHING, actor=staff(who), now=NOW)
    monkeypatch.setattr(intake, "MOST_STEPS", 2)
    taken = []
    for _ in range(3):
        _sweep(services)
        taken.append(_people(services))
    assert taken == [200, 400, LINES]
    assert _intake(services).state == IntakeState.FINISHED
