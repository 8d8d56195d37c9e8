"""Whoever answers or sends is killed in the middle of it."""

import psutil
import pytest
import redis
from psycopg2.extensions import connection

from recruitsmart.local.processes import wait_until
from recruitsmart.local.valkey import ValkeyServer
from tests.drill.people import (
    HELP,
    LANGUAGE,
    PATIENCE_SECONDS,
    Asker,
    each_was_answered_once,
    held_up,
    somebody_waits,
    value,
)
from tests.simulator import Simulator
from tests.system import System
from workers.unit import MOST_DEATHS

pytestmark = pytest.mark.drill


@pytest.fixture
def anna(telegram: Simulator, processes: System) -> Asker:
    """A person the system knows already."""
    anna = Asker(telegram)
    anna.ask(HELP)
    anna.waits()
    return anna


def _kill_children(system: System) -> None:
    for child in psutil.Process(system.pid("worker")).children():
        child.kill()


def test_a_child_killed_in_the_middle_of_an_answer_is_replaced_and_the_answer_given_once(
    processes: System, anna: Asker, database: connection
) -> None:
    with held_up(database, anna):
        anna.ask(LANGUAGE, HELP)
        assert wait_until(lambda: somebody_waits(database), PATIENCE_SECONDS)
        _kill_children(processes)
    anna.waits()
    each_was_answered_once(database, anna)


def test_a_worker_killed_in_the_middle_of_an_answer_loses_nothing(
    processes: System, anna: Asker, database: connection
) -> None:
    with held_up(database, anna):
        anna.ask(LANGUAGE, HELP)
        assert wait_until(lambda: somebody_waits(database), PATIENCE_SECONDS)
        processes.kill("worker")
    processes.restart("worker")
    anna.waits()
    each_was_answered_once(database, anna)


def test_an_update_that_kills_every_child_is_given_up_and_the_person_told(
    processes: System, anna: Asker, own_valkey: ValkeyServer, database: connection
) -> None:
    marks = redis.Redis.from_url(own_valkey.url())
    with held_up(database, anna):
        update_id = anna.person.write(LANGUAGE)["update_id"]
        assert wait_until(lambda: somebody_waits(database), PATIENCE_SECONDS)
        for deaths in range(MOST_DEATHS):
            _kill_children(processes)
            begun = str(deaths + 1).encode()
            assert wait_until(lambda begun=begun: marks.get(f"attempts:{update_id}") == begun, PATIENCE_SECONDS)
        _kill_children(processes)
        anna.person.wait_for("Something went wrong", timeout=PATIENCE_SECONDS)
    failure = value(database, "select failure from seen_updates where update_id = %s", update_id)
    assert failure == "Deadly"
    anna.person.write(HELP)
    anna.person.wait_for("What you can do", timeout=PATIENCE_SECONDS)


def test_a_message_whose_sender_is_killed_is_sent_or_known_to_be_unknown(
    processes: System, telegram: Simulator, anna: Asker, database: connection
) -> None:
    telegram.faults(latency_ms=3000)
    newest = telegram.calls()[-1]["seq"]
    anna.ask(LANGUAGE)
    sending = lambda: any(call["method"] == "sendMessage" for call in telegram.calls(newest))  # noqa: E731
    assert wait_until(sending, PATIENCE_SECONDS)
    processes.kill("delivery")
    telegram.faults(latency_ms=0)
    processes.restart("delivery")
    settled = "select state from outbox where kind = 'language.ask' and state in ('sent', 'unknown')"
    assert wait_until(lambda: value(database, settled) is not None, PATIENCE_SECONDS)
    assert anna.answers() in ([HELP, LANGUAGE], [HELP, LANGUAGE, LANGUAGE])
    assert value(database, "select doubts from outbox where kind = 'language.ask'") == 1
    assert "second copy" in value(database, "select reason from outbox where kind = 'language.ask'")
