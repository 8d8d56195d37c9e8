"""A worker's pulse: it sends itself a message every few seconds, and ends itself when it hears none of them any more.

After trouble with Redis a worker may look alive and consume nothing, for good. Its own messages tell: heard by the
consumer they prove that it consumes, answered by a task they renew its heartbeat in Postgres. Its supervisor starts
it again.
"""

import logging
import os
import threading
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from billiard.process import active_children
from celery import Celery
from celery.signals import celeryd_after_setup, task_received, worker_ready, worker_shutting_down
from celery.worker import state
from kombu import Exchange, Queue
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from recruitsmart import clock
from workers.alive import Alive
from workers.beating import sign_of_life
from workers.contract import BeatOther

log = logging.getLogger(__name__)

BEAT_SECONDS, LONGEST_BEAT_SECONDS = 10.0, 14.0  # below the silence after which a process is taken for dead
MOST_UNHEARD = 12  # two minutes; the longest task of a worker takes less than one
LONGEST_TASK_SECONDS = 60  # above the time limit, and above what a run of delivery takes
LAST_WILL_SECONDS = 30.0
KEPT_SECONDS = 60  # the queue of a worker that died vanishes by itself


class Pulse:
    """Counts beats that were sent and not heard. `send` raises when Redis is away; `on_deaf` is called once."""

    def __init__(self, send: Callable[[], None], is_busy: Callable[[], bool], on_deaf: Callable[[], None]) -> None:
        self._send, self._is_busy, self._on_deaf = send, is_busy, on_deaf
        self._unheard = 0

    def hear(self, **_: Any) -> None:
        """The consumer got a message, whichever."""
        self._unheard = 0

    def beat(self) -> bool:
        """Send one; False when the worker is deaf. With Redis away or all hands full, silence proves nothing."""
        try:
            self._send()
        except (OperationalError, RedisError):
            self._unheard = 0
            return True
        if self._unheard >= MOST_UNHEARD:
            self._on_deaf()
            return False
        self._unheard = 0 if self._is_busy() else self._unheard + 1
        return True

    def run(self, every_seconds: float, ended: threading.Event) -> None:
        """Beat until the worker ends or is deaf."""
        while self.beat() and not ended.wait(every_seconds):
            continue


def attach(app: Celery, alive: Alive, *, process: str, every_seconds: float = BEAT_SECONDS) -> None:
    """Give the worker that is about to start its pulse; does nothing to processes that are no workers."""
    ended = threading.Event()

    @celeryd_after_setup.connect(weak=False)
    def _listen(sender: str, instance: Any, **_: Any) -> None:
        own = _own_queue(sender)
        queues = instance.app.amqp.queues
        queues[own.name] = own  # `add` would give it an exchange with a name
        queues.select([own.name, *(name for name in queues.consume_from if name != own.name)])

    @worker_ready.connect(weak=False)
    def _begin(sender: Any, **_: Any) -> None:
        def send() -> None:
            alive.tell(process, sender.hostname)
            _send_to(app, _own_queue(sender.hostname), sign_of_life(process, sender.hostname, starts=False))

        pulse = Pulse(send, _is_busy, _end)
        task_received.connect(pulse.hear, weak=False)
        threading.Thread(target=pulse.run, args=(every_seconds, ended), daemon=True, name="pulse").start()

    @worker_shutting_down.connect(weak=False)
    def _stop(**_: Any) -> None:
        ended.set()


def _own_queue(hostname: str) -> Queue:
    """First in line, or a backlog would look like deafness; the nameless exchange leaves nothing behind in Redis."""
    name = f"pulse.{hostname}"
    return Queue(name, Exchange("", type="direct"), routing_key=name, expires=KEPT_SECONDS)


def _send_to(app: Celery, queue: Queue, message: BeatOther) -> None:
    """Over a connection of its own: one that is shared might be what is broken."""
    with app.connection_for_write() as connection:
        app.send_task(message.task, kwargs=asdict(message), queue=queue, connection=connection, expires=KEPT_SECONDS)


def _is_busy() -> bool:
    """Whether a task is running that may still end by itself."""
    latest = clock.now().timestamp() - LONGEST_TASK_SECONDS
    return any((request.time_start or 0) > latest for request in list(state.active_requests))


def _end() -> None:
    """End in order with status 1; when even that is not heard, at once. What is unacknowledged comes again."""
    log.critical("this worker hears nothing any more and ends itself", extra={"action": "pulse.deaf"})
    state.should_stop = 1
    threading.Event().wait(LAST_WILL_SECONDS)  # by then the process is gone, unless it cannot end
    for child in active_children():
        child.terminate()
    os._exit(1)
