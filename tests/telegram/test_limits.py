"""How fast messages may leave: one bucket for the whole bot, one per chat."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest
from redis import Redis

from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.local.ports import any_free_port
from recruitsmart.local.processes import wait_until
from recruitsmart.local.valkey import ValkeyServer
from recruitsmart.telegram.limits import ALONE_PER_SECOND, BURST, CHAT_BURST, PER_SECOND, Limits

NOW = timedelta(0)
STANDING_STILL = 0.001  # per second: nothing is refilled while a test runs
TELEGRAM_ALLOWS = 30


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


def frozen(redis: Redis) -> Limits:
    return Limits(redis, per_second=STANDING_STILL, chat_per_second=STANDING_STILL)


def test_in_no_second_leave_more_than_telegram_allows_and_hardly_less(redis_url: str) -> None:
    """Three processes' worth of senders that ask all the time, for a second and a half."""
    chats, end = count(1), time.monotonic() + 1.5

    def send(_: int) -> list[float]:
        sent = []
        with Redis.from_url(redis_url) as client:
            limits = Limits(client)
            while time.monotonic() < end:
                wait, _ = limits.wait(next(chats), Lane.INTERACTIVE)
                if wait:
                    threading.Event().wait(wait.total_seconds())
                else:
                    sent.append(time.monotonic())
        return sent

    with ThreadPoolExecutor(3) as senders:
        moments = sorted(moment for sent in senders.map(send, range(3)) for moment in sent)
    worst = max(sum(start <= moment < start + 1 for moment in moments) for start in moments)
    assert PER_SECOND * 0.6 < worst <= TELEGRAM_ALLOWS


def test_one_chat_gets_a_burst_and_then_waits_alone(redis: Redis) -> None:
    limits = Limits(redis, per_second=1000)
    answers = [limits.wait(55, Lane.INTERACTIVE) for _ in range(int(CHAT_BURST) + 1)]
    assert answers[:-1] == [(NOW, False)] * int(CHAT_BURST)
    wait, for_everyone = answers[-1]
    assert NOW < wait <= timedelta(seconds=1)
    assert not for_everyone
    assert limits.wait(66, Lane.INTERACTIVE) == (NOW, False)


def test_the_whole_bot_gets_a_burst_and_then_waits_together(redis: Redis) -> None:
    limits = frozen(redis)
    assert [limits.wait(chat, Lane.INTERACTIVE)[0] for chat in range(int(BURST))] == [NOW] * int(BURST)
    wait, for_everyone = limits.wait(99, Lane.INTERACTIVE)
    assert (wait > NOW, for_everyone) == (True, True)


def test_worse_lanes_leave_a_reserve_for_better_ones(redis: Redis) -> None:
    limits = frozen(redis)
    chats = count(1)

    def leaves(lane: Lane) -> bool:
        return limits.wait(next(chats), lane)[0] == NOW

    assert [leaves(Lane.BULK) for _ in range(4)] == [True, True, True, False]
    assert [leaves(Lane.PROMISED) for _ in range(2)] == [True, False]
    assert [leaves(Lane.INTERACTIVE) for _ in range(2)] == [True, False]


def test_a_refusal_costs_nobody_a_token(redis: Redis) -> None:
    limits = Limits(redis, per_second=1000, chat_per_second=STANDING_STILL)
    while limits.wait(55, Lane.INTERACTIVE)[0] == NOW:
        before = redis.hgetall("limit:all"), redis.hgetall("limit:chat:55")
    for _ in range(50):
        assert limits.wait(55, Lane.INTERACTIVE)[0] > NOW
    assert (redis.hgetall("limit:all"), redis.hgetall("limit:chat:55")) == before


def test_the_wait_it_names_is_long_enough(redis: Redis) -> None:
    limits = Limits(redis, per_second=1000, chat_per_second=20)
    while (wait := limits.wait(55, Lane.INTERACTIVE)[0]) == NOW:
        pass
    threading.Event().wait(wait.total_seconds() + 0.005)
    assert limits.wait(55, Lane.INTERACTIVE)[0] == NOW


def test_all_processes_share_the_buckets(redis: Redis) -> None:
    while frozen(redis).wait(55, Lane.INTERACTIVE)[0] == NOW:
        pass
    assert frozen(redis).wait(66, Lane.INTERACTIVE)[1]


def test_the_buckets_of_silent_chats_are_forgotten(redis: Redis) -> None:
    Limits(redis).wait(55, Lane.INTERACTIVE)
    assert 0 < redis.ttl("limit:chat:55") <= 60


def test_without_redis_sending_goes_on_slowly() -> None:
    limits = Limits(Redis.from_url(f"redis://127.0.0.1:{any_free_port()}"))
    assert limits.wait(55, Lane.INTERACTIVE) == (NOW, True)
    wait, for_everyone = limits.wait(66, Lane.INTERACTIVE)
    assert NOW < wait <= timedelta(seconds=1 / ALONE_PER_SECOND)
    assert for_everyone


def test_a_redis_that_failed_rests_and_then_is_used_again(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / "valkey", any_free_port(), durable=False)
    server.start()
    try:
        limits = frozen(Redis.from_url(server.url()))
        assert limits.wait(55, Lane.INTERACTIVE) == (NOW, False)
        server.kill()
        assert limits.wait(55, Lane.INTERACTIVE) == (NOW, True)
        server.start()
        assert limits.wait(55, Lane.INTERACTIVE)[1], "it still rests"
        assert wait_until(lambda: limits.wait(55, Lane.INTERACTIVE) == (NOW, False), 10)
    finally:
        server.stop()
