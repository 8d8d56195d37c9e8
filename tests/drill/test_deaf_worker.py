"""A worker that lives and consumes nothing is seen, and ends itself so that its supervisor starts it again."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import redis
from celery import Celery
from psycopg2.extensions import connection

from recruitsmart.local.processes import wait_until
from recruitsmart.local.valkey import ValkeyServer
from tests.drill.people import HELP, LANGUAGE, PATIENCE_SECONDS, Asker, held_up, somebody_waits, value
from tests.simulator import Simulator
from tests.system import System

pytestmark = pytest.mark.drill


@pytest.fixture
def settings() -> dict[str, str]:
    """A quick pulse: deaf after 1.2 s instead of 120."""
    return {"PULSE_SECONDS": "0.1"}


def _instance(system: System, process: str) -> str:
    names = [word for word in system.printed(process).split() if word.startswith(f"{process}-{system.pid(process)}@")]
    return names[0]


@contextmanager
def _operator(valkey: ValkeyServer) -> Iterator[Celery]:
    with Celery(broker=valkey.url()) as app:
        yield app


def _make_deaf(system: System, valkey: ValkeyServer, process: str) -> None:
    """Cancel all it consumes, as the trouble with Redis that we know of does; it goes on answering control messages."""
    instance = _instance(system, process)
    with _operator(valkey) as operator:
        queues = operator.control.inspect([instance]).active_queues()[instance]
        for queue in queues:
            operator.control.cancel_consumer(queue["name"], destination=[instance], reply=True)


def _ends_by_itself(system: System, process: str) -> int | None:
    running: Any = system._running[process]
    wait_until(lambda: running.poll() is not None, PATIENCE_SECONDS)
    return running.poll()


@pytest.mark.parametrize("process", ["worker", "delivery"])
def test_a_worker_that_consumes_nothing_ends_itself_with_an_error(
    processes: System, own_valkey: ValkeyServer, process: str
) -> None:
    _make_deaf(processes, own_valkey, process)
    assert _ends_by_itself(processes, process) == 1
    assert "hears nothing any more" in processes.printed(process)


def test_a_worker_with_nothing_to_do_lives_and_shows_its_work(
    processes: System, own_valkey: ValkeyServer, database: connection
) -> None:
    instance = _instance(processes, "worker")
    beats = "select count(distinct beat_at) from heartbeats where instance = %s"
    first = "select min(beat_at) from heartbeats where instance = %s"
    assert wait_until(lambda: value(database, beats, instance) == 1, PATIENCE_SECONDS)
    began_at = value(database, first, instance)
    later = f"select beat_at > %s + interval '3 seconds' from heartbeats where instance = '{instance}'"
    assert wait_until(lambda: value(database, later, began_at), PATIENCE_SECONDS)  # more than twice what kills the deaf
    assert processes._running["worker"].poll() is None
    with redis.Redis.from_url(own_valkey.url()) as client:
        assert f"worker {instance}".encode() in client.zrange("alive", 0, -1)


def test_a_worker_whose_hands_are_full_lives(processes: System, telegram: Simulator, database: connection) -> None:
    askers = [Asker(telegram, name) for name in ("Anna", "Boris")]
    for asker in askers:
        asker.ask(HELP)
        asker.waits()
    with held_up(database, askers[0]), held_up(database, askers[1]):
        for asker in askers:
            asker.ask(LANGUAGE)
        assert wait_until(lambda: somebody_waits(database), PATIENCE_SECONDS)
        stood = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and now() - xact_start > '3 s'"
        assert wait_until(lambda: value(database, stood) == 2, PATIENCE_SECONDS)
        assert processes._running["worker"].poll() is None
    for asker in askers:
        asker.waits()
