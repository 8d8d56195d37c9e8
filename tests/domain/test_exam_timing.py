"""Pure rules of a running clock."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recruitsmart.domain.assessments.timing import GRACE, is_in_time, lengthened, lost_between, next_mark
from tests.factories import NOW

SECOND = timedelta(seconds=1)
TICK = timedelta(milliseconds=1)


@pytest.mark.parametrize(("limit", "extra", "seconds"), [(60, 0, 60), (60, 25, 75), (60, 100, 120), (45, 25, 57)])
def test_extra_time_lengthens_a_limit_and_is_rounded_up(limit, extra, seconds):
    assert lengthened(limit, extra) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("late", "counts"), [(-TICK, True), (GRACE, True), (GRACE + TICK, False)])
def test_an_answer_counts_until_the_deadline_and_the_grace(late, counts):
    assert is_in_time(NOW + late, NOW) is counts


def test_without_a_deadline_everything_is_in_time():
    assert is_in_time(NOW, None)


def test_time_that_we_lost_does_not_count():
    late = NOW + GRACE + 30 * SECOND
    assert is_in_time(late, NOW, lost=30 * SECOND)
    assert not is_in_time(late, NOW, lost=29 * SECOND)


def _stretch(start, end):
    return (NOW + start * SECOND, NOW + end * SECOND)


@pytest.mark.parametrize(
    ("outages", "seconds"),
    [
        ([], 0),
        ([_stretch(-20, -10)], 0),
        ([_stretch(60, 70)], 0),
        ([_stretch(10, 30)], 20),
        ([_stretch(-10, 10)], 10),
        ([_stretch(50, 90)], 10),
        ([_stretch(-5, 90)], 60),
        ([_stretch(10, 30), _stretch(20, 40)], 30),
        ([_stretch(20, 40), _stretch(10, 50)], 40),
    ],
)
def test_only_what_an_outage_took_of_the_question_is_lost_and_only_once(outages, seconds):
    assert lost_between(outages, NOW, NOW + 60 * SECOND) == seconds * SECOND


@given(st.lists(st.tuples(st.integers(-100, 100), st.integers(0, 100)), max_size=8))
def test_no_more_can_be_lost_than_there_was(spans):
    outages = [_stretch(start, start + length) for start, length in spans]
    assert timedelta(0) <= lost_between(outages, NOW, NOW + 60 * SECOND) <= 60 * SECOND


@pytest.mark.parametrize(
    ("remaining", "limit", "mark"),
    [
        (60, 60, 30),
        (30, 60, 10),
        (10, 60, None),
        (20, 20, 10),
        (10, 20, None),
        (8, 8, None),
        (300, 300, 150),
        (33, 60, 10),
    ],
)
def test_the_clock_is_shown_at_half_time_and_ten_seconds_before_the_end(remaining, limit, mark):
    shown = next_mark(remaining * SECOND, limit * SECOND)
    assert shown == (None if mark is None else mark * SECOND)


@given(st.integers(5, 3600))
def test_showing_the_clock_comes_to_an_end(limit):
    remaining, shown = limit * SECOND, 0
    while (mark := next_mark(remaining, limit * SECOND)) is not None:
        assert mark < remaining
        remaining, shown = mark, shown + 1
    assert shown <= 2
