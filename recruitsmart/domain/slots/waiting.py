"""The queue for an hour: who waits is offered what becomes free, oldest first, each offer held for ten minutes."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, bindparam, exists, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import actor_of
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.directory.quiet import quiet_hours_of
from recruitsmart.domain.journal.operations import record
from recruitsmart.domain.slots import announcements, notices
from recruitsmart.domain.slots.free_hours import free_hours
from recruitsmart.domain.slots.ladder import MOST_OFFERS_AT_ONCE, somebody_would_come_earlier
from recruitsmart.domain.slots.models import (
    Booking,
    Offer,
    OfferStatus,
    Purpose,
    Slot,
    Waiting,
    WaitingStatus,
)
from recruitsmart.domain.slots.offering import offer_free
from recruitsmart.domain.slots.wishes import Window
from recruitsmart.domain.timers.operations import set_timer

LOOK_FOR_TAKERS = "slots.look_for_takers"  # its subject is a city
AGAIN, SOON = timedelta(hours=1), timedelta(seconds=1)


def wait(
    session: Session,
    candidate: Candidate,
    purpose: Purpose,
    *,
    window: Window | None = None,
    note: str | None = None,
    now: datetime,
) -> None:
    """Put the candidate into the queue of their city; one who waits already keeps the place.

    A new wish takes the place of the old one; no wish leaves it as it is. Where nobody has free hours the recruiters of
    the city are told that people wait.
    """
    city = candidate.city
    if city is None:
        return
    wish = {
        "wanted_from": None if window is None else window.starts_at,
        "wanted_until": None if window is None else window.ends_at,
        "note": note,
    }
    where = {"city_id": city.id} | (wish if window or note else {})
    place = {"candidate_id": candidate.id, "city_id": city.id, "purpose": purpose, "since": now}
    since = session.scalar(
        insert(Waiting)
        .values(**place, **wish, status=WaitingStatus.WAITING)
        .on_conflict_do_update(
            index_elements=["candidate_id", "purpose"],
            index_where=text("status = 'waiting'"),
            set_=where,
        )
        .returning(Waiting.since)
    )
    actor = actor_of(candidate)
    record(session, "candidate.waits", actor=actor, now=now, candidate_id=candidate.id, purpose=purpose)
    _look(session, city.id, now=now)
    if since == now:
        _tell_of_the_queue(session, city, purpose, now=now)


def _tell_of_the_queue(session: Session, city: City, purpose: Purpose, *, now: datetime) -> None:
    """Somebody has begun to wait: once a day, unless there are free hours, which are not what they want."""
    if notices.is_told_of_queue(session, city, now=now):
        return
    if free_hours(session, city, purpose=purpose, limit=1, now=now):
        return
    in_queue = (Waiting.city_id == city.id, Waiting.status == WaitingStatus.WAITING)
    count = session.scalar(select(func.count()).where(*in_queue)) or 0
    notices.people_wait(session, city, count=count, now=now)


def is_waiting(session: Session, candidate_id: int, purpose: Purpose) -> bool:
    """Whether the person stands in the queue."""
    in_queue = exists().where(
        Waiting.candidate_id == candidate_id, Waiting.purpose == purpose, Waiting.status == WaitingStatus.WAITING
    )
    return bool(session.scalar(select(in_queue)))


def serve(session: Session, candidate_id: int, purpose: Purpose, slot_id: int, *, now: datetime) -> None:
    """The person has an hour: they leave the queue, and what was held for them is free again or taken."""
    entry = session.scalar(_ENTRY, {"candidate_id": candidate_id, "purpose": purpose})
    if entry is None:
        return
    entry.status, entry.ended_at = WaitingStatus.SERVED, now
    _end_offers(session, Offer.waiting_id == entry.id, taken=slot_id, now=now)
    _look(session, entry.city_id, now=now)  # hours that were left to this person are anybody's now


def serve_all(session: Session, bookings: Sequence[Booking], *, now: datetime) -> None:
    """`serve` for those of these people, booked for one slot, who wait for another hour all the same."""
    people, purpose = [booking.candidate_id for booking in bookings], bookings[0].purpose
    in_queue = (Waiting.purpose == purpose, Waiting.status == WaitingStatus.WAITING)
    found = select(Waiting.candidate_id).where(Waiting.candidate_id.in_(people), *in_queue).order_by(Waiting.id)
    for candidate_id in session.scalars(found).all():
        serve(session, candidate_id, purpose, bookings[0].slot_id, now=now)


_ENTRY = select(Waiting).where(
    Waiting.candidate_id == bindparam("candidate_id"),
    Waiting.purpose == bindparam("purpose"),
    Waiting.status == WaitingStatus.WAITING,
)


def leave(session: Session, candidate_id: int, *, now: datetime) -> None:
    """The person no longer waits for anything; an hour that is held for them goes to the next one at once."""
    entries = (Waiting.candidate_id == candidate_id, Waiting.status == WaitingStatus.WAITING)
    gone = update(Waiting).where(*entries).values(status=WaitingStatus.GONE, ended_at=now).returning(Waiting.id)
    _end_offers(session, Offer.waiting_id.in_(session.scalars(gone).all()), now=now)


def rejoin(session: Session, candidate: Candidate, *, now: datetime) -> None:
    """An ended application goes on: who waited at this very stage has the old place and wish again."""
    gone = (Waiting.candidate_id == candidate.id, Waiting.status == WaitingStatus.GONE)
    at_this_stage = Waiting.ended_at >= candidate.stage_since
    entry = session.scalar(select(Waiting).where(*gone, at_this_stage).order_by(Waiting.id.desc()).limit(1))
    if entry is None or candidate.city_id is None or is_waiting(session, candidate.id, entry.purpose):
        return
    entry.status, entry.ended_at, entry.city_id = WaitingStatus.WAITING, None, candidate.city_id
    _look(session, entry.city_id, now=now)


def follow(session: Session, candidate_id: int, city_id: int, *, now: datetime) -> None:
    """The person has another city: whoever waits, waits there, with the same place by time; an hour that is held for
    them goes to the next one at once.
    """
    entries = (
        Waiting.candidate_id == candidate_id, Waiting.status == WaitingStatus.WAITING, Waiting.city_id != city_id,
    )  # fmt: skip
    moved = session.scalars(update(Waiting).where(*entries).values(city_id=city_id).returning(Waiting.id)).all()
    if moved:
        _end_offers(session, Offer.waiting_id.in_(moved), now=now)
        _look(session, city_id, now=now)


def decline(session: Session, candidate: Candidate, offer_id: int, *, now: datetime) -> Offer | None:
    """“Not this hour”: the next person gets it; this one keeps waiting, or the hour they have.

    Declining twice changes nothing. Returns the offer; None when it was not made to this person.
    """
    offer = session.get(Offer, offer_id, with_for_update=True)
    if offer is None or offer.candidate_id != candidate.id:
        return None
    if offer.status == OfferStatus.OPEN:
        offer.status, offer.ended_at = OfferStatus.DECLINED, now
        look_for_takers(session, offer.slot, now=now)
    return offer


def end_offers(session: Session, *bookings: Booking, taken: int | None = None, now: datetime) -> None:
    """A booking ends, or the person no longer wants an earlier hour: one that is held beside it is taken, or free."""
    _end_offers(session, Offer.booking_id.in_([booking.id for booking in bookings]), taken=taken, now=now)


def _end_offers(session: Session, whose: ColumnElement[bool], *, taken: int | None = None, now: datetime) -> None:
    """Of an entry in the queue, or of a booking, there is one open offer at most."""
    held = select(Offer).where(whose, Offer.status == OfferStatus.OPEN).order_by(Offer.id)
    for offer in session.scalars(held.options(joinedload(Offer.slot))).all():
        is_taken = offer.slot_id == taken
        offer.status, offer.ended_at = (OfferStatus.TAKEN if is_taken else OfferStatus.DECLINED), now
        announcements.take_back_offer(session, offer.id, now=now)
        if not is_taken:
            look_for_takers(session, offer.slot, now=now)


def expire_offer(session: Session, offer_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: ten minutes are over; the hour goes to the next person."""
    offer = session.get(Offer, offer_id, with_for_update=True)
    if offer is None or offer.status != OfferStatus.OPEN:
        return "answered in time"
    offer.status, offer.ended_at = OfferStatus.EXPIRED, now
    look_for_takers(session, offer.slot, now=now)
    return None


