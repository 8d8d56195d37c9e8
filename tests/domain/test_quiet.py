"""Quiet hours as periods of real time, also where clocks are changed."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recruitsmart.domain.directory.quiet import QuietHours

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
MOSCOW, BERLIN = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin")
# hypothesis wants naive bounds
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
NIGHT = QuietHours(start=time(22), end=time(8), zone=MOSCOW)


def _local(*when, zone=MOSCOW, fold=0):
    return datetime(*when, tzinfo=zone, fold=fold).astimezone(UTC)


def test_they_begin_at_their_first_minute_and_are_over_at_their_last():
    moments = [
        _local(2026, 11, 24, 21, 59),
        _local(2026, 11, 24, 22),
        _local(2026, 11, 25, 7, 59),
        _local(2026, 11, 25, 8),
    ]
    assert [NIGHT.covers(at) for at in moments] == [False, True, True, False]


@pytest.mark.parametrize("hour", [22, 23])
def test_before_midnight_they_end_tomorrow(hour):
    assert NIGHT.end_after(_local(2026, 11, 24, hour)) == _local(2026, 11, 25, 8)


def test_after_midnight_they_began_yesterday():
    assert NIGHT.start_before(_local(2026, 11, 25, 7)) == _local(2026, 11, 24, 22)


def test_a_moment_that_is_not_quiet_is_its_own_end_and_beginning():
    noon = _local(2026, 11, 24, 12)
    assert (NIGHT.end_after(noon), NIGHT.start_before(noon)) == (noon, noon)


def test_the_next_ones_begin_in_the_evening():
    assert NIGHT.next_start(_local(2026, 11, 24, 22)) == _local(2026, 11, 25, 22)


def test_within_one_day_they_do_not_span_midnight():
    siesta = QuietHours(start=time(13), end=time(15), zone=MOSCOW)
    assert (siesta.covers(_local(2026, 11, 24, 14)), siesta.covers(_local(2026, 11, 24, 23))) == (True, False)


def test_equal_times_mean_none():
    none = QuietHours(start=time(0), end=time(0), zone=MOSCOW)
    assert not none.covers(_local(2026, 11, 24, 0)) and none.next_start(_local(2026, 11, 24, 0)) is None


def test_a_night_in_which_clocks_go_forward_is_an_hour_shorter():
    night = QuietHours(start=time(22), end=time(8), zone=BERLIN)
    start = _local(2026, 3, 28, 22, zone=BERLIN)
    assert night.end_after(start) - start == 9 * HOUR


def test_a_night_in_which_clocks_go_back_is_an_hour_longer():
    night = QuietHours(start=time(22), end=time(8), zone=BERLIN)
    start = _local(2026, 10, 24, 22, zone=BERLIN)
    assert night.end_after(start) - start == 11 * HOUR


def test_an_end_that_comes_twice_counts_the_second_time():
    night = QuietHours(start=time(22), end=time(2, 30), zone=BERLIN)
    assert night.end_after(_local(2026, 10, 25, 1, zone=BERLIN)) == _local(2026, 10, 25, 2, 30, zone=BERLIN, fold=1)


def test_an_end_that_clocks_skip_comes_as_if_there_were_no_change():
    night = QuietHours(start=time(22), end=time(2, 30), zone=BERLIN)
    assert night.end_after(_local(2026, 3, 29, 1, zone=BERLIN)) == _local(2026, 3, 29, 3, 30, zone=BERLIN)


@given(
    MOMENTS,
    st.sampled_from(["Europe/Moscow", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]),
    st.times(),
    st.times(),
)
def test_whatever_the_hours_and_the_zone_end_and_beginning_fit_what_is_covered(at, zone, start, end):
    quiet = QuietHours(
        start=start.replace(second=0, microsecond=0), end=end.replace(second=0, microsecond=0), zone=ZoneInfo(zone)
    )
    if quiet.covers(at):
        begins, ends = quiet.start_before(at), quiet.end_after(at)
        assert begins <= at < ends
        assert quiet.covers(begins) and quiet.covers(ends - MINUTE / 60)
    following = quiet.next_start(at)
    assert following is None or (following > at and quiet.covers(following))


@given(MOMENTS)
def test_where_clocks_do_not_change_the_wall_clock_alone_decides(at):
    local = at.astimezone(MOSCOW).time()
    assert NIGHT.covers(at) == (local >= time(22) or local < time(8))
