"""Pure rules of reminders: which of the three a meeting deserves, when, and whether one that falls due is still useful.

"Hours before" are hours of real time, also over a night in which the clocks change.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from recruitsmart.domain.directory.quiet import QuietHours


class Reminder(StrEnum):
    """The reminders of a meeting in their order; shipped as 24 h, 3 h and 30 min before, editable per city."""

    FIRST = "first"
    SECOND = "second"
    LAST = "last"


APART = timedelta(minutes=30)  # of two reminders that would come closer together only the later one comes
ON_TIME = timedelta(minutes=1)  # one that fires later than this was held up
AFTER_BOOKING = timedelta(hours=6)  # no first reminder when the hour was booked less than this before its moment
NEAR = timedelta(hours=1)  # a meeting this near to the quiet hours is reminded of in spite of them
BEFORE_QUIET = timedelta(minutes=5)  # so that a whole city's messages are out before the night

PAST = "its moment was over when the hour was booked"
BOOKED_SHORTLY = "booked shortly before"
NOT_WANTED = "the city wants none"
QUIET = "quiet hours"
CLOSE = "the next reminder comes at about the same time"
TOO_LATE = "too late"


@dataclass(frozen=True, kw_only=True)
class Meeting:
    """What the reminders of a booking depend on; `leads` says how long before the start each one is wanted.

    `booked_at` is when the hour stood: when it was booked, or approved.
    """

    starts_at: datetime
    booked_at: datetime
    leads: Mapping[Reminder, timedelta]
    quiet: QuietHours


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A reminder with its moment; or without one, and why. `promised` ones without a moment count as skipped."""

    kind: Reminder
    at: datetime | None = None
    reason: str | None = None
    promised: bool = True


def plan(meeting: Meeting, *, now: datetime) -> list[Planned]:
    """The reminders of a meeting in their order, decided from the last one back, so that they stay apart.

    A reminder whose moment is quiet moves to the nearer end of the quiet hours. Where the next reminder is too near
    to that, or the end is past, it takes the other end; where that does not do either, it is skipped.
    """
    planned: list[Planned] = []
    following = None
    for kind in reversed(Reminder):
        one = _plan_one(kind, meeting, following, now=now)
        following = one.at or following
        planned.insert(0, one)
    return planned


def _plan_one(kind: Reminder, meeting: Meeting, following: datetime | None, *, now: datetime) -> Planned:
    lead = meeting.leads.get(kind)
    if lead is None:
        return Planned(kind=kind, reason=NOT_WANTED, promised=False)
    if kind == Reminder.FIRST and meeting.starts_at - meeting.booked_at < lead + AFTER_BOOKING:
        return Planned(kind=kind, reason=BOOKED_SHORTLY, promised=False)
    wanted = meeting.starts_at - lead
    if wanted <= now:
        return Planned(kind=kind, reason=PAST, promised=False)
    if may_come(kind, meeting, wanted):
        fits = following is None or wanted + APART <= following
        return Planned(kind=kind, at=wanted) if fits else Planned(kind=kind, reason=CLOSE)
    moved = _moved(wanted, meeting, following, now=now)
    return Planned(kind=kind, at=moved, reason=QUIET if moved is None else None)


def may_come(kind: Reminder, meeting: Meeting, at: datetime) -> bool:
    """Whether a reminder may arrive at this moment: not in quiet hours, except the last one of a meeting near them."""
    if not meeting.quiet.covers(at):
        return True
    return kind == Reminder.LAST and meeting.quiet.end_after(at) >= meeting.starts_at - NEAR


def _moved(wanted: datetime, meeting: Meeting, following: datetime | None, *, now: datetime) -> datetime | None:
    quiet, until = meeting.quiet, meeting.starts_at if following is None else following - APART
    ends = (quiet.end_after(wanted), quiet.start_before(wanted) - BEFORE_QUIET)
    fitting = [at for at in ends if now < at <= until and at < meeting.starts_at and not quiet.covers(at)]
    return min(fitting, key=lambda at: abs(at - wanted), default=None)


def judge(
    kind: Reminder, meeting: Meeting, *, planned_at: datetime, following: datetime | None, now: datetime
) -> datetime | str:
    """At the moment of firing: when to send, which is now or after the quiet hours; or the reason not to.

    `following` is the moment of the next reminder. One that was held up is still sent when the meeting is ahead and
    the next reminder is not due within half an hour.
    """
    at = now if may_come(kind, meeting, now) else meeting.quiet.end_after(now)
    if now >= meeting.starts_at:
        return TOO_LATE
    if at >= meeting.starts_at:
        return QUIET
    held_up = at - planned_at > ON_TIME
    if held_up and following is not None and following - at < APART:
        return TOO_LATE
    return at


def sendable_until(kind: Reminder, meeting: Meeting, *, following: datetime | None, now: datetime) -> datetime:
    """Until when a reminder sent now may still leave: not into quiet hours, the next reminder or the meeting."""
    ends = [meeting.starts_at]
    if following is not None:
        ends.append(max(following - APART, now + APART / 2))
    night = meeting.quiet.next_start(now)
    if night is not None and not may_come(kind, meeting, night):
        ends.append(night)
    return min(ends)