def take_back(session: Session, slot: Slot, *, now: datetime) -> None:
    """The hour is no longer offered: whoever it was held for is looked for another one."""
    held = (Offer.slot_id == slot.id, Offer.status == OfferStatus.OPEN)
    statement = update(Offer).where(*held).values(status=OfferStatus.EXPIRED, ended_at=now).returning(Offer.id)
    ended = session.scalars(statement).all()
    for offer_id in ended:  # as many as the hour has seats
        announcements.take_back_offer(session, offer_id, now=now)
    if ended:
        look_for_takers(session, slot, now=now)


def look_for_takers(session: Session, slot: Slot, *, now: datetime) -> None:
    """A seat has become free: right after the commit the queues of the cities it serves are looked at; of a recruiter
    who wants only so many interviews a day, those of all their cities, for the whole day has room again.
    """
    cities = {slot.city_id} if slot.city_id is not None else set()
    if slot.city_id is None or slot.recruiter.daily_cap is not None:
        cities |= {city.id for city in slot.recruiter.cities}
    for city_id in sorted(cities):  # two at once meet these rows in one order
        _look(session, city_id, now=now)


def _look(session: Session, city_id: int, *, now: datetime, after: timedelta = timedelta(0)) -> None:
    queue = exists().where(Waiting.city_id == city_id, Waiting.status == WaitingStatus.WAITING)
    if session.scalar(select(queue | somebody_would_come_earlier(city_id))):
        set_timer(session, LOOK_FOR_TAKERS, city_id, due_at=now + after)


def offer_to_waiting(session: Session, city_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: offer the city's free hours to those who wait, oldest first, one open offer a person; what was given back
    and suits none of them goes to those booked later who would come earlier.

    As long as somebody waits, or would come earlier, it looks again every hour: time alone makes hours bookable (the
    horizon moves on). An offer is held for minutes only, so it waits for the end of the city's quiet hours.
    """
    city = session.get(City, city_id)
    if city is None:
        return "the city is gone"
    quiet = quiet_hours_of(city)
    if quiet.covers(now):
        set_timer(session, LOOK_FOR_TAKERS, city_id, due_at=quiet.end_after(now))
        return "quiet hours"
    offers = 0
    for purpose in Purpose:
        offers += offer_free(session, city, purpose, now=now)
    _look(session, city_id, now=now, after=SOON if offers >= MOST_OFFERS_AT_ONCE else AGAIN)
    return None if offers else "nothing fits anybody"
