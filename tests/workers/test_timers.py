"""The sweep of timers: what fires, and who is told to come back when."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest

from config.settings import Settings
from recruitsmart import clock
from recruitsmart.domain.timers.operations import set_timer
from workers import contract
from workers.client import make_client
from workers.nudges import WINDOW
from workers.services import Services
from workers.tasks import timers

MILLISECOND = timedelta(milliseconds=1)


class Sweeps:
    """A worker without Celery. `fired` are subjects, `nudges` the delays of those that would have left."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.services = Services(settings=settings, celery=make_client(settings))
        self.fired: list[int] = []
        self.nudges: list[timedelta] = []
        monkeypatch.setattr(timers, "nudge", self._note)
        monkeypatch.setitem(timers.FIRINGS, "bench", lambda session, subject_id, *_: self.fired.append(subject_id))

    def _note(self, celery: Any, message: contract.Message, *, after: timedelta = timedelta(0)) -> None:
        self.nudges.append(after)

    def plan(self, *ahead: timedelta) -> None:
        now = clock.now()
        with self.services.database.unit() as session:
            for subject_id, wait in enumerate(ahead):
                set_timer(session, "bench", subject_id, due_at=now + wait)

    def run(self) -> None:
        timers.run_due_timers(self.services, contract.RunDueTimers())


@pytest.fixture
def sweeps(
    settings_for: Callable[..., Settings], database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sweeps]:
    sweeps = Sweeps(settings_for(database_url=database_url, redis_url=redis_url), monkeypatch)
    yield sweeps
    sweeps.services.database.engine.dispose()


def test_what_is_due_fires(sweeps: Sweeps) -> None:
    sweeps.plan(-MILLISECOND, timedelta(minutes=1))
    sweeps.run()
    assert sweeps.fired == [0]


def test_a_full_batch_asks_for_another_run_at_once(sweeps: Sweeps) -> None:
    sweeps.plan(*[-MILLISECOND] * (timers.BATCH + 1))
    sweeps.run()
    assert (len(sweeps.fired), sweeps.nudges) == (timers.BATCH, [timedelta(0)])


def test_a_moment_within_the_window_is_announced(sweeps: Sweeps) -> None:
    sweeps.plan(timedelta(seconds=8), WINDOW + timedelta(seconds=5))
    sweeps.run()
    assert len(sweeps.nudges) == 1
    assert timedelta(seconds=1) < sweeps.nudges[0] <= timedelta(seconds=8.02)


def test_a_moment_is_announced_once_however_many_runs_look_ahead(sweeps: Sweeps) -> None:
    sweeps.plan(*[timedelta(seconds=8 + number / 1000) for number in range(1000)])
    for _ in range(5):
        sweeps.run()
    assert 50 <= len(sweeps.nudges) <= 51


def test_a_moment_that_comes_into_the_window_later_is_announced_then(
    sweeps: Sweeps, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeps.plan(WINDOW + timedelta(seconds=5))
    sweeps.run()
    begun = clock.now()
    monkeypatch.setattr(clock, "now", lambda: begun + timedelta(seconds=6))
    sweeps.run()
    assert len(sweeps.nudges) == 1


def test_when_redis_forgets_what_was_announced_it_is_announced_again(sweeps: Sweeps) -> None:
    sweeps.plan(timedelta(seconds=8))
    sweeps.run()
    sweeps.services.redis.flushall()
    sweeps.run()
    assert len(sweeps.nudges) == 2


def test_without_redis_what_is_due_fires(
    settings_for: Callable[..., Settings], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweeps = Sweeps(settings_for(database_url=database_url), monkeypatch)
    sweeps.plan(-MILLISECOND)
    sweeps.run()
    sweeps.services.database.engine.dispose()
    assert sweeps.fired == [0]
