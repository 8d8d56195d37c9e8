"""Delivery while Redis is away: no task comes then, but what is promised is in Postgres and can leave, slowly.

A thread of the delivery process asks Redis whether it lives; while it does not, the thread sends by itself. As soon as
Redis answers again, the queue goes on where it was: a message is claimed in Postgres, so nothing is sent twice.
"""

import logging
import threading
from typing import Any

from celery.signals import worker_ready, worker_shutting_down
from redis.exceptions import RedisError
from sqlalchemy.exc import InterfaceError, OperationalError

from workers.contract import DELIVERY
from workers.services import Services
from workers.tasks.delivery import send_alone

log = logging.getLogger(__name__)

LOOK_EVERY_SECONDS = 2.0
FAREWELL_SECONDS = 5.0


class Alone:
    """Looks after delivery until it is told to end."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="alone")

    def begin(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Let the message under way be settled, for a moment."""
        self._ended.set()
        self._thread.join(FAREWELL_SECONDS)

    def _run(self) -> None:
        pause = LOOK_EVERY_SECONDS
        while not self._ended.wait(pause):
            pause = LOOK_EVERY_SECONDS if self._redis_answers() else self._send()

    def _redis_answers(self) -> bool:
        try:
            return bool(self._services.redis.ping())
        except RedisError:
            return False

    def _send(self) -> float:
        """Send what is due; seconds until the next look."""
        try:
            pause = send_alone(self._services)
        except (OperationalError, InterfaceError):
            log.warning("Redis and Postgres are away", extra={"action": "alone.wait"})
            return LOOK_EVERY_SECONDS
        except Exception:
            log.exception("sending without Redis failed", extra={"action": "alone.fail"})
            return LOOK_EVERY_SECONDS
        return LOOK_EVERY_SECONDS if pause is None else pause.total_seconds()


def attach(services: Services) -> None:
    """A worker that consumes the queue of delivery gets such a thread; others do not."""
    alone = Alone(services)

    @worker_ready.connect(weak=False)
    def _begin(sender: Any, **_: Any) -> None:
        if any(queue.name == DELIVERY for queue in sender.task_consumer.queues):
            alone.begin()
            worker_shutting_down.connect(lambda **_: alone.end(), weak=False)
