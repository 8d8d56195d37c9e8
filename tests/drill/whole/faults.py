"""What goes wrong in the drill, and when: a schedule made of a seed."""

import resource
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from time import monotonic

import psutil
import redis

from tests.drill.whole.company import PROCESSES, Company

Fault = Callable[[Company, float], None]
REST_SECONDS = 4.0  # at most, between two faults: one hides the other
LONGEST_OUTAGE_SECONDS = 30.0
SLOW_WIRE_SECONDS = 0.03
LONGEST_START_SECONDS = 30.0
LAST_LINES = 8  # of what a process printed that did not end in order: the end of a traceback


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One fault of a schedule, for so many seconds."""

    name: str
    seconds: float


def _killed(name: str) -> Fault:
    def kill(company: Company, seconds: float) -> None:
        company.system.kill(name)
        company.rest(min(seconds, 1.0))
        company.system.launch([name])

    return kill


def _telegram(**trouble: float | bool) -> Fault:
    def be_in_trouble(company: Company, seconds: float) -> None:
        company.telegram.faults(**trouble)
        company.rest(seconds)
        company.telegram.faults(latency_ms=0, error_rate=0, lost_response_rate=0, rate_limits=False, down=False)

    return be_in_trouble


def _redis_flushed(company: Company, seconds: float) -> None:
    for _ in range(3):
        with redis.Redis.from_url(company.valkey.url()) as client:
            client.flushall()
        company.rest(seconds / 3)


def _redis_stopped(company: Company, seconds: float) -> None:
    company.valkey.stop()
    company.rest(seconds)
    company.valkey.start()


def _redis_hangs(company: Company, seconds: float) -> None:
    company.valkey.pause()
    company.rest(seconds)
    company.valkey.resume()


def _postgres_restarted(company: Company, seconds: float) -> None:
    company.postgres.stop()
    company.rest(min(seconds, 3))
    company.postgres.start()


def _postgres_killed(company: Company, seconds: float) -> None:
    company.postgres.kill()
    company.rest(min(seconds, 1))
    company.postgres.start()


def _postgres_slow(company: Company, seconds: float) -> None:
    company.wire.delay_seconds = SLOW_WIRE_SECONDS
    company.rest(seconds)
    company.wire.delay_seconds = 0


def _rolling_restart(company: Company, _seconds: float) -> None:
    """SIGTERM to one after the other; each must end in order.

    One that was started a moment ago has no order to end in before its own code runs: the kernel ends it.
    """
    for name in PROCESSES:
        company.rest(LONGEST_START_SECONDS, until=lambda name=name: _catches_sigterm(company.system.pid(name)))
        began = monotonic()
        code = company.system.end(name)
        company.slowest_end = max(company.slowest_end, monotonic() - began)
        if code not in (0, -signal.SIGKILL):  # killed by the drill itself, when it did not end in time
            last_words = " | ".join(company.system.printed(name).splitlines()[-LAST_LINES:])
            company.restarts[f"{name} ended with {code}: {last_words}"] += 1
        if code == -signal.SIGKILL:
            company.restarts[f"{name} did not end"] += 1
        company.system.launch([name])
        company.rest(1)


def _catches_sigterm(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
    caught = next(line.split()[1] for line in status.splitlines() if line.startswith("SigCgt:"))
    return bool(int(caught, 16) >> (signal.SIGTERM - 1) & 1)


def _disk_full(company: Company, seconds: float) -> None:
    """No file can grow, of no process: the kernel refuses to write, as on a full disk. Three have to begin so.

    A worker is not among them: Celery's pool needs a temporary file, wherever that may be. Their standard output is a
    file too in the drill, so one may die of what it prints, and is started again.
    """
    _limit_files(company, PROCESSES, 0)
    for name in ("delivery", "beat", "web"):
        company.system.kill(name)
        company.system.launch([name])
        _limit_files(company, [name], 0)
    company.rest(seconds)
    _limit_files(company, PROCESSES, resource.RLIM_INFINITY)


def _limit_files(company: Company, names: Iterable[str], most_bytes: int) -> None:
    """For files only: sockets and pipes go on."""
    for pid in [pid for name in names for pid in company.system.pids(name)]:
        with suppress(psutil.NoSuchProcess):  # a child may just have ended
            psutil.Process(pid).rlimit(resource.RLIMIT_FSIZE, (most_bytes, resource.RLIM_INFINITY))


FAULTS: dict[str, Fault] = {
    **{f"kill -9 {name}": _killed(name) for name in PROCESSES},
    "Redis flushed three times": _redis_flushed,
    "Redis stopped": _redis_stopped,
    "Redis hangs": _redis_hangs,
    "Postgres restarted": _postgres_restarted,
    "Postgres killed": _postgres_killed,
    "Postgres slow": _postgres_slow,
    "Telegram slow": _telegram(latency_ms=1200),
    "Telegram hangs": _telegram(latency_ms=15_000),
    "Telegram fails": _telegram(error_rate=0.4),
    "Telegram drops answers": _telegram(lost_response_rate=0.3),
    "Telegram refuses with 429": _telegram(rate_limits=True),
    "Telegram is away": _telegram(down=True),
    "rolling restart": _rolling_restart,
    "disk full": _disk_full,
}


def rest_between(seconds: float) -> float:
    """How long all is well between two faults of a drill of so many seconds."""
    return min(REST_SECONDS, seconds / len(FAULTS) / 2)


def schedule(dice: Random, *, seconds: float) -> Iterator[Planned]:
    """Every fault once in a random order; Redis is away for 30 s when there is time."""
    names = list(FAULTS)
    dice.shuffle(names)
    each = max(seconds / len(names) - rest_between(seconds), 1.0)
    for name in names:
        longest = LONGEST_OUTAGE_SECONDS if name == "Redis stopped" and each > 5 else each
        yield Planned(name=name, seconds=longest if name == "Redis stopped" else dice.uniform(0.5, 1.2) * each)
