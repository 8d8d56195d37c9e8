"""A broadcast through the whole system, slowly enough to be paused: one message a second."""

import re
from collections.abc import Iterator

import psycopg2
import pytest
from psycopg2.extensions import connection

from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.processes import wait_until
from recruitsmart.local.valkey import ValkeyServer
from tests.journeys.people import Panel
from tests.servers import copied_database
from tests.simulator import Person, Simulator
from tests.system import EVERYTHING, PASSWORD, System

PEOPLE = 12
PATIENCE_SECONDS = 40
LIST = "/admin/broadcasts/"


@pytest.fixture(scope="module")
def simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture(scope="module")
def system(
    postgres_server: PostgresServer,
    valkey_server: ValkeyServer,
    template_database: str,
    simulator: Simulator,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[System]:
    with (
        copied_database(postgres_server, template_database) as database_url,
        System(
            tmp_path_factory.mktemp("slow"),
            database_url=database_url,
            redis_url=valkey_server.url(2),
            telegram_url=simulator.url,
            token=simulator.token,
            TELEGRAM_MESSAGES_PER_SECOND="1",
        ) as system,
    ):
        system.flask("seed")
        for name in EVERYTHING:  # one after the other: a busy machine starts them in time
            system.start([name])
        yield system


@pytest.fixture
def sql(system: System) -> Iterator[connection]:
    opened = psycopg2.connect(system.database_url.replace("+psycopg2", ""))
    opened.autocommit = True
    yield opened
    opened.close()


@pytest.fixture
def crowd(system: System, simulator: Simulator, sql: connection) -> list[Person]:
    """People who pressed Start once and are registered since."""
    people = [simulator.person(f"P{number}") for number in range(PEOPLE)]
    for person in people:
        person.write("/start")
    for person in people:
        person.wait_for(lambda message: bool(message["buttons"]), timeout=PATIENCE_SECONDS)
    with sql.cursor() as cursor:
        cursor.execute(
            """update candidates set full_name = 'Анна Иванова', language = 'ru', stage = 'to_schedule',
                                     consent_version = '1', consent_at = now(), registered_at = now()"""
        )
        cursor.execute("update contacts set first_name = 'Анна'")
    return people


def _count(sql: connection, *states: str) -> int:
    with sql.cursor() as cursor:
        cursor.execute("select count(*) from broadcast_recipients where state = any(%s)", (list(states),))
        return cursor.fetchone()[0]


def _under_way(sql: connection) -> int:
    """How many of its messages delivery could still send."""
    with sql.cursor() as cursor:
        cursor.execute("select count(*) from outbox where kind = 'broadcast' and state in ('queued', 'sending')")
        return cursor.fetchone()[0]


def _got(people: list[Person]) -> list[int]:
    """How often each of them has the message."""
    return [sum("приходите" in message["text"] for message in person.from_bot()) for person in people]


def test_a_paused_broadcast_stops_replies_go_on_and_in_the_end_everybody_has_it_once(
    system: System, simulator: Simulator, crowd: list[Person], sql: connection
) -> None:
    panel = Panel(system.url)
    panel.sign_in("admin", PASSWORD)
    draft = panel.post(f"{LIST}new", f"{LIST}new", **{"body-ru": "{{ first_name }}, приходите!", "outcome": "active"})
    address = re.search(r"/admin/broadcasts/\d+$", draft.url).group()  # type: ignore[union-attr]
    assert f"отправить {PEOPLE} чел." in draft.text
    revision = re.search(r'name="revision" value="(\d+)"', draft.text).group(1)  # type: ignore[union-attr]
    panel.post(f"{address}/start", address, revision=revision)
    crowd[0].wait_for("Анна, приходите!", timeout=PATIENCE_SECONDS)

    crowd[-1].write("/help")
    crowd[-1].wait_for("/my", timeout=PATIENCE_SECONDS)
    assert _count(sql, "waiting", "queued") > 0, "the broadcast was through before the reply came"

    panel.post(f"{address}/pause", address)
    assert wait_until(lambda: not _under_way(sql), PATIENCE_SECONDS)
    halfway = sum(_got(crowd))
    assert 0 < halfway < PEOPLE
    crowd[0].write("/help")
    crowd[0].wait_for("/my", timeout=PATIENCE_SECONDS)
    assert sum(_got(crowd)) == halfway

    panel.post(f"{address}/resume", address)
    assert wait_until(lambda: _count(sql, "sent") == PEOPLE, PATIENCE_SECONDS)
    assert _got(crowd) == [1] * PEOPLE
    assert wait_until(lambda: "завершена" in panel.get(address), PATIENCE_SECONDS)
