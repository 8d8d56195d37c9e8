"""How many updates a second the workers answer with more processes, while the cores last. Nobody fetches or sends."""

from collections.abc import Callable, Iterable, Iterator
from itertools import count
from statistics import median
from time import time
from typing import Any

import psutil
from redis import Redis

from config.settings import read_settings
from recruitsmart.local.processes import wait_until
from tests.system import System
from workers.acknowledgements import STREAM
from workers.client import make_client
from workers.contract import Agree, FromPerson, Say, Start, send_update

PROCESSES = (1, 2, 4)
PEOPLE = 200
EACH = 3  # fewer than what counts as a flood
PATIENCE_SECONDS = 120.0

Print = Callable[..., None]


class Backlog:
    """Updates that wait on the queue while no worker runs."""

    def __init__(self, system: System) -> None:
        self._system, self._redis = system, Redis.from_url(system.environment["REDIS_URL"])
        self._sender = make_client(read_settings(system.environment))
        self._numbers = count(1)

    def people(self) -> Iterator[dict[str, Any]]:
        """What each one's next update begins with."""
        for person in range(PEOPLE):
            yield {"update_id": next(self._numbers), "chat_id": 7_000_000_000 + person, "received_at": time()}

    def worked_off(self, updates: Iterable[FromPerson], *, processes: int) -> tuple[float, float]:
        """Updates answered a second, from the first acknowledgement to the last, and how many cores were busy then."""
        updates = list(updates)
        for update in updates:
            send_update(self._sender, update)
        before = self._told()
        self._system.launch(["worker"], WORKER_CONCURRENCY=str(processes))
        self._wait_for(before + 1)
        began = psutil.cpu_times()
        self._wait_for(before + len(updates))
        ended = psutil.cpu_times()
        self._system.end("worker")
        last, first = (self._moment(place) for place in (before + len(updates) - 1, before))
        seconds = last - first
        return (len(updates) - 1) / seconds, (_busy(ended) - _busy(began)) / seconds

    def _told(self) -> int:
        return int(self._redis.xlen(STREAM))

    def _wait_for(self, told: int) -> None:
        if not wait_until(lambda: self._told() >= told, PATIENCE_SECONDS):
            raise RuntimeError(f"{self._told()} of {told} updates were answered:\n{self._system.printed('worker')}")

    def _moment(self, place: int) -> float:
        entries = self._redis.xrange(STREAM)
        return int(entries[place][0].split(b"-")[0]) / 1000


def _busy(times: Any) -> float:
    return float(sum(times) - times.idle - times.iowait)


def measure(system: System, say: Print, *, runs: int) -> None:
    """Everybody types one word as a name, a few times; the answer says that two are needed. Medians of the runs."""
    backlog = Backlog(system)
    backlog.worked_off((Start(**one, payload="") for one in backlog.people()), processes=2)
    backlog.worked_off((Agree(**one) for one in backlog.people()), processes=2)
    found: dict[int, list[tuple[float, float]]] = {processes: [] for processes in PROCESSES}
    for _ in range(runs):
        for processes, figures in found.items():
            typed = (Say(**one, text="Anna") for _ in range(EACH) for one in backlog.people())
            figures.append(backlog.worked_off(typed, processes=processes))
    for processes, figures in found.items():
        rates, cores = zip(*figures, strict=True)
        say("worker.rate", processes=processes, per_second=round(median(rates), 1), cores_busy=round(median(cores), 2))
