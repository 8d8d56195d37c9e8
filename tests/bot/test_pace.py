"""How often the bot asks while updates are under way."""

from itertools import pairwise

import pytest

from bot.loop import LONGEST_PAUSE_SECONDS, SHORTEST_PAUSE_SECONDS, pause_seconds


def test_one_update_that_has_just_come_keeps_nobody_else_waiting():
    assert pause_seconds(0.01, 0) < 1.5 * SHORTEST_PAUSE_SECONDS


@pytest.mark.parametrize(
    "pauses",
    [
        [pause_seconds(opened / 100, 0) for opened in range(101)],
        [pause_seconds(0.01, rounds) for rounds in range(39)],
    ],
)
def test_more_open_updates_and_a_longer_silence_slow_it_down(pauses):
    assert all(shorter < longer for shorter, longer in pairwise(pauses))


@pytest.mark.parametrize(("share_open", "rounds"), [(1.0, 0), (2.0, 0), (0.01, 10_000)])
def test_there_is_a_longest_pause(share_open, rounds):
    assert pause_seconds(share_open, rounds) == LONGEST_PAUSE_SECONDS
