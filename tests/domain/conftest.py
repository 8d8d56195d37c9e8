"""Sessions for tests of the domain, and a second transaction beside the first."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from recruitsmart.local.postgres import PostgresServer
from tests.servers import copied_database

_PATIENCE_SECONDS = 10
_BLOCKED = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")

Job = Callable[[Session], Any]
Behind = Callable[[Job], Future[Any]]
AtOnce = Callable[..., list[Any]]


NEEDS_A_DATABASE = {"engine", "database_url", "other_session", "behind", "at_once"}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A database of this test's own, for what several transactions see of each other."""
    engine = _engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def shared_engine(postgres_server: PostgresServer, template_database: str) -> Iterator[Engine]:
    """One database for all tests that leave nothing behind."""
    with copied_database(postgres_server, template_database) as url:
        engine = _engine(url)
        yield engine
        engine.dispose()


def _engine(url: str) -> Engine:
    address = make_url(url).set(drivername="postgresql+psycopg2")
    return create_engine(address, connect_args={"options": "-c lock_timeout=5000"})  # a test fails instead of hanging


@pytest.fixture
def session(request: pytest.FixtureRequest) -> Iterator[Session]:
    """A session whose work is gone after the test.

    A test with one transaction only shares its database with others: what it commits is a savepoint of a transaction
    that is rolled back. Copying a database for each would cost most of the time of the suite.
    """
    if NEEDS_A_DATABASE & {*request.fixturenames}:
        with Session(request.getfixturevalue("engine"), expire_on_commit=False) as session:
            yield session
        return
    with request.getfixturevalue("shared_engine").connect() as connection, connection.begin() as everything:
        with Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint") as session:
            yield session
        everything.rollback()


@pytest.fixture
def other_session(engine: Engine) -> Iterator[Session]:
    """Another transaction at the same time."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


@pytest.fixture
def behind(engine: Engine) -> Iterator[Behind]:
    """Begins a job in another transaction and returns when that one waits for a lock (or is through)."""
    with ThreadPoolExecutor() as pool:

        def start(job: Job) -> Future[Any]:
            future = pool.submit(_committed, engine, job)
            patience = time.monotonic() + _PATIENCE_SECONDS
            while not future.done() and not _somebody_waits(engine):
                assert time.monotonic() < patience, "the other transaction neither waits nor ends"
                time.sleep(0.005)
            return future

        yield start


@pytest.fixture
def at_once(engine: Engine) -> AtOnce:
    """Runs jobs at once, each in a transaction of its own, and returns their results."""

    def run(*jobs: Job) -> list[Any]:
        with ThreadPoolExecutor(len(jobs)) as pool:
            return list(pool.map(lambda job: _committed(engine, job), jobs))

    return run


def _committed(engine: Engine, job: Job) -> Any:
    with Session(engine, expire_on_commit=False) as session:
        result = job(session)
        session.commit()
        return result


def _somebody_waits(engine: Engine) -> bool:
    with engine.connect() as connection:
        return bool(connection.scalar(_BLOCKED))
