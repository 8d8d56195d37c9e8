"""One running system for all journeys; each journey brings its own people."""

from collections.abc import Iterator

import psycopg2
import pytest
from psycopg2.extensions import connection

from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.valkey import ValkeyServer
from tests.journeys.people import Panel
from tests.servers import copied_database
from tests.simulator import Simulator
from tests.system import PASSWORD, System


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        simulator.faults(rate_limits=False)
        yield simulator


@pytest.fixture(scope="session")
def system(
    postgres_server: PostgresServer,
    valkey_server: ValkeyServer,
    template_database: str,
    simulator: Simulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[System]:
    folder = tmp_path_factory.mktemp("system")
    with (
        copied_database(postgres_server, template_database) as database_url,
        System(
            folder,
            database_url=database_url,
            redis_url=valkey_server.url(1),
            telegram_url=simulator.url,
            token=simulator.token,
            TELEGRAM_MESSAGES_PER_SECOND="1000",
            TELEGRAM_CHAT_MESSAGES_PER_SECOND="100",
            FLOOD_MOST_UPDATES="10000",  # these people type faster than any person
        ) as system,
    ):
        system.flask("seed", "--demo")
        system.start()
        yield system


@pytest.fixture
def sql(system: System) -> Iterator[connection]:
    """A look into the system's database."""
    opened = psycopg2.connect(system.database_url.replace("+psycopg2", ""))
    opened.autocommit = True
    yield opened
    opened.close()


@pytest.fixture
def panel(system: System) -> Panel:
    """A signed-in recruiter."""
    panel = Panel(system.url)
    panel.sign_in("admin", PASSWORD)
    return panel
