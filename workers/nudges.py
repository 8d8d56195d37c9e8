"""After a commit: tell delivery and the timers that there is something to do. Losing a nudge only costs time."""

import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from celery import Celery
from kombu.exceptions import OperationalError

from recruitsmart import clock
from workers.bell import Bell
from workers.contract import Deliver, Message, RunDueTimers, send

log = logging.getLogger(__name__)

WINDOW = timedelta(seconds=10)  # how far the sweep looks ahead; far below the visibility timeout


def delivery_nudge(app: Celery, bell: Bell) -> Callable[[], None]:
    """What is called after a commit that posted messages."""
    return lambda: nudge_delivery(app, bell)


def nudge_delivery(app: Celery, bell: Bell) -> None:
    """Ring for a sender; when nobody hears it, send a task."""
    if not bell.ring():
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
