"""What is in the way of an hour, named before anything is saved. Saving is guarded by operations and constraints."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.slots.caps import booked_that_day
from recruitsmart.domain.slots.models import Purpose, Slot, SlotStatus

LONGEST_BUSY = timedelta(days=1)  # an hour of at most half a day, and a buffer of at most half a day
MOST_NAMED = 5


class Conflict(StrEnum):
    """What can be in the way. The last two are said and forbid nothing."""

    PAST = "past"
    OVERLAP = "overlap"
    BUFFER = "buffer"
    OTHER_PURPOSE = "other_purpose"
    DAILY_CAP = "daily_cap"


@dataclass(frozen=True, kw_only=True)
class Hour:
    """A stretch of a recruiter's time; `busy_until` is the end with the buffer after it."""

    purpose: Purpose
    starts_at: datetime
    ends_at: datetime
    busy_until: datetime


@dataclass(frozen=True, kw_only=True)
class InTheWay:
    """One thing in the way: the other hour it is, or the cap that is reached."""

    kind: Conflict
    other: Hour | None = None
    cap: int | None = None

    @property
    def forbids(self) -> bool:
        """Whether the hour cannot be saved like this."""
        return self.kind in (Conflict.PAST, Conflict.OVERLAP, Conflict.BUFFER)


def hour_of(recruiter: Recruiter, purpose: Purpose, starts_at: datetime, lasts: timedelta) -> Hour:
    """The time an hour would take of a recruiter, with today's buffer."""
    ends_at = starts_at + lasts
    buffer = timedelta(minutes=recruiter.buffer_minutes)
    return Hour(purpose=purpose, starts_at=starts_at, ends_at=ends_at, busy_until=ends_at + buffer)


def between(wanted: Hour, other: Hour) -> Conflict | None:
    """What one open hour of a recruiter is to another of the same recruiter.

    Hours of one purpose keep each other's buffer free, as the constraint on slots has it; of two purposes only hours
    that really overlap are worth a word.
    """
    meet = wanted.starts_at < other.ends_at and other.starts_at < wanted.ends_at
    if wanted.purpose != other.purpose:
        return Conflict.OTHER_PURPOSE if meet else None
    if meet:
        return Conflict.OVERLAP
    is_near = wanted.starts_at < other.busy_until and other.starts_at < wanted.busy_until
    return Conflict.BUFFER if is_near else None


def in_the_way(
    session: Session, recruiter: Recruiter, wanted: Hour, *, but: int | None = None, now: datetime
) -> list[InTheWay]:
    """What is in the way of a recruiter's hour, what forbids it first; the slot `but` does not count. Two queries."""
    found = [InTheWay(kind=Conflict.PAST)] if wanted.starts_at <= now else []
    for other in _neighbours(session, recruiter.id, wanted, but=but):
        kind = between(wanted, other)
        if kind is not None:
            found.append(InTheWay(kind=kind, other=other))
    cap = recruiter.daily_cap
    if (
        cap is not None
        and wanted.purpose == Purpose.INTERVIEW
        and booked_that_day(session, recruiter, wanted.starts_at) >= cap
    ):
        found.append(InTheWay(kind=Conflict.DAILY_CAP, cap=cap))
    return sorted(found, key=lambda one: not one.forbids)[:MOST_NAMED]


def _neighbours(session: Session, recruiter_id: int, wanted: Hour, *, but: int | None) -> Sequence[Hour]:
    near = (
        select(Slot.purpose, Slot.starts_at, Slot.ends_at, Slot.busy_until)
        .where(
            Slot.recruiter_id == recruiter_id,
            Slot.status == SlotStatus.OPEN,
            Slot.starts_at > wanted.starts_at - LONGEST_BUSY,
            Slot.starts_at < wanted.busy_until,
            Slot.busy_until > wanted.starts_at,
            Slot.id != (but or 0),
        )
        .order_by(Slot.starts_at)
    )
    return [Hour(**row._mapping) for row in session.execute(near)]
