"""Signs of life straight into Redis, past every queue: who gives them and does no work is deaf."""

from redis import Redis

from recruitsmart import clock

KEY = "alive"
SILENT_AFTER_SECONDS = 45.0


class Alive:
    """One sorted set: `process instance` by the moment of the last sign, in seconds since 1970."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def tell(self, process: str, instance: str) -> None:
        """This process lives. Raises what Redis raises."""
        now = clock.now().timestamp()
        with self._redis.pipeline(transaction=False) as pipeline:
            pipeline.zadd(KEY, {f"{process} {instance}": now})
            pipeline.zremrangebyscore(KEY, "-inf", now - 10 * SILENT_AFTER_SECONDS)
            pipeline.execute()

    def all(self) -> set[tuple[str, str]]:
        """Process types and instances that gave a sign lately."""
        since = clock.now().timestamp() - SILENT_AFTER_SECONDS
        members = self._redis.zrangebyscore(KEY, since, "+inf")
        return {tuple(member.decode().split(" ", 1)) for member in members}
