"""Redis hangs, dies, and is shared by two of everything; the bot is told to go in the middle."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psutil
import pytest
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

HANG_SECONDS = 8
MOST_CPU_SHARE = 0.5  # a loop that spins takes all of one core

pytestmark = pytest.mark.drill


@pytest.fixture
def askers(telegram: Simulator, processes: System) -> list[Asker]:
    """Three people the system knows already."""
    askers = [Asker(telegram, name) for name in ("Anna", "Boris", "Clara")]
    for asker in askers:
        asker.ask(HELP)
    for asker in askers:
        asker.waits()
    return askers


def _cpu_seconds(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system


def test_what_is_written_while_redis_hangs_is_answered_once_and_in_order(
    processes: System, own_valkey: ValkeyServer, askers: list[Asker], database: connection
) -> None:
    bot = psutil.Process(processes.pid("bot"))
    own_valkey.pause()
    before = _cpu_seconds(bot)
    for asker in askers:
        asker.ask(HELP, LANGUAGE, LANGUAGE, HELP)
    threading.Event().wait(HANG_SECONDS)
    spent = _cpu_seconds(bot) - before
    own_valkey.resume()
    for asker in askers:
        asker.waits()
    each_was_answered_once(database, *askers)
    assert spent < MOST_CPU_SHARE * HANG_SECONDS


def test_what_is_promised_leaves_while_redis_is_dead_and_once(
    processes: System, own_valkey: ValkeyServer, askers: list[Asker], database: connection
) -> None:
    """No task comes, so delivery looks into Postgres by itself, at its own slow pace."""
    own_valkey.kill()
    with database.cursor() as cursor:
        cursor.execute(PROMISES, (askers[0].person.id, askers[1].person.id))
    left = "select count(*) from outbox where about like 'promise:%%' and state = 'sent'"
    assert wait_until(lambda: value(database, left) == 6, PATIENCE_SECONDS)
    own_valkey.start()
    for asker in askers:
        asker.ask(LANGUAGE)
    for asker in askers:
        promised = [text for text in asker.answers() if text.startswith("promise")]
        assert promised == sorted(set(promised))
        assert wait_until(lambda asker=asker: asker.answers()[-1] == LANGUAGE, PATIENCE_SECONDS)


PROMISES = """
insert into outbox (about, kind, chat_id, lane, language, body, due_at, created_at)
select 'promise:' || number || ':' || chat_id, 'help', chat_id, 1, 'ru', 'promise ' || number, now(), now()
from generate_series(1, 3) as number, unnest(array[%s, %s]) as chat_id
"""


def test_what_is_written_while_redis_is_dead_is_answered_once_and_in_order(
    processes: System, own_valkey: ValkeyServer, askers: list[Asker], database: connection
) -> None:
    bot = psutil.Process(processes.pid("bot"))
    own_valkey.kill()
    before = _cpu_seconds(bot)
    for asker in askers:
        asker.ask(LANGUAGE, HELP, HELP, LANGUAGE)
    threading.Event().wait(2)
    spent = _cpu_seconds(bot) - before
    own_valkey.start()
    for asker in askers:
        asker.waits()
    each_was_answered_once(database, *askers)
    assert spent < MOST_CPU_SHARE * 2


def test_a_bot_told_to_go_waits_for_what_is_under_way(
    processes: System, telegram: Simulator, askers: list[Asker], database: connection
) -> None:
    anna = askers[0]
    with ThreadPoolExecutor(1) as thread:
        with held_up(database, anna):
            anna.ask(LANGUAGE)
            assert wait_until(lambda: somebody_waits(database), PATIENCE_SECONDS)
            ending = thread.submit(processes.end, "bot")
            assert wait_until(lambda: "fetches no more" in processes.printed("bot"), PATIENCE_SECONDS)
        assert ending.result(PATIENCE_SECONDS) == 0
    assert telegram.stats()["pending_updates"] == 0, "what was under way is done and confirmed"
    anna.ask(HELP, LANGUAGE)
    processes.restart("bot")
    anna.waits()
    each_was_answered_once(database, *askers)


def test_a_bot_told_to_go_while_nobody_answers_leaves_the_updates_to_telegram(
    processes: System, own_valkey: ValkeyServer, askers: list[Asker], database: connection
) -> None:
    processes.kill("worker")
    askers[0].ask(LANGUAGE, HELP)
    askers[1].ask(HELP)
    assert processes.end("bot", PATIENCE_SECONDS) == 0
    processes.restart("worker")
    processes.restart("bot")
    for asker in askers:
        asker.waits()
    each_was_answered_once(database, *askers)


def test_two_of_everything_do_what_one_does(
    processes: System, telegram: Simulator, askers: list[Asker], database: connection
) -> None:
    (processes.folder / "second").mkdir()
    processes.start(["worker.second", "beat.second", "bot.second"], DATA_DIR=str(processes.folder / "second"))
    for _ in range(5):
        for asker in askers:
            asker.ask(HELP, LANGUAGE)
    for asker in askers:
        asker.waits()
    each_was_answered_once(database, *askers)
    refused = [call for call in telegram.calls() if call["error_code"] == 409]
    assert refused, "Telegram refuses one of two pollers; without that nothing was tried here"
    assert processes.end("bot") == 0
    askers[0].ask(HELP)
    askers[0].waits()
