"""Pure rules of time: notice, horizon, deadlines, and how free hours are laid out in days."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.slots.models import RESULTS, BookingStatus, Purpose

# Where somebody stands who may choose an hour, and who has one.
CHOOSES_AT = {Purpose.INTERVIEW: Stage.TO_SCHEDULE, Purpose.INTRO_DAY: Stage.TO_INTRO_DAY}
BOOKED_AT = {Purpose.INTERVIEW: Stage.INTERVIEW, Purpose.INTRO_DAY: Stage.INTRO_DAY}
SHORTEST_HOUR, LONGEST_HOUR = timedelta(minutes=5), timedelta(hours=12)
MOST_SEATS = 500
ARRIVING = timedelta(hours=1)  # before a group begins its people come in one by one


@dataclass(frozen=True, kw_only=True)
class Policy:
    """A city's rules of booking."""

    notice: timedelta
    horizon_days: int
    change_deadline: timedelta
    approval_required: bool
    time_zone: ZoneInfo


@dataclass(frozen=True, kw_only=True, slots=True)
class FreeHour:
    """One hour that can be reserved now."""

    slot_id: int
    starts_at: datetime
    recruiter_id: int


def refuse_size(duration: timedelta, capacity: int) -> None:
    """An hour that lasts too long or too short, or has no seats or too many.

    Raises:
        BadInput: which says what is wrong.
    """
    if not SHORTEST_HOUR <= duration <= LONGEST_HOUR:
        raise BadInput("An hour lasts from 5 minutes to 12 hours.")
    if not 1 <= capacity <= MOST_SEATS:
        raise BadInput("There can be from 1 to 500 seats.")


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """The beginning of a local day."""
    return datetime.combine(day, time(0), zone)


def bounds_of(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The half-open range of a local day; it has 23 or 25 hours when the clocks change."""
    return midnight(day, zone), midnight(day + timedelta(days=1), zone)


def bookable_between(policy: Policy, *, now: datetime) -> tuple[datetime, datetime]:
    """The half-open range of starts a candidate may book: from now plus notice to the end of the last local day.

    A horizon of 14 days ends with the 14th local day after today, so a day is never offered in part.
    """
    last_day = now.astimezone(policy.time_zone).date() + timedelta(days=policy.horizon_days)
    _, end = bounds_of(last_day, policy.time_zone)
    return now + policy.notice, end.astimezone(now.tzinfo)


def is_bookable(starts_at: datetime, policy: Policy, *, now: datetime) -> bool:
    """Whether a candidate may still book this start; exactly at the notice is in time."""
    earliest, end = bookable_between(policy, now=now)
    return earliest <= starts_at < end


def may_change(starts_at: datetime, policy: Policy, *, now: datetime) -> bool:
    """Whether a candidate may still move or cancel; exactly at the deadline is in time."""
    return now <= starts_at - policy.change_deadline


def is_soon(starts_at: datetime, ends_at: datetime, *, now: datetime) -> bool:
    """Whether the hour is near enough to run late for it: from two hours before the start to the end."""
    return starts_at - timedelta(hours=2) <= now < ends_at


def notable(purpose: Purpose, starts_at: datetime, *, now: datetime) -> tuple[BookingStatus, ...]:
    """The outcomes that can be noted now: all of them from the start on, who is there already before a group begins."""
    if now >= starts_at:
        return RESULTS
    arrives = purpose == Purpose.INTRO_DAY and now >= starts_at - ARRIVING
    return (BookingStatus.ATTENDED,) if arrives else ()


def nearest(hours: Sequence[FreeHour], around: datetime, *, most: int) -> list[FreeHour]:
    """Of hours in the order of time those closest to a moment, the closest first; of two as close the earlier."""
    middle = bisect_left(hours, around, key=lambda hour: hour.starts_at)
    near = hours[max(0, middle - most) : middle + most]
    return sorted(near, key=lambda hour: (abs(hour.starts_at - around), hour.starts_at))[:most]


def by_day(hours: Iterable[FreeHour], zone: ZoneInfo) -> dict[date, list[FreeHour]]:
    """Free hours by local day, both in order; of hours with one start the first is kept."""
    days: dict[date, list[FreeHour]] = {}
    offered: set[datetime] = set()
    for hour in hours:
        if hour.starts_at not in offered:
            offered.add(hour.starts_at)
            days.setdefault(hour.starts_at.astimezone(zone).date(), []).append(hour)
    return days
