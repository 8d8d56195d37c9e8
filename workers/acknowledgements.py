"""“Got it”: how whoever enqueued an update learns that Postgres has it.

A capped Redis stream that every bot (and the webhook) reads from its own place. An acknowledgement may be lost: the
update is then enqueued again after a while, found to be seen, and acknowledged again.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from redis import Redis

STREAM = "acknowledgements"
KEPT = 10_000


@dataclass(frozen=True, kw_only=True)
class Acknowledgement:
    """One update is done; `failed` when it could not be answered and never will be."""

    update_id: int
    failed: bool


class Acknowledgements:
    """Both ends of the stream."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def tell(self, update_id: int, *, failed: bool) -> None:
        """Say that Postgres has the update. Raises what Redis raises; the caller may ignore it."""
        fields = {"update": update_id, "failed": int(failed)}
        self._redis.xadd(STREAM, fields, maxlen=KEPT, approximate=True)

    def newest(self) -> str:
        """The place after everything told so far; reading from it yields only what is told later."""
        last = self._redis.xrevrange(STREAM, count=1)
        return last[0][0].decode() if last else "0-0"

    def after(self, place: str, *, wait_milliseconds: int) -> tuple[str, list[Acknowledgement]]:
        """What was told after `place`, and the new place; waits for the first, at least one millisecond."""
        streams = self._redis.xread({STREAM: place}, count=1000, block=max(1, wait_milliseconds))
        entries = streams[0][1] if streams else []
        return (entries[-1][0].decode() if entries else place), list(_read(entries))


def _read(entries: Iterable[tuple[bytes, dict[bytes, bytes]]]) -> Iterable[Acknowledgement]:
    for _, fields in entries:
        yield Acknowledgement(update_id=int(fields[b"update"]), failed=fields[b"failed"] == b"1")
