"""After a commit: tell delivery and the timers that there is something to do. Losing a nudge only costs time."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import cast

from celery import Celery
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

from recruitsmart import clock
from workers.contract import DELIVERY, Deliver, Message, RunDueTimers, send

log = logging.getLogger(__name__)

WINDOW = timedelta(seconds=10)  # how far the sweep looks ahead; far below the visibility timeout


ENOUGH = 4  # waiting nudges of delivery: each sends all that is due, so one more would find nothing


def delivery_nudge(app: Celery, redis: Redis) -> Callable[[], None]:
    """What is called after a commit that posted messages."""
    return lambda: nudge_unless_enough(app, redis)


def nudge_unless_enough(app: Celery, redis: Redis) -> None:
    """Nudge delivery, unless enough nudges wait: they will see all that is committed by then.

    Asking for their number costs a tenth of sending one.
    """
    try:
        enough = cast(int, redis.llen(DELIVERY)) >= ENOUGH
    except RedisError:
        enough = False
    if not enough:
        nudge(app, Deliver())


def timers_nudge(app: Celery) -> Callable[[datetime], None]:
    """What is called after a commit that set timers: only those the next sweep would be late for need it."""

    def when_near(due_at: datetime) -> None:
        wait = due_at - clock.now()
        if wait < WINDOW:
            nudge(app, RunDueTimers(), after=max(wait, timedelta(0)))

    return when_near


def nudge(app: Celery, message: Message, *, after: timedelta = timedelta(0)) -> None:
    """Send a message that may be lost; a broker that is away is logged, never raised."""
    try:
        send(app, message, countdown_seconds=after.total_seconds() or None)
    except OperationalError:
        log.warning("the broker is away; the sweep will find it", extra={"action": "nudge", "task": message.task})
