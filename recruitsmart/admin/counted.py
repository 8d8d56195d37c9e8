"""The numbers of Analytics and when they were counted.

Those of a long period are counted aside, so that no page waits for them however many people there are, and are kept
for five minutes.
"""

from collections.abc import Hashable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

from cachetools import TTLCache
from flask import Flask, current_app

from recruitsmart import clock
from recruitsmart.admin.base import me
from recruitsmart.admin.figures import DAY, Question
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.pipeline.funnel import GroupBy, Line, funnel
from recruitsmart.domain.pipeline.periods import Period
from recruitsmart.domain.pipeline.show_rates import ShowRates, show_rates
from recruitsmart.domain.pipeline.stays import Stay, time_in_stages
from recruitsmart.extensions import db

LONGEST_FRESH = timedelta(days=62)  # the people of two months are counted in milliseconds, those of a year are not
KEPT_FOR = timedelta(minutes=5)
MOST_KEPT = 256  # a question's numbers are a few kilobytes
PATIENCE_SECONDS = 0.1  # what a page waits for a long period before it says that it is being counted

_EXTENSION = "recruitsmart.counted"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What Analytics shows of a period, as it stood at a moment."""

    at: datetime
    lines: Sequence[Line]
    rates: ShowRates
    stays: dict[Stage, Stay]


class Aside:
    """Counts one long period after the other in a thread of its own, and keeps what it counted for a while.

    Each process has its own. Who asks what is just being counted waits for the same count; one that failed is told of
    to whoever asks next, and counted anew after that.
    """

    def __init__(self, app: Flask) -> None:
        self.patience_seconds = PATIENCE_SECONDS
        self._app = app
        self._kept = TTLCache[Hashable, Future[Counted]](maxsize=MOST_KEPT, ttl=KEPT_FOR, timer=clock.now)
        self._lock = Lock()
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="analytics")

    def result(self, key: tuple[Period, GroupBy, Scope, int | None], *, seconds: float | None) -> Counted:
        """The numbers, waiting at most so long for them; None is as long as it takes, which Postgres bounds.

        Raises:
            TimeoutError: they are still being counted.
        """
        with self._lock:
            future = self._kept.get(key)
            if future is None:
                future = self._kept[key] = self._thread.submit(self._count, *key)
        try:
            return future.result(timeout=seconds)
        finally:
            if future.done() and future.exception() is not None:
                self._forget(key, future)

    def _count(self, period: Period, by: GroupBy, scope: Scope, city_id: int | None) -> Counted:
        with self._app.app_context():
            return _count(period, by, scope, city_id)

    def _forget(self, key: Hashable, failed: Future[Counted]) -> None:
        with self._lock:
            if self._kept.get(key) is failed:
                del self._kept[key]


def init_app(app: Flask) -> None:
    """The thread starts with the first long period that is asked for."""
    app.extensions[_EXTENSION] = Aside(app)


def is_kept(question: Question) -> bool:
    """Whether the period is so long that its numbers may be up to five minutes old."""
    return question.last + DAY - question.first > LONGEST_FRESH


def counted(question: Question) -> Counted:
    """The numbers of a question, within what the account sees, however long counting takes. For pages that only read.

    What lies behind a number is read at once: a list may differ from a kept number by what has happened since.
    """
    key = _key(question)
    if not is_kept(question):
        return _count(*key)
    db.session.rollback()  # what was read until now must not keep a transaction open that Postgres ends after 15 s
    return _aside().result(key, seconds=None)


def soon_counted(question: Question) -> Counted | None:
    """The same; None when they are still being counted after a moment."""
    if not is_kept(question):
        return _count(*_key(question))
    with suppress(TimeoutError):
        return _aside().result(_key(question), seconds=_aside().patience_seconds)
    return None


def _aside() -> Aside:
    aside: Aside = current_app.extensions[_EXTENSION]
    return aside


def _key(question: Question) -> tuple[Period, GroupBy, Scope, int | None]:
    """All that the numbers of a question depend on: what they are kept under."""
    return question.period, question.by, me().scope, question.city_id


def _count(period: Period, by: GroupBy, scope: Scope, city_id: int | None) -> Counted:
    return Counted(
        at=clock.now(),
        lines=funnel(db.session, period, by, scope=scope, city_id=city_id),
        rates=show_rates(db.session, period, scope=scope, city_id=city_id),
        stays=time_in_stages(db.session, period, scope=scope, city_id=city_id),
    )
