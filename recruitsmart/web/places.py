"""Requests that wait for a worker leave threads to people: when workers are away they must not shut out the panel."""

import threading
from collections.abc import Callable
from typing import TypeVar

from config.settings import Settings

Message = TypeVar("Message")

THREADS_FOR_PEOPLE = 4  # of each web process


class Places:
    """How many requests of one process may wait at a time, whatever they wait for."""

    def __init__(self, settings: Settings) -> None:
        self._free = threading.BoundedSemaphore(max(1, settings.web_threads - THREADS_FOR_PEOPLE))

    def settle(self, settle: Callable[[Message], bool], message: Message) -> bool | None:
        """What `settle` says of the message; None when too many wait already."""
        if not self._free.acquire(blocking=False):
            return None
        try:
            return settle(message)
        finally:
            self._free.release()
