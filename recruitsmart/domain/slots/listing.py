"""Reading slots and bookings for the panel, within what an account may see."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.models import Recruiter, recruiter_cities
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.slots.busy import seats_of_slot
from recruitsmart.domain.slots.models import GONE, LIVE, Booking, BookingStatus, Purpose, Slot, SlotStatus

STILL_SHOWN = timedelta(hours=1)  # an hour that began a little while ago is still of interest
FARTHEST_EAST = timedelta(hours=14)  # no zone is further ahead of UTC


@dataclass(frozen=True, kw_only=True)
class ListedSlot:
    """A slot with the seats that bookings hold, or held when it began: as the calendar counts them."""

    slot: Slot
    taken: int


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """Which slots a list shows; None leaves a thing open. `first_day` is one of each recruiter's own days."""

    recruiter_id: int | None = None
    city_id: int | None = None
    first_day: date | None = None
    has_seats: bool = False

    @property
    def is_anything(self) -> bool:
        """Whether anything is left out."""
        return self != Narrowed()


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
    meetings = with_everything().join(Slot, Slot.id == Booking.slot_id).where(
        Slot.recruiter_id == recruiter_id, Slot.starts_at >= start, Slot.starts_at < end, Booking.status.not_in(GONE),
        Booking.purpose == purpose,
    )  # fmt: skip
    return session.scalars(meetings.order_by(Slot.starts_at, Booking.id)).all()


def upcoming(
    session: Session, scope: Scope, narrowed: Narrowed, *, limit: int, offset: int = 0, now: datetime
) -> list[ListedSlot]:
    """Slots from an hour ago on, earliest first."""
    taken = (
        select(func.count())
        .where(Booking.slot_id == Slot.id, Booking.status.not_in(GONE))
        .correlate(Slot)
        .scalar_subquery()
    )
    listed = (
        select(Slot, taken)
        .join(Slot.recruiter)
        .options(contains_eager(Slot.recruiter), joinedload(Slot.city))
        .where(Slot.starts_at >= now - STILL_SHOWN, *visible(scope), *_narrowing(narrowed))
        .order_by(Slot.starts_at, Slot.id)
        .limit(limit)
        .offset(offset)
    )
    if narrowed.has_seats:
        listed = listed.where(Slot.status == SlotStatus.OPEN, Slot.starts_at > now, seats_of_slot(now) < Slot.capacity)
    return [ListedSlot(slot=slot, taken=seats) for slot, seats in session.execute(listed)]


def _narrowing(narrowed: Narrowed) -> Iterator[ColumnElement[bool]]:
    if narrowed.recruiter_id is not None:
        yield Slot.recruiter_id == narrowed.recruiter_id
    if narrowed.city_id is not None:
        yield from visible(Scope(city_ids=frozenset({narrowed.city_id})))
    if narrowed.first_day is not None:
        begins = datetime.combine(narrowed.first_day, time(0))
        yield func.timezone(Recruiter.time_zone, Slot.starts_at) >= begins
        yield Slot.starts_at >= begins.replace(tzinfo=UTC) - FARTHEST_EAST  # follows from it, and an index can tell


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
