"""Which free hours fit who waits: by the wish, or by the part of the day they have ruled out."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.models import City
from recruitsmart.domain.slots.models import Purpose, Slot, Waiting, WaitingStatus
from recruitsmart.domain.slots.rules import FreeHour
from recruitsmart.domain.slots.wishes import is_within, read_refusal


def fits(hour: FreeHour, entry: Waiting, has: datetime | None, city: City, *, now: datetime) -> bool:
    """Whether an hour lies where the wish is, else outside what its words rule out.

    When a wish is over, who has no hour takes any; who `has` one keeps it.
    """
    if entry.wanted_until is None:
        part = read_refusal(entry.note or "")
        return part is None or not is_within(hour.starts_at, part, ZoneInfo(city.time_zone))
    if entry.wanted_until <= now:
        return has is None
    return (entry.wanted_from is None or hour.starts_at >= entry.wanted_from) and hour.starts_at < entry.wanted_until


def is_welcome(session: Session, city: City, purpose: Purpose, free: Sequence[FreeHour]) -> ColumnElement[bool]:
    """As SQL over the queue and slots: the person has not ruled out this one of the free hours. One query, where an
    hour is free.
    """
    if not free:
        return true()
    noted = select(Waiting.id, Waiting.note).where(
        Waiting.city_id == city.id,
        Waiting.purpose == purpose,
        Waiting.status == WaitingStatus.WAITING,
        Waiting.wanted_until.is_(None),
        Waiting.note.is_not(None),
    )
    refusing: dict[tuple[time, time], list[int]] = defaultdict(list)
    for entry_id, note in session.execute(noted):
        if (part := read_refusal(note or "")) is not None:
            refusing[part].append(entry_id)
    zone = ZoneInfo(city.time_zone)
    within = {part: [hour.slot_id for hour in free if is_within(hour.starts_at, part, zone)] for part in refusing}
    return and_(True, *(~(Waiting.id.in_(ids) & Slot.id.in_(within[part])) for part, ids in refusing.items()))
