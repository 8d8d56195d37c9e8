"""People who apply while everything breaks: each looks at the own chat and does what it suggests, or what people do.

They press twice, press what is long gone, and sometimes their phone sends the same update once more.
"""

import re
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from random import Random
from typing import Any

import requests
from sqlalchemy.exc import SQLAlchemyError

from tests.drill.whole.company import Company
from tests.simulator import Message, Person

THREADS, PEOPLE = 4, 24
PAUSE_SECONDS = 0.15
PATIENCE_SECONDS = 20.0  # then somebody who got no answer does something else
MOST_STEPS = 80  # of one person; then somebody new comes
FAR_ALREADY = 0.6  # share of the people who have answered Test 1 before they come
TWICE, AGAIN, LONG_GONE = 0.05, 0.05, 0.04  # shares of the presses
WORDS = "I like to work with people and to earn well"
TYPED = (
    (r"name", "Anna Miller"),
    (r"income", "45000"),
    (r"(when|time) .*suit|would suit", "tomorrow morning"),
    (r"^(?:✓ .*\n\n)?\d+/", WORDS),
)
# How often a button is pressed, by what it asks for; what is not named is left alone.
LIKED = {
    "consent": 1.0, "city": 1.0, "answer": 1.0, "done": 1.0, "start_test": 1.0, "days": 0.6, "day": 1.0, "reserve": 1.0,
    "confirm": 1.0, "move": 0.5, "move_days": 0.5, "move_day": 1.0, "move_to": 1.0, "cancel": 0.25, "cancel_sure": 0.7,
    "late": 0.2, "decline": 0.2, "other_time": 0.1, "earlier": 0.2, "keep_hour": 0.3, "my": 0.3, "back": 0.05,
    "step_back": 0.05, "pass_over": 0.3, "recruiter": 1.0, "language": 0.0, "forget": 0.02,
}  # fmt: skip


@dataclass(kw_only=True)
class Told:
    """What the people of a life did and saw. `commands` are the updates of `/my`, which is always answered."""

    updates: set[int] = field(default_factory=set)
    sent_again: int = 0
    commands: set[int] = field(default_factory=set)
    waits: list[float] = field(default_factory=list)
    given_up: int = 0
    failures: list[str] = field(default_factory=list)


