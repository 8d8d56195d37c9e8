"""Introductory days as groups: who is expected, who came, who declined; everybody ticked in one step."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.domain.slots.listing import visible
from recruitsmart.domain.slots.models import (
    APPROVED,
    CAME,
    SEATED,
    Booking,
    BookingStatus,
    EndedBy,
    Purpose,
    Slot,
)
from recruitsmart.domain.slots.outcomes import everybody_came
from recruitsmart.domain.slots.seats import lock_slots

MOST_BOOKINGS = 1500  # of one slot: 500 seats, and whoever gave one back


@dataclass(frozen=True, kw_only=True)
class Group:
    """The people of one introductory day, each list by name; `people` have a seat or had it when the day began.

    `elsewhere` counts those with a seat who are out of the scope.
    """

    slot: Slot
    people: Sequence[Booking] = field(default_factory=list)
    requests: Sequence[Booking] = field(default_factory=list)
    declined: Sequence[Booking] = field(default_factory=list)
    elsewhere: int = 0

    def count(self, statuses: Iterable[BookingStatus]) -> int:
        """How many stand so."""
        return sum(booking.status in statuses for booking in self.people)

    @property
    def expected(self) -> Sequence[Booking]:
        """Whose outcome nobody has noted yet."""
        return [booking for booking in self.people if booking.status in APPROVED]


@dataclass(frozen=True, kw_only=True)
class ListedGroup:
    """A day with its numbers: people with a seat, those of them who said that they will come, who came, who did not."""

    slot: Slot
    people: int
    confirmed: int
    came: int
    missed: int


def group_in(session: Session, slot_id: int, scope: Scope) -> Group:
    """An introductory day with its people within a scope; two queries.

    Raises:
        NotFound: there is none, or it is out of the scope.
    """
    found = session.execute(_slots(scope).add_columns(_number(SEATED)).where(Slot.id == slot_id)).one_or_none()
    if found is None:
        raise NotFound
    slot, seats = found
    bookings = session.scalars(_bookings_of(slot_id, scope)).all()
    people = [booking for booking in bookings if booking.status in SEATED]
    requests = [booking for booking in bookings if booking.status == BookingStatus.PENDING]
    here = {booking.candidate_id for booking in (*people, *requests)}
    gave_up = {
        booking.candidate_id: booking
        for booking in bookings
        if booking.ended_by == EndedBy.CANDIDATE and booking.candidate_id not in here
    }
    elsewhere = 0 if scope.is_everything else max(seats - len(people), 0)
    return Group(slot=slot, people=people, requests=requests, declined=list(gave_up.values()), elsewhere=elsewhere)


def _slots(scope: Scope) -> Select[Slot]:
    days = select(Slot).options(joinedload(Slot.recruiter), joinedload(Slot.city))
    return days.where(Slot.purpose == Purpose.INTRO_DAY, *visible(scope))


def _bookings_of(slot_id: int, scope: Scope) -> Select[Booking]:
    """By name, then in the order of booking."""
    bookings = (
        select(Booking)
        .join(Booking.candidate)
        .options(contains_eager(Booking.candidate).joinedload(Candidate.city))
        .options(joinedload(Booking.slot).joinedload(Slot.recruiter))
        .where(Booking.slot_id == slot_id, Booking.status != BookingStatus.MOVED)
        .order_by(Candidate.full_name, Booking.id)
        .limit(MOST_BOOKINGS)
    )
    return bookings if scope.city_ids is None else bookings.where(Candidate.city_id.in_(scope.city_ids))


def groups_between(
    session: Session,
    scope: Scope,
    start: datetime,
    end: datetime,
    *,
    recruiter_id: int | None = None,
    limit: int,
    offset: int = 0,
) -> list[ListedGroup]:
    """Introductory days that begin in a half-open range of time, in order, with their numbers; one query."""
    days = (
        _slots(scope)
        .add_columns(*(_number(statuses) for statuses in (SEATED, *_NUMBERS)))
        .where(Slot.starts_at >= start, Slot.starts_at < end)
        .order_by(Slot.starts_at, Slot.id)
        .limit(limit)
        .offset(offset)
    )
    if recruiter_id is not None:
        days = days.where(Slot.recruiter_id == recruiter_id)
    return [
        ListedGroup(slot=slot, people=people, confirmed=confirmed, came=came, missed=missed)
        for slot, people, confirmed, came, missed in session.execute(days)
    ]


_NUMBERS = ((BookingStatus.CONFIRMED,), CAME, (BookingStatus.NO_SHOW,))


def _number(statuses: Sequence[BookingStatus]) -> ColumnElement[int]:
    counted = select(func.count()).where(Booking.slot_id == Slot.id, Booking.status.in_(statuses))
    return counted.correlate(Slot).scalar_subquery()


def all_came(session: Session, slot_id: int, scope: Scope, *, actor: Actor, now: datetime) -> int:
    """Everybody whose outcome is not noted yet came; returns how many. Locks the slot, then the bookings.

    Raises:
        NotFound: there is no such day within the scope.
        BadInput: it is too early.
    """
    lock_slots(session, {slot_id})  # before it looks: what a colleague ticks at this moment stays
    expected = [booking.id for booking in group_in(session, slot_id, scope).expected]
    return everybody_came(session, expected, actor=actor, now=now)
