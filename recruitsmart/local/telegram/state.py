"""Everything the simulator knows, in memory, and the few changes everyone uses."""

import itertools
import re
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from .calls import Calls
from .chats import Bot, File, Message, Person, Press
from .errors import ControlError
from .faults import Faults
from .views import person_as_shown, shown_message
from .waiting import Feed

TOKEN = re.compile(r"\d{1,18}:[^\s/]+")
PRESS_LIFETIME = timedelta(seconds=15)
# Update ids must not come twice after a restart: whoever uses the simulator may remember those they have seen.
_UPDATE_IDS_SINCE = 1_735_689_600
_UPDATE_IDS_PER_SECOND = 1000


class Simulator:
    """People, bots, files, calls. Lives in one event loop; nothing here waits, so every change is whole."""

    def __init__(self, *, token: str, now: Callable[[], datetime], first_person: int = 1001) -> None:
        self.token = token
        self.now = now
        self.started_at = now()
        self.bots: dict[str, Bot] = {}
        self.feed = Feed()
        self.faults = Faults()
        self.calls = Calls()
        self._seqs = itertools.count(1)
        self._person_ids = itertools.count(first_person)
        self._file_ids = itertools.count(1)
        self._query_ids = itertools.count(int(self.started_at.timestamp() * 1000))
        self._empty()

    def _empty(self) -> None:
        self.people: dict[int, Person] = {}
        self.files: dict[str, File] = {}
        self.presses: OrderedDict[str, Press] = OrderedDict()
        self.message_count = 0
        self.unanswered_count = 0
        self.largest_delay: timedelta | None = None

    def reset(self) -> None:
        """Empty again. All numbers go on, so that nothing late is taken for something new."""
        for person in self.people.values():
            person.news.wake()
        for bot in self.bots.values():
            bot.forget()
        self.calls.clear()
        self.faults = Faults()
        self._empty()
        self.feed.tell("reload", {})

    def bot(self, token: str) -> Bot | None:
        """The bot of this token; None when no token looks like that."""
        bot = self.bots.get(token)
        if bot is None and TOKEN.fullmatch(token):
            age_seconds = max(self.now().timestamp() - _UPDATE_IDS_SINCE, 0)
            bot = Bot(token, first_update_id=int(age_seconds * _UPDATE_IDS_PER_SECOND) + 1)
            self.bots[token] = bot
        return bot

    def add_person(self, *, token: str | None = None, **names: str) -> Person:
        """A new person who may write to the bot of this token."""
        bot = self.bot(token or self.token)
        if bot is None:
            raise ControlError("token must look like 123:abc.")
        person = Person(person_id=next(self._person_ids), bot=bot, **names)
        self.people[person.person_id] = person
        if self.feed.has_listeners:
            self.feed.tell("person", person_as_shown(person))
        return person

    def person(self, person_id: int) -> Person:
        """The person with this id.

        Raises:
            ControlError: 404.
        """
        person = self.people.get(person_id)
        if person is None:
            raise ControlError(f"There is no person {person_id}.", status=404)
        return person

    def add_file(self, file_name: str, mime_type: str, content: bytes, address: str | None = None) -> File:
        """Keep a file for as long as the simulator runs."""
        file_id = f"file{next(self._file_ids)}"
        file = File(file_id=file_id, file_name=file_name, mime_type=mime_type, content=content, address=address)
        self.files[file_id] = file
        return file

    def add_message(self, person: Person, *, from_bot: bool, **parts: Any) -> Message:
        """Append a message to the chat and wake those who wait for it."""
        message_id = next(person.message_ids)
        message = Message(message_id=message_id, seq=next(self._seqs), from_bot=from_bot, at=self.now(), **parts)
        person.messages[message_id] = message
        self.message_count += 1
        if from_bot:
            self.bot_reacted(person, message.at)
            self._change_reply_keyboard(person, message)
        else:
            self.person_acted(person, message.at)
        self._announce(person, message)
        return message

    def touch(self, person: Person, message: Message) -> None:
        """The message was edited or deleted: it becomes the newest thing in the chat."""
        message.seq = next(self._seqs)
        person.messages.move_to_end(message.message_id)
        if message.edited_at is not None and not message.deleted:
            acted = self.bot_reacted if message.from_bot else self.person_acted
            acted(person, message.edited_at)
        self._announce(person, message)

    def next_seq(self) -> int:
        """A number for the next thing that happens."""
        return next(self._seqs)

    def new_query_id(self) -> str:
        """An id for a callback query."""
        return str(next(self._query_ids))

    def remember_press(self, query_id: str, press: Press) -> None:
        """Keep a callback query until it is answered or too old."""
        while self.presses:
            oldest = next(iter(self.presses))
            if press.pressed_at - self.presses[oldest].pressed_at <= PRESS_LIFETIME:
                break
            del self.presses[oldest]
        self.presses[query_id] = press

    def person_acted(self, person: Person, at: datetime) -> None:
        """The person now waits for the bot, if they did not already."""
        person.started = True
        if person.waits_since is None:
            person.waits_since = at
            self.unanswered_count += 1

    def bot_reacted(self, person: Person, at: datetime) -> None:
        """The person has seen something new from the bot: note how long that took."""
        if person.waits_since is None:
            return
        delay = at - person.waits_since
        person.waits_since = None
        self.unanswered_count -= 1
        if self.largest_delay is None or delay > self.largest_delay:
            self.largest_delay = delay

    def stats(self) -> dict[str, Any]:
        """Counts, kept up to date with every call."""
        return {
            "methods": dict(self.calls.per_method),
            "errors": {str(code): count for code, count in self.calls.per_error.items()},
            "calls": len(self.calls),
            "people": len(self.people),
            "messages": self.message_count,
            "pending_updates": sum(len(bot.updates) for bot in self.bots.values()),
            "unanswered_people": self.unanswered_count,
            "largest_delay_seconds": self.largest_delay and self.largest_delay.total_seconds(),
        }

    def _change_reply_keyboard(self, person: Person, message: Message) -> None:
        if message.keyboard and (message.keyboard.reply or message.keyboard.removes):
            person.reply_keyboard = message.keyboard if message.keyboard.reply else None

    def _announce(self, person: Person, message: Message) -> None:
        person.news.wake()
        if self.feed.has_listeners:
            self.feed.tell(
                "message", {"person": person_as_shown(person), "message": shown_message(self.files, message)}
            )
