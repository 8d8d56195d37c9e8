"""Telegram posts to the web process instead of being polled; nothing is lost or doubled, by switching neither."""

from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2.extensions import connection

from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.processes import wait_until
from recruitsmart.local.valkey import ValkeyServer
from tests.drill.people import HELP, LANGUAGE, PATIENCE_SECONDS, Asker, each_was_answered_once, held_up, somebody_waits
from tests.servers import copied_database
from tests.simulator import Simulator
from tests.system import System

pytestmark = pytest.mark.drill

WEBHOOK = {"BOT_USE_WEBHOOK": "1", "BOT_WEBHOOK_SECRET": "hook_secret-9"}


@pytest.fixture
def processes(
    postgres_server: PostgresServer,
    own_valkey: ValkeyServer,
    template_database: str,
    telegram: Simulator,
    tmp_path: Path,
) -> Iterator[System]:
    """Web, worker, delivery and beat of a system that is configured for the webhook; the webhook itself is not set."""
    with (
        copied_database(postgres_server, template_database) as database_url,
        System(
            tmp_path / "system",
            database_url=database_url,
            redis_url=own_valkey.url(),
            telegram_url=telegram.url,
            token=telegram.token,
            TELEGRAM_MESSAGES_PER_SECOND="1000",
            TELEGRAM_CHAT_MESSAGES_PER_SECOND="100",
            FLOOD_MOST_UPDATES="10000",
            **WEBHOOK,
        ) as system,
    ):
        system.environment["BOT_WEBHOOK_URL"] = system.url
        system.folder.mkdir()
        system.start(["web", "worker", "delivery", "beat"])
        yield system


@pytest.fixture
def database(processes: System) -> Iterator[connection]:
    opened = psycopg2.connect(processes.database_url.replace("+psycopg2", ""))
    opened.autocommit = True
    yield opened
    opened.close()


def test_people_are_answered_in_order_without_a_bot_process(
    processes: System, telegram: Simulator, database: connection
) -> None:
    assert f"{processes.url}/telegram/webhook" in processes.flask("bot", "webhook", "set")
    askers = [Asker(telegram, name) for name in ("Anna", "Boris", "Vera")]
    for asker in askers:
        asker.ask(*[HELP, LANGUAGE] * 5)
    for asker in askers:
        asker.waits()
    each_was_answered_once(database, *askers)
    said = processes.flask("bot", "webhook", "info")
    assert f"{processes.url}/telegram/webhook" in said
    assert "message, my_chat_member" in said
    assert "last failure" not in said


def test_a_pressed_buttons_spinner_is_stopped(processes: System, telegram: Simulator) -> None:
    processes.flask("bot", "webhook", "set")
    anna = telegram.person("Anna", language_code="en")
    anna.write(LANGUAGE)
    anna.wait_for("Choose a language")
    anna.press("English")
    answered = f"/people/{anna.id}/answers"
    assert wait_until(lambda: bool(telegram.control("GET", answered, params={"after": 0})), PATIENCE_SECONDS)


def test_a_worker_that_is_away_costs_time_and_no_update(
    processes: System, telegram: Simulator, database: connection
) -> None:
    processes.flask("bot", "webhook", "set")
    processes.kill("worker")
    anna = Asker(telegram)
    anna.ask(HELP, LANGUAGE)
    refused = "Wrong response from the webhook: 503"
    assert wait_until(lambda: refused in processes.flask("bot", "webhook", "info"), PATIENCE_SECONDS)
    processes.start(["worker"])
    anna.waits()
    each_was_answered_once(database, anna)


def test_a_web_process_killed_while_updates_wait_in_it_loses_none(
    processes: System, telegram: Simulator, database: connection
) -> None:
    processes.flask("bot", "webhook", "set")
    anna = Asker(telegram)
    anna.ask(HELP)
    anna.waits()
    with held_up(database, anna):
        anna.ask(LANGUAGE, HELP)
        assert wait_until(lambda: somebody_waits(database), PATIENCE_SECONDS)
        processes.kill("web")
    processes.start(["web"])
    anna.waits()
    each_was_answered_once(database, anna)


def test_switching_to_polling_and_back_loses_and_doubles_nothing(
    processes: System, telegram: Simulator, database: connection
) -> None:
    anna = Asker(telegram)
    processes.flask("bot", "webhook", "set")
    anna.ask(HELP, LANGUAGE)
    processes.start(["bot"], BOT_USE_WEBHOOK="0")  # which deletes the webhook while updates are under way
    anna.ask(HELP, LANGUAGE, HELP)
    assert "none, the bot has to poll" in processes.flask("bot", "webhook", "info")
    anna.ask(LANGUAGE, HELP)
    processes.flask("bot", "webhook", "set")  # while the bot polls and has some under way
    anna.ask(LANGUAGE, HELP)
    assert processes.end("bot") == 0
    anna.waits()
    each_was_answered_once(database, anna)


def test_deleting_keeps_what_waits_for_whoever_polls_next(
    processes: System, telegram: Simulator, database: connection
) -> None:
    processes.flask("bot", "webhook", "set")
    processes.flask("bot", "webhook", "delete")
    anna = Asker(telegram)
    anna.ask(HELP, LANGUAGE)
    assert "waiting:      2" in processes.flask("bot", "webhook", "info")
    processes.flask("bot", "webhook", "set")
    anna.waits()
    each_was_answered_once(database, anna)
