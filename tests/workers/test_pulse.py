"""When a worker counts as deaf: only when it hears nothing although Redis answers and its hands are free."""

from collections.abc import Callable

import pytest
from kombu.exceptions import OperationalError
from redis.exceptions import ConnectionError as RedisConnectionError

from workers.pulse import MOST_UNHEARD, Pulse


class Surroundings:
    """Redis, the worker's hands, and what became of it."""

    def __init__(self) -> None:
        self.sent = 0
        self.trouble: Exception | None = None
        self.is_busy = False
        self.deaths = 0
        self.pulse = Pulse(self._send, lambda: self.is_busy, self._die)

    def _send(self) -> None:
        if self.trouble:
            raise self.trouble
        self.sent += 1

    def _die(self) -> None:
        self.deaths += 1

    def beats(self, times: int, *, then: Callable[[], None] = lambda: None) -> None:
        for _ in range(times):
            self.pulse.beat()
            then()


@pytest.fixture
def worker() -> Surroundings:
    return Surroundings()


def test_a_worker_that_hears_itself_lives(worker: Surroundings) -> None:
    worker.beats(10 * MOST_UNHEARD, then=worker.pulse.hear)
    assert (worker.deaths, worker.sent) == (0, 10 * MOST_UNHEARD)


def test_one_that_hears_nothing_any_more_ends(worker: Surroundings) -> None:
    worker.beats(3, then=worker.pulse.hear)
    worker.beats(MOST_UNHEARD)
    assert worker.deaths == 0
    assert not worker.pulse.beat()
    assert worker.deaths == 1


def test_whatever_it_hears_counts_and_the_count_begins_anew(worker: Surroundings) -> None:
    worker.beats(MOST_UNHEARD)
    worker.pulse.hear()
    worker.beats(MOST_UNHEARD)
    assert worker.deaths == 0


def test_a_busy_worker_lives_however_long_it_hears_nothing(worker: Surroundings) -> None:
    worker.is_busy = True
    worker.beats(10 * MOST_UNHEARD)
    worker.is_busy = False
    worker.beats(MOST_UNHEARD)
    assert worker.deaths == 0


@pytest.mark.parametrize("trouble", [OperationalError(), RedisConnectionError()])
def test_while_redis_is_away_silence_proves_nothing(worker: Surroundings, trouble: Exception) -> None:
    worker.beats(MOST_UNHEARD)
    worker.trouble = trouble
    worker.beats(10 * MOST_UNHEARD)
    worker.trouble = None
    worker.beats(MOST_UNHEARD)
    assert worker.deaths == 0
