"""Reading free hours and bookings."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Row,
    ScalarSelect,
    Select,
    bindparam,
    exists,
    func,
    literal_column,
    or_,
    select,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import City, Recruiter, recruiter_cities
from recruitsmart.domain.errors import NotInThisStage
from recruitsmart.domain.slots.choosing import Option
from recruitsmart.domain.slots.models import (
    IS_LIVE,
    Booking,
    BookingStatus,
    Offer,
    OfferStatus,
    Purpose,
    Slot,
)
from recruitsmart.domain.slots.rules import FreeHour, Policy, bookable_between
from recruitsmart.domain.slots.seats import offers_to


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
    which = _wanted(city, purpose, recruiter_id, now=now)
    return _hours(session.execute(_FREE_HOURS, which | {"most": limit}))


def free_starts(
    session: Session,
    city: City,
    *,
    purpose: Purpose = Purpose.INTERVIEW,
    recruiter_id: int | None = None,
    but: datetime | None = None,
    now: datetime,
) -> list[FreeHour]:
    """The same for the whole horizon, but of the hours with one start only the first.

    `but` is the start of the hour one has: a group may have free seats beside one's own.
    """
    found = _hours(session.execute(_FREE_STARTS, _wanted(city, purpose, recruiter_id, now=now)))
    return [hour for hour in found if hour.starts_at != but]


def _wanted(city: City, purpose: Purpose, recruiter_id: int | None, *, now: datetime) -> dict[str, object]:
    earliest, end = bookable_between(policy_of(city), now=now)
    times = {"earliest": earliest, "end": end, "now": now}
    return times | {"city_id": city.id, "purpose": purpose, "recruiter_id": recruiter_id or 0, "held_for": 0}


def _hours(rows: Iterable[Row[int, datetime, int]]) -> list[FreeHour]:
    return [FreeHour(slot_id=slot_id, starts_at=at, recruiter_id=recruiter_id) for slot_id, at, recruiter_id in rows]


def nearest_free(
    session: Session, city: City, around: datetime, *, purpose: Purpose, but: datetime | None = None, now: datetime,
    most: int = 3,
) -> list[FreeHour]:  # fmt: skip
    """The free hours closest to a moment, given in the order of time; one per start, without the one that is `but`."""
    hours = free_starts(session, city, purpose=purpose, but=but, now=now)
    closest = sorted(hours, key=lambda hour: (abs(hour.starts_at - around), hour.starts_at))[:most]
    return sorted(closest, key=lambda hour: hour.starts_at)


def same_hour(session: Session, city: City, slot: Slot, *, candidate_id: int, now: datetime) -> list[Option]:
    """The free slots of the city at the very time and of the purpose of `slot`, with what decides between them.

    A seat held for this candidate is free for them.
    """
    which = {"city_id": city.id, "purpose": slot.purpose, "starts_at": slot.starts_at}
    rows = session.execute(_SAME_HOUR, which | {"now": now, "held_for": candidate_id, "recently": now - RECENT})
    return [
        Option(slot_id=slot_id, recruiter_id=recruiter_id, weight=weight, last_booked_at=booked_at)
        for slot_id, _, recruiter_id, weight, booked_at in rows
    ]


def slot_serving(session: Session, slot_id: int, city: City) -> Slot | None:
    """The slot with its recruiter, when it is one of the city's."""
    return session.scalar(_SLOT_SERVING, {"slot_id": slot_id, "city_id": city.id})


# Statements of this path are made once: building one costs more than Postgres needs to answer it.

RECENT = timedelta(days=30)
# Two moments of one local day are never further apart, whatever the clocks do.
_DAY_AND_MORE: ColumnElement[timedelta] = literal_column("interval '26 hours'")
_IS_LIVE: ColumnElement[bool] = literal_column(f"bookings.{IS_LIVE}")  # as the partial indexes have it
_IS_GROUP: ColumnElement[bool] = literal_column("slots.purpose = 'intro_day'")  # its seats bound it
_other = aliased(Slot)


def _busy_seats() -> CompoundSelect[int]:
    """The slot of each seat that is booked, or held for somebody else than `held_for`."""
    offers, holder = offers_to(Offer.slot_id)
    held = offers.where(
        Offer.status == OfferStatus.OPEN, Offer.expires_at > bindparam("now"), holder != bindparam("held_for")
    )
    return union_all(select(Booking.slot_id).where(_IS_LIVE), held)


