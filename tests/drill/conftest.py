"""A system of its own for each drill: its servers may be hung and killed."""

from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection

from recruitsmart.local.ports import any_free_port
from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.valkey import ValkeyServer
from tests.servers import copied_database
from tests.simulator import Simulator
from tests.system import System


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[ValkeyServer]:
    server = ValkeyServer(tmp_path / "valkey", any_free_port(), durable=False)
    server.start()
    yield server
    server.resume()
    server.stop()


@pytest.fixture
def telegram() -> Iterator[Simulator]:
    with Simulator() as simulator:
        simulator.faults(rate_limits=False)
        yield simulator


@pytest.fixture
def settings() -> dict[str, str]:
    """What a file of drills sets besides."""
    return {}


@pytest.fixture
def processes(
    postgres_server: PostgresServer,
    own_valkey: ValkeyServer,
    template_database: str,
    telegram: Simulator,
    settings: dict[str, str],
    tmp_path: Path,
) -> Iterator[System]:
    """Worker, delivery, beat and bot, at work."""
    with (
        copied_database(postgres_server, template_database) as database_url,
        System(
            tmp_path / "system",
            database_url=database_url,
            redis_url=own_valkey.url(),
            telegram_url=telegram.url,
            token=telegram.token,
            TELEGRAM_MESSAGES_PER_SECOND="1000",
            TELEGRAM_CHAT_MESSAGES_PER_SECOND="100",
            FLOOD_MOST_UPDATES="10000",
            **settings,
        ) as system,
    ):
        system.folder.mkdir()
        system.start(["worker", "delivery", "beat", "bot"])
        yield system


@pytest.fixture
def database(processes: System) -> Iterator[connection]:
    """The test's own way to the database, each statement committed unless a transaction is begun."""
    opened = psycopg2.connect(processes.database_url.replace("+psycopg2", ""))
    opened.autocommit = True
    yield opened
    opened.close()
