"""Pure rules of time: how long a question stays open, what counts as in time, when the clock is shown."""

from collections.abc import Iterable
from datetime import datetime, timedelta

GRACE = timedelta(seconds=2)  # between the person's thumb and our receiving the update
LAST_MARK = timedelta(seconds=10)
LEAST_BETWEEN_MARKS = timedelta(seconds=5)

Stretch = tuple[datetime, datetime]


def lengthened(limit_seconds: int, extra_percent: int) -> timedelta:
    """A limit with the extra time a person was granted, rounded up to whole seconds."""
    return timedelta(seconds=-(-limit_seconds * (100 + extra_percent) // 100))


def lost_between(outages: Iterable[Stretch], start: datetime, end: datetime) -> timedelta:
    """How much of the time from `start` to `end` falls into outages; where they overlap it counts once."""
    lost, counted_until = timedelta(0), start
    for began_at, ended_at in sorted(outages):
        begin, until = max(began_at, counted_until), min(ended_at, end)
        if begin < until:
            lost += until - begin
            counted_until = until
    return lost


def is_in_time(received_at: datetime, deadline_at: datetime | None, *, lost: timedelta = timedelta(0)) -> bool:
    """Whether an answer counts: received until the deadline and 2 s grace, not counting time that we lost ourselves."""
    return deadline_at is None or received_at - lost <= deadline_at + GRACE


def next_mark(remaining: timedelta, limit: timedelta) -> timedelta | None:
    """How much time is left when the clock is shown next: half of the limit, then 10 s; None when no more.

    Marks that would stand too close to each other, or to the present, are left out.
    """
    marks = [mark for mark in (limit / 2, LAST_MARK) if mark <= limit / 2 and remaining - mark >= LEAST_BETWEEN_MARKS]
    return max(marks, default=None)
