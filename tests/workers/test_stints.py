"""Long work leaves room for others: what a stint does of it."""

import pytest

from workers import stints
from workers.stints import work_in_turn


def _steps(ids: list[int], left: dict[int, int], *, most_steps: int = 100) -> list[int]:
    """Whose steps were done, in their order."""
    done = []

    def step(one: int) -> bool:
        done.append(one)
        left[one] -= 1
        return left[one] > 0

    work_in_turn(ids, step, most_steps=most_steps)
    return done


def test_each_is_done_until_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stints, "STINT_SECONDS", 60.0)
    assert _steps([7, 8], {7: 2, 8: 3}) == [7, 7, 8, 8, 8]


def test_nobody_gets_more_steps_than_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stints, "STINT_SECONDS", 60.0)
    assert _steps([7, 8], {7: 9, 8: 9}, most_steps=2) == [7, 7, 8, 8]


def test_when_the_time_is_over_each_has_had_one_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stints, "STINT_SECONDS", -1.0)
    assert _steps([7, 8, 9], dict.fromkeys((7, 8, 9), 9)) == [7, 8, 9]


def test_a_step_that_fails_ends_the_turn_of_its_own_only_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    done: list[int] = []

    def step(one: int) -> bool:
        done.append(one)
        if one == 7:
            raise ValueError("a defect")
        return False

    work_in_turn([7, 8], step, most_steps=3)
    assert done == [7, 8]
    assert [record.__dict__["subject_id"] for record in caplog.records] == [7]


def test_without_work_nothing_happens() -> None:
    assert _steps([], {}) == []
