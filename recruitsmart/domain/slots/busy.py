"""Which seats are busy, as SQL over many slots: booked, held for somebody, or with somebody on them already."""

from datetime import datetime

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Interval,
    Subquery,
    func,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.orm import aliased

from recruitsmart.domain.slots.models import CAME, IS_LIVE, Booking, Offer, Slot
from recruitsmart.domain.slots.rules import ARRIVING
from recruitsmart.domain.slots.seats import is_held, offers_to

Moment = datetime | BindParameter[datetime]
IS_LIVE_SQL: ColumnElement[bool] = literal_column(f"bookings.{IS_LIVE}")  # as the partial indexes have it
NOBODY = 0

_begins = aliased(Slot)


def seats_by_slot(now: Moment, *, held_for: int | BindParameter[int] = NOBODY) -> Subquery:
    """How many `seats` of each `slot_id` are busy for whoever is not `held_for`; counted once, to be joined."""
    seat = _busy_seats(now, held_for).subquery()
    return select(seat.c.slot_id, func.count().label("seats")).group_by(seat.c.slot_id).subquery()


def seats_of_slot(now: Moment, *, held_for: int | BindParameter[int] = NOBODY) -> ColumnElement[int]:
    """The same of the slot of the query around it, for a few slots."""
    seat = _busy_seats(now, held_for).subquery()
    return select(func.count()).select_from(seat).where(seat.c.slot_id == Slot.id).correlate(Slot).scalar_subquery()


def _busy_seats(now: Moment, held_for: int | BindParameter[int]) -> CompoundSelect[int]:
    """The slot of each busy seat. Of a group that has not begun those who were ticked in are no longer live."""
    offers, holder = offers_to(Offer.slot_id)
    held = offers.where(*is_held(now), holder != held_for)
    moment = literal(now, Slot.starts_at.type) if isinstance(now, datetime) else now
    soon = (_begins.starts_at > now, _begins.starts_at <= moment + literal(ARRIVING, Interval))
    arrived = (
        select(Booking.slot_id).join(_begins, _begins.id == Booking.slot_id).where(Booking.status.in_(CAME), *soon)
    )
    return union_all(select(Booking.slot_id).where(IS_LIVE_SQL), held, arrived)
