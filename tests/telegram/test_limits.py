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
from recruitsmart.telegram.limits import ALONE_PER_SECOND, BURST, CHAT_BURST, PER_SECOND, Answer, Limits, Room

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
                wait = limits.wait(next(chats), Lane.INTERACTIVE).wait
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
    assert [answer.wait for answer in answers[:-1]] == [NOW] * int(CHAT_BURST)
    assert NOW < answers[-1].wait <= timedelta(seconds=1)
    assert not answers[-1].for_everyone
    assert limits.wait(66, Lane.INTERACTIVE).wait == NOW


def test_the_whole_bot_gets_a_burst_and_then_waits_together(redis: Redis) -> None:
    limits = frozen(redis)
    assert [limits.wait(chat, Lane.INTERACTIVE).wait for chat in range(int(BURST))] == [NOW] * int(BURST)
    answer = limits.wait(99, Lane.INTERACTIVE)
    assert (answer.wait > NOW, answer.for_everyone) == (True, True)


def test_worse_lanes_leave_a_reserve_for_better_ones(redis: Redis) -> None:
    limits = frozen(redis)
    chats = count(1)

    def leaves(lane: Lane) -> bool:
        return limits.wait(next(chats), lane).wait == NOW

    assert [leaves(Lane.BULK) for _ in range(4)] == [True, True, True, False]
    assert [leaves(Lane.PROMISED) for _ in range(2)] == [True, False]
    assert [leaves(Lane.INTERACTIVE) for _ in range(2)] == [True, False]


def test_a_refusal_costs_nobody_a_token(redis: Redis) -> None:
    limits = Limits(redis, per_second=1000, chat_per_second=STANDING_STILL)
    while limits.wait(55, Lane.INTERACTIVE).wait == NOW:
        before = redis.hgetall("limit:all"), redis.hgetall("limit:chat:55")
    for _ in range(50):
        assert limits.wait(55, Lane.INTERACTIVE).wait > NOW
    assert (redis.hgetall("limit:all"), redis.hgetall("limit:chat:55")) == before


def test_the_wait_it_names_is_long_enough(redis: Redis) -> None:
    limits = Limits(redis, per_second=1000, chat_per_second=20)
    while (wait := limits.wait(55, Lane.INTERACTIVE).wait) == NOW:
        pass
    threading.Event().wait(wait.total_seconds() + 0.005)
    assert limits.wait(55, Lane.INTERACTIVE).wait == NOW


def test_all_processes_share_the_buckets(redis: Redis) -> None:
    while frozen(redis).wait(55, Lane.INTERACTIVE).wait == NOW:
        pass
    assert frozen(redis).wait(66, Lane.INTERACTIVE).for_everyone


def test_the_buckets_of_silent_chats_are_forgotten(redis: Redis) -> None:
    Limits(redis).wait(55, Lane.INTERACTIVE)
    assert 0 < redis.ttl("limit:chat:55") <= 60


def test_without_redis_sending_goes_on_slowly() -> None:
    limits = Limits(Redis.from_url(f"redis://127.0.0.1:{any_free_port()}"))
    assert limits.wait(55, Lane.INTERACTIVE) == Answer(for_everyone=True)
    answer = limits.wait(66, Lane.INTERACTIVE)
    assert NOW < answer.wait <= timedelta(seconds=1 / ALONE_PER_SECOND)
    assert answer.for_everyone


def test_without_redis_what_telegram_asks_to_wait_is_waited(redis: Redis) -> None:
    limits = Limits(Redis.from_url(f"redis://127.0.0.1:{any_free_port()}"))
    assert limits.refuse(55, timedelta(seconds=37))
    assert timedelta(seconds=20) < limits.wait(66, Lane.INTERACTIVE).wait <= timedelta(seconds=37)


def test_a_redis_that_failed_rests_and_then_is_used_again(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / "valkey", any_free_port(), durable=False)
    server.start()
    try:
        limits = frozen(Redis.from_url(server.url()))
        assert not limits.wait(55, Lane.INTERACTIVE).for_everyone
        server.kill()
        assert limits.wait(55, Lane.INTERACTIVE) == Answer(for_everyone=True)
        server.start()
        assert limits.wait(55, Lane.INTERACTIVE).for_everyone, "it still rests"
        assert wait_until(lambda: limits.wait(55, Lane.INTERACTIVE).wait == NOW, 10)
    finally:
        server.stop()


# --- which lanes may send now


def test_when_nothing_was_sent_of_late_all_lanes_may_send(redis: Redis) -> None:
    assert Limits(redis).room() == Room(lowest_lane=Lane.BULK)


def test_the_room_is_that_of_the_worst_lane_that_may_send(redis: Redis) -> None:
    limits, rooms = frozen(redis), []
    for chat in range(int(BURST)):
        limits.wait(chat, Lane.INTERACTIVE)
        rooms.append(limits.room().lowest_lane)
    assert rooms == [Lane.BULK, Lane.BULK, Lane.PROMISED, Lane.INTERACTIVE, None]


def test_the_room_says_when_the_next_lane_may_send(redis: Redis) -> None:
    limits = Limits(redis, per_second=1)
    for chat in range(int(BURST)):
        limits.wait(chat, Lane.INTERACTIVE)
    assert timedelta(seconds=0.2) < limits.room().wait <= timedelta(seconds=1.03)


def test_whoever_may_send_is_told_what_room_is_left(redis: Redis) -> None:
    limits = Limits(redis, per_second=1000.0)
    assert limits.wait(55, Lane.INTERACTIVE).room == limits.room() == Room(lowest_lane=Lane.BULK)


