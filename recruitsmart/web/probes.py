"""Asking Postgres and Redis whether they answer, on connections of their own and with a bound that holds."""

import json
import logging
import select
import threading
from base64 import b64decode
from collections.abc import Callable, Mapping
from concurrent.futures import Future
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


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Whether a component answered, and after how many milliseconds."""

    up: bool
    latency_ms: float | None = None


class Probe:
    """One component's check, run in a thread so that nothing it does can hold a request up.

    One at a time: whoever asks meanwhile hears its answer, so a crowd asks the component once.
    """

    def __init__(self, name: str, check: Check) -> None:
        self.name = name
        self._check = check
        self._lock = threading.Lock()
        self._asked: Future[Answer] | None = None

    def begin(self, seconds: float) -> Future[Answer]:
        """The answer of the check that is under way, or of one that starts now and has so many seconds."""
        with self._lock:
            if self._asked is None or self._asked.done():
                asked = Future[Answer]()
                name = f"probe-{self.name}"
                threading.Thread(target=self._run, args=(seconds, asked), daemon=True, name=name).start()
                self._asked = asked
            return self._asked

    def _run(self, seconds: float, asked: Future[Answer]) -> None:
        began = monotonic()
        try:
            self._check(seconds)
            asked.set_result(Answer(up=True, latency_ms=round((monotonic() - began) * 1000, 1)))
        except Exception as error:  # noqa: BLE001 - whatever it is, the component is down
            kind = type(error).__name__
            log.warning("a component is down", extra={"action": "health", "component": self.name, "error": kind})
            asked.set_result(Answer(up=False))


def ask_all(probes: list[Probe], *, seconds: float) -> Mapping[str, Answer]:
    """All answers, asked for at once; those that are late count as down."""
    until = monotonic() + seconds
    asked = {probe.name: probe.begin(seconds) for probe in probes}
    return {name: _in_time(answer, until) for name, answer in asked.items()}


def _in_time(answer: Future[Answer], until: float) -> Answer:
    try:
        return answer.result(max(0.0, until - monotonic()))
    except TimeoutError:
        return Answer(up=False)


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
