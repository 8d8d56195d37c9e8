"""The rules of time at their edges."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from recruitsmart.domain.slots.rules import (
    FreeHour,
    Policy,
    bookable_between,
    by_day,
    is_bookable,
    is_soon,
    may_change,
    nearest,
)
from tests.factories import NOW

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
SMALLEST = timedelta(microseconds=1)


def _policy(zone="Europe/Moscow", *, notice=HOUR, days=14, deadline=2 * HOUR):
    return Policy(
        notice=notice, horizon_days=days, change_deadline=deadline, approval_required=False, time_zone=ZoneInfo(zone)
    )


def test_exactly_at_the_notice_is_in_time():
    assert is_bookable(NOW + HOUR, _policy(), now=NOW)


def test_a_moment_after_the_notice_is_too_late():
    assert not is_bookable(NOW + HOUR, _policy(), now=NOW + SMALLEST)


def test_without_notice_an_hour_can_be_booked_as_it_begins():
    assert is_bookable(NOW, _policy(notice=timedelta(0)), now=NOW)


def test_the_past_cannot_be_booked():
    assert not is_bookable(NOW - MINUTE, _policy(notice=timedelta(0)), now=NOW)


def test_exactly_at_the_deadline_may_still_be_changed():
    assert may_change(NOW + 2 * HOUR, _policy(), now=NOW)


def test_a_moment_after_the_deadline_may_not():
    assert not may_change(NOW + 2 * HOUR, _policy(), now=NOW + SMALLEST)


@pytest.mark.parametrize(
    ("zone", "last_minute_utc"),
    [
        ("Europe/Moscow", datetime(2026, 12, 7, 20, 59, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 12, 8, 4, 59, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 12, 7, 18, 29, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 12, 7, 18, 14, tzinfo=UTC)),
        ("UTC", datetime(2026, 12, 7, 23, 59, tzinfo=UTC)),
    ],
)
def test_the_horizon_ends_with_the_last_local_day(zone, last_minute_utc):
    assert is_bookable(last_minute_utc, _policy(zone), now=NOW)
    assert not is_bookable(last_minute_utc + MINUTE, _policy(zone), now=NOW)


def test_a_horizon_of_no_days_ends_today():
    midnight = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
    policy = _policy(days=0)
    assert is_bookable(midnight - MINUTE, policy, now=NOW)
    assert not is_bookable(midnight, policy, now=NOW)


def test_a_day_is_never_offered_in_part():
    """Late in the evening the last day of the horizon is as whole as in the morning."""
    morning = bookable_between(_policy(), now=datetime(2026, 11, 22, 21, 0, tzinfo=UTC))[1]
    evening = bookable_between(_policy(), now=datetime(2026, 11, 23, 20, 59, tzinfo=UTC))[1]
    assert morning == evening


def test_at_midnight_the_horizon_moves_on_by_a_day():
    before = bookable_between(_policy(), now=datetime(2026, 11, 23, 20, 59, 59, tzinfo=UTC))[1]
    after = bookable_between(_policy(), now=datetime(2026, 11, 23, 21, 0, tzinfo=UTC))[1]
    assert after - before == timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "local_day", "length"),
    [
        ("Europe/Moscow", date(2010, 3, 28), 23 * HOUR),
        ("Europe/Moscow", date(2010, 10, 31), 25 * HOUR),
        ("Europe/Moscow", date(2011, 3, 27), 23 * HOUR),
        ("Europe/Moscow", date(2014, 10, 26), 25 * HOUR),
        ("America/New_York", date(2026, 3, 8), 23 * HOUR),
        ("America/New_York", date(2026, 11, 1), 25 * HOUR),
        ("Australia/Lord_Howe", date(2026, 4, 5), 24 * HOUR + 30 * MINUTE),
        ("Europe/Moscow", date(2026, 3, 29), 24 * HOUR),
    ],
)
def test_the_last_day_is_as_long_as_the_clocks_make_it(zone, local_day, length):
    noon_before = datetime(local_day.year, local_day.month, local_day.day, 12, tzinfo=ZoneInfo(zone)) - timedelta(
        days=1
    )
    begins = bookable_between(_policy(zone, days=0), now=noon_before.astimezone(UTC))[1]
    ends = bookable_between(_policy(zone, days=1), now=noon_before.astimezone(UTC))[1]
    assert ends - begins == length


@pytest.mark.parametrize(
    ("zone", "starts_at"),
    [
        ("Europe/Moscow", datetime(2010, 3, 27, 23, 30, tzinfo=UTC)),
        ("Europe/Moscow", datetime(2014, 10, 25, 22, 30, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 3, 8, 7, 30, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 1, 6, 30, tzinfo=UTC)),
    ],
)
def test_notice_and_deadline_are_real_time_in_a_night_the_clocks_change(zone, starts_at):
    policy = _policy(zone, notice=3 * HOUR, deadline=3 * HOUR)
    in_time = starts_at - 3 * HOUR
    assert is_bookable(starts_at, policy, now=in_time) and may_change(starts_at, policy, now=in_time)
    late = in_time + SMALLEST
    assert not is_bookable(starts_at, policy, now=late) and not may_change(starts_at, policy, now=late)


def test_the_citys_zone_decides_not_the_readers():
    """The same instant, given in the recruiter's zone, is the same answer."""
    last = datetime(2026, 12, 7, 20, 59, tzinfo=UTC).astimezone(ZoneInfo("Asia/Vladivostok"))
    now = NOW.astimezone(ZoneInfo("America/New_York"))
    assert is_bookable(last, _policy(), now=now) and not is_bookable(last + MINUTE, _policy(), now=now)


