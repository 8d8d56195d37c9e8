"""Free seats of the days ahead."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.slots.busy import seats_by_slot
from recruitsmart.domain.slots.listing import visible
from recruitsmart.domain.slots.models import Purpose, Slot, SlotStatus
from recruitsmart.domain.slots.rules import midnight


@dataclass(frozen=True, kw_only=True)
class DayAhead:
    """A local day with its free seats by purpose; a purpose without one is missing."""

    day: date
    seats: dict[Purpose, int] = field(default_factory=dict)


def free_seats(session: Session, scope: Scope, zone: ZoneInfo, *, days: int, now: datetime) -> Sequence[DayAhead]:
    """The free seats of the next local days of a zone, today first, also of days that have none; one query.

    Free are the seats of open hours still ahead, of active recruiters, that no live booking and no open offer holds.
    """
    today = now.astimezone(zone).date()
    local_day = func.date(func.timezone(zone.key, Slot.starts_at))
    busy = seats_by_slot(now)
    free = func.sum(func.greatest(Slot.capacity - func.coalesce(busy.c.seats, 0), 0))
    counted = (
        select(local_day, Slot.purpose, free)
        .join(Slot.recruiter)
        .outerjoin(busy, busy.c.slot_id == Slot.id)
        .where(
            Slot.status == SlotStatus.OPEN,
            Slot.starts_at > now,
            Slot.starts_at < midnight(today + timedelta(days=days), zone),
            Recruiter.active,
            *visible(scope),
        )
        .group_by(local_day, Slot.purpose)
    )
    ahead = {today + timedelta(days=number): DayAhead(day=today + timedelta(days=number)) for number in range(days)}
    for day, purpose, seats in session.execute(counted):
        if seats:
            ahead[day].seats[purpose] = int(seats)
    return list(ahead.values())
