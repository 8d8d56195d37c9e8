"""Counting what happens, in files that all processes of a host share; the web process adds them up for /metrics.

Until `begin` nothing is counted: commands and most tests measure nothing.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from time import monotonic

from prometheus_client import CollectorRegistry, Counter, Histogram, values

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


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


def begin(folder: Path) -> None:
    """Count from now on, in files of this process in that folder; forked children make their own."""
    global _current
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    values.ValueClass = values.MultiProcessValue()
    _current = _Metrics()


def count_update(way: str) -> None:
    """An update came, by `polling` or `webhook`."""
    if _current is not None:
        _current.updates.labels(way).inc()


@contextmanager
def measured_task(name: str) -> Iterator[None]:
    """Count a task as `done` or `error`, and how long it took."""
    began, result = monotonic(), "error"
    try:
        yield
        result = "done"
    finally:
        if _current is not None:
            _current.tasks.labels(name, result).inc()
            _current.task_seconds.labels(name).observe(monotonic() - began)


def count_late_timer(lateness: timedelta) -> None:
    """A timer fired so long after its moment."""
    if _current is not None:
        _current.timer_lateness.observe(max(0.0, lateness.total_seconds()))


def count_sending(verdict: str, reason: str | None) -> None:
    """Telegram's answer to one message; `reason` begins with its code when there was one."""
    if _current is not None:
        code = (reason or "").partition(" ")[0]
        _current.telegram.labels(verdict, code if code.isdigit() else "").inc()


def count_request(*, method: str, endpoint: str, status: int, seconds: float) -> None:
    """A request was answered; `endpoint` is a view's name, never an address."""
    if _current is not None:
        _current.requests.labels(method, endpoint, str(status)).inc()
        _current.request_seconds.labels(endpoint).observe(seconds)
