"""A free hour gets another time, or is taken back.

The slot itself never changes its time: a button that somebody still has in the chat names the slot, and must not lead
to another hour than it shows. So the old slot goes and a new one is offered. A slot that was ever booked stays, closed.
"""

from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.errors import BadInput, Changed, NotFound, PeopleBooked
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.slots import waiting
from recruitsmart.domain.slots.conflicts import hour_of
from recruitsmart.domain.slots.desk import sees
from recruitsmart.domain.slots.models import LIVE, Booking, Slot, SlotStatus
from recruitsmart.domain.slots.seats import insert_guarded, locked_slot

MEANWHILE = timedelta(days=1)  # how long it is remembered where an hour went
MOST_STEPS = 20


def move_hour(
    session: Session, slot_id: int, starts_at: datetime, *, revision: int, actor: Actor, now: datetime
) -> Slot:
    """Give a free hour another time; returns the hour as it is offered now. Locks the slot's row.

    Whoever a seat was held for is offered another one.

    Raises:
        SlotClosed: it is no longer offered.
        Changed: somebody changed it after it was looked at.
        PeopleBooked: it is not free.
        BadInput: it has begun, or the new moment has passed.
        HoursOverlap: the recruiter has an open hour of this purpose then.
    """
    old = _free_hour(session, slot_id, revision=revision, now=now)
    if starts_at <= now:
        raise BadInput("This moment has already passed in the zone chosen.")
    with session.begin_nested():
        _retire(session, old, now=now)
        new = _same_hour(old, starts_at)
        insert_guarded(session, new)
    record(
        session, "slot.moved", actor=actor, now=now, subject_id=slot_id, moved_to=new.id,
        before=old.starts_at.isoformat(), after=starts_at.isoformat(),
    )  # fmt: skip
    waiting.look_for_takers(session, new, now=now)
    return new


def take_back_hour(session: Session, slot_id: int, *, revision: int, actor: Actor, now: datetime) -> None:
    """A free hour is offered no longer. Locks the slot's row.

    Raises:
        SlotClosed, Changed, PeopleBooked
        BadInput: it has begun.
    """
    slot = _free_hour(session, slot_id, revision=revision, now=now)
    _retire(session, slot, now=now)
    record(session, "slot.taken_back", actor=actor, now=now, subject_id=slot_id, starts_at=slot.starts_at.isoformat())


def _free_hour(session: Session, slot_id: int, *, revision: int, now: datetime) -> Slot:
    slot = locked_slot(session, slot_id)
    if slot.revision != revision:
        raise Changed
    if slot.starts_at <= now:
        raise BadInput("This hour has begun; it stays where it is.")
    if session.scalar(select(exists().where(Booking.slot_id == slot_id, Booking.status.in_(LIVE)))):
        raise PeopleBooked
    return slot


def _retire(session: Session, slot: Slot, *, now: datetime) -> None:
    """The slot is gone; what was ever booked stays for the history, closed."""
    waiting.take_back(session, slot, now=now)
    if session.scalar(select(exists().where(Booking.slot_id == slot.id))):
        slot.status = SlotStatus.CLOSED
    else:
        session.delete(slot)
    session.flush()


def _same_hour(old: Slot, starts_at: datetime) -> Slot:
    time = hour_of(old.recruiter, old.purpose, starts_at, old.ends_at - old.starts_at)
    return Slot(
        recruiter=old.recruiter, city_id=old.city_id, purpose=old.purpose, starts_at=time.starts_at,
        ends_at=time.ends_at, busy_until=time.busy_until, capacity=old.capacity, series_id=old.series_id,
    )  # fmt: skip


def hour_in(session: Session, slot_id: int, scope: Scope, *, now: datetime) -> Slot:
    """An hour within a scope with recruiter and city; one that was just moved is found where it is now.

    Raises:
        NotFound: there is none, or it is out of the scope.
    """
    for _ in range(MOST_STEPS):
        slot = session.scalar(_WITH_RECRUITER.where(Slot.id == slot_id))
        is_here = slot is not None and slot.status == SlotStatus.OPEN
        moved_to = None if is_here else _went_to(session, slot_id, now=now)
        if moved_to is None:
            break
        slot_id = moved_to
    if slot is None or not sees(scope, slot):
        raise NotFound
    return slot


def _went_to(session: Session, slot_id: int, *, now: datetime) -> int | None:
    moves = select(Entry.details).where(
        Entry.kind == "slot.moved", Entry.at > now - MEANWHILE, Entry.subject_id == slot_id
    )
    details = session.scalar(moves.order_by(Entry.id.desc()).limit(1))
    return None if details is None else int(details["moved_to"])


_WITH_RECRUITER = select(Slot).options(joinedload(Slot.recruiter).selectinload(Recruiter.cities), joinedload(Slot.city))
