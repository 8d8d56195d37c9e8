"""A stretch of the calendar: the hours of a recruiter or a city, and who sits in them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.slots.listing import visible
from recruitsmart.domain.slots.models import GONE, Booking, BookingStatus, Offer, Slot, SlotStatus
from recruitsmart.domain.slots.rules import LONGEST_HOUR
from recruitsmart.domain.slots.seats import is_held

MOST_HOURS = 350


@dataclass(frozen=True, kw_only=True)
class Seated:
    """Somebody in an hour; without name and reference when the person is out of the reader's scope."""

    status: BookingStatus
    name: str | None = None
    reference: str | None = None


@dataclass(frozen=True, kw_only=True)
class ShownHour:
    """A slot of the calendar: how many sit in it, how many of them wait for approval, the first of them, seats held."""

    slot: Slot
    taken: int = 0
    pending: int = 0
    people: Sequence[Seated] = field(default_factory=list)
    held: int = 0

    @property
    def free(self) -> int:
        """The seats that neither a booking nor an open offer holds."""
        return max(self.slot.capacity - self.taken - self.held, 0)


def of_recruiter(recruiter: Recruiter, scope: Scope) -> list[ColumnElement[bool]]:
    """The recruiter's hours that an account sees."""
    return [Slot.recruiter_id == recruiter.id, *visible(scope)]


def of_city(city: City) -> list[ColumnElement[bool]]:
    """The hours that serve a city: its own, and those of its recruiters that serve any of theirs."""
    return visible(Scope(city_ids=frozenset({city.id})))


def are_too_many(session: Session, which: Sequence[ColumnElement[bool]], begins: datetime, ends: datetime) -> bool:
    """Whether more hours touch a stretch of time than fit on a page; nothing of them is read."""
    some = _touching(which, begins, ends).with_only_columns(Slot.id).limit(MOST_HOURS + 1).subquery()
    return (session.scalar(select(func.count()).select_from(some)) or 0) > MOST_HOURS


def _touching(which: Sequence[ColumnElement[bool]], begins: datetime, ends: datetime) -> Select[Slot]:
    return select(Slot).where(
        Slot.starts_at > begins - LONGEST_HOUR, Slot.starts_at < ends, Slot.ends_at > begins, *which
    )


def hours_between(
    session: Session,
    which: Sequence[ColumnElement[bool]],
    begins: datetime,
    ends: datetime,
    *,
    scope: Scope,
    named: int,
    now: datetime,
) -> list[ShownHour]:
    """The hours that touch a stretch of time, by their start; of each the first `named` people.

    At most one more than `MOST_HOURS`, which says that a page cannot hold them. Few queries, whatever their number.
    """
    touching = (
        _touching(which, begins, ends)
        .options(joinedload(Slot.recruiter).selectinload(Recruiter.cities), joinedload(Slot.city))
        .order_by(Slot.starts_at, Slot.recruiter_id, Slot.id)
        .limit(MOST_HOURS + 1)
    )
    return _with_people(session, session.scalars(touching).all(), scope=scope, named=named, now=now)


def shown(session: Session, slot: Slot, *, scope: Scope, named: int, now: datetime) -> ShownHour:
    """One hour of the calendar."""
    return _with_people(session, [slot], scope=scope, named=named, now=now)[0]


def _with_people(
    session: Session, slots: Sequence[Slot], *, scope: Scope, named: int, now: datetime
) -> list[ShownHour]:
    ids = [slot.id for slot in slots]
    seats, held = _seats(session, ids, scope=scope, named=named), _held(session, ids, now=now)
    nobody: tuple[int, int, list[Seated]] = (0, 0, [])
    shown = []
    for slot in slots:
        taken, pending, people = seats.get(slot.id, nobody)
        shown.append(ShownHour(slot=slot, taken=taken, pending=pending, people=people, held=held.get(slot.id, 0)))
    return shown


def _seats(
    session: Session, slot_ids: Iterable[int], *, scope: Scope, named: int
) -> dict[int, tuple[int, int, list[Seated]]]:
    """slot id → how many sit in it, how many of them wait for approval, and the first of them."""
    there = Booking.slot_id
    is_pending = Booking.status == BookingStatus.PENDING
    numbered = (
        select(
            Booking.slot_id, Booking.status, Candidate.full_name, Candidate.reference, Candidate.city_id,
            func.count().over(partition_by=there).label("taken"),
            func.count().filter(is_pending).over(partition_by=there).label("pending"),
            func.row_number().over(partition_by=there, order_by=(Booking.seat, Booking.id)).label("number"),
        )
        .join(Candidate, Candidate.id == Booking.candidate_id)
        .where(Booking.slot_id.in_(list(slot_ids)), Booking.status.not_in(GONE))
        .subquery()
    )  # fmt: skip
    seats: dict[int, tuple[int, int, list[Seated]]] = {}
    first = select(numbered).where(numbered.c.number <= named).order_by(numbered.c.slot_id, numbered.c.number)
    for row in session.execute(first):
        _, _, people = seats.setdefault(row.slot_id, (row.taken, row.pending, []))
        is_known = scope.includes(row.city_id)
        name, reference = (row.full_name, row.reference) if is_known else (None, None)
        people.append(Seated(status=row.status, name=name, reference=reference))
    return seats


def _held(session: Session, slot_ids: Iterable[int], *, now: datetime) -> Mapping[int, int]:
    held = (
        select(Offer.slot_id, func.count().label("seats"))
        .where(Offer.slot_id.in_(list(slot_ids)), *is_held(now))
        .group_by(Offer.slot_id)
    )
    return {row.slot_id: row.seats for row in session.execute(held)}


def is_closed(hour: ShownHour) -> bool:
    """Whether an hour is neither offered nor has anybody in it."""
    return hour.slot.status == SlotStatus.CLOSED and not hour.taken
