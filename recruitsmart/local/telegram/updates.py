"""The updates one bot has not confirmed yet, and who waits for them."""

import asyncio
import json
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any

from .errors import conflict

NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


@dataclass(slots=True, kw_only=True, eq=False)
class Update:
    """One update as JSON text, ready to be sent. `handed_out` is kept for replays only."""

    update_id: int
    kind: str
    chat_id: int
    body: str
    handed_out: bool = False


def _number(update: Update) -> int:
    return update.update_id


class Updates:
    """One bot's queue. `on_new` is called with each update while a webhook is set."""

    def __init__(self, first_id: int) -> None:
        self.next_id = first_id
        self.allowed: frozenset[str] | None = None
        self.on_new: Callable[[Update], None] | None = None
        self._pending: OrderedDict[int, Update] = OrderedDict()
        self._replays: list[Update] = []
        self._poller: asyncio.Future[str | None] | None = None

    def __len__(self) -> int:
        return len(self._pending) + len(self._replays)

    def __iter__(self) -> Iterator[Update]:
        """By their numbers, as Telegram hands them out: a bot confirms everything below what it has."""
        replays = sorted(self._replays, key=_number)
        return merge(replays, self._pending.values(), key=_number)

    def allow(self, kinds: list[str]) -> None:
        """Keep only these kinds from now on; an empty list means Telegram's default."""
        self.allowed = frozenset(kinds) or None

    def wants(self, kind: str) -> bool:
        """Whether the bot asked for updates of this kind."""
        return kind not in NOT_BY_DEFAULT if self.allowed is None else kind in self.allowed

    def add(self, kind: str, content: dict[str, Any], *, chat_id: int) -> int | None:
        """Queue an update and answer its id, or None when the bot does not want this kind."""
        if not self.wants(kind):
            return None
        update_id = self.next_id
        self.next_id += 1
        body = json.dumps({"update_id": update_id, kind: content}, ensure_ascii=False)
        self._put(Update(update_id=update_id, kind=kind, chat_id=chat_id, body=body))
        return update_id

    def inject(self, raw: dict[str, Any], *, kind: str, chat_id: int) -> int:
        """Queue an object as it is; without an `update_id` it gets the next one.

        An id that was used before is a replay: it is handed out once more, whatever the bot has confirmed.
        """
        update_id = raw.get("update_id", self.next_id)
        body = json.dumps({"update_id": update_id} | raw, ensure_ascii=False)
        update = Update(update_id=update_id, kind=kind, chat_id=chat_id, body=body)
        if update_id >= self.next_id:
            self.next_id = update_id + 1
            self._put(update)
        else:
            self._replays.append(update)
            self._announce(update)
        return update_id

    def _put(self, update: Update) -> None:
        self._pending[update.update_id] = update
        self._announce(update)

    def _announce(self, update: Update) -> None:
        if self.on_new:
            self.on_new(update)
        self.release_poller(None)

    def confirm(self, offset: int) -> None:
        """Forget what is below the offset; a negative one keeps only that many of the newest."""
        if offset < 0:
            while len(self._pending) > -offset:
                self._pending.popitem(last=False)
        elif offset:
            while self._pending and next(iter(self._pending)) < offset:
                self._pending.popitem(last=False)
            self._replays = [each for each in self._replays if not (each.handed_out and each.update_id < offset)]

    def settle(self, update: Update) -> None:
        """Forget one update that a webhook has accepted."""
        if self._pending.get(update.update_id) is update:
            del self._pending[update.update_id]
        elif update in self._replays:
            self._replays.remove(update)

    def clear(self) -> None:
        """Forget all of them; ids go on."""
        self._pending.clear()
        self._replays.clear()

    def batch(self, limit: int) -> list[Update]:
        """The oldest ones, at most so many; they stay until they are confirmed."""
        taken = list(islice(self, limit))
        for update in taken:
            update.handed_out = True
        return taken

    def release_poller(self, reason: str | None) -> None:
        """Let the waiting poller go on, or end it with a 409 of this reason."""
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(reason)
        self._poller = None

    async def arrival(self, seconds: float) -> None:
        """Wait for the next update, at most so many seconds.

        Raises:
            ApiError: 409, when another poller or a webhook came in the meantime.
        """
        poller = self._poller = asyncio.get_running_loop().create_future()
        await asyncio.wait([poller], timeout=seconds)
        if not poller.done():
            if self._poller is poller:
                self._poller = None
        elif reason := poller.result():
            raise conflict(reason)
