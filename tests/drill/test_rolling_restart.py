"""A new release: one process type after the other ends and comes back, while people go on writing."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from psycopg2.extensions import connection

from tests.drill.people import HELP, LANGUAGE, Asker, each_was_answered_once
from tests.simulator import Simulator
from tests.system import System

pytestmark = pytest.mark.drill

ROLLED = ("worker", "delivery", "beat", "bot", "web")
PAUSE_SECONDS = 0.15


def test_a_rolling_restart_loses_and_doubles_nothing(
    processes: System, telegram: Simulator, database: connection
) -> None:
    processes.start(["web"])
    askers = [Asker(telegram, name) for name in ("Anna", "Boris", "Vera")]
    statuses = {}
    with _writing(askers):
        for name in ROLLED:
            before = [len(asker.asked) for asker in askers]
            statuses[name] = processes.end(name)
            processes.restart(name)
            assert [len(asker.asked) for asker in askers] > before, "people wrote meanwhile"
    assert statuses == dict.fromkeys(ROLLED, 0)
    for asker in askers:
        asker.waits()
    each_was_answered_once(database, *askers)


@contextmanager
def _writing(askers: list[Asker]) -> Iterator[None]:
    """Everybody goes on asking, one command after the other, until the block ends."""
    over = threading.Event()

    def ask(asker: Asker) -> None:
        number = 0
        while not over.wait(PAUSE_SECONDS):
            asker.ask((HELP, LANGUAGE)[number % 2])
            number += 1

    threads = [threading.Thread(target=ask, args=(asker,)) for asker in askers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
