"""Counting what happens, in files that all processes of a host share; the web process adds them up for /metrics.

Until `begin` nothing is counted: commands and most tests measure nothing. Counting never disturbs what is counted: a
process whose files find no room on the disk says so once and goes on without.
"""

import atexit
import logging
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import partial, wraps
from pathlib import Path
from time import monotonic
from typing import ParamSpec

from prometheus_client import CollectorRegistry, Counter, Histogram, values

from recruitsmart import metric_files
from recruitsmart.metric_files import BROKEN

log = logging.getLogger(__name__)

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

Given = ParamSpec("Given")


class _Metrics:
    def __init__(self) -> None:
        own = CollectorRegistry()
        self.updates = Counter("recruitsmart_updates", "Updates that came from Telegram.", ["way"], registry=own)
        self.tasks = Counter("recruitsmart_tasks", "Tasks by name and result.", ["task", "result"], registry=own)
        self.task_seconds = _histogram("recruitsmart_task_seconds", "How long tasks took.", ["task"], own)
        self.timer_lateness = _histogram("recruitsmart_timer_lateness_seconds", "Firing after the moment.", [], own)
        self.telegram = Counter(
            "recruitsmart_telegram_answers", "What became of sending.", ["verdict", "code"], registry=own
        )
        self.requests = Counter(
            "recruitsmart_http_requests", "Requests answered.", ["method", "endpoint", "status"], registry=own
        )
        self.request_seconds = _histogram("recruitsmart_http_request_seconds", "How long they took.", ["endpoint"], own)


def _histogram(name: str, words: str, labels: list[str], registry: CollectorRegistry) -> Histogram:
    return Histogram(name, words, labels, buckets=SECONDS, registry=registry)


_current: _Metrics | None = None
_held: list[int] = []  # descriptors that say that this process lives


def begin(folder: Path) -> None:
    """Count from now on, in files of this process in that folder; forked children make their own."""
    global _current
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _take_room(folder)
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
        values.ValueClass = values.MultiProcessValue()
        _current = _Metrics()
        _add_up(folder)
    except BROKEN as error:
        _stop(error)
        return
    os.register_at_fork(after_in_child=partial(_begin_in_child, folder))
    atexit.register(_give_room_back, folder)


def _begin_in_child(folder: Path) -> None:
    while _held:
        os.close(_held.pop())  # the parent's, who may end before us
    try:
        if _current is not None:
            _take_room(folder)
    except OSError as error:
        _stop(error)


def _take_room(folder: Path) -> None:
    """Also in files of a process that had our number: what it counted stays."""
    for path, size in metric_files.own(folder).items():
        descriptor = metric_files.hold(path)
        _held.append(descriptor)
        try:
            metric_files.take_room(descriptor, size)
        except OSError:
            if not os.fstat(descriptor).st_size:
                path.unlink()
            raise


def _add_up(folder: Path) -> None:
    try:
        metric_files.add_up_ended(folder)
    except BROKEN as error:
        log.warning("what ended processes counted stays in files: %s", error, extra={"action": "metrics.add_up"})


def _give_room_back(folder: Path) -> None:
    """At an orderly end: what was counted stays, in as many pages as it needs."""
    global _current
    _current = None
    for path in metric_files.own(folder):
        with suppress(*BROKEN):
            metric_files.give_room_back(path)


def _stop(error: Exception) -> None:
    global _current
    _current = None
    words = error.strerror if isinstance(error, OSError) else type(error).__name__
    log.warning("this process counts nothing: %s", words, extra={"action": "metrics.stop"})


def _harmless(count: Callable[Given, None]) -> Callable[Given, None]:
    """Whatever happens to the files, the work that is counted goes on."""

    @wraps(count)
    def counted(*given: Given.args, **named: Given.kwargs) -> None:
        try:
            count(*given, **named)
        except BROKEN as error:
            _stop(error)

    return counted


@_harmless
def count_update(way: str) -> None:
    """An update came, by `polling` or `webhook`."""
    if (mine := _current) is not None:
        mine.updates.labels(way).inc()


@contextmanager
def measured_task(name: str) -> Iterator[None]:
    """Count a task as `done` or `error`, and how long it took."""
    began, result = monotonic(), "error"
    try:
        yield
        result = "done"
    finally:
        _count_task(name, result, seconds=monotonic() - began)


@_harmless
def _count_task(name: str, result: str, *, seconds: float) -> None:
    if (mine := _current) is not None:
        mine.tasks.labels(name, result).inc()
        mine.task_seconds.labels(name).observe(seconds)


@_harmless
def count_late_timer(lateness: timedelta) -> None:
    """A timer fired so long after its moment."""
    if (mine := _current) is not None:
        mine.timer_lateness.observe(max(0.0, lateness.total_seconds()))


@_harmless
def count_sending(verdict: str, reason: str | None) -> None:
    """Telegram's answer to one message; `reason` begins with its code when there was one."""
    if (mine := _current) is not None:
        code = (reason or "").partition(" ")[0]
        mine.telegram.labels(verdict, code if code.isdigit() else "").inc()


@_harmless
def count_request(*, method: str, endpoint: str, status: int, seconds: float) -> None:
    """A request was answered; `endpoint` is a view's name, never an address."""
    if (mine := _current) is not None:
        mine.requests.labels(method, endpoint, str(status)).inc()
        mine.request_seconds.labels(endpoint).observe(seconds)
