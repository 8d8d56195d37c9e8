"""In which order a worker looks at its queues: the better one first, but none waits for ever."""

from collections.abc import Iterable
from itertools import chain

OTHERS_EVERY = 4  # of so many messages taken in a row, one begins with another queue than the first


class Turns:
    """Order of queues for the broker's client (kombu), which asks `consume` before each read and reports to `rotate`.

    Most looks begin with the queue that the worker names first. While that one never runs empty, every
    `OTHERS_EVERY`th message still comes from one of the others, which take turns: else the clock of a test would
    stand still as long as people write faster than they can be answered. An empty queue costs nobody a turn.
    """

    def __init__(self, queues: Iterable[str] = ()) -> None:
        self._queues = list(queues)
        self._taken = 0

    def update(self, queues: Iterable[str]) -> None:
        """These are the queues now, the most urgent one first."""
        self._queues = list(queues)

    def consume(self, most: int) -> list[str]:
        """At most so many queues, in the order of this look."""
        first, others = self._queues[:1], self._queues[1:]
        turn, is_theirs = divmod(self._taken, OTHERS_EVERY)
        if not others or is_theirs != OTHERS_EVERY - 1:
            return self._queues[:most]
        start = turn % len(others)
        return list(chain(others[start:], others[:start], first))[:most]

    def rotate(self, queue: str) -> str:
        """A message came from this queue."""
        self._taken += 1
        return queue
