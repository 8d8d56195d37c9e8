"""Updates that kill whoever answers them: counted in Redis, where a killed worker leaves its mark.

Losing the count only costs further attempts.
"""

from redis import Redis

KEPT_SECONDS = 3600


class Attempts:
    """How often an update was begun and never ended, neither well nor with an error."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def begin(self, update_id: int) -> int:
        """Count one more beginning and return how many there were before that never ended."""
        with self._redis.pipeline() as pipeline:
            count, _ = pipeline.incr(_key(update_id)).expire(_key(update_id), KEPT_SECONDS).execute()
        return int(count) - 1

    def end(self, update_id: int) -> None:
        """Whoever began has survived."""
        self._redis.delete(_key(update_id))


def _key(update_id: int) -> str:
    return f"attempts:{update_id}"
