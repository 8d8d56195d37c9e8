"""Which updates are under way: pure bookkeeping that decides what may be enqueued and how far the offset may move.

At most one update per chat is under way, the others of that chat wait in the order they came; so a person is answered
in order with any number of workers. An update is done only when its acknowledgement came back.
"""

from dataclasses import dataclass, replace

from workers.contract import FromPerson

REPEAT_AFTER_SECONDS = 15.0
BATCH = 100  # the most that Telegram gives at once


@dataclass(kw_only=True)
class _UnderWay:
    message: FromPerson
    since: float


class Inbox:
    """Updates from their arrival to their acknowledgement. Times are seconds of a monotonic clock."""

    def __init__(self) -> None:
        self._chat_of: dict[int, int] = {}  # updates that are not done, in the order they came
        self._done: set[int] = set()  # done, but not yet confirmed to Telegram, so it may bring them again
        self._waiting: dict[int, dict[int, FromPerson]] = {}  # by chat, then by number in the order they came
        self._under_way: dict[int, _UnderWay] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nothing is under way or waiting."""
        return not self._chat_of

    @property
    def is_full(self) -> bool:
        """Whether a whole batch of Telegram's is open, so asking again would bring nothing new."""
        return self.share_open >= 1

    @property
    def share_open(self) -> float:
        """How much of a batch of Telegram's is open: not done, or done and not yet confirmed."""
        return (len(self._chat_of) + len(self._done)) / BATCH

    @property
    def offset(self) -> int:
        """The lowest update not done yet: everything below it may be confirmed. 0 when there is nothing to confirm.

        Never remembered for longer: after a quiet week Telegram may go on with lower numbers.
        """
        if self._chat_of:
            return min(self._chat_of)
        return max(self._done) + 1 if self._done else 0

    def confirmed(self, offset: int) -> None:
        """Telegram was told that everything below `offset` is done; it will not bring those again."""
        self._done = {update_id for update_id in self._done if update_id >= offset}

    def arrive(self, update_id: int, message: FromPerson | None) -> bool:
        """Take note of a fetched update; False when it is known already. One without a message is done at once."""
        if update_id in self._chat_of or update_id in self._done:
            return False
        if message is None:
            self._done.add(update_id)
            return True
        self._chat_of[update_id] = message.chat_id
        self._waiting.setdefault(message.chat_id, {})[update_id] = message
        return True

    def due(self, *, now: float) -> list[FromPerson]:
        """What must be enqueued now: the first of each idle chat, and what has been silent for too long."""
        fresh = [chat_id for chat_id in self._waiting if chat_id not in self._under_way]
        for chat_id in fresh:
            first = next(iter(self._waiting[chat_id].values()))
            self._under_way[chat_id] = _UnderWay(message=first, since=now)
        late = [
            under_way
            for chat_id, under_way in self._under_way.items()
            if chat_id not in fresh and now - under_way.since >= REPEAT_AFTER_SECONDS
        ]
        for under_way in late:
            under_way.message = replace(under_way.message, tries=under_way.message.tries + 1)
            under_way.since = now
        return [self._under_way[chat_id].message for chat_id in fresh] + [one.message for one in late]

    def not_sent(self, message: FromPerson) -> None:
        """The message could not be enqueued: it is due again at once, as it is, and this time does not count."""
        if self._under_way.pop(message.chat_id, None) is not None:
            self._waiting[message.chat_id][message.update_id] = message

    def done(self, update_id: int) -> None:
        """The update is committed (or failed for good); the next one of its chat may go. Unknown ones are ignored.

        It need not be the first of its chat: another bot may be ahead of this one.
        """
        chat_id = self._chat_of.pop(update_id, None)
        if chat_id is None:
            return
        self._done.add(update_id)
        if chat_id in self._under_way and self._under_way[chat_id].message.update_id == update_id:
            del self._under_way[chat_id]
        del self._waiting[chat_id][update_id]
        if not self._waiting[chat_id]:
            del self._waiting[chat_id]
