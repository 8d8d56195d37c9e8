"""Ringing for a sender: one ring, one listener, and nobody is rung who does not listen."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis

from recruitsmart.local.ports import any_free_port
from recruitsmart.local.processes import wait_until
from workers.bell import BELL, ENOUGH_TASKS, LISTENERS, MOST_LISTENERS, Bell
from workers.contract import DELIVERY


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as threads:
        yield threads


def listening(redis: Redis, count: int) -> bool:
    return wait_until(lambda: redis.zcard(LISTENERS) == count, 10)


def test_while_nobody_listens_nobody_is_rung(redis: Redis) -> None:
    assert not Bell(redis).ring()


def test_a_ring_is_heard_by_one_of_those_who_listen(redis: Redis, threads: ThreadPoolExecutor) -> None:
    bell = Bell(redis, listen_seconds=1.5)
    heard = [threads.submit(bell.listen) for _ in range(2)]
    assert listening(redis, 2)
    assert bell.ring()
    assert sorted(each.result() for each in heard) == [False, True]
    assert not bell.ring()


def test_who_hears_nothing_gets_up_in_time(redis: Redis) -> None:
    bell = Bell(redis, listen_seconds=0.05)
    assert not bell.listen()
    assert not bell.ring()


def test_enough_tasks_that_wait_will_do(redis: Redis) -> None:
    redis.lpush(DELIVERY, *range(ENOUGH_TASKS - 1))
    assert not Bell(redis).ring()
    redis.lpush(DELIVERY, 0)
    assert Bell(redis).ring()


def test_no_more_listen_than_leave_threads_to_tasks(redis: Redis, threads: ThreadPoolExecutor) -> None:
    bell = Bell(redis, listen_seconds=5)
    listeners = [threads.submit(bell.listen) for _ in range(MOST_LISTENERS)]
    assert listening(redis, MOST_LISTENERS)
    assert not bell.listen()
    assert [bell.ring() for _ in range(MOST_LISTENERS + 1)] == [True] * MOST_LISTENERS + [False]
    assert all(each.result() for each in listeners)


def test_a_ring_of_the_last_moment_is_taken_along(redis: Redis) -> None:
    bell = Bell(redis)
    bell._sit_down(keys=[LISTENERS], args=["late", 5, MOST_LISTENERS])
    assert bell.ring()
    assert bell._get_up(keys=[LISTENERS, BELL], args=["late"]) == 1
    assert redis.llen(BELL) == 0


def test_a_listener_that_died_is_rung_for_no_longer_than_twice_its_time(redis: Redis) -> None:
    dead, bell = Bell(redis, listen_seconds=0.1), Bell(redis)
    dead._sit_down(keys=[LISTENERS], args=["dead", 0.1, MOST_LISTENERS])
    assert wait_until(lambda: not redis.zrangebyscore(LISTENERS, redis.time()[0] + redis.time()[1] / 1e6, "+inf"), 10)
    assert not bell.ring()


def test_a_process_that_ends_listens_no_more(redis: Redis) -> None:
    bell = Bell(redis, listen_seconds=60)
    redis.lpush(BELL, 1)
    bell.close()
    assert not bell.listen()


def test_without_redis_nobody_hears() -> None:
    bell = Bell(Redis(port=any_free_port()))
    assert not bell.ring()
    assert not bell.listen()


def test_of_many_rings_and_listeners_each_ring_wakes_one(redis_url: str, threads: ThreadPoolExecutor) -> None:
    """Listeners that get up all the time, at the moment they are rung for."""
    ended, wakes, rings = threading.Event(), [], []

    def listen() -> None:
        with Redis.from_url(redis_url) as redis:
            bell = Bell(redis, listen_seconds=0.01)
            while not ended.is_set():
                if bell.listen():
                    wakes.append(1)

    listeners = [threads.submit(listen) for _ in range(3)]
    with Redis.from_url(redis_url) as redis:
        bell = Bell(redis)
        while len(rings) < 300:
            if bell.ring():
                rings.append(1)
        assert wait_until(lambda: redis.llen(BELL) == 0, 10)
    ended.set()
    for each in listeners:
        each.result(timeout=10)
    assert len(wakes) == len(rings)
