"""A broadcast through two delivery processes: its pace, and what replies to people take meanwhile."""

import threading
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any

import psycopg2
import requests

from tests.benchmarks.load import Crowd, Latencies
from tests.benchmarks.processes import processor_seconds
from tests.simulator import Simulator
from tests.system import System

LATENCY_MS = 80
SENDERS = ("delivery", "delivery.second")

MESSAGES = 5_000
READERS = MESSAGES // 4
PEOPLE = 40
ACTS_PER_SECOND = 0.5
SLOWEST_PER_SECOND = 15  # slower than this, and the benchmark gives up

Say = Callable[..., None]
Call = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class Pace:
    """How calls were spread over time: the worst of all one-second windows, and the counts of whole seconds."""

    per_second: float
    worst_window: int
    seconds: list[int]


def prepare(simulator: Simulator) -> list[int]:
    """People who have written once, so that their chats exist; nobody answers what they wrote."""
    readers = Crowd(simulator.url, READERS)
    readers.everybody("/start", per_second=10_000)
    return _forgotten(simulator, readers.people)


def _forgotten(simulator: Simulator, people: list[int]) -> list[int]:
    address, offset = f"{simulator.url}/bot{simulator.token}/getUpdates", 0
    while found := requests.get(address, {"offset": offset, "timeout": 0}, timeout=10).json()["result"]:
        offset = found[-1]["update_id"] + 1
    return people


def measure(system: System, simulator: Simulator, readers: list[int], name: str, say: Say) -> None:
    """Post the broadcast, let some people write meanwhile, and say what the simulator saw."""
    crowd = Crowd(simulator.url, PEOPLE)
    crowd.everybody("/start", per_second=5)
    crowd.settle()
    simulator.faults(latency_ms=LATENCY_MS)
    before, since, used = (
        simulator.calls()[-1]["seq"],
        datetime.now(UTC),
        processor_seconds(system, simulator, *SENDERS),
    )
    _post(system, readers)
    over = threading.Event()
    replies = threading.Thread(target=_write, args=(crowd, over))
    replies.start()
    finished = _wait_until_settled(system, MESSAGES / SLOWEST_PER_SECOND)
    over.set()
    replies.join()
    now_used = processor_seconds(system, simulator, *SENDERS)
    per_message = {process: round((now_used[process] - used[process]) / MESSAGES * 1000, 2) for process in used}
    say("delivery.cost", run=name, processor_milliseconds_per_message=per_message)
    crowd.settle()
    calls = [call for call in simulator.calls(before) if call["method"] == "sendMessage"]
    _report(calls, set(readers), crowd.latencies(since=since), name, finished, say)


def _write(crowd: Crowd, over: threading.Event) -> None:
    for act in range(1_000_000):
        if over.wait(1 / ACTS_PER_SECOND):
            return
        crowd.write(crowd.people[act % PEOPLE], "Anna")


def _report(calls: list[Call], readers: set[int], replies: Latencies, name: str, finished: bool, say: Say) -> None:
    bulk = [call for call in calls if call["chat_id"] in readers]
    sent = Counter(call["chat_id"] for call in bulk if call["ok"])
    each = MESSAGES // READERS
    ours, all_calls = _pace(bulk), _pace(calls)
    say(
        f"delivery.{name}", finished=finished, bulk_per_second=ours.per_second,
        all_per_second=all_calls.per_second, worst_window=all_calls.worst_window,
        refused_429=sum(call["error_code"] == 429 for call in calls),
        duplicates=sum(max(sent[chat] - each, 0) for chat in readers),
        missing=sum(max(each - sent[chat], 0) for chat in readers),
        reply_milliseconds={"p50": replies.p50, "p95": replies.p95, "count": replies.count},
        replies_missing=replies.missing, seconds=_in_short(all_calls.seconds),
    )  # fmt: skip


def _pace(calls: list[Call]) -> Pace:
    moments = sorted(datetime.fromisoformat(call["at"]).timestamp() for call in calls)
    windows = [bisect_left(moments, moment + 1) - index for index, moment in enumerate(moments)]
    counts = Counter(int(moment - moments[0]) for moment in moments)
    seconds = [counts[second] for second in range(int(moments[-1] - moments[0]))]
    rate = (len(moments) - 1) / (moments[-1] - moments[0])
    return Pace(per_second=round(rate, 2), worst_window=max(windows), seconds=seconds)


def _in_short(seconds: list[int]) -> dict[str, Any]:
    return {"least": min(seconds), "median": median(seconds), "most": max(seconds), "first": seconds[:10]}


def _post(system: System, readers: list[int]) -> None:
    _execute(
        system,
        """insert into outbox (about, kind, chat_id, lane, language, body, state, due_at, created_at)
           select 'bench:' || g, 'bench', (%(chats)s::bigint[])[1 + g %% %(many)s], 2, 'ru',
                  'Здравствуйте! Завтра в 12:00 мы ждём вас. № ' || g, 'queued', now(), now()
           from generate_series(0, %(last)s) g""",
        {"chats": readers, "many": len(readers), "last": MESSAGES - 1},
    )


def _wait_until_settled(system: System, timeout_seconds: float) -> bool:
    """Asks once a second: asked every 20 ms, Postgres was busier with the question than with the broadcast."""
    give_up_at = time.monotonic() + timeout_seconds
    while _unsettled(system):
        if time.monotonic() > give_up_at:
            return False
        time.sleep(1)
    return True


def _unsettled(system: System) -> int:
    return _execute(system, "select count(*) from outbox where kind = 'bench' and state in ('queued', 'sending')")


def _execute(system: System, statement: str, values: Any = None) -> Any:
    with psycopg2.connect(system.database_url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchone()[0] if cursor.description else None
