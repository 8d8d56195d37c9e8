"""What a worker has at hand, against the servers of the test run."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url, text

from config.settings import Settings, read_settings
from recruitsmart.db import Database
from tests.simulator import Person, Simulator
from tests.workers.outbox import TOKEN, Outbox, person


@pytest.fixture
def settings_for(tmp_path: Path) -> Callable[..., Settings]:
    """Settings with these addresses, each somewhere nobody listens unless given."""

    def make(
        *,
        redis_url: str = "redis://127.0.0.1:1/0",
        database_url: str = "postgresql+psycopg2://nobody@127.0.0.1:1/none",
    ) -> Settings:
        return read_settings(
            {
                "ENVIRONMENT": "test",
                "REDIS_URL": redis_url,
                "DATABASE_URL": database_url,
                "DATA_DIR": str(tmp_path),
            }
        )

    return make


@pytest.fixture
def database(settings_for: Callable[..., Settings], database_url: str) -> Iterator[Database]:
    """A worker's way to the database of this test."""
    database = Database(settings_for(database_url=database_url))
    yield database
    database.engine.dispose()


@pytest.fixture
def let_in(database_url: str) -> Iterator[Callable[[bool], None]]:
    """Whether Postgres takes new connections to the database from now on."""
    url = make_url(database_url)
    elsewhere = create_engine(
        url.set(drivername="postgresql+psycopg2", database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )

    def let(whether: bool) -> None:
        with elsewhere.connect() as other:
            other.execute(text(f"alter database {url.database} allow_connections {whether}"))

    yield let
    let(True)


@pytest.fixture(scope="module")
def running() -> Iterator[Simulator]:
    with Simulator(TOKEN) as simulator:
        yield simulator


@pytest.fixture
def simulator(running: Simulator) -> Iterator[Simulator]:
    running.faults(rate_limits=False)
    yield running
    running.faults(error_rate=0, lost_response_rate=0, rate_limits=False, down=False)


@pytest.fixture
def outbox(
    settings_for: Callable[..., Settings], database_url: str, redis_url: str, simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Outbox]:  # fmt: skip
    outbox = Outbox(settings_for(database_url=database_url, redis_url=redis_url), simulator, monkeypatch)
    yield outbox
    outbox.services.database.engine.dispose()


@pytest.fixture
def anna(simulator: Simulator) -> Person:
    return person(simulator)
