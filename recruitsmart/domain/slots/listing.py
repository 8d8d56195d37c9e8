"""Reading slots and bookings for the panel, within what an account may see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.models import recruiter_cities
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.slots.models import LIVE, Booking, BookingStatus, Purpose, Slot

STILL_SHOWN = timedelta(hours=1)  # an hour that began a little while ago is still of interest


@dataclass(frozen=True, kw_only=True)
class ListedSlot:
    """A slot with the seats that live bookings hold."""

    slot: Slot
    taken: int


def pending_in(session: Session, scope: Scope, *, limit: int, offset: int = 0) -> Sequence[Booking]:
    """Requests that wait for an answer within a scope, the oldest first, with everything a list shows."""
    pending = with_everything().where(Booking.status == BookingStatus.PENDING).order_by(Booking.id)
    return session.scalars(of_cities(pending, scope).limit(limit).offset(offset)).all()


def live_of(session: Session, candidate_id: int) -> Sequence[Booking]:
    """A candidate's live bookings, one per purpose at most, with everything a card shows."""
    live = with_everything().where(Booking.candidate_id == candidate_id, Booking.status.in_(LIVE))
    return session.scalars(live.order_by(Booking.id)).all()


def booking_in(session: Session, booking_id: int, scope: Scope) -> Booking:
    """A booking within a scope.

    Raises:
        NotFound: it does not exist, or is out of the scope.
    """
    booking = session.scalar(of_cities(with_everything().where(Booking.id == booking_id), scope))
    if booking is None:
        raise NotFound
    return booking


def meetings_between(
    session: Session, recruiter_id: int, start: datetime, end: datetime, *, purpose: Purpose
) -> Sequence[Booking]:
    """Whom a recruiter meets (or met) in a half-open range of time, in order; cancelled and moved ones are left out."""
    gone = (BookingStatus.CANCELLED, BookingStatus.MOVED)
    meetings = with_everything().join(Slot, Slot.id == Booking.slot_id).where(
        Slot.recruiter_id == recruiter_id, Slot.starts_at >= start, Slot.starts_at < end, Booking.status.not_in(gone),
        Booking.purpose == purpose,
    )  # fmt: skip
    return session.scalars(meetings.order_by(Slot.starts_at, Booking.id)).all()


def upcoming(
    session: Session, scope: Scope, *, recruiter_id: int | None = None, limit: int, offset: int = 0, now: datetime
) -> list[ListedSlot]:
    """Slots from an hour ago on, earliest first."""
    taken = (
        select(func.count())
        .where(Booking.slot_id == Slot.id, Booking.status.in_(LIVE))
        .correlate(Slot)
        .scalar_subquery()
    )
    listed = (
        select(Slot, taken)
        .options(joinedload(Slot.recruiter), joinedload(Slot.city))
        .where(Slot.starts_at >= now - STILL_SHOWN, *visible(scope))
        .order_by(Slot.starts_at, Slot.id)
        .limit(limit)
        .offset(offset)
    )
    if recruiter_id is not None:
        listed = listed.where(Slot.recruiter_id == recruiter_id)
    return [ListedSlot(slot=slot, taken=seats) for slot, seats in session.execute(listed)]


def visible(scope: Scope) -> list[ColumnElement[bool]]:
    """A slot of no city belongs to all cities of its recruiter."""
    if scope.city_ids is None:
        return []
    colleagues = select(recruiter_cities.c.recruiter_id).where(recruiter_cities.c.city_id.in_(scope.city_ids))
    anywhere = Slot.city_id.is_(None) & Slot.recruiter_id.in_(colleagues)
    return [or_(Slot.city_id.in_(scope.city_ids), anywhere)]


def with_everything() -> Select[Booking]:
    """Bookings with all that a list or a card shows."""
    return select(Booking).options(
        joinedload(Booking.slot).joinedload(Slot.recruiter),
        joinedload(Booking.candidate).joinedload(Candidate.city),
    )


def of_cities(bookings: Select[Booking], scope: Scope) -> Select[Booking]:
    """Those of them whose people a scope includes."""
    if scope.city_ids is None:
        return bookings
    return bookings.join(Booking.candidate).where(Candidate.city_id.in_(scope.city_ids))
