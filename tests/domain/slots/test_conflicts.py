"""What is in the way of an hour is named before it is saved, and it is what saving would refuse."""

from datetime import timedelta

import pytest

from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.conflicts import Conflict, Hour, between, hour_of, in_the_way
from recruitsmart.domain.slots.models import Purpose, SlotStatus
from tests.domain.slots.conftest import HOUR, TOMORROW
from tests.factories import NOW, add_chooser, add_slot

MINUTE = timedelta(minutes=1)


def _hour(after: int, minutes: int = 30, *, buffer: int = 0, purpose: Purpose = Purpose.INTERVIEW) -> Hour:
    starts_at = TOMORROW + after * MINUTE
    ends_at = starts_at + minutes * MINUTE
    return Hour(purpose=purpose, starts_at=starts_at, ends_at=ends_at, busy_until=ends_at + buffer * MINUTE)


def _found(session, recruiter, starts_at=TOMORROW, *, minutes=30, but=None, purpose=Purpose.INTERVIEW):
    wanted = hour_of(recruiter, purpose, starts_at, minutes * MINUTE)
    return in_the_way(session, recruiter, wanted, but=but, now=NOW)


@pytest.mark.parametrize(
    ("wanted", "kind"),
    [
        (_hour(0), Conflict.OVERLAP),
        (_hour(29), Conflict.OVERLAP),
        (_hour(-29), Conflict.OVERLAP),
        (_hour(30), Conflict.BUFFER),
        (_hour(44), Conflict.BUFFER),
        (_hour(45), None),
        (_hour(-30), None),
        (_hour(-30, buffer=10), Conflict.BUFFER),
        (_hour(0, purpose=Purpose.INTRO_DAY), Conflict.OTHER_PURPOSE),
        (_hour(30, purpose=Purpose.INTRO_DAY), None),
    ],
)
def test_two_hours_of_a_recruiter(wanted, kind):
    assert between(wanted, _hour(0, buffer=15)) == kind


def test_a_free_stretch_has_nothing_in_the_way(session, recruiter, slot):
    assert _found(session, recruiter, TOMORROW + HOUR) == []


def test_the_other_hour_is_named(session, recruiter, slot):
    (found,) = _found(session, recruiter, TOMORROW + 10 * MINUTE)
    assert (found.kind, found.other.starts_at, found.forbids) == (Conflict.OVERLAP, TOMORROW, True)


def test_a_long_hour_that_began_half_a_day_before_is_in_the_way(session, recruiter):
    add_slot(session, recruiter, TOMORROW - 12 * HOUR, minutes=721 - 1, busy_until=TOMORROW + 5 * HOUR)
    (found,) = _found(session, recruiter, TOMORROW + 4 * HOUR)
    assert found.kind == Conflict.BUFFER


def test_the_hour_that_is_moved_and_closed_ones_are_not_in_the_way(session, recruiter, slot):
    assert _found(session, recruiter, but=slot.id) == []
    slot.status = SlotStatus.CLOSED
    session.flush()
    assert _found(session, recruiter) == []


def test_the_past_forbids_and_comes_first(session, recruiter):
    add_slot(session, recruiter, NOW - HOUR, purpose=Purpose.INTRO_DAY)
    found = _found(session, recruiter, NOW - HOUR)
    assert [one.kind for one in found] == [Conflict.PAST, Conflict.OTHER_PURPOSE]
    assert [one.forbids for one in found] == [True, False]


def test_a_full_day_is_said_and_forbids_nothing(session, city, recruiter, slot):
    recruiter.daily_cap = 1
    assert _found(session, recruiter, TOMORROW + HOUR) == []
    slots.reserve(session, add_chooser(session, city), slot.id, now=NOW)
    (found,) = _found(session, recruiter, TOMORROW + HOUR)
    assert (found.kind, found.cap, found.forbids) == (Conflict.DAILY_CAP, 1, False)
    assert _found(session, recruiter, TOMORROW + 24 * HOUR) == []
