"""Which hours are free: for how long ahead, beside a moment, with whom."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    SQLColumnExpression,
    Subquery,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.slots.busy import IS_LIVE_SQL, NOBODY, seats_by_slot, seats_of_slot
from recruitsmart.domain.slots.choosing import Option
from recruitsmart.domain.slots.models import IS_COUNTED, Booking, Offer, Purpose, Slot
from recruitsmart.domain.slots.queries import policy_of, serves
from recruitsmart.domain.slots.rules import FreeHour, bookable_between, nearest
from recruitsmart.domain.slots.seats import is_held, offers_to


def free_hours(
    session: Session, city: City, *, purpose: Purpose = Purpose.INTERVIEW, limit: int | None = None, now: datetime
) -> list[FreeHour]:
    """Hours of the city's recruiters that a candidate may reserve now, earliest first; without a limit the whole
    horizon, which may be a hundred thousand.

    Seats held for waiting people are not free. Of hours with one start the greater weight comes first.
    """
    return _hours(session.execute(_FREE_HOURS, _wanted(city, purpose, now=now) | {"most": limit}))


def still_free(
    session: Session, city: City, slot_ids: Collection[int], *, purpose: Purpose, mover: int = NOBODY, now: datetime
) -> list[FreeHour]:
    """Those of these hours that are free, in the same order. As in `free_starts`, the booking of a `mover` is left."""
    which = _wanted(city, purpose, mover=mover, now=now)
    return _hours(session.execute(_FREE_OF_THESE, which | {"slot_ids": list(slot_ids)}))


def free_around(
    session: Session, city: City, first: datetime, last: datetime, *, purpose: Purpose, most: int, now: datetime
) -> list[FreeHour]:
    """The free hours from one moment to another, both included, and of those before and after the `most` nearest; in
    the same order. Three queries.
    """
    which = _wanted(city, purpose, now=now)
    earliest, end = bookable_between(policy_of(city), now=now)
    after = last + timedelta(microseconds=1)
    before = _hours(session.execute(_FREE_BEFORE, which | {"end": min(first, end), "most": most}))
    between = {"earliest": max(first, earliest), "end": min(after, end), "most": None}
    later = {"earliest": max(after, earliest), "most": most}
    hours = sorted(before, key=lambda hour: hour.starts_at)
    for times in (between, later):
        hours += _hours(session.execute(_FREE_HOURS, which | times))
    return hours


def free_recruiters(
    session: Session, city: City, *, but: datetime | None = None, mover: int = NOBODY, now: datetime
) -> Sequence[Recruiter]:
    """Whose interviews are free now, by name; an hour that begins when the one does that one has (`but`) is none."""
    which = _wanted(city, Purpose.INTERVIEW, mover=mover, now=now)
    return session.scalars(_FREE_RECRUITERS, which | {"but": but}).all()


def free_starts(
    session: Session,
    city: City,
    *,
    purpose: Purpose = Purpose.INTERVIEW,
    recruiter_id: int | None = None,
    but: datetime | None = None,
    mover: int = NOBODY,
    now: datetime,
) -> list[FreeHour]:
    """The same for the whole horizon, but of the hours with one start only the first.

    `but` is the start of the hour one has: a group may have free seats beside one's own. Where a candidate, the
    `mover`, has an hour, it will be given back, so it does not fill the day of its recruiter.
    """
    found = _hours(session.execute(_FREE_STARTS, _wanted(city, purpose, recruiter_id, mover=mover, now=now)))
    return [hour for hour in found if hour.starts_at != but]


def _wanted(
    city: City, purpose: Purpose, recruiter_id: int | None = None, *, mover: int = NOBODY, now: datetime
) -> dict[str, object]:
    earliest, end = bookable_between(policy_of(city), now=now)
    times = {"earliest": earliest, "end": end, "now": now}
    whose = {"recruiter_id": recruiter_id or 0, "held_for": NOBODY, "mover": mover}
    return times | whose | {"city_id": city.id, "purpose": purpose}


def _hours(rows: Iterable[Row[int, datetime, int]]) -> list[FreeHour]:
    return [FreeHour(slot_id=slot_id, starts_at=at, recruiter_id=recruiter_id) for slot_id, at, recruiter_id in rows]


def nearest_free(
    session: Session, city: City, around: datetime, *, purpose: Purpose, but: datetime | None = None,
    mover: int = NOBODY, now: datetime, most: int = 3,
) -> list[FreeHour]:  # fmt: skip
    """The free hours closest to a moment, given in the order of time; one per start, without the one that is `but`."""
    hours = free_starts(session, city, purpose=purpose, but=but, mover=mover, now=now)
    return sorted(nearest(hours, around, most=most), key=lambda hour: hour.starts_at)


def same_hour(session: Session, city: City, slot: Slot, *, candidate_id: int, now: datetime) -> list[Option]:
    """The free slots of the city at the very time and of the purpose of `slot`, with what decides between them.

    A seat held for this candidate is free for them, and an hour they have fills no day.
    """
    whose = {"held_for": candidate_id, "mover": candidate_id}
    which = {"city_id": city.id, "purpose": slot.purpose, "starts_at": slot.starts_at}
    rows = session.execute(_SAME_HOUR, which | whose | {"now": now, "recently": now - RECENT})
    return [
        Option(slot_id=slot_id, recruiter_id=recruiter_id, weight=weight, last_booked_at=booked_at)
        for slot_id, _, recruiter_id, weight, booked_at in rows
    ]


# Statements of this path are made once: building one costs more than Postgres needs to answer it.

RECENT = timedelta(days=30)
# Two moments of one local day are never further apart, whatever the clocks do.
_DAY_AND_MORE: ColumnElement[timedelta] = literal_column("interval '26 hours'")
_COUNTS: ColumnElement[bool] = literal_column(f"bookings.{IS_COUNTED}")
_IS_GROUP: ColumnElement[bool] = literal_column("slots.purpose = 'intro_day'")  # its seats bound it
_other, _capped = aliased(Slot), aliased(Recruiter)
_EARLIEST, _END = (bindparam(name, type_=Slot.starts_at.type) for name in ("earliest", "end"))
_NOW = bindparam("now", type_=Slot.starts_at.type)
_HELD_FOR, _MOVER = (bindparam(name, type_=Integer) for name in ("held_for", "mover"))


def _free(busy_seats: ColumnElement[int], is_full: ColumnElement[bool]) -> Select[int, datetime, int]:
    """Open slots that serve a city and have a seat that is not busy, of recruiters who want more that day."""
    return (
        select(Slot.id, Slot.starts_at, Slot.recruiter_id)
        .join(Recruiter, Recruiter.id == Slot.recruiter_id)
        .where(
            literal_column("slots.status = 'open'"),
            Slot.purpose == bindparam("purpose"),
            Recruiter.active,
            *serves(bindparam("city_id")),
            busy_seats < Slot.capacity,
            or_(Recruiter.daily_cap.is_(None), _IS_GROUP, ~is_full),
        )
    )


def _interviews() -> Subquery:
    """Recruiter and start of each interview but the one that `mover` would give back, also of those that took place,
    and of each that is held for somebody else than `held_for`: it will be booked, or free again in minutes.
    """
    is_interview, whose_and_when = _other.purpose == Purpose.INTERVIEW, (_other.recruiter_id, _other.starts_at)
    stays = or_(Booking.candidate_id != _MOVER, ~IS_LIVE_SQL)
    booked = select(*whose_and_when).join(Booking, Booking.slot_id == _other.id).where(is_interview, _COUNTS, stays)
    offers, holder = offers_to(_other.recruiter_id)
    held = (
        offers.add_columns(_other.starts_at)
        .join(_other, _other.id == Offer.slot_id)
        .where(is_interview, *is_held(_NOW), holder != _HELD_FOR)
    )
    return union_all(booked, held).subquery()


def _day(starts_at: SQLColumnExpression[datetime], zone: SQLColumnExpression[str]) -> ColumnElement[date]:
    return func.date(func.timezone(zone, starts_at))


def _full_days() -> Select[int, date]:
    """Recruiters, each with those local days of the horizon on which they have as many interviews as they want."""
    one = _interviews()
    day = _day(one.c.starts_at, _capped.time_zone)
    near = one.c.starts_at.between(_EARLIEST - _DAY_AND_MORE, _END + _DAY_AND_MORE)
    return (
        select(_capped.id, day)
        .join(one, one.c.recruiter_id == _capped.id)
        .where(_capped.daily_cap.is_not(None), near)
        .group_by(_capped.id, day)
        .having(func.count() >= _capped.daily_cap)
    )


def _among_many() -> Select[int, datetime, int]:
    """For a whole horizon: all busy seats are counted once and joined, and full days are found once.

    Not in them, and not joined to them: Postgres would look through them again for each slot when it expects few.
    """
    busy = seats_by_slot(_NOW, held_for=_HELD_FOR)
    is_full = tuple_(Slot.recruiter_id, _day(Slot.starts_at, Recruiter.time_zone)).in_(_full_days())
    return (
        _free(func.coalesce(busy.c.seats, 0), is_full)
        .outerjoin(busy, busy.c.slot_id == Slot.id)
        .where(
            Slot.starts_at >= _EARLIEST,
            Slot.starts_at < _END,
            or_(bindparam("recruiter_id") == 0, Slot.recruiter_id == bindparam("recruiter_id")),
        )
        .order_by(Slot.starts_at, Recruiter.weight.desc(), Slot.id)
    )


def _backwards() -> Select[int, datetime, int]:
    return _among_many().order_by(None).order_by(Slot.starts_at.desc(), Recruiter.weight.desc(), Slot.id)


def _whose() -> Select[Recruiter]:
    but = bindparam("but", type_=Slot.starts_at.type)
    free = _among_many().order_by(None).where(or_(but.is_(None), Slot.starts_at != but))
    ids = free.with_only_columns(Slot.recruiter_id)
    return select(Recruiter).where(Recruiter.id.in_(ids)).order_by(Recruiter.name)


def _at_one_moment() -> Select[int, datetime, int, int, datetime]:
    """For a few slots: their busy seats, and the interviews of their days, are looked up one by one."""
    one = _interviews()
    that_day = (
        select(func.count())
        .select_from(one)
        .where(
            one.c.recruiter_id == Slot.recruiter_id,
            one.c.starts_at.between(Slot.starts_at - _DAY_AND_MORE, Slot.starts_at + _DAY_AND_MORE),
            _day(one.c.starts_at, Recruiter.time_zone) == _day(Slot.starts_at, Recruiter.time_zone),
        )
        .correlate(Slot, Recruiter)
        .scalar_subquery()
    )
    last_booked_at = (
        select(func.max(Booking.created_at))
        .select_from(Booking)
        .join(_other, _other.id == Booking.slot_id)
        .where(_other.recruiter_id == Slot.recruiter_id, _other.starts_at > bindparam("recently"))
        .correlate(Slot)
        .scalar_subquery()
    )
    free = _free(seats_of_slot(_NOW, held_for=_HELD_FOR), that_day >= Recruiter.daily_cap)
    return free.add_columns(Recruiter.weight, last_booked_at).where(Slot.starts_at == bindparam("starts_at"))


_FREE_HOURS = _among_many().limit(bindparam("most"))
_FREE_BEFORE = _backwards().limit(bindparam("most"))
_FREE_OF_THESE = _among_many().where(Slot.id.in_(bindparam("slot_ids", expanding=True)))
_FREE_RECRUITERS = _whose()
_FREE_STARTS = _among_many().ext(distinct_on(Slot.starts_at))
_SAME_HOUR = _at_one_moment()
