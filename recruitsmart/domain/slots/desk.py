"""What recruiters look at and reach for when they work with bookings, within what an account may see."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true, union_all
from sqlalchemy.orm import Session, joinedload, selectinload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.models import Account, City, Recruiter
from recruitsmart.domain.directory.queries import recruiters_in
from recruitsmart.domain.errors import NotFound, SlotClosed
from recruitsmart.domain.slots.busy import seats_of_slot
from recruitsmart.domain.slots.listing import of_cities, visible, with_everything
from recruitsmart.domain.slots.models import (
    APPROVED,
    CAME,
    LIVE,
    RESULTS,
    Booking,
    Purpose,
    Slot,
    SlotSeries,
    SlotStatus,
    Waiting,
    WaitingStatus,
)
from recruitsmart.domain.slots.queries import live_booking, serves
from recruitsmart.domain.slots.rules import ARRIVING, CHOOSES_AT, bounds_of

CORRECTABLE = timedelta(days=1)  # an outcome stays at hand this long, for a slip of the thumb
AWAITED = {stage: purpose for purpose, stage in CHOOSES_AT.items()}


@dataclass(frozen=True, kw_only=True)
class ListedSeries:
    """A series with what is left of it."""

    series: SlotSeries
    login: str | None
    hours: int
    first_at: datetime | None
    last_at: datetime | None


def purpose_awaited(candidate: Candidate) -> Purpose | None:
    """What the candidate can be given an hour for at this stage; None for nothing."""
    return AWAITED.get(candidate.stage) if candidate.outcome == Outcome.ACTIVE and candidate.city else None


def approved_in(session: Session, scope: Scope, *, limit: int, offset: int = 0, now: datetime) -> Sequence[Booking]:
    """Approved bookings by their hour: those without an outcome, and outcomes of the last day."""
    live = select(Booking.id).where(Booking.status.in_(APPROVED))
    noted = select(Booking.id).join(Slot, Slot.id == Booking.slot_id)
    begun = Slot.starts_at.between(now - CORRECTABLE, now + ARRIVING)  # nothing is noted before; few hours to look at
    noted = noted.where(Booking.status.in_(RESULTS), begun)
    listed = with_everything().join(Slot, Slot.id == Booking.slot_id)
    listed = listed.where(Booking.id.in_(union_all(live, noted)))  # each finds its own index; together they find none
    return session.scalars(
        of_cities(listed, scope).order_by(Slot.starts_at, Booking.id).limit(limit).offset(offset)
    ).all()


def waiting_in(session: Session, scope: Scope, *, limit: int, offset: int = 0) -> Sequence[Waiting]:
    """Who waits for an hour, the longest first, with candidate and city."""
    queue = (
        select(Waiting)
        .join(Waiting.candidate)
        .options(joinedload(Waiting.candidate).joinedload(Candidate.city))
        .where(Waiting.status == WaitingStatus.WAITING, Candidate.outcome == Outcome.ACTIVE)
        .order_by(Waiting.since, Waiting.id)
        .limit(limit)
        .offset(offset)
    )
    if scope.city_ids is not None:
        queue = queue.where(Candidate.city_id.in_(scope.city_ids))
    return session.scalars(queue).all()


def place_in_queue(session: Session, candidate_id: int, purpose: Purpose) -> Waiting | None:
    """What somebody who waits asked for."""
    return session.scalar(
        select(Waiting).where(
            Waiting.candidate_id == candidate_id, Waiting.purpose == purpose, Waiting.status == WaitingStatus.WAITING
        )
    )


def shown_on_card(session: Session, candidate_id: int, *, now: datetime) -> list[Booking]:
    """A person's live bookings, then those with an outcome of the last day, which may need a correction."""
    may_change = or_(Booking.status.in_(LIVE), Booking.status.in_(RESULTS) & (Slot.starts_at >= now - CORRECTABLE))
    shown = with_everything().join(Slot, Slot.id == Booking.slot_id)
    found = session.scalars(shown.where(Booking.candidate_id == candidate_id, may_change).order_by(Booking.id))
    return sorted(found, key=lambda booking: booking.status not in LIVE)


