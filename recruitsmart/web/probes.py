"""Asking Postgres and Redis whether they answer, on connections of their own and with a bound that holds."""

import json
import logging
import select
import threading
from base64 import b64decode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic

import psycopg2
import redis
from psycopg2 import extensions
from redis.backoff import NoBackoff
from redis.retry import Retry
from sqlalchemy.engine import make_url

log = logging.getLogger(__name__)

Check = Callable[[float], None]  # raises, or returns in time; is told how many seconds there are
MOST_AT_ONCE = 4  # checks of one component; a hanging server must not collect our threads


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Whether a component answered, and after how many milliseconds."""

    up: bool
    latency_ms: float | None = None


class Probe:
    """One component's check, run in a thread so that nothing it does can hold a request up."""

    def __init__(self, name: str, check: Check) -> None:
        self.name = name
        self._check = check
        self._places = threading.BoundedSemaphore(MOST_AT_ONCE)

    def begin(self, seconds: float) -> Callable[[float], Answer]:
        """Start the check; the result waits for it at most until a moment of `time.monotonic`."""
        result: list[Answer] = []
        if not self._places.acquire(blocking=False):
            return lambda _until: Answer(up=False)
        thread = threading.Thread(target=self._run, args=(seconds, result), daemon=True, name=f"probe-{self.name}")
        thread.start()

        def answer(until: float) -> Answer:
            thread.join(max(0.0, until - monotonic()))
            return result[0] if result else Answer(up=False)

        return answer

    def _run(self, seconds: float, result: list[Answer]) -> None:
        began = monotonic()
        try:
            self._check(seconds)
            result.append(Answer(up=True, latency_ms=round((monotonic() - began) * 1000, 1)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the component is down
            kind = type(error).__name__
            log.warning("a component is down", extra={"action": "health", "component": self.name, "error": kind})
        finally:
            self._places.release()


def ask_all(probes: list[Probe], *, seconds: float) -> Mapping[str, Answer]:
    """All answers, asked for at once; those that are late count as down."""
    until = monotonic() + seconds
    waiting = {probe.name: probe.begin(seconds) for probe in probes}
    return {name: answer(until) for name, answer in waiting.items()}


def database_check(url: str) -> Check:
    """`select 1` over a connection made for it, every step of it bounded."""
    dsn = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)

    def check(seconds: float) -> None:
        until = monotonic() + seconds
        connection = psycopg2.connect(dsn, async_=True, application_name="recruitsmart-health")
        try:
            _wait(connection, until)
            cursor = connection.cursor()
            cursor.execute("select 1")
            _wait(connection, until)
        finally:
            connection.close()

    return check


def _wait(connection: extensions.connection, until: float) -> None:
    while (state := connection.poll()) != extensions.POLL_OK:
        left = until - monotonic()
        reading = [connection] if state == extensions.POLL_READ else []
        writing = [connection] if state == extensions.POLL_WRITE else []
        if left <= 0 or not any(select.select(reading, writing, [], left)):
            raise TimeoutError


def redis_check(url: str) -> Check:
    """`PING` over a connection made for it."""

    def check(seconds: float) -> None:
        with bounded_client(url, seconds) as client:
            client.ping()

    return check


def queue_depths(url: str, queues: tuple[str, ...], *, seconds: float) -> dict[str, int]:
    """How many messages wait in each queue.

    Raises:
        redis.RedisError: it does not answer in time.
    """
    with bounded_client(url, seconds) as client:
        pipeline = client.pipeline(transaction=False)
        for queue in queues:
            pipeline.llen(queue)
        return dict(zip(queues, pipeline.execute(), strict=True))


def oldest_waiting_at(url: str, queue: str, *, seconds: float) -> datetime | None:
    """When the update that waits longest was received; None when none waits or the message does not say.

    Raises:
        redis.RedisError: it does not answer in time.
    """
    with bounded_client(url, seconds) as client:
        last = client.lindex(queue, -1)
    if not isinstance(last, bytes):
        return None
    try:
        _, arguments, _ = json.loads(b64decode(json.loads(last)["body"]))
        return datetime.fromtimestamp(arguments["received_at"], UTC)
    except (KeyError, TypeError, ValueError):
        return None


def bounded_client(url: str, seconds: float) -> redis.Redis:
    """A client that gives up after so many seconds, without another try."""
    retry = Retry(NoBackoff(), 0)
    return redis.Redis.from_url(url, socket_timeout=seconds, socket_connect_timeout=seconds, retry=retry)
