"""SIGTERM: every process finishes what it has begun and exits 0 within 30 s, also when Telegram is slow."""

import pytest
from psycopg2.extensions import connection

from tests.drill.people import HELP, LANGUAGE, Asker, each_was_answered_once
from tests.simulator import Simulator
from tests.system import EVERYTHING, System

pytestmark = pytest.mark.drill


def test_everything_ends_in_order_while_people_write_and_telegram_is_slow(
    processes: System, telegram: Simulator, database: connection
) -> None:
    processes.start(["web"])
    askers = [Asker(telegram, name) for name in ("Anna", "Boris", "Vera")]
    telegram.faults(latency_ms=2000)
    for asker in askers:
        asker.ask(*[HELP, LANGUAGE] * 4)
    assert {name: processes.end(name) for name in EVERYTHING} == dict.fromkeys(EVERYTHING, 0)
    telegram.faults(latency_ms=0)
    processes.start(["worker", "delivery", "beat", "bot"])
    for asker in askers:
        asker.waits()
    each_was_answered_once(database, *askers)