def series_in(session: Session, scope: Scope, *, account_id: int, limit: int = 20) -> list[ListedSeries]:
    """The last series: everybody's for who sees everything, else the account's own."""
    hours = (func.count(Slot.id), func.min(Slot.starts_at), func.max(Slot.starts_at))
    listed = (
        select(SlotSeries, Account.login, *hours)
        .outerjoin(Account, Account.id == SlotSeries.account_id)
        .outerjoin(Slot, Slot.series_id == SlotSeries.id)
        .group_by(SlotSeries.id, Account.login)
        .order_by(SlotSeries.id.desc())
        .limit(limit)
    )
    if not scope.is_everything:
        listed = listed.where(SlotSeries.account_id == account_id)
    return [
        ListedSeries(series=series, login=login, hours=count, first_at=first_at, last_at=last_at)
        for series, login, count, first_at, last_at in session.execute(listed)
    ]


def own_series(session: Session, series_id: int, scope: Scope, *, account_id: int) -> SlotSeries:
    """A series this account may undo.

    Raises:
        NotFound: there is none, a colleague made it, or it has hours in a city that is not the account's any more.
    """
    series = session.get(SlotSeries, series_id)
    if series is None or not (scope.is_everything or series.account_id == account_id):
        raise NotFound
    seen = and_(true(), *visible(scope))
    if session.scalar(select(exists().where(Slot.series_id == series_id, ~func.coalesce(seen, false())))):
        raise NotFound
    return series


def open_slots_in(session: Session, slot_ids: Iterable[int], scope: Scope, *, now: datetime) -> list[Slot]:
    """These hours with their recruiters, by time.

    Raises:
        NotFound: one does not exist or is out of the scope.
        SlotClosed: one is closed already or has begun.
    """
    wanted = {*slot_ids}
    rows = select(Slot).options(joinedload(Slot.recruiter).selectinload(Recruiter.cities), joinedload(Slot.city))
    slots = session.scalars(rows.where(Slot.id.in_(wanted)).order_by(Slot.starts_at, Slot.id)).all()
    if not wanted or wanted - {slot.id for slot in slots} or not all(sees(scope, slot) for slot in slots):
        raise NotFound
    if any(slot.status != SlotStatus.OPEN or slot.starts_at < now for slot in slots):
        raise SlotClosed
    return list(slots)


def hours_seen(session: Session, slot_ids: Iterable[int], scope: Scope) -> list[int]:
    """Those of these hours that are within a scope, by time."""
    seen = select(Slot.id).where(Slot.id.in_({*slot_ids}), *visible(scope))
    return list(session.scalars(seen.order_by(Slot.starts_at, Slot.id)))


def recruiters_to_close(session: Session, scope: Scope, *, now: datetime) -> list[Recruiter]:
    """Whose hours can be closed, by name: those who work, and whoever left and still has open hours ahead."""
    has_hours = exists().where(
        Slot.recruiter_id == Recruiter.id, Slot.status == SlotStatus.OPEN, Slot.starts_at > now, *visible(scope)
    )
    left = select(Recruiter).options(selectinload(Recruiter.cities)).where(~Recruiter.active, has_hours)
    return sorted([*recruiters_in(session, scope), *session.scalars(left)], key=lambda recruiter: recruiter.name)


def bookings_ahead(session: Session, recruiter: Recruiter, *, now: datetime) -> int:
    """How many people this recruiter still meets."""
    ahead = (Slot.recruiter_id == recruiter.id, Slot.starts_at > now, Booking.status.in_(LIVE))
    return session.scalar(select(func.count(Booking.id)).join(Slot, Slot.id == Booking.slot_id).where(*ahead)) or 0


