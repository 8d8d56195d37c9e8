"""Stopping the spinner of a pressed button at once, beside whatever else is done for it."""

import logging
from concurrent.futures import ThreadPoolExecutor

from recruitsmart.telegram.client import Telegram
from recruitsmart.telegram.errors import CallFailed

log = logging.getLogger(__name__)


class Spinners:
    """A few threads that tell Telegram; failing only leaves a spinner that ends by itself."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="spinner")

    def stop(self, callback_query_id: str) -> None:
        """Stop one spinner soon; does not wait."""
        self._threads.submit(self._answer, callback_query_id)

    def end(self) -> None:
        """Drop what has not begun."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _answer(self, callback_query_id: str) -> None:
        try:
            self._telegram.answer_press(callback_query_id)
        except CallFailed as error:
            log.info("a button's spinner could not be stopped", extra={"error": type(error).__name__})
