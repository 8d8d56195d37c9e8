"""A busy queue does not silence the others: how the worker's looks at its queues are ordered."""

from collections import Counter, deque

import pytest

from workers.turns import Turns

QUEUES = ("dialogue", "timers", "upkeep")


def _served(waiting: dict[str, int], messages: int) -> list[str]:
    """Which queue each of the next messages comes from, as Redis answers: the first one named that is not empty."""
    turns, left, served = Turns(), Counter(waiting), []
    turns.update(deque(QUEUES))
    for _ in range(messages):
        queue = next(name for name in turns.consume(len(QUEUES)) if left[name])
        left[queue] -= 1
        served.append(turns.rotate(queue))
    return served


def test_people_come_first_and_timers_are_served_meanwhile() -> None:
    assert _served(dict.fromkeys(QUEUES, 100), 8) == [
        *["dialogue"] * 3, "timers",
        *["dialogue"] * 3, "upkeep",
    ]  # fmt: skip


@pytest.mark.parametrize("quiet", QUEUES[1:])
def test_an_empty_queue_gives_its_turn_to_the_other(quiet: str) -> None:
    served = Counter(_served({**dict.fromkeys(QUEUES, 100), quiet: 0}, 40))
    assert (served["dialogue"], served[quiet]) == (30, 0)


def test_when_nobody_writes_the_timers_come_before_upkeep() -> None:
    served = Counter(_served({"timers": 100, "upkeep": 100}, 40))
    assert served["timers"] > served["upkeep"] > 0


def test_a_worker_of_one_queue_always_looks_at_it() -> None:
    turns = Turns(["delivery"])
    assert [turns.consume(1) for _ in range(8) if turns.rotate("delivery")] == [["delivery"]] * 8
