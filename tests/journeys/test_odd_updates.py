"""What no person should send reaches the real processes: they live, and everybody is answered."""

from random import Random
from typing import Any

from psycopg2.extensions import connection

from recruitsmart.local.processes import wait_until
from tests.fuzz.updates import HOSTILE, Author
from tests.journeys.people import Applicant
from tests.simulator import Simulator
from tests.system import System

ODD = 60
PROCESSES = ("bot", "worker", "delivery")


def test_the_processes_survive_odd_updates_and_people_are_answered(
    system: System, simulator: Simulator, sql: connection
) -> None:
    anna = Applicant(simulator)
    anna.registers()
    complaints = [system.printed(name).count("Traceback") for name in PROCESSES]
    _send(anna, Random(7))
    assert wait_until(lambda: simulator.stats()["pending_updates"] == 0, 60)
    anna.says("/help", "What you can do")
    Applicant(simulator, "Vera").registers()
    assert [system.printed(name).count("Traceback") for name in PROCESSES] == complaints
    assert _rows(sql, "select update_id, failure from seen_updates where failure is not null") == []
    assert _rows(sql, "select kind, reason from outbox where state = 'failed'") == []


def _send(anna: Applicant, rng: Random) -> None:
    """Raw updates of every kind but blocking, some of them twice."""
    author = Author(anna.person.id, rng)
    kinds = [kind for kind in HOSTILE if kind != "membership"]
    for number in range(ODD):
        update = HOSTILE[kinds[number % len(kinds)]](author, rng) or {"poll": {}}
        update_id = anna.person.inject(_travels(update))
        if number % 10 == 0:
            anna.person.inject({"update_id": update_id} | _travels(update))


def _travels(value: Any) -> Any:
    """JSON over HTTP is UTF-8: halves of surrogate pairs cannot be sent."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {key: _travels(inner) for key, inner in value.items()}
    return value


def _rows(sql: connection, query: str) -> list[Any]:
    with sql.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
