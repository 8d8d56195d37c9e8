"""How long each process type needs until it is at work, and what memory it holds then."""

from collections.abc import Callable
from statistics import median
from time import monotonic, process_time

import psutil
from redis import Redis

from tests.simulator import Simulator
from tests.system import EVERYTHING, System

Say = Callable[..., None]


def measure(system: System, say: Say, *, runs: int) -> None:
    """Start and end each one by itself, so many times; seconds are the median."""
    for name in EVERYTHING:
        seconds = []
        for _ in range(runs):
            began = monotonic()
            system.start([name])
            seconds.append(monotonic() - began)
            held = mebibytes(system.pid(name))
            system.end(name)
            (system.folder / f"{name}.out").unlink()
        say("start", process=name, seconds=round(median(seconds), 2), mebibytes=held)


def mebibytes(pid: int) -> list[float]:
    """Private memory of a process and its children, the largest first."""
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return sorted((round(one.memory_full_info().uss / 2**20, 1) for one in family), reverse=True)


def processor_seconds(system: System, simulator: Simulator, *names: str) -> dict[str, float]:
    """What the named processes, the servers and the simulator have used so far, with their children: it says what
    something costs also on a machine that others use.
    """
    with Redis.from_url(system.environment["REDIS_URL"]) as redis:
        valkey = redis.info("server")["process_id"]
    postmaster = (system.folder / "postgres/postmaster.pid").read_text().split()[0]
    pids = {name: system.pid(name) for name in names}
    pids |= {"simulator": simulator.pid, "postgres": int(postmaster), "redis": valkey}
    return {name: _with_children(psutil.Process(pid)) for name, pid in pids.items()}


def _with_children(process: psutil.Process) -> float:
    family = [process, *process.children(recursive=True)]
    return sum(sum(one.cpu_times()[:4]) for one in family)


def core_ms() -> int:
    """How fast a core is at the moment: processor milliseconds of a loop of two million steps, the best of three."""
    return round(min(_loop_seconds() for _ in range(3)) * 1000)


def _loop_seconds() -> float:
    began, total = process_time(), 0
    for number in range(2_000_000):
        total += number
    return process_time() - began
