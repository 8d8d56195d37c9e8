"""How long each process type needs until it is at work, and what memory it holds then."""

from collections.abc import Callable
from statistics import median
from time import monotonic

import psutil

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
