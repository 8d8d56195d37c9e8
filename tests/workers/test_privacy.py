"""The task that erases people whose data has been kept long enough."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from freezegun import freeze_time
from sqlalchemy import func, select

from config.settings import Settings
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.pipeline import erasing
from tests.factories import NOW, add_candidate
from workers import contract
from workers.client import make_client
from workers.services import Services
from workers.tasks import privacy

LATER = NOW + timedelta(days=181)


@pytest.fixture
def services(settings_for: Callable[..., Settings], database_url: str) -> Iterator[Services]:
    settings = settings_for(database_url=database_url)
    services = Services(settings=settings, celery=make_client(settings))
    with services.database.unit() as session:
        for number in range(3):
            add_candidate(
                session, chat_id=number + 1, full_name="Анна", outcome=Outcome.REJECTED, outcome_reason="нет",
                stage_since=NOW, created_at=NOW,
            )  # fmt: skip
        add_candidate(session, chat_id=9, full_name="Пётр", stage_since=NOW, created_at=NOW)
    yield services
    services.database.engine.dispose()


def _erased(services: Services) -> int:
    with services.database.unit() as session:
        return session.scalar(select(func.count()).where(Candidate.erased_at.is_not(None))) or 0


def test_it_erases_who_is_due_and_nobody_else(services: Services) -> None:
    for moment, erased in ((NOW, 0), (LATER, 3), (LATER, 3)):
        with freeze_time(moment):
            privacy.erase_people(services, contract.ErasePeople())
        assert _erased(services) == erased


def test_one_persons_defect_keeps_nobody_elses_data(services: Services, monkeypatch: pytest.MonkeyPatch) -> None:
    erase, failures = erasing.erase, iter([True])

    def failing(*arguments: object, **named: object) -> None:
        if next(failures, False):
            raise ValueError("a defect")
        erase(*arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(erasing, "erase", failing)
    with freeze_time(LATER):
        privacy.erase_people(services, contract.ErasePeople())
    assert _erased(services) == 2
