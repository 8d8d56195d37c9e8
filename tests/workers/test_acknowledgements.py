"""“Got it”, from whoever committed to whoever asked."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from config.settings import Settings
from recruitsmart.local.ports import any_free_port
from recruitsmart.local.valkey import ValkeyServer
from workers.acknowledgements import KEPT, STREAM, Acknowledgement, Acknowledgements
from workers.connections import redis_client

PATIENCE_MILLISECONDS = 10_000


@pytest.fixture
def redis(redis_url: str, settings_for: Callable[..., Settings]) -> Redis:
    return redis_client(settings_for(redis_url=redis_url))


@pytest.fixture
def acknowledgements(redis: Redis) -> Acknowledgements:
    return Acknowledgements(redis)


def test_what_is_told_is_read_in_order(acknowledgements: Acknowledgements) -> None:
    place = acknowledgements.newest()
    acknowledgements.tell(812, failed=False)
    acknowledgements.tell(813, failed=True)
    _, told = acknowledgements.after(place, wait_milliseconds=1)
    assert told == [Acknowledgement(update_id=812, failed=False), Acknowledgement(update_id=813, failed=True)]


def test_the_new_place_is_after_what_was_read(acknowledgements: Acknowledgements) -> None:
    acknowledgements.tell(812, failed=False)
    place, _ = acknowledgements.after("0-0", wait_milliseconds=1)
    acknowledgements.tell(813, failed=False)
    _, told = acknowledgements.after(place, wait_milliseconds=1)
    assert [one.update_id for one in told] == [813]


def test_what_was_told_before_the_newest_place_is_not_read(acknowledgements: Acknowledgements) -> None:
    acknowledgements.tell(812, failed=False)
    assert acknowledgements.after(acknowledgements.newest(), wait_milliseconds=1)[1] == []


def test_when_nothing_comes_the_place_stays(acknowledgements: Acknowledgements) -> None:
    assert acknowledgements.newest() == "0-0"
    assert acknowledgements.after("0-0", wait_milliseconds=0) == ("0-0", [])


def test_two_bots_read_everything_each_from_its_own_place(acknowledgements: Acknowledgements, redis: Redis) -> None:
    acknowledgements.tell(812, failed=False)
    for reader in (acknowledgements, Acknowledgements(redis)):
        assert [one.update_id for one in reader.after("0-0", wait_milliseconds=1)[1]] == [812]


def test_a_reader_who_waits_is_woken(acknowledgements: Acknowledgements) -> None:
    read: list[Acknowledgement] = []

    def wait() -> None:
        read.extend(acknowledgements.after("0-0", wait_milliseconds=4_000)[1])

    reader = threading.Thread(target=wait, daemon=True)
    reader.start()
    acknowledgements.tell(812, failed=False)
    reader.join(PATIENCE_MILLISECONDS / 1000)
    assert [one.update_id for one in read] == [812]


def test_a_place_from_before_a_flush_still_works(acknowledgements: Acknowledgements, redis: Redis) -> None:
    acknowledgements.tell(812, failed=False)
    place = acknowledgements.newest()
    redis.flushall()
    flushed_at = redis.time()
    while redis.time() <= (flushed_at[0], flushed_at[1] + 1000):
        pass  # entries are numbered by the millisecond; in the same one the count would begin anew
    acknowledgements.tell(813, failed=False)
    assert [one.update_id for one in acknowledgements.after(place, wait_milliseconds=1)[1]] == [813]


def test_the_stream_does_not_grow_for_ever(acknowledgements: Acknowledgements, redis: Redis) -> None:
    with redis.pipeline() as pipeline:
        told = Acknowledgements(pipeline)
        for number in range(KEPT + 1_000):
            told.tell(number, failed=False)
        pipeline.execute()
    assert KEPT <= redis.xlen(STREAM) < KEPT + 500


def test_telling_a_redis_that_hangs_raises(settings_for: Callable[..., Settings], tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path / "valkey", any_free_port(), durable=False)
    server.start()
    acknowledgements = Acknowledgements(redis_client(settings_for(redis_url=server.url())))
    acknowledgements.tell(811, failed=False)
    raised: list[RedisError] = []

    def tell() -> None:
        try:
            acknowledgements.tell(812, failed=False)
        except RedisError as error:
            raised.append(error)

    server.pause()
    try:
        thread = threading.Thread(target=tell, daemon=True)
        thread.start()
        thread.join(PATIENCE_MILLISECONDS / 1000)
        assert raised
    finally:
        server.resume()
        server.stop()
