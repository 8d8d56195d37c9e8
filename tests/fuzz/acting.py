"""People who act: sensibly, so that they get on, or in every way that makes no sense where they are."""

from collections import Counter
from random import Random
from typing import Any

from tests.fuzz.promises import Books
from tests.fuzz.updates import HOSTILE, Raw, words
from tests.fuzz.world import Chat, Phones

PROMPTS = (
    "consent",
    "name",
    "city",
    "phone",
    "question text",
    "question number",
    "question one_choice",
    "question several_choices",
    "question date",
    "question phone",
    "exam offered",
    "exam under_way",
    "exam finished",
    "review",
    "hour",
    "wish",
    "reason",
    "booked",
    "ended",
    "nothing",
)
_SENSIBLE = {
    "name": "Анна Иванова", "question text": "Люблю людей", "question number": "25", "question date": "25.11.1998",
    "question phone": "+79161234567", "reason": "передумала", "wish": "завтра утром",
}  # fmt: skip
ACTS = (*HOSTILE, "own old button", "button of somebody else", "changed button", "replay")


class Actors:
    """Draws who does what next, the acts that were done least at a prompt first. `thrown` counts them."""

    def __init__(self, phones: Phones, books: Books, rng: Random) -> None:
        self._phones, self._books, self._rng = phones, books, rng
        self._replayable: list[Raw] = []
        self.thrown: Counter[tuple[str, str]] = Counter()

    def act(self, chat: Chat, standing: Any) -> tuple[str, Raw]:
        """The name of an act and its update."""
        if self._rng.random() < 0.5:
            return "sensible", self.sensible(chat, standing)
        where = place(standing)
        name = min(ACTS, key=lambda act: (self.thrown[where, act], self._rng.random()))
        self.thrown[where, name] += 1
        return name, self._hostile(chat, name)

    def happened(self, update: Raw) -> None:
        """This update may come again."""
        self._replayable = [*self._replayable[-200:], update]

    def sensible(self, chat: Chat, standing: Any) -> Raw:
        """What gets the person on: the words or one of the buttons that are asked for."""
        where, newest = place(standing), chat.newest
        if where == "phone":
            return chat.author.contact("+79161234567", chat.author.chat_id)
        if where in _SENSIBLE:
            return chat.author.message(text=_SENSIBLE[where])
        if newest is None or self._rng.random() < 0.05:
            return chat.author.message(text="/start")
        number, data = newest
        forward = [each for each in data if not each.startswith(("back", "step_back"))]
        return chat.author.press(self._rng.choice(forward or data), number)

    def _hostile(self, chat: Chat, name: str) -> Raw:
        if name in HOSTILE:
            return HOSTILE[name](chat.author, self._rng)
        if name == "replay":
            return self._rng.choice(self._replayable) if self._replayable else words(chat.author, self._rng)
        whose = chat if name == "own old button" else self._rng.choice(list(self._phones.chats.values()))
        buttons = [(number, data) for number, all_data in whose.messages.items() for data in all_data]
        if not buttons:
            return words(chat.author, self._rng)
        number, data = self._rng.choice(buttons)
        return chat.author.press(self._changed(data) if name == "changed button" else data, number)

    def _changed(self, data: str) -> str:
        """One argument another one."""
        action, *args = data.split(":")
        if args:
            position = self._rng.randrange(len(args))
            near = str(int(args[position]) + self._rng.choice((-1, 1))) if args[position].isdecimal() else "x"
            args[position] = self._rng.choice((near, "0", "", "999999", str(2**63 - 1)))
        return ":".join([action, *args])


def place(standing: Any) -> str:
    """The prompt somebody stands at, in the words of PROMPTS."""
    if standing is None or standing.prompt is None:
        return "consent"
    if standing.prompt == "question":
        return f"question {standing.kind or 'text'}"
    return f"exam {standing.attempt}" if standing.prompt == "exam" else str(standing.prompt)
