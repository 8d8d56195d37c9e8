"""Sends a bot's updates to its own address, as Telegram does with a webhook."""

import asyncio
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

import aiohttp

from .updates import Update, Updates
from .wire import encoded

FIRST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 10.0
ANSWER_WITHIN = aiohttp.ClientTimeout(total=60)
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


@dataclass(frozen=True, kw_only=True)
class Target:
    """Where the updates go."""

    url: str
    secret_token: str = ""
    max_connections: int = 40


class Webhook:
    """One bot's deliveries: in order within a chat, chats beside each other, again until a 2xx answer."""

    def __init__(self, target: Target, updates: Updates, *, now: Callable[[], datetime]) -> None:
        self.target = target
        self.last_error: tuple[datetime, str] | None = None
        self._now = now
        self._updates = updates
        self._lines: dict[int, deque[Update]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._gate = asyncio.Semaphore(target.max_connections)
        self._session = aiohttp.ClientSession(
            timeout=ANSWER_WITHIN, connector=aiohttp.TCPConnector(limit=target.max_connections)
        )

    def start(self) -> None:
        """Send what is waiting, then whatever comes."""
        for update in list(self._updates):
            self._line_up(update)
        self._updates.on_new = self._line_up

    def stop(self) -> asyncio.Task[None]:
        """Send nothing more; what was not accepted stays pending. Answers the closing of the connections."""
        self._updates.on_new = None
        for task in self._tasks:
            task.cancel()
        closing = asyncio.get_running_loop().create_task(self._session.close())
        self._keep(closing)
        return closing

    def _keep(self, task: asyncio.Task[None]) -> None:
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _line_up(self, update: Update) -> None:
        line = self._lines.get(update.chat_id)
        if line is None:
            self._lines[update.chat_id] = deque([update])
            self._keep(asyncio.get_running_loop().create_task(self._work_off(update.chat_id)))
        else:
            line.append(update)

    async def _work_off(self, chat_id: int) -> None:
        line = self._lines[chat_id]
        while line:
            await self._deliver(line[0])
            self._updates.settle(line.popleft())
        del self._lines[chat_id]

    async def _deliver(self, update: Update) -> None:
        for pause in pauses():
            if await self._is_accepted(update):
                return
            await asyncio.sleep(pause)

    async def _is_accepted(self, update: Update) -> bool:
        headers = {"Content-Type": "application/json"}
        if self.target.secret_token:
            headers[SECRET_HEADER] = self.target.secret_token
        try:
            async with (
                self._gate,
                self._session.post(
                    self.target.url, data=encoded(update.body), headers=headers, allow_redirects=False
                ) as response,
            ):
                await response.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            self._note(_in_words(error))
            return False
        if 200 <= response.status < 300:
            return True
        self._note(f"Wrong response from the webhook: {response.status} {response.reason or ''}".rstrip())
        return False

    def _note(self, sentence: str) -> None:
        self.last_error = (self._now(), sentence)


def pauses() -> Iterator[float]:
    """How long to wait before each repetition, in seconds: doubled each time, up to a limit, without end."""
    for attempt in itertools.count():
        yield min(FIRST_PAUSE_SECONDS * 2 ** min(attempt, 16), LONGEST_PAUSE_SECONDS)


def _in_words(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorError | ConnectionRefusedError):
        return "Connection refused"
    if isinstance(error, TimeoutError):
        return "Read timeout expired"
    return f"{HTTPStatus.BAD_GATEWAY.phrase}: {type(error).__name__}"