def sees(scope: Scope, slot: Slot) -> bool:
    """Whether a slot is within a scope: one of no city belongs to all cities of its recruiter."""
    if slot.city_id is not None:
        return scope.includes(slot.city_id)
    return scope.is_everything or any(scope.includes(city.id) for city in slot.recruiter.cities)


def hours_to_give(
    session: Session, city: City, purpose: Purpose, *, candidate_id: int, day: date | None = None, limit: int,
    now: datetime,
) -> Sequence[Slot]:  # fmt: skip
    """Hours with a free seat that staff may give in a city, earliest first: all ahead, or those of a local day.

    Notice and horizon do not bind staff; seats held for others who wait count as taken.
    """
    free = (
        select(Slot)
        .join(Slot.recruiter)
        .options(joinedload(Slot.recruiter))
        .where(
            Slot.status == SlotStatus.OPEN, Slot.purpose == purpose, Slot.starts_at > now, Recruiter.active,
            *_within(day, ZoneInfo(city.time_zone)), seats_of_slot(now, held_for=candidate_id) < Slot.capacity,
            *serves(city.id),
        )
        .order_by(Slot.starts_at, Slot.id)
        .limit(limit)
    )  # fmt: skip
    return session.scalars(free).all()


def _within(day: date | None, zone: ZoneInfo) -> list[ColumnElement[bool]]:
    if day is None:
        return []
    begins, ends = bounds_of(day, zone)
    return [Slot.starts_at >= begins, Slot.starts_at < ends]


def hour_besides(session: Session, booking: Booking) -> Booking | None:
    """The live booking of somebody who, as this one says, has come already: chosen while it stood as a no-show."""
    if booking.status not in CAME:
        return None
    return live_booking(session, booking.candidate_id, booking.purpose)


def refuse_hours_elsewhere(session: Session, city_of_slot: Mapping[int, set[int | None]], *, now: datetime) -> None:
    """Refuse hours that are not for the people they would be given to: slot id → the cities of those people.

    Raises:
        NotFound: an hour does not exist or does not serve such a city.
        SlotClosed: an hour has begun.
    """
    rows = select(Slot).options(joinedload(Slot.recruiter).selectinload(Recruiter.cities))
    slots = {slot.id: slot for slot in session.scalars(rows.where(Slot.id.in_(city_of_slot)))}
    for slot_id, cities in city_of_slot.items():
        slot = slots.get(slot_id)
        if slot is None or not all(_serves(slot, city_id) for city_id in cities):
            raise NotFound
        if slot.starts_at <= now:
            raise SlotClosed


def cities_of(session: Session, booking_ids: Iterable[int], scope: Scope) -> dict[int, int | None]:
    """The city of each booking's candidate; bookings that do not exist are missing.

    Raises:
        NotFound: a candidate is out of the scope.
    """
    rows = select(Booking.id, Candidate.city_id).join(Booking.candidate).where(Booking.id.in_({*booking_ids}))
    cities = {row.id: row.city_id for row in session.execute(rows)}
    if not all(scope.includes(city_id) for city_id in cities.values()):
        raise NotFound
    return cities


def cities_out_of_sight(session: Session, slot_ids: Iterable[int], scope: Scope) -> list[str]:
    """The cities, by name, whose people have live bookings in these hours and are out of the scope.

    Whoever lost a city still has the hours that people of it had booked before.
    """
    live = (Booking.slot_id.in_({*slot_ids}), Booking.status.in_(LIVE))
    booked = select(Candidate.city_id, City.name).select_from(Booking).join(Booking.candidate).outerjoin(City)
    cities = session.execute(booked.where(*live).distinct())
    return sorted(name or "—" for city_id, name in cities if not scope.includes(city_id))


def _serves(slot: Slot, city_id: int | None) -> bool:
    return slot.city_id in (None, city_id) and city_id in {city.id for city in slot.recruiter.cities}
