"""“Done”: how the web process that waits for one tap on the page learns that Postgres has its answer.

One short-lived list in Redis for each request. Losing it costs the wait; the answer is read in Postgres anyway.
"""

import logging
from collections.abc import Callable
from typing import cast

from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from workers.connections import SOCKET_SECONDS
from workers.contract import FromPage

log = logging.getLogger(__name__)

WAIT_SECONDS = SOCKET_SECONDS - 0.5  # a reader that blocks as long as its socket may be silent is taken for lost
KEPT_SECONDS = 30


class Replies:
    """Both ends."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def tell(self, request_id: str) -> None:
        """Say that the request needs to wait no longer. Raises what Redis raises; the caller may ignore it."""
        with self._redis.pipeline() as pipeline:
            pipeline.rpush(_key(request_id), 1).expire(_key(request_id), KEPT_SECONDS).execute()

    def hears(self, request_id: str, *, within_seconds: float) -> bool:
        """Wait until the request is answered; False when it was not."""
        return cast("list[bytes] | None", self._redis.blpop([_key(request_id)], timeout=within_seconds)) is not None


class Taps:
    """What the web process does with a tap. `enqueue` puts it on its queue and raises when that is not sure."""

    def __init__(self, redis: Redis, enqueue: Callable[[FromPage], None]) -> None:
        self._replies = Replies(redis)
        self._enqueue = enqueue

    def settle(self, tap: FromPage, *, within_seconds: float = WAIT_SECONDS) -> bool:
        """Have a tap answered. False when nobody said so in time; it may have been answered all the same."""
        try:
            self._enqueue(tap)
            return self._replies.hears(tap.request_id, within_seconds=within_seconds)
        except (RedisError, OperationalError) as error:
            log.warning("Redis is away: %s", type(error).__name__, extra={"action": "page.settle"})
            return False


def _key(request_id: str) -> str:
    return f"page:{request_id}"
