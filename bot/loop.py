"""Polling with end-to-end acknowledgement: an update is confirmed to Telegram only when Postgres has it."""

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from bot.backlog import Backlog
from bot.inbox import Inbox
from bot.spinners import Spinners
from bot.translate import translate
from recruitsmart import clock
from recruitsmart.metrics import count_update
from recruitsmart.telegram.client import LONG_POLL_SECONDS, Telegram
from recruitsmart.telegram.errors import CallFailed
from workers.acknowledgements import Acknowledgements
from workers.contract import FromPerson

log = logging.getLogger(__name__)

SHORTEST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.01, 0.4
DRAIN_SECONDS = 20.0
DRAIN_READ_SECONDS = 1.0  # far below the socket's time-out, which would take a longer one for a Redis that hangs
DRAIN_REST_SECONDS = 0.5
LONGEST_REST_SECONDS = 5.0


class Stop(Exception):
    """Raised by the signal handler to leave a long poll at once."""


class Loop:
    """The bot. `enqueue` puts one message on its queue and raises when that is not sure."""

    def __init__(
        self, telegram: Telegram, acknowledgements: Acknowledgements, enqueue: Callable[[FromPerson], None]
    ) -> None:
        self._telegram = telegram
        self._acknowledgements = acknowledgements
        self._enqueue = enqueue
        self._inbox = Inbox()
        self._backlog = Backlog()
        self._place: str | None = None
        self._rounds_without_news = 0
        self._stopping = threading.Event()
        self._polling = False
        self._rest_seconds = 0.1
        self._spinners = Spinners(telegram)

    def stop(self, *_: Any) -> None:
        """For SIGTERM and SIGINT: fetch no more, wait for what is under way, return from `run`."""
        self._stopping.set()
        if self._polling:
            raise Stop

    def run(self) -> None:
        """Work until `stop`; then wait at most DRAIN_SECONDS for acknowledgements. Survives Telegram and Redis."""
        while not self._stopping.is_set():
            self._guarded(self._step)
        log.info("the bot fetches no more and waits for what is under way", extra={"action": "bot.drain"})
        self._drain()
        self._spinners.end()

    def _drain(self) -> None:
        give_up_at = time.monotonic() + DRAIN_SECONDS
        while not self._inbox.is_empty and time.monotonic() < give_up_at:
            self._guarded(partial(self._collect, wait_seconds=DRAIN_READ_SECONDS))
        if not self._inbox.is_empty:
            log.warning("some updates are still under way; Telegram keeps them", extra={"action": "bot.drain"})
            return
        self._guarded(self._confirm)

    def _guarded(self, step: Callable[[], None]) -> None:
        """Run one step; when Redis or Telegram is away, rest a little longer each time and go on."""
        try:
            step()
        except Stop:
            return
        except (RedisError, OperationalError, *CallFailed) as error:
            log.warning(
                "the bot rests for %.1f s: %s", self._rest_seconds, type(error).__name__, extra={"action": "bot.rest"}
            )
            self._rest()
        else:
            self._rest_seconds = 0.1

    def _rest(self) -> None:
        """A stop ends a rest; after it the rests are short, but there are some, or the last seconds would spin."""
        if self._stopping.is_set():
            time.sleep(DRAIN_REST_SECONDS)
        else:
            self._stopping.wait(self._rest_seconds)
            self._rest_seconds = min(LONGEST_REST_SECONDS, self._rest_seconds * 2)

    def _step(self) -> None:
        self._send_due()
        if self._inbox.is_empty:
            self._fetch(timeout_seconds=LONG_POLL_SECONDS)
            return
        self._stopping.wait(pause_seconds(self._inbox.share_open, self._rounds_without_news))
        self._rounds_without_news += 1
        self._collect(wait_seconds=0)
        if not self._inbox.is_empty:
            self._fetch(timeout_seconds=0)

    def _collect(self, *, wait_seconds: float) -> None:
        """Read acknowledgements, waiting so long for the first, then enqueue what became free."""
        milliseconds = int(wait_seconds * 1000)
        self._place, told = self._acknowledgements.after(self._reading_place(), wait_milliseconds=milliseconds)
        for acknowledgement in told:
            self._rounds_without_news = 0
            if acknowledgement.failed:
                log.error("an update failed for good", extra={"update_id": acknowledgement.update_id})
            self._inbox.done(acknowledgement.update_id)
        self._send_due()

    def _reading_place(self) -> str:
        if self._place is None:
            self._place = self._acknowledgements.newest()
        return self._place

    def _send_due(self) -> None:
        due = self._inbox.due(now=time.monotonic())
        if due:
            self._reading_place()  # before the first message is sent, or its acknowledgement could be missed
        for position, message in enumerate(due):
            try:
                self._enqueue(message)
            except OperationalError:
                for unsent in due[position:]:
                    self._inbox.not_sent(unsent)
                raise

    def _fetch(self, *, timeout_seconds: int) -> None:
        """Ask Telegram for more, confirming what is done, and take note of what came."""
        self._polling = True
        try:
            if self._stopping.is_set():
                return
            offset = self._inbox.offset
            updates = self._telegram.updates(offset=offset, timeout_seconds=timeout_seconds)
        finally:
            self._polling = False
        self._inbox.confirmed(offset)
        received_at = clock.now().timestamp()
        for update in updates:
            self._take(update, self._backlog.since(update["update_id"], at=received_at))
        self._look_behind(updates)

    def _look_behind(self, updates: list[dict[str, Any]]) -> None:
        """An answer counts from when it reached us; one that a full batch hides is at our door since it was counted."""
        if not updates or not self._inbox.is_full:
            self._backlog.clear()
            return
        with suppress(*CallFailed):  # then it counts from when it can be fetched
            self._backlog.note(updates[0]["update_id"], self._telegram.waiting(), at=clock.now().timestamp())

    def _take(self, update: dict[str, Any], received_at: float) -> None:
        """One update; one that breaks the translation is passed over, so that it cannot stop the bot for good."""
        try:
            translated = translate(update, received_at=received_at)
        except Exception:
            log.exception("an update cannot be read and is passed over", extra={"update_id": update["update_id"]})
            self._inbox.arrive(update["update_id"], None)
            return
        is_new = self._inbox.arrive(update["update_id"], translated.message)
        if is_new:
            self._rounds_without_news = 0
            count_update("polling")
        if is_new and translated.callback_query_id is not None:
            self._spinners.stop(translated.callback_query_id)

    def _confirm(self) -> None:
        """The last call before the end: tell Telegram what is done, so that it does not come again."""
        self._telegram.updates(offset=self._inbox.offset, timeout_seconds=0)


def pause_seconds(share_open: float, rounds_without_news: int) -> float:
    """How long to wait before the next look at acknowledgements and at Telegram, while updates are under way.

    Telegram answers at once then, so the pace must be ours: slower the more of a batch is open, for those come before
    others and a full batch hides the rest; and slower the longer nothing comes, as when no worker is there.
    """
    more_open = (LONGEST_PAUSE_SECONDS - SHORTEST_PAUSE_SECONDS) * share_open
    return min(SHORTEST_PAUSE_SECONDS * (1 + rounds_without_news) + more_open, LONGEST_PAUSE_SECONDS)
