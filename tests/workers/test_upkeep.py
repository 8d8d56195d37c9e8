"""The hourly task that throws away what nobody needs to remember."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from freezegun import freeze_time
from sqlalchemy import select

from config.settings import Settings
from recruitsmart.domain.dialogue.models import SeenUpdate
from recruitsmart.domain.dialogue.turn import Sender, open_turn
from recruitsmart.domain.directory.attempts import LoginAttempt
from recruitsmart.domain.directory.signing_in import announce
from recruitsmart.domain.journal.models import Heartbeat, Outage
from recruitsmart.domain.journal.operations import beat
from tests.factories import NOW
from workers import contract
from workers.client import make_client
from workers.services import Services
from workers.tasks import upkeep


@pytest.fixture
def services(settings_for: Callable[..., Settings], database_url: str) -> Iterator[Services]:
    settings = settings_for(database_url=database_url)
    services = Services(settings=settings, celery=make_client(settings))
    with services.database.unit() as session:
        announce(session, "olga", address="10.0.0.1", now=NOW)
        open_turn(session, Sender(update_id=1, chat_id=1, received_at=NOW), now=NOW)
    yield services
    services.database.engine.dispose()


@pytest.mark.parametrize(
    ("later", "updates", "attempts"),
    [(timedelta(hours=47), 1, 1), (timedelta(hours=49), 0, 1), (timedelta(days=31), 0, 0)],
)
def test_updates_are_remembered_for_two_days_and_failed_attempts_for_a_month(
    services: Services, later: timedelta, updates: int, attempts: int
) -> None:
    with freeze_time(NOW + later):
        upkeep.forget_seen_updates(services, contract.ForgetSeenUpdates())
    with services.database.unit() as session:
        assert len(session.scalars(select(SeenUpdate)).all()) == updates
        assert len(session.scalars(select(LoginAttempt)).all()) == attempts


def test_processes_are_remembered_for_a_month_and_the_last_one_of_a_type_for_ever(services: Services) -> None:
    day = timedelta(days=1)
    with services.database.unit() as session:
        beat(session, "bot", "a:1", version="1", now=NOW)
        beat(session, "bot", "a:2", version="1", now=NOW + day)
        beat(session, "bot", "a:3", version="1", now=NOW + 30 * day)
        beat(session, "web", "a:4", version="1", now=NOW)
    with freeze_time(NOW + 30 * day + day / 2):
        upkeep.forget_seen_updates(services, contract.ForgetSeenUpdates())
    with services.database.unit() as session:
        assert sorted(session.scalars(select(Heartbeat.instance))) == ["a:2", "a:3", "a:4"]
        assert sorted(session.scalars(select(Outage.ended_at))) == [NOW + day, NOW + 30 * day]
    with freeze_time(NOW + 62 * day):
        upkeep.forget_seen_updates(services, contract.ForgetSeenUpdates())
    with services.database.unit() as session:
        assert sorted(session.scalars(select(Heartbeat.instance))) == ["a:3", "a:4"]
        assert session.scalars(select(Outage)).all() == []
