"""Reading free hours and bookings."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import City, Recruiter, recruiter_cities
from recruitsmart.domain.slots.models import LIVE, Booking, BookingStatus, Purpose, Slot, SlotStatus
from recruitsmart.domain.slots.rules import FreeHour, Policy, bookable_between


def policy_of(city: City) -> Policy:
    """The city's booking rules as a value."""
    return Policy(
        notice=timedelta(minutes=city.minimum_notice_minutes),
        horizon_days=city.horizon_days,
        change_deadline=timedelta(minutes=city.change_deadline_minutes),
        approval_required=city.approval_required,
        time_zone=ZoneInfo(city.time_zone),
    )


def free_hours(
    session: Session, city: City, *, purpose: Purpose = Purpose.INTERVIEW, now: datetime, limit: int = 1000
) -> list[FreeHour]:
    """Hours of the city's recruiters that a candidate may reserve now, earliest first.

    Of hours with one start the one of the recruiter with the greater weight comes first.
    """
    earliest, end = bookable_between(policy_of(city), now=now)
    rows = session.execute(
        _free_in(city)
        .where(Slot.purpose == purpose, Slot.starts_at >= earliest, Slot.starts_at < end)
        .order_by(Slot.starts_at, Recruiter.weight.desc(), Slot.id)
        .limit(limit)
    )
    return [FreeHour(slot_id=row.id, starts_at=row.starts_at, recruiter_id=row.recruiter_id) for row in rows]


def nearest_free(
    session: Session, city: City, around: datetime, *, purpose: Purpose, now: datetime, most: int = 3
) -> list[FreeHour]:
    """The free hours closest to a moment, given in the order of time; one per start."""
    hours = {hour.starts_at: hour for hour in reversed(free_hours(session, city, purpose=purpose, now=now))}
    closest = sorted(hours.values(), key=lambda hour: (abs(hour.starts_at - around), hour.starts_at))[:most]
    return sorted(closest, key=lambda hour: hour.starts_at)


def _free_in(city: City) -> Select[int, datetime, int]:
    live_seats = (
        select(func.count())
        .where(Booking.slot_id == Slot.id, Booking.status.in_(LIVE))
        .correlate(Slot)
        .scalar_subquery()
    )
    serves_city = exists().where(
        recruiter_cities.c.recruiter_id == Slot.recruiter_id, recruiter_cities.c.city_id == city.id
    )
    return (
        select(Slot.id, Slot.starts_at, Slot.recruiter_id)
        .join(Recruiter, Recruiter.id == Slot.recruiter_id)
        .where(
            Slot.status == SlotStatus.OPEN,
            Recruiter.active,
            serves_city,
            or_(Slot.city_id.is_(None), Slot.city_id == city.id),
            live_seats < Slot.capacity,
        )
    )


def live_booking(session: Session, candidate_id: int, purpose: Purpose) -> Booking | None:
    """The candidate's live booking for a purpose with slot and recruiter loaded; there is at most one."""
    return session.scalar(
        select(Booking)
        .options(joinedload(Booking.slot).joinedload(Slot.recruiter))
        .where(Booking.candidate_id == candidate_id, Booking.purpose == purpose, Booking.status.in_(LIVE))
    )


def pending_bookings(session: Session, *, limit: int = 200) -> Sequence[Booking]:
    """Requests that wait for a recruiter's answer, the oldest first, with everything a list shows."""
    return session.scalars(
        select(Booking)
        .options(
            joinedload(Booking.slot).joinedload(Slot.recruiter),
            joinedload(Booking.candidate).joinedload(Candidate.city),
        )
        .where(Booking.status == BookingStatus.PENDING)
        .order_by(Booking.id)
        .limit(limit)
    ).all()