def _free(busy_seats: ColumnElement[int]) -> Select[int, datetime, int]:
    """Open slots that serve a city and have a seat that is not busy, of recruiters who want more that day."""
    return (
        select(Slot.id, Slot.starts_at, Slot.recruiter_id)
        .join(Recruiter, Recruiter.id == Slot.recruiter_id)
        .where(
            literal_column("slots.status = 'open'"),
            Slot.purpose == bindparam("purpose"),
            Recruiter.active,
            *_serves_city(),
            busy_seats < Slot.capacity,
            or_(
                Recruiter.daily_cap.is_(None),
                _IS_GROUP,
                _interviews_that_day() + _held_that_day() < Recruiter.daily_cap,
            ),
        )
    )


def _serves_city() -> tuple[ColumnElement[bool], ...]:
    own = recruiter_cities.c.recruiter_id == Slot.recruiter_id, recruiter_cities.c.city_id == bindparam("city_id")
    return exists().where(*own), or_(Slot.city_id.is_(None), Slot.city_id == bindparam("city_id"))


def _interviews_that_day() -> ScalarSelect[int]:
    """Live interviews of the slot's recruiter on the slot's day in the recruiter's zone."""
    return (
        select(func.count())
        .select_from(Booking)
        .join(_other, _other.id == Booking.slot_id)
        .where(*_is_that_day(), Booking.purpose == Purpose.INTERVIEW, _IS_LIVE)
        .correlate(Slot, Recruiter)
        .scalar_subquery()
    )


def _held_that_day() -> ScalarSelect[int]:
    """Interviews of that day which are held for others: each will be booked, or free again in minutes."""
    offers, holder = offers_to(func.count())
    return (
        offers.join(_other, _other.id == Offer.slot_id)
        .where(
            Offer.status == OfferStatus.OPEN, Offer.expires_at > bindparam("now"), holder != bindparam("held_for"),
            *_is_that_day(), _other.purpose == Purpose.INTERVIEW,
        )
        .correlate(Slot, Recruiter)
        .scalar_subquery()
    )  # fmt: skip


def _is_that_day() -> tuple[ColumnElement[bool], ...]:
    own_day, that_day = (func.date(func.timezone(Recruiter.time_zone, at)) for at in (_other.starts_at, Slot.starts_at))
    near = _other.starts_at.between(Slot.starts_at - _DAY_AND_MORE, Slot.starts_at + _DAY_AND_MORE)
    return _other.recruiter_id == Slot.recruiter_id, near, own_day == that_day


def _among_many() -> Select[int, datetime, int]:
    """For a whole horizon: all busy seats are counted once and joined."""
    seat = _busy_seats().subquery()
    busy = select(seat.c.slot_id, func.count().label("seats")).group_by(seat.c.slot_id).subquery()
    return (
        _free(func.coalesce(busy.c.seats, 0))
        .outerjoin(busy, busy.c.slot_id == Slot.id)
        .where(
            Slot.starts_at >= bindparam("earliest"),
            Slot.starts_at < bindparam("end"),
            or_(bindparam("recruiter_id") == 0, Slot.recruiter_id == bindparam("recruiter_id")),
        )
        .order_by(Slot.starts_at, Recruiter.weight.desc(), Slot.id)
    )


def _at_one_moment() -> Select[int, datetime, int, int, datetime]:
    """For a few slots: their busy seats are looked up one by one."""
    seat = _busy_seats().subquery()
    busy = select(func.count()).select_from(seat).where(seat.c.slot_id == Slot.id).correlate(Slot).scalar_subquery()
    last_booked_at = (
        select(func.max(Booking.created_at))
        .select_from(Booking)
        .join(_other, _other.id == Booking.slot_id)
        .where(_other.recruiter_id == Slot.recruiter_id, _other.starts_at > bindparam("recently"))
        .correlate(Slot)
        .scalar_subquery()
    )
    return _free(busy).add_columns(Recruiter.weight, last_booked_at).where(Slot.starts_at == bindparam("starts_at"))


_FREE_HOURS = _among_many().limit(bindparam("most"))
_FREE_STARTS = _among_many().ext(distinct_on(Slot.starts_at))
_SAME_HOUR = _at_one_moment()
_SLOT_SERVING = (
    select(Slot)
    .options(joinedload(Slot.recruiter, innerjoin=True))
    .where(Slot.id == bindparam("slot_id"), *_serves_city())
)
_LIVE_BOOKING = (
    select(Booking)
    .options(joinedload(Booking.slot).joinedload(Slot.recruiter))
    .where(Booking.candidate_id == bindparam("candidate_id"), Booking.purpose == bindparam("purpose"), _IS_LIVE)
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
            Offer.status == OfferStatus.OPEN, Offer.expires_at > bindparam("now"),
            holder == bindparam("candidate_id"), Slot.purpose == bindparam("purpose"),
        )
        .order_by(Slot.starts_at)
    )  # fmt: skip


_HELD_FOR = _held()
