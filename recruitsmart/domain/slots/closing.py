"""Closing hours that have bookings: a plan is proposed, shown, carried out in one step. Nobody is dropped silently."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.errors import BadInput, Changed
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.slots import waiting
from recruitsmart.domain.slots.busy import seats_of_slot
from recruitsmart.domain.slots.caps import more_wanted
from recruitsmart.domain.slots.drafting import refuse_far
from recruitsmart.domain.slots.ending import cancel_by_staff
from recruitsmart.domain.slots.free_hours import free_around
from recruitsmart.domain.slots.models import LIVE, Booking, Purpose, Slot, SlotStatus
from recruitsmart.domain.slots.operations import reassign
from recruitsmart.domain.slots.rules import FreeHour, midnight, nearest
from recruitsmart.domain.slots.seats import lock_slots

MOST_DAYS = timedelta(days=14)
MOST_HOURS = 450
MOST_NEAR = 40


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What could become of one booking: another free hour, or (None) a cancellation with new hours offered.

    `near` are the free hours closest to the booked one, closest first; some may be proposed to others.
    """

    booking: Booking
    hour: FreeHour | None
    near: Sequence[FreeHour]


def hours_of_days(session: Session, recruiter: Recruiter, first_on: date, last_on: date, *, now: datetime) -> list[int]:
    """The ids of a recruiter's open hours on these days of their own zone, the last one included, that have not begun.

    Raises:
        BadInput: the days are in the wrong order, more than 14, far away, or have more hours than a page
            can show.
    """
    if last_on < first_on:
        raise BadInput("The last day is before the first.")
    if last_on - first_on >= MOST_DAYS:
        raise BadInput("Close at most 14 days at a time.")
    refuse_far(first_on, last_on)
    zone = ZoneInfo(recruiter.time_zone)
    opened = select(Slot.id).where(
        Slot.recruiter_id == recruiter.id,
        Slot.status == SlotStatus.OPEN,
        Slot.starts_at >= max(now, midnight(first_on, zone)),
        Slot.starts_at < midnight(last_on + timedelta(days=1), zone),
    )
    found = list(session.scalars(opened.order_by(Slot.starts_at).limit(MOST_HOURS + 1)))
    if len(found) > MOST_HOURS:
        raise BadInput("These are too many hours for one plan; choose fewer days.")
    return found


def propose(session: Session, slot_ids: Sequence[int], *, now: datetime) -> list[Proposal]:
    """For each live booking of these hours the nearest free hour of its city elsewhere, each seat proposed once, and
    to no recruiter more on a day than they want.
    """
    bookings = _live_bookings(session, slot_ids)
    most = max(MOST_NEAR, len(bookings))  # of so many hours not all can be proposed to others already
    kinds: dict[tuple[int | None, Purpose], list[Booking]] = defaultdict(list)
    for booking in bookings:
        kinds[_kind(booking)].append(booking)
    free = {kind: _elsewhere(session, theirs, slot_ids, most=most, now=now) for kind, theirs in kinds.items()}
    found = [hour for hours in free.values() for hour in hours]
    left = Counter(_free_seats(session, {hour.slot_id for hour in found}, now=now))
    days = _Days(session, {hour.recruiter_id for hour in found}, now=now)
    proposals = []
    for booking in bookings:
        closest = nearest(free[_kind(booking)], booking.slot.starts_at, most=most)
        hour = next((one for one in closest if left[one.slot_id] > 0 and days.have_room(one, booking.purpose)), None)
        if hour is not None:
            left[hour.slot_id] -= 1
            days.take(hour, booking.purpose)
        proposals.append(Proposal(booking=booking, hour=hour, near=closest[:MOST_NEAR]))
    return proposals