@pytest.mark.parametrize(
    ("now", "soon"),
    [(-2 * HOUR - SMALLEST, False), (-2 * HOUR, True), (29 * MINUTE, True), (30 * MINUTE, False)],
)
def test_one_runs_late_from_two_hours_before_until_the_end(now, soon):
    assert is_soon(NOW, NOW + 30 * MINUTE, now=NOW + now) is soon


def _hours(*moments):
    return [FreeHour(slot_id=number, starts_at=at, recruiter_id=1) for number, at in enumerate(moments, 1)]


@pytest.mark.parametrize(("most", "found"), [(0, []), (1, [2]), (3, [2, 1, 3]), (9, [2, 1, 3, 4])])
def test_the_nearest_hours_are_the_closest_first_and_of_two_as_close_the_earlier(most, found):
    hours = _hours(NOW - HOUR, NOW, NOW + HOUR, NOW + 9 * HOUR)
    assert [hour.slot_id for hour in nearest(hours, NOW, most=most)] == found


@pytest.mark.parametrize(
    ("zone", "days"),
    [
        ("UTC", [date(2026, 11, 23), date(2026, 11, 24)]),
        ("Asia/Kolkata", [date(2026, 11, 24)]),
        ("Asia/Kathmandu", [date(2026, 11, 24)]),
        ("America/New_York", [date(2026, 11, 23)]),
    ],
)
def test_the_readers_midnight_divides_the_days(zone, days):
    hours = _hours(datetime(2026, 11, 23, 18, 30, tzinfo=UTC), datetime(2026, 11, 24, 0, 0, tzinfo=UTC))
    assert list(by_day(hours, ZoneInfo(zone))) == days


def test_midnight_itself_belongs_to_the_new_day():
    hours = _hours(datetime(2026, 11, 23, 20, 59, tzinfo=UTC), datetime(2026, 11, 23, 21, 0, tzinfo=UTC))
    assert {day: len(found) for day, found in by_day(hours, ZoneInfo("Europe/Moscow")).items()} == {
        date(2026, 11, 23): 1,
        date(2026, 11, 24): 1,
    }


def test_of_hours_with_one_start_the_first_is_kept():
    days = by_day(_hours(NOW, NOW, NOW + HOUR), ZoneInfo("UTC"))
    assert [hour.slot_id for hour in days[NOW.date()]] == [1, 3]


def test_the_hour_that_comes_twice_is_two_hours():
    first, second = datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 6, 30, tzinfo=UTC)
    zone = ZoneInfo("America/New_York")
    assert first.astimezone(zone).hour == second.astimezone(zone).hour == 1
    assert len(by_day(_hours(first, second), zone)[date(2026, 11, 1)]) == 2
