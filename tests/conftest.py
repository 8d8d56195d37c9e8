"""Servers and databases for the tests that ask for them; a pure test starts nothing."""

import os
from collections.abc import Iterator

import pytest
import redis

from config.variables import VARIABLES
from recruitsmart.domain.directory.operations import passwords
from recruitsmart.local.ports import any_free_port
from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.valkey import ValkeyServer
from tests.servers import TEMPLATE, empty_database, migrate, next_database, quick_folder

# Before anything is hashed. In processes of their own a password is checked as slowly as it should be; most of these
# tests only want to be let in.
passwords.__init__(time_cost=1, memory_cost=8, parallelism=1)  # type: ignore[misc]


def pytest_configure() -> None:
    """The settings of whoever runs the tests are not those of the tests."""
    for variable in VARIABLES:
        os.environ.pop(variable.name, None)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    with quick_folder(otherwise=tmp_path_factory.mktemp("postgres")) as folder:
        server = PostgresServer(folder / "data", any_free_port(), durable=False)
        server.start()
        yield server
        server.stop()


@pytest.fixture(scope="session")
def valkey_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ValkeyServer]:
    server = ValkeyServer(tmp_path_factory.mktemp("valkey"), any_free_port(), durable=False)
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def template_database(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The name of a migrated database to copy."""
    with empty_database(postgres_server, TEMPLATE) as url:
        migrate(url, DATA_DIR=str(tmp_path_factory.mktemp("migration")))
        yield TEMPLATE


@pytest.fixture
def database_url(postgres_server: PostgresServer, template_database: str) -> Iterator[str]:
    """A database of this test's own, with all tables and nothing in them."""
    with next_database(postgres_server, template_database) as url:
        yield url


@pytest.fixture
def redis_url(valkey_server: ValkeyServer) -> str:
    """An empty Redis; tests run one after the other, so there is one for all."""
    with redis.Redis.from_url(valkey_server.url()) as client:
        client.flushall()
    return valkey_server.url()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI a browser test may not be skipped: Chromium belongs to the machine there."""
    report = yield
    if report.skipped and item.get_closest_marker("browser") and os.environ.get("CI"):
        report.outcome = "failed"
        report.longrepr = f"A browser test was skipped in CI: {report.longrepr}"
    return report