class Applicant:
    """One person; used by one thread."""

    def __init__(self, company: Company, dice: Random, told: Told) -> None:
        self.person: Person = company.telegram.person(dice.choice(("Anna", "Boris", "Vera")), language_code="en")
        if dice.random() < FAR_ALREADY:
            with suppress(SQLAlchemyError):  # Postgres is away: somebody who is new, then
                company.enrol(self.person.id)
        self._dice, self._told = dice, told
        self._seq = 0
        self._chat: dict[int, Message] = {}
        self._acted_at: datetime | None = None
        self.steps = 0

    def step(self) -> None:
        """Look; then wait on, or do something."""
        self.steps += 1
        self._look()
        if self._acted_at is not None:
            if (datetime.now(UTC) - self._acted_at).total_seconds() < PATIENCE_SECONDS:
                return
            self._told.given_up += 1
            self._acted_at = None
        self._act()

    def _look(self) -> None:
        for message in self.person.messages(after=self._seq):
            self._seq = message["seq"]
            self._chat[message["message_id"]] = message
            if message["from"] == "bot" and self._acted_at is not None:
                shown_at = datetime.fromisoformat(message["edited_at"] or message["at"])
                self._told.waits.append(max((shown_at - self._acted_at).total_seconds(), 0.0))
                self._acted_at = None

    def _act(self) -> None:
        newest = max(self._from_bot(), key=lambda message: message["seq"], default=None)
        if newest is None:
            self._types("/start drill")
        elif any(key.get("request_contact") for row in newest["reply_keyboard"] or [] for key in row):
            self._did(self.person.share_contact())
        elif (button := self._liked(newest)) is not None:
            self._presses(newest["message_id"], button)
        elif (words := _fitting(newest["text"])) is not None:
            self._types(words)
        elif (older := self._with_buttons()) is not None and self._dice.random() < 0.6:
            message_id, button = older
            self._presses(message_id, button)
        else:
            self._did(self.person.write("/my"), is_command=True)

    def _from_bot(self) -> Iterator[Message]:
        return (each for each in self._chat.values() if each["from"] == "bot" and not each["deleted"])

    def _liked(self, message: Message) -> str | None:
        data = [button["data"] for row in message["buttons"] for button in row if "data" in button]
        weights = [LIKED.get(each.split(":")[0], 0.0) for each in data]
        if sum(weights) < 0.5 and self._dice.random() > sum(weights):
            return None
        return self._dice.choices(data, weights)[0] if any(weights) else None

    def _with_buttons(self) -> tuple[int, str] | None:
        shown = sorted(self._from_bot(), key=lambda message: message["seq"], reverse=True)
        for message in shown[:4]:
            button = self._liked(message)
            if button is not None:
                return message["message_id"], button
        return None

    def _presses(self, message_id: int, data: str) -> None:
        luck = self._dice.random()
        if luck < LONG_GONE:
            old = self._dice.choice(list(self._from_bot()))
            message_id, data = old["message_id"], self._liked(old) or data
            self._did({"update_id": self.person.inject(raw_press(self.person.id, message_id, data))})
            return
        pressed = self.person.press(data, message_id=message_id)
        self._did(pressed)
        if luck < LONG_GONE + TWICE:
            self._told.updates.add(self.person.inject(raw_press(self.person.id, message_id, data)))
        elif luck < LONG_GONE + TWICE + AGAIN:
            self.person.inject({"update_id": pressed["update_id"]} | raw_press(self.person.id, message_id, data))
            self._told.sent_again += 1

    def _types(self, words: str) -> None:
        self._did(self.person.write(words))

    def _did(self, answer: dict[str, int], *, is_command: bool = False) -> None:
        self._acted_at = datetime.now(UTC)
        self._told.updates.add(answer["update_id"])
        if is_command:
            self._told.commands.add(answer["update_id"])


def _fitting(shown: str) -> str | None:
    return next((words for pattern, words in TYPED if re.search(pattern, shown, re.IGNORECASE)), None)


def raw_press(chat_id: int, message_id: int, data: str) -> dict[str, Any]:
    """A press as Telegram's update has it, for buttons that are not shown, or not any more."""
    chat = {"id": chat_id, "type": "private"}
    sender = {"id": chat_id, "is_bot": False, "first_name": "X", "language_code": "en"}
    message = {"message_id": message_id, "chat": chat, "date": 0}
    return {"callback_query": {"id": "1", "from": sender, "message": message, "chat_instance": "1", "data": data}}


class Life:
    """Some threads with some people each. Everything a thread does is told in its own `Told`."""

    def __init__(self, company: Company, seed: int) -> None:
        self._company = company
        self._over = threading.Event()
        self._told = [Told() for _ in range(THREADS)]
        self._threads = [
            threading.Thread(target=self._live, args=(told, Random(seed * THREADS + number)))
            for number, told in enumerate(self._told)
        ]

    def begin(self) -> None:
        """From now on people apply."""
        for thread in self._threads:
            thread.start()

    def end(self) -> Told:
        """Nobody acts any more; what was told by all."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        whole = Told()
        for told in self._told:
            whole.updates |= told.updates
            whole.commands |= told.commands
            whole.waits += told.waits
            whole.sent_again += told.sent_again
            whole.given_up += told.given_up
            whole.failures += told.failures
        return whole

    def _live(self, told: Told, dice: Random) -> None:
        people = [Applicant(self._company, dice, told) for _ in range(PEOPLE // THREADS)]
        while not self._over.is_set():
            for number, one in enumerate(people):
                try:
                    one.step()
                except (AssertionError, requests.RequestException, KeyError, IndexError) as error:
                    told.failures.append(f"{type(error).__name__}: {error}")
                if one.steps > MOST_STEPS:
                    people[number] = Applicant(self._company, dice, told)
            time.sleep(PAUSE_SECONDS)
