"""Updates that kill whoever answers them: counted in Redis, where a killed worker leaves its mark.

Losing the count only costs further attempts.
"""

from redis import Redis

KEPT_SECONDS = 3600


class Attempts:
    """How often an update (by number) or a tap (by request) was begun and never ended, neither well nor badly."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def begin(self, name: int | str) -> int:
        """Count one more beginning and return how many there were before that never ended."""
        with self._redis.pipeline() as pipeline:
            count, _ = pipeline.incr(_key(name)).expire(_key(name), KEPT_SECONDS).execute()
        return int(count) - 1

    def end(self, name: int | str) -> None:
        """Whoever began has survived."""
        self._redis.delete(_key(name))


def _key(name: int | str) -> str:
    return f"attempts:{name}"
