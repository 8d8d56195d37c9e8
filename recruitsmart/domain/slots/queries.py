"""Reading bookings, and the rules they are made by; which hours are free is in `free_hours`."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, bindparam, exists, func, or_, select, text
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import City, recruiter_cities
from recruitsmart.domain.errors import NotInThisStage
from recruitsmart.domain.slots.models import (
    IS_LIVE,
    Booking,
    BookingStatus,
    Offer,
    Purpose,
    Slot,
)
from recruitsmart.domain.slots.rules import FreeHour, Policy, may_change
from recruitsmart.domain.slots.seats import is_held, offers_to


def city_of(candidate: Candidate) -> City:
    """Whose rules of booking apply.

    Raises:
        NotInThisStage: the person has not said in which city.
    """
    if candidate.city is None:
        raise NotInThisStage
    return candidate.city


def policy_of(city: City) -> Policy:
    """The city's booking rules as a value."""
    return Policy(
        notice=timedelta(minutes=city.minimum_notice_minutes),
        horizon_days=city.horizon_days,
        change_deadline=timedelta(minutes=city.change_deadline_minutes),
        approval_required=city.approval_required,
        time_zone=ZoneInfo(city.time_zone),
    )


def is_in_time(booking: Booking, *, now: datetime) -> bool:
    """Whether the person may still move or cancel the booking; without a city there is no deadline."""
    city = booking.candidate.city
    return city is None or may_change(booking.slot.starts_at, policy_of(city), now=now)


def serves(city_id: ColumnElement[int] | int) -> tuple[ColumnElement[bool], ...]:
    """As SQL over slots: the hours a city's people may be given."""
    own = recruiter_cities.c.recruiter_id == Slot.recruiter_id, recruiter_cities.c.city_id == city_id
    return exists().where(*own), or_(Slot.city_id.is_(None), Slot.city_id == city_id)


def slot_serving(session: Session, slot_id: int, city: City) -> Slot | None:
    """The slot with its recruiter, when it is one of the city's."""
    return session.scalar(_SLOT_SERVING, {"slot_id": slot_id, "city_id": city.id})


# Statements of this path are made once: building one costs more than Postgres needs to answer it.
_SLOT_SERVING = (
    select(Slot)
    .options(joinedload(Slot.recruiter, innerjoin=True))
    .where(Slot.id == bindparam("slot_id"), *serves(bindparam("city_id")))
)
_LIVE_BOOKING = (
    select(Booking)
    .options(joinedload(Booking.slot).joinedload(Slot.recruiter))
    .where(
        Booking.candidate_id == bindparam("candidate_id"),
        Booking.purpose == bindparam("purpose"),
        text(f"bookings.{IS_LIVE}"),  # as the partial indexes have it
    )
)


def no_shows(session: Session, candidate_id: int, purpose: Purpose) -> int:
    """How often the candidate did not come."""
    missed = (Booking.candidate_id == candidate_id, Booking.purpose == purpose)
    counted = select(func.count()).where(*missed, Booking.status == BookingStatus.NO_SHOW)
    return session.scalar(counted) or 0


def live_booking(session: Session, candidate_id: int, purpose: Purpose) -> Booking | None:
    """The candidate's live booking for a purpose with slot and recruiter loaded; there is at most one."""
    return session.scalar(_LIVE_BOOKING, {"candidate_id": candidate_id, "purpose": purpose})


def newest_booking(session: Session, candidate_id: int, purpose: Purpose) -> Booking | None:
    """The candidate's last booking for a purpose, live or over, with slot and recruiter loaded."""
    theirs = select(Booking).options(joinedload(Booking.slot).joinedload(Slot.recruiter))
    theirs = theirs.where(Booking.candidate_id == candidate_id, Booking.purpose == purpose)
    return session.scalar(theirs.order_by(Booking.id.desc()).limit(1))


def held_for(
    session: Session, candidate_id: int, purpose: Purpose, *, now: datetime
) -> list[tuple[FreeHour, datetime]]:
    """The hours that are held for this person now, and until when."""
    rows = session.execute(_HELD_FOR, {"candidate_id": candidate_id, "purpose": purpose, "now": now})
    return [
        (FreeHour(slot_id=slot_id, starts_at=at, recruiter_id=recruiter_id), until)
        for slot_id, at, recruiter_id, until in rows
    ]


def _held() -> Select[int, datetime, int, datetime]:
    offers, holder = offers_to(Offer.slot_id)
    return (
        offers.add_columns(Slot.starts_at, Slot.recruiter_id, Offer.expires_at)
        .join(Slot, Slot.id == Offer.slot_id)
        .where(
            *is_held(bindparam("now")), holder == bindparam("candidate_id"), Slot.purpose == bindparam("purpose"),
        )
        .order_by(Slot.starts_at)
    )  # fmt: skip


_HELD_FOR = _held()
