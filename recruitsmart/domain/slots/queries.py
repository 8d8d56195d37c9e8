"""Reading free hours and bookings."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import City, Recruiter, recruiter_cities
from recruitsmart.domain.slots.choosing import Option
from recruitsmart.domain.slots.models import (
    LIVE,
    Booking,
    BookingStatus,
    Offer,
    OfferStatus,
    Purpose,
    Slot,
    SlotStatus,
    Waiting,
)
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
    session: Session,
    city: City,
    *,
    purpose: Purpose = Purpose.INTERVIEW,
    recruiter_id: int | None = None,
    now: datetime,
    limit: int = 1000,
) -> list[FreeHour]:
    """Hours of the city's recruiters (or of one of them) that a candidate may reserve now, earliest first.

    Seats held for waiting people are not free. Of hours with one start the greater weight comes first.
    """
    earliest, end = bookable_between(policy_of(city), now=now)
    free = _free_in(city, now=now).where(Slot.purpose == purpose, Slot.starts_at >= earliest, Slot.starts_at < end)
    if recruiter_id is not None:
        free = free.where(Slot.recruiter_id == recruiter_id)
    rows = session.execute(free.order_by(Slot.starts_at, Recruiter.weight.desc(), Slot.id).limit(limit))
    return [FreeHour(slot_id=row.id, starts_at=row.starts_at, recruiter_id=row.recruiter_id) for row in rows]


def nearest_free(
    session: Session, city: City, around: datetime, *, purpose: Purpose, now: datetime, most: int = 3
) -> list[FreeHour]:
    """The free hours closest to a moment, given in the order of time; one per start."""
    hours = {hour.starts_at: hour for hour in reversed(free_hours(session, city, purpose=purpose, now=now))}
    closest = sorted(hours.values(), key=lambda hour: (abs(hour.starts_at - around), hour.starts_at))[:most]
    return sorted(closest, key=lambda hour: hour.starts_at)


def _free_in(city: City, *, now: datetime, held_for: int | None = None) -> Select[int, datetime, int]:
    """Open slots that serve a city and have a seat that is neither booked nor held for somebody else."""
    live_seats = _count_of(Booking).where(Booking.slot_id == Slot.id, Booking.status.in_(LIVE))
    held_seats = _count_of(Offer).where(
        Offer.slot_id == Slot.id, Offer.status == OfferStatus.OPEN, Offer.expires_at > now
    )
    if held_for is not None:
        held_seats = held_seats.join(Waiting, Waiting.id == Offer.waiting_id).where(Waiting.candidate_id != held_for)
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
            live_seats.scalar_subquery() + held_seats.scalar_subquery() < Slot.capacity,
        )
    )


def _count_of(kind: type[Booking] | type[Offer]) -> Select[int]:
    return select(func.count()).select_from(kind).correlate(Slot)


def same_hour(session: Session, city: City, slot: Slot, *, candidate_id: int, now: datetime) -> list[Option]:
    """The free slots of the city at the very time and of the purpose of `slot`, with what decides between them.

    A seat held for this candidate is free for them.
    """
    last_booked_at = (
        select(func.max(Booking.created_at))
        .select_from(Booking)
        .join(_other, _other.id == Booking.slot_id)
        .where(_other.recruiter_id == Slot.recruiter_id, _other.starts_at > now - RECENT)
        .correlate(Slot)
        .scalar_subquery()
    )
    free = (
        _free_in(city, now=now, held_for=candidate_id)
        .add_columns(Recruiter.weight, last_booked_at)
        .where(Slot.purpose == slot.purpose, Slot.starts_at == slot.starts_at)
    )
    return [
        Option(slot_id=slot_id, recruiter_id=recruiter_id, weight=weight, last_booked_at=booked_at)
        for slot_id, _, recruiter_id, weight, booked_at in session.execute(free)
    ]


RECENT = timedelta(days=30)
_other = aliased(Slot)


def cap_is_reached(session: Session, recruiter: Recruiter, at: datetime, *, but: int | None = None) -> bool:
    """Whether the recruiter has as many live bookings on that local day as they want to; `but` does not count.

    Takes an advisory lock on recruiter and day when there is a cap, so that two bookings cannot both be the last.
    """
    if recruiter.daily_cap is None:
        return False
    zone = ZoneInfo(recruiter.time_zone)
    day = at.astimezone(zone).date()
    session.execute(select(func.pg_advisory_xact_lock(recruiter.id % 2**31, day.toordinal())))
    midnight = datetime.combine(day, datetime.min.time(), zone)
    booked = (
        select(func.count())
        .select_from(Booking)
        .join(Slot)
        .where(
            Slot.recruiter_id == recruiter.id,
            Slot.starts_at >= midnight,
            Slot.starts_at < datetime.combine(day + timedelta(days=1), datetime.min.time(), zone),
            Booking.status.in_(LIVE),
            Booking.id != (but or 0),
        )
    )
    return (session.scalar(booked) or 0) >= recruiter.daily_cap


def no_shows(session: Session, candidate_id: int, purpose: Purpose) -> int:
    """How often the candidate did not come."""
    missed = (Booking.candidate_id == candidate_id, Booking.purpose == purpose)
    counted = select(func.count()).where(*missed, Booking.status == BookingStatus.NO_SHOW)
    return session.scalar(counted) or 0


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
