"""How fast a bot may speak: Telegram's limits, overall and per chat."""

from collections import deque
from datetime import datetime
from math import ceil

from .errors import ApiError

PER_SECOND = 30
CHAT_BURST = 5


class Limits:
    """One bot's allowance. The last second may hold 30 messages; one chat gets 1/s after a burst of 5."""

    __slots__ = ("_chats", "_recent")

    def __init__(self) -> None:
        self._recent: deque[float] = deque(maxlen=PER_SECOND)
        # Per chat: the moment its whole burst would be available again (a leaky bucket in one number).
        self._chats: dict[int, float] = {}

    def take(self, chat_id: int, *, now: datetime) -> None:
        """Count one message or edit.

        Raises:
            ApiError: 429 with `retry_after` in whole seconds; such a call is not counted.
        """
        moment = now.timestamp()
        full_at = max(self._chats.get(chat_id, moment), moment)
        wait = max(full_at - moment - (CHAT_BURST - 1), self._overall_wait(moment))
        if wait > 0:
            retry_after = max(ceil(wait), 1)
            raise ApiError(429, f"Too Many Requests: retry after {retry_after}", retry_after=retry_after)
        self._chats[chat_id] = full_at + 1
        self._recent.append(moment)

    def _overall_wait(self, moment: float) -> float:
        if len(self._recent) < PER_SECOND:
            return 0
        return self._recent[0] + 1 - moment