def test_the_room_that_is_left_is_that_after_the_message(redis: Redis) -> None:
    limits = frozen(redis)  # a burst of five; two of them are kept for better lanes
    rooms = [limits.wait(chat, Lane.INTERACTIVE).room for chat in range(5)]
    assert [room and room.lowest_lane for room in rooms] == [Lane.BULK] * 2 + [Lane.PROMISED, Lane.INTERACTIVE, None]
    assert limits.wait(9, Lane.INTERACTIVE).room is None


@pytest.mark.parametrize(
    ("room", "is_wide"),
    [
        (Room(lowest_lane=Lane.BULK), True),
        (Room(lowest_lane=Lane.BULK, in_trouble=True), False),
        (Room(lowest_lane=Lane.BULK, next_in={Lane.BULK: timedelta(milliseconds=1)}), False),
        (Room(lowest_lane=Lane.PROMISED, wait=timedelta(milliseconds=1)), False),
        (Room(lowest_lane=None), False),
    ],
)
def test_room_is_wide_when_no_limit_is_near(room: Room, is_wide: bool) -> None:
    assert room.is_wide == is_wide


def test_the_room_says_when_the_one_after_the_next_of_a_lane_may_leave(redis: Redis) -> None:
    limits = Limits(redis, per_second=1)
    nexts = []
    for chat in range(3):
        nexts.append(limits.room().next_in[Lane.BULK])
        limits.wait(chat, Lane.BULK)
    assert nexts[:2] == [NOW, NOW]
    assert timedelta(seconds=0.2) < nexts[2] <= timedelta(seconds=1.03)


# --- what Telegram refused


def sent(limits: Limits, chat_id: int, count: int) -> None:
    for _ in range(count):
        assert limits.wait(chat_id, Lane.INTERACTIVE).wait == NOW


def test_a_chat_that_got_a_lot_waits_alone_exactly_as_long_as_telegram_said(redis: Redis) -> None:
    limits = Limits(redis, per_second=1000)
    sent(limits, 55, 3)
    assert not limits.refuse(55, timedelta(seconds=37))
    answer = limits.wait(55, Lane.INTERACTIVE)
    assert timedelta(seconds=20) < answer.wait <= timedelta(seconds=37)
    assert not answer.for_everyone
    assert limits.wait(66, Lane.INTERACTIVE).wait == NOW
    assert limits.room().lowest_lane == Lane.BULK


def test_when_a_chat_that_got_nothing_else_is_refused_everybody_waits_exactly_as_long(redis: Redis) -> None:
    limits = Limits(redis)
    sent(limits, 55, 1)
    assert limits.refuse(55, timedelta(seconds=37))
    answer, room = limits.wait(66, Lane.INTERACTIVE), limits.room()
    assert timedelta(seconds=20) < answer.wait <= timedelta(seconds=37)
    assert answer.for_everyone
    assert room.lowest_lane is None
    assert timedelta(seconds=20) < room.wait <= timedelta(seconds=37)


def test_a_group_may_be_refused_for_reasons_of_its_own(redis: Redis) -> None:
    limits = Limits(redis)
    sent(limits, -100, 1)
    assert not limits.refuse(-100, timedelta(seconds=37))
    assert limits.wait(66, Lane.INTERACTIVE).wait == NOW


def test_when_a_second_chat_is_refused_while_the_first_waits_everybody_waits(redis: Redis) -> None:
    limits = Limits(redis, per_second=1000)
    sent(limits, 55, 3), sent(limits, 66, 3)
    assert [limits.refuse(chat, timedelta(seconds=7)) for chat in (55, 66)] == [False, True]


def test_a_shorter_refusal_does_not_shorten_a_longer_one(redis: Redis) -> None:
    limits = Limits(redis)
    limits.refuse(55, timedelta(seconds=37)), limits.refuse(55, timedelta(seconds=3))
    assert limits.wait(66, Lane.INTERACTIVE).wait > timedelta(seconds=30)


def test_all_processes_obey_what_one_was_told(redis: Redis) -> None:
    Limits(redis).refuse(55, timedelta(seconds=7))
    assert Limits(redis).wait(66, Lane.INTERACTIVE).for_everyone


# --- a Telegram that is away


def test_whoever_finds_it_away_makes_everybody_wait_longer_each_time(redis: Redis) -> None:
    limits = Limits(redis)
    waits = [limits.trouble().total_seconds() for _ in range(7)]
    assert waits == [0, 1, 2, 4, 8, 8, 8]
    room, answer = limits.room(), limits.wait(55, Lane.INTERACTIVE)
    assert (room.lowest_lane, room.in_trouble) == (None, True)
    assert answer.for_everyone and timedelta(seconds=4) < answer.wait <= timedelta(seconds=8)


def test_when_it_is_back_nobody_waits_but_for_what_it_asked_before(redis: Redis) -> None:
    limits = Limits(redis)
    limits.trouble(), limits.trouble()
    limits.well()
    assert limits.room() == Room(lowest_lane=Lane.BULK)
    limits.refuse(55, timedelta(seconds=37))
    limits.well()
    assert limits.wait(66, Lane.INTERACTIVE).wait > timedelta(seconds=20)


def test_without_redis_nobody_knows_of_trouble() -> None:
    limits = Limits(Redis(port=any_free_port()))
    assert limits.trouble() == NOW
    limits.well()
    assert not limits.room().in_trouble
