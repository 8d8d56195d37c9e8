"""Offering free hours to those who wait, oldest first, and then to those booked later who would come earlier."""

from datetime import datetime

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, contains_eager

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.slots.fitting import fits, is_welcome
from recruitsmart.domain.slots.free_hours import free_hours
from recruitsmart.domain.slots.ladder import (
    HELD,
    MOST_OFFERS_AT_ONCE,
    hold,
    is_new_and_fits,
    is_reachable,
    offer_earlier,
)
from recruitsmart.domain.slots.models import Offer, OfferStatus, Purpose, Slot, Waiting, WaitingStatus
from recruitsmart.domain.slots.queries import live_booking, policy_of
from recruitsmart.domain.slots.rules import FreeHour, bookable_between, may_change

HOURS_AT_ONCE = 1000


def offer_free(session: Session, city: City, purpose: Purpose, *, now: datetime) -> int:
    """A thousand of the free hours after the other, as far as the horizon goes or until enough people are asked."""
    hours, offers = _free_while_held(session, city, purpose, now=now), 0
    for first in range(0, len(hours), HOURS_AT_ONCE):
        if offers >= MOST_OFFERS_AT_ONCE:
            break
        free = hours[first : first + HOURS_AT_ONCE]
        welcome = is_welcome(session, city, purpose, free)
        for entry in _queue(session, city, purpose, free, welcome, now=now):
            offers += _offer_one(session, city, entry, free, now=now)
        offers += offer_earlier(session, city, purpose, free, welcome, now=now)
    return offers


def _free_while_held(session: Session, city: City, purpose: Purpose, *, now: datetime) -> list[FreeHour]:
    """The free hours that can still be booked in the last minute of an offer."""
    earliest, end = bookable_between(policy_of(city), now=now + HELD)
    return [hour for hour in free_hours(session, city, purpose=purpose, now=now) if earliest <= hour.starts_at < end]


def _queue(
    session: Session, city: City, purpose: Purpose, free: list[FreeHour], welcome: ColumnElement[bool], *, now: datetime
) -> list[Waiting]:
    """The first of those whom one of these hours suits: the others must not keep them from their turn."""
    has_offer = exists().where(Offer.waiting_id == Waiting.id, Offer.status == OfferStatus.OPEN)
    is_free = Slot.id.in_([hour.slot_id for hour in free])
    # Whose time is another one is not compared with each of these hours.
    asks_for_then = (Waiting.wanted_from <= free[-1].starts_at) & (Waiting.wanted_until > free[0].starts_at)
    in_line = (
        select(Waiting)
        .join(Waiting.candidate)
        .options(contains_eager(Waiting.candidate).joinedload(Candidate.contact))
        .where(
            Waiting.city_id == city.id,
            Waiting.purpose == purpose,
            Waiting.status == WaitingStatus.WAITING,
            or_(Waiting.wanted_until.is_(None), Waiting.wanted_until <= now, asks_for_then),
            exists().where(is_free, is_new_and_fits(city, purpose, now=now), welcome).correlate(Waiting),
            Candidate.outcome == Outcome.ACTIVE,
            ~has_offer,
            is_reachable(),
        )
        .order_by(Waiting.since, Waiting.id)
        .limit(MOST_OFFERS_AT_ONCE)
        .with_for_update(of=Waiting, skip_locked=True)
    )
    return list(session.scalars(in_line))


def _offer_one(session: Session, city: City, entry: Waiting, free: list[FreeHour], *, now: datetime) -> bool:
    """Hold the first free hour that fits for this person; one they have or were offered before does not fit, and none
    does once the hour they have can no longer be changed.

    Hours that turn out to be full are taken out of `free`.
    """
    offered = set(session.scalars(select(Offer.slot_id).where(Offer.waiting_id == entry.id)))
    booking = live_booking(session, entry.candidate_id, entry.purpose)
    has = None if booking is None else booking.slot.starts_at
    if has is not None and not may_change(has, policy_of(city), now=now + HELD):
        return False
    new = (hour for hour in free if hour.slot_id not in offered and hour.starts_at != has)
    fitting = [hour for hour in new if fits(hour, entry, has, city, now=now)]
    for hour in fitting:
        if hold(session, hour, entry.candidate, entry, has=booking, now=now):
            return True
        free.remove(hour)
    return False