class _Days:
    """How many interviews more each recruiter wants on each day; asked once of a day, then counted down. A group is
    bounded by its seats alone.
    """

    def __init__(self, session: Session, recruiter_ids: set[int], *, now: datetime) -> None:
        self._session, self._now = session, now
        chosen = session.scalars(select(Recruiter).where(Recruiter.id.in_(recruiter_ids)))
        self._recruiters = {recruiter.id: recruiter for recruiter in chosen}
        self._more: dict[tuple[int, date], float] = {}

    def have_room(self, hour: FreeHour, purpose: Purpose) -> bool:
        if purpose == Purpose.INTRO_DAY:
            return True
        day, recruiter = self._day(hour), self._recruiters[hour.recruiter_id]
        if day not in self._more:
            self._more[day] = more_wanted(self._session, recruiter, hour.starts_at, now=self._now)
        return self._more[day] > 0

    def take(self, hour: FreeHour, purpose: Purpose) -> None:
        if purpose != Purpose.INTRO_DAY:
            self._more[self._day(hour)] -= 1

    def _day(self, hour: FreeHour) -> tuple[int, date]:
        zone = ZoneInfo(self._recruiters[hour.recruiter_id].time_zone)
        return hour.recruiter_id, hour.starts_at.astimezone(zone).date()


def _kind(booking: Booking) -> tuple[int | None, Purpose]:
    return booking.candidate.city_id, booking.purpose


def _elsewhere(
    session: Session, bookings: Sequence[Booking], slot_ids: Sequence[int], *, most: int, now: datetime
) -> list[FreeHour]:
    """The free hours around those of these bookings, which are of one city and purpose."""
    city, purpose, moments = bookings[0].candidate.city, bookings[0].purpose, [one.slot.starts_at for one in bookings]
    if city is None:
        return []
    most += len(slot_ids)  # they may be free too
    hours = free_around(session, city, min(moments), max(moments), purpose=purpose, most=most, now=now)
    closes = {*slot_ids}
    return [hour for hour in hours if hour.slot_id not in closes]


def _free_seats(session: Session, slot_ids: Iterable[int], *, now: datetime) -> dict[int, int]:
    seats = select(Slot.id, (Slot.capacity - seats_of_slot(now)).label("free")).where(Slot.id.in_([*slot_ids]))
    return {row.id: row.free for row in session.execute(seats)}


def _live_bookings(session: Session, slot_ids: Iterable[int]) -> Sequence[Booking]:
    live = (
        select(Booking)
        .options(joinedload(Booking.slot), joinedload(Booking.candidate).joinedload(Candidate.city))
        .where(Booking.slot_id.in_(list(slot_ids)), Booking.status.in_(LIVE))
        .order_by(Booking.slot_id, Booking.seat)
    )
    return session.scalars(live.execution_options(populate_existing=True)).all()


def close(
    session: Session,
    slot_ids: Sequence[int],
    plan: Mapping[int, int | None],
    *,
    reason: str,
    actor: Actor,
    now: datetime,
) -> None:
    """Close hours and carry out the plan: booking id → the slot it gets, or None for a cancellation. All or nothing.

    Everybody concerned is told. Locks all hours of both sides in the order of their ids before it looks.

    Raises:
        Changed: the live bookings are no longer those of the plan.
        SlotTaken, SlotClosed: an hour of the plan is no longer free.
    """
    targets = {slot_id for slot_id in plan.values() if slot_id is not None}
    slots = lock_slots(session, {*slot_ids, *targets})
    if {booking.id for booking in _live_bookings(session, slot_ids)} != set(plan):
        raise Changed("The bookings of these hours have changed; look at the new plan.")
    for slot in (slots[slot_id] for slot_id in sorted({*slot_ids} & slots.keys())):
        if slot.status == SlotStatus.OPEN:
            slot.status = SlotStatus.CLOSED
            record(session, "slot.closed", actor=actor, now=now, subject_id=slot.id, reason=reason)
            waiting.take_back(session, slot, now=now)
    session.flush()
    for booking_id, slot_id in sorted(plan.items()):
        if slot_id is None:
            cancel_by_staff(session, booking_id, reason=reason, actor=actor, now=now)
        else:
            reassign(session, booking_id, slot_id, actor=actor, now=now)
