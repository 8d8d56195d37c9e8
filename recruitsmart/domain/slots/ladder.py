"""Holding a free hour for one person after another: after those who wait, those booked later who would come earlier.

A wish ends with the booking it was said of, and an hour given back is later than the one taken: however many move, the
last hour goes to nobody.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, func, or_, select, text
from sqlalchemy.orm import Session, aliased, contains_eager

from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.journal.operations import SYSTEM, record
from recruitsmart.domain.slots import announcements
from recruitsmart.domain.slots.caps import cap_is_reached
from recruitsmart.domain.slots.models import (
    GONE,
    IS_LIVE,
    LIVE,
    Booking,
    Offer,
    OfferStatus,
    Purpose,
    Slot,
    SlotStatus,
    Waiting,
    WaitingStatus,
)
from recruitsmart.domain.slots.queries import policy_of
from recruitsmart.domain.slots.rules import FreeHour
from recruitsmart.domain.slots.seats import has_free_seat, lock_slots
from recruitsmart.domain.timers.operations import set_timer

OFFER_EXPIRES = "slots.offer_expires"
HELD = timedelta(minutes=10)
MOST_OFFERS_AT_ONCE = 50

_IS_LIVE: ColumnElement[bool] = text(f"bookings.{IS_LIVE}")  # type: ignore[assignment]  # as the partial index has it
_own = aliased(Booking)


def hold(
    session: Session, hour: FreeHour, candidate: Candidate, entry: Waiting | None, *, has: Booking | None, now: datetime
) -> bool:
    """Hold an hour for who waits (`entry`), else for who `has` a later one; False when it is full, or its
    recruiter has enough that day.

    Locks the slot, then the day where there is a cap. One after another they come in no order, but only a timer takes
    several, and it is the timer that gives way.
    """
    slot = lock_slots(session, {hour.slot_id}).get(hour.slot_id)
    if (
        slot is None
        or slot.status != SlotStatus.OPEN
        or not has_free_seat(session, slot, candidate_id=candidate.id, now=now)
        or cap_is_reached(session, slot, candidate_id=candidate.id, but=None if has is None else has.id, now=now)
    ):
        return False
    booking = has if entry is None else None
    offer = Offer(waiting=entry, booking=booking, slot=slot, offered_at=now, expires_at=now + HELD)
    session.add(offer)
    session.flush()
    set_timer(session, OFFER_EXPIRES, offer.id, due_at=offer.expires_at)
    announcements.offered(session, offer, candidate, instead_of=has, now=now)
    record(
        session, "slot.held", actor=SYSTEM, now=now, candidate_id=candidate.id, subject_id=slot.id, offer_id=offer.id
    )
    return True


def is_reachable() -> ColumnElement[bool]:
    """As SQL over candidates: whether messages arrive."""
    return exists().where(Contact.candidate_id == Candidate.id, Contact.main, Contact.unreachable_since.is_(None))


def somebody_would_come_earlier(city_id: int) -> ColumnElement[bool]:
    """As SQL: whether anybody booked in the city has said so."""
    return exists().where(
        Booking.candidate_id == Candidate.id, Candidate.city_id == city_id, Booking.earlier_since.is_not(None), _IS_LIVE
    )


def offer_earlier(
    session: Session, city: City, purpose: Purpose, free: Sequence[FreeHour], welcome: ColumnElement[bool], *,
    now: datetime,
) -> int:  # fmt: skip
    """Offer hours that were given back to people of the city who are booked later; returns how many are held.

    Only what was given back after somebody said “earlier” is offered to them: hours that were free then, they saw. An
    hour that somebody who waits has not been offered yet is left to them, where it is `welcome`. Four queries, and
    a few for each offer.
    """
    given_back = _given_back(session, city, purpose, free, welcome, now=now)
    hours = [hour for hour in free if hour.slot_id in given_back]
    bookings = _in_line(session, city, purpose, given_back, now=now) if hours else []
    offered = _offered(session, bookings)
    held = 0
    for booking in bookings:
        fitting = [
            hour for hour in hours
            if _is_earlier(hour, booking, given_back[hour.slot_id]) and (booking.id, hour.slot_id) not in offered
        ]  # fmt: skip
        for hour in fitting:
            if hold(session, hour, booking.candidate, None, has=booking, now=now):
                held += 1
                break
            hours.remove(hour)
    return held


def _is_earlier(hour: FreeHour, booking: Booking, given_back_at: datetime) -> bool:
    since = booking.earlier_since
    return hour.starts_at < booking.slot.starts_at and since is not None and since <= given_back_at


def _given_back(
    session: Session, city: City, purpose: Purpose, free: Sequence[FreeHour], welcome: ColumnElement[bool], *,
    now: datetime,
) -> dict[int, datetime]:  # fmt: skip
    """Which of the free hours were booked before, and since when they are free, without those left to who waits."""
    if not free or not session.scalar(select(somebody_would_come_earlier(city.id))):
        return {}
    rows = (
        select(Booking.slot_id, func.max(Booking.ended_at))
        .join(Booking.slot)
        .where(
            Booking.slot_id.in_([hour.slot_id for hour in free]),
            Booking.status.in_(GONE),
            ~_somebody_waits_for(city, purpose, welcome, now=now),
        )
        .group_by(Booking.slot_id)
    )
    return {slot_id: at for slot_id, at in session.execute(rows) if at is not None}


def _somebody_waits_for(
    city: City, purpose: Purpose, welcome: ColumnElement[bool], *, now: datetime
) -> ColumnElement[bool]:
    """As SQL over slots: somebody in the queue has not been offered this hour, which fits."""
    return (
        exists()
        .where(
            Waiting.city_id == city.id,
            Waiting.purpose == purpose,
            Waiting.status == WaitingStatus.WAITING,
            Candidate.id == Waiting.candidate_id,
            Candidate.outcome == Outcome.ACTIVE,
            is_reachable(),
            is_new_and_fits(city, purpose, now=now),
            welcome,
        )
        .correlate(Slot)
    )


def is_new_and_fits(city: City, purpose: Purpose, *, now: datetime) -> ColumnElement[bool]:
    """As SQL over the queue and slots: an hour suits the wish, is new to the person, and could be taken."""
    hour = aliased(Slot)
    own = (_own.candidate_id == Waiting.candidate_id, _own.purpose == purpose, _own.status.in_(LIVE))
    wish_is_over = (Waiting.wanted_until <= now) & ~exists().where(*own).correlate(Waiting)
    too_late = hour.starts_at < now + HELD + policy_of(city).change_deadline
    keeps_hour = exists().where(*own, hour.id == _own.slot_id, too_late).correlate(Waiting)
    in_window = (Waiting.wanted_from <= Slot.starts_at) & (Waiting.wanted_until > Slot.starts_at)
    was_offered = exists().where(Offer.waiting_id == Waiting.id, Offer.slot_id == Slot.id).correlate(Waiting, Slot)
    return or_(Waiting.wanted_until.is_(None), wish_is_over, in_window) & ~was_offered & ~keeps_hour


def _in_line(
    session: Session, city: City, purpose: Purpose, given_back: dict[int, datetime], *, now: datetime
) -> Sequence[Booking]:
    """Whom one of these hours would suit, who said so first comes first; not who could not change any more."""
    hour = aliased(Slot)
    was_offered = exists().where(Offer.booking_id == Booking.id, Offer.slot_id == hour.id).correlate(Booking, hour)
    suits = exists().where(hour.id.in_(given_back), hour.starts_at < Slot.starts_at, ~was_offered)
    has_offer = exists().where(Offer.booking_id == Booking.id, Offer.status == OfferStatus.OPEN)
    waits = exists().where(
        Waiting.candidate_id == Booking.candidate_id, Waiting.purpose == purpose,
        Waiting.status == WaitingStatus.WAITING,
    )  # fmt: skip
    in_line = (
        select(Booking)
        .join(Booking.slot)
        .join(Booking.candidate)
        .options(contains_eager(Booking.slot), contains_eager(Booking.candidate).joinedload(Candidate.city))
        .options(contains_eager(Booking.candidate).joinedload(Candidate.contact))
        .where(
            Booking.purpose == purpose, Booking.earlier_since.is_not(None), _IS_LIVE, Candidate.city_id == city.id,
            Candidate.outcome == Outcome.ACTIVE, is_reachable(), suits, ~has_offer, ~waits,
            Slot.starts_at >= now + HELD + policy_of(city).change_deadline,
        )
        .order_by(Booking.earlier_since, Booking.id)
        .limit(MOST_OFFERS_AT_ONCE)
        .with_for_update(read=True, key_share=True, of=Booking, skip_locked=True)
    )  # fmt: skip
    return session.scalars(in_line).all()


def _offered(session: Session, bookings: Sequence[Booking]) -> set[tuple[int | None, int]]:
    ids = [booking.id for booking in bookings]
    rows = select(Offer.booking_id, Offer.slot_id).where(Offer.booking_id.in_(ids))
    return {(booking_id, slot_id) for booking_id, slot_id in session.execute(rows)} if ids else set()
