"""Which reminders a meeting deserves and when, and whether one that falls due is still useful: pure rules."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recruitsmart.domain.directory.quiet import QuietHours
from recruitsmart.domain.slots.reminders import (
    APART,
    BEFORE_QUIET,
    BOOKED_SHORTLY,
    CLOSE,
    NEAR,
    NOT_WANTED,
    PAST,
    QUIET,
    TOO_LATE,
    Meeting,
    Reminder,
    judge,
    may_come,
    plan,
    sendable_until,
)

FIRST, SECOND, LAST = Reminder
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
BERLIN = ZoneInfo("Europe/Berlin")
LEADS = {FIRST: 24 * HOUR, SECOND: 3 * HOUR, LAST: 30 * MINUTE}
NIGHT = QuietHours(start=time(22), end=time(8), zone=BERLIN)
NEVER = QuietHours(start=time(0), end=time(0), zone=BERLIN)


def _at(hour, minute=0, *, day=18, month=11):
    return datetime(2026, month, day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def _meeting(starts_at, *, ahead=10 * DAY, leads=LEADS, quiet=NIGHT):
    return Meeting(starts_at=starts_at, booked_at=starts_at - ahead, leads=leads, quiet=quiet)


def _planned(meeting, *, now=None):
    """kind → moment, or the reason there is none."""
    return {one.kind: one.at or one.reason for one in plan(meeting, now=now or meeting.booked_at)}


# --- when


def test_a_meeting_at_noon_is_reminded_of_24_h_3_h_and_30_min_before():
    assert _planned(_meeting(_at(12))) == {FIRST: _at(12, day=17), SECOND: _at(9), LAST: _at(11, 30)}


def test_hours_before_are_real_hours_when_clocks_change():
    assert _planned(_meeting(_at(12, day=25, month=10)))[FIRST] == _at(13, day=24, month=10)


def test_a_city_has_hours_of_its_own():
    leads = {FIRST: 48 * HOUR, SECOND: 2 * HOUR, LAST: 15 * MINUTE}
    assert _planned(_meeting(_at(12), leads=leads)) == {FIRST: _at(12, day=16), SECOND: _at(10), LAST: _at(11, 45)}


def test_a_reminder_the_city_does_not_want_is_not_planned():
    assert _planned(_meeting(_at(12), leads={LAST: 30 * MINUTE})) == {
        FIRST: NOT_WANTED, SECOND: NOT_WANTED, LAST: _at(11, 30),
    }  # fmt: skip


@pytest.mark.parametrize(("ahead", "second"), [(3 * HOUR, PAST), (3 * HOUR + MINUTE, _at(9))])
def test_one_whose_moment_is_over_at_booking_is_not_planned(ahead, second):
    assert _planned(_meeting(_at(12), ahead=ahead))[SECOND] == second


@pytest.mark.parametrize(("ahead", "first"), [(30 * HOUR - MINUTE, BOOKED_SHORTLY), (30 * HOUR, _at(12, day=17))])
def test_booked_less_than_30_h_ahead_there_is_no_24_h_reminder(ahead, first):
    assert _planned(_meeting(_at(12), ahead=ahead))[FIRST] == first


def test_replanned_later_it_still_counts_when_the_hour_was_booked():
    meeting = _meeting(_at(12))
    assert _planned(meeting, now=_at(12) - 25 * HOUR)[FIRST] == _at(12, day=17)


def test_what_was_never_promised_is_told_from_what_is_skipped():
    kinds = {one.kind: one.promised for one in plan(_meeting(_at(12), ahead=HOUR), now=_at(11))}
    assert kinds == {FIRST: False, SECOND: False, LAST: True}


# --- quiet hours


def test_in_quiet_hours_a_reminder_moves_to_their_nearer_end():
    assert _planned(_meeting(_at(10)))[SECOND] == _at(8)
    assert _planned(_meeting(_at(23, 30)))[FIRST] == _at(22, day=17) - BEFORE_QUIET


def test_where_the_nearer_end_is_past_it_takes_the_other_one():
    meeting = _meeting(_at(23, 30), ahead=24 * HOUR + 85 * MINUTE + 5 * HOUR)
    assert _planned(meeting, now=_at(22, day=17) - 2 * MINUTE)[FIRST] == _at(8)


def test_a_reminder_without_any_allowed_moment_before_the_meeting_is_skipped_for_the_quiet_hours():
    assert _planned(_meeting(_at(3), ahead=4 * HOUR))[SECOND] == QUIET


def test_two_reminders_do_not_meet_at_the_end_of_the_quiet_hours():
    leads = {FIRST: 24 * HOUR, SECOND: 3 * HOUR, LAST: 90 * MINUTE}
    assert _planned(_meeting(_at(9, 15), leads=leads)) == {
        FIRST: _at(9, 15, day=17), SECOND: _at(22, day=17) - BEFORE_QUIET, LAST: _at(8),
    }  # fmt: skip


def test_where_only_the_morning_is_left_the_later_reminder_comes_alone():
    assert _planned(_meeting(_at(8, 20), ahead=9 * HOUR)) == {FIRST: BOOKED_SHORTLY, SECOND: QUIET, LAST: _at(7, 50)}


def test_the_last_one_ignores_quiet_hours_when_the_meeting_is_within_an_hour_of_them():
    assert _planned(_meeting(_at(8, 20)))[LAST] == _at(7, 50)


def test_the_last_one_ignores_quiet_hours_when_the_meeting_is_in_them():
    assert _planned(_meeting(_at(3)))[LAST] == _at(2, 30)


def test_the_last_one_of_a_later_meeting_waits_for_the_morning():
    leads = LEADS | {LAST: 2 * HOUR, SECOND: 4 * HOUR}
    assert _planned(_meeting(_at(9, 30), leads=leads))[LAST] == _at(8)


def test_one_that_another_was_moved_against_is_skipped():
    siesta = QuietHours(start=time(13), end=time(14), zone=BERLIN)
    leads = {SECOND: 3 * HOUR, LAST: 140 * MINUTE}
    planned = _planned(_meeting(_at(15, 30), leads=leads, quiet=siesta))
    assert planned == {FIRST: NOT_WANTED, SECOND: CLOSE, LAST: _at(12, 55)}


def test_the_zone_is_the_candidates():
    there = replace(NIGHT, zone=ZoneInfo("Asia/Novosibirsk"))
    assert _planned(_meeting(_at(6), quiet=there))[SECOND] == _at(3)


# hypothesis wants naive bounds
_moments = st.datetimes(datetime(2026, 3, 20), datetime(2026, 11, 30), timezones=st.just(UTC))  # noqa: DTZ001
_meetings = st.builds(
    Meeting,
    starts_at=_moments,
    booked_at=st.just(datetime(2026, 3, 1, tzinfo=UTC)),
    leads=st.sampled_from(
        [LEADS, {FIRST: 12 * HOUR, SECOND: 100 * MINUTE, LAST: 45 * MINUTE}, {FIRST: 5 * HOUR, LAST: 3 * HOUR}]
    ),
    quiet=st.builds(
        QuietHours, start=st.times(), end=st.times(),
        zone=st.sampled_from([BERLIN, ZoneInfo("America/New_York"), ZoneInfo("Asia/Kathmandu")]),
    ),
)  # fmt: skip


@given(_meetings, st.timedeltas(timedelta(0), timedelta(days=3)))
def test_whatever_the_hours_reminders_come_in_order_apart_before_the_meeting_and_not_in_quiet_hours(meeting, ahead):
    now = meeting.starts_at - ahead
    meeting = replace(meeting, booked_at=min(now, meeting.booked_at))
    planned = [one for one in plan(meeting, now=now) if one.at]
    moments = [one.at for one in planned]
    assert all(now < at < meeting.starts_at for at in moments)
    assert all(later - earlier >= APART for earlier, later in pairwise(moments))
    for one in planned:
        near = one.kind == LAST and meeting.quiet.end_after(one.at) >= meeting.starts_at - NEAR
        assert near or not meeting.quiet.covers(one.at)


# --- at the moment of firing


def _judged(kind, now, *, meeting=None, planned_at=None, following=None):
    meeting = meeting or _meeting(_at(12))
    return judge(kind, meeting, planned_at=planned_at or now, following=following, now=now)


def test_on_time_it_is_sent_now_however_near_the_next_one_is():
    assert _judged(SECOND, _at(9), following=_at(9, 20)) == _at(9)


@pytest.mark.parametrize(("late", "verdict"), [(120 * MINUTE, _at(11)), (121 * MINUTE, TOO_LATE)])
def test_held_up_it_is_sent_unless_the_next_one_is_due_within_half_an_hour(late, verdict):
    assert _judged(SECOND, _at(9) + late, planned_at=_at(9), following=_at(11, 30)) == verdict


def test_the_last_one_is_sent_as_long_as_the_meeting_is_ahead():
    assert _judged(LAST, _at(11, 59), planned_at=_at(11, 30)) == _at(11, 59)
    assert _judged(LAST, _at(12), planned_at=_at(11, 30)) == TOO_LATE


def test_held_up_into_the_night_it_waits_for_the_morning():
    assert _judged(FIRST, _at(23, day=17), planned_at=_at(21, day=17), following=_at(9)) == _at(8)


def test_held_up_into_the_night_it_does_not_wait_for_the_next_reminder():
    meeting = _meeting(_at(9))
    assert (
        _judged(SECOND, _at(23, day=17), meeting=meeting, planned_at=_at(21, 55, day=17), following=_at(8)) == TOO_LATE
    )


def test_held_up_into_the_night_before_an_early_meeting_it_is_skipped_for_the_quiet_hours():
    meeting = _meeting(_at(3))
    assert _judged(SECOND, _at(23, day=17), meeting=meeting, planned_at=_at(21, 55, day=17)) == QUIET


def test_the_last_one_of_an_early_meeting_does_not_wait():
    meeting = _meeting(_at(8, 20))
    assert _judged(LAST, _at(7, 50), meeting=meeting) == _at(7, 50)


# --- until when it may leave


def test_it_may_leave_until_the_meeting_begins():
    assert sendable_until(LAST, _meeting(_at(12)), following=None, now=_at(11, 30)) == _at(12)


def test_it_may_not_leave_into_the_quiet_hours():
    assert sendable_until(FIRST, _meeting(_at(12)), following=_at(9), now=_at(21, day=17)) == _at(22, day=17)


def test_it_may_not_leave_together_with_the_next_one():
    assert sendable_until(SECOND, _meeting(_at(12)), following=_at(11, 30), now=_at(9)) == _at(11)
    assert sendable_until(SECOND, _meeting(_at(12)), following=_at(11, 30), now=_at(11)) == _at(11, 15)


def test_the_last_one_of_a_meeting_in_quiet_hours_leaves_in_them():
    assert sendable_until(LAST, _meeting(_at(22, 20)), following=None, now=_at(21, 50)) == _at(22, 20)
    assert may_come(LAST, _meeting(_at(22, 20)), _at(22, 10))
