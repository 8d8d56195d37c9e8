"""Sessions for tests of the domain, and a second transaction beside the first."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

_PATIENCE_SECONDS = 10
_BLOCKED = text("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")

Job = Callable[[Session], Any]
Behind = Callable[[Job], Future[Any]]
AtOnce = Callable[..., list[Any]]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    url = make_url(database_url).set(drivername="postgresql+psycopg2")
    engine = create_engine(url, connect_args={"options": "-c lock_timeout=5000"})  # a test fails instead of hanging
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """What a test does not commit is gone."""
    with Session(engine, expire_on_commit=False) as session:
        yield session


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
