"""How many interviews a recruiter wants on one day: booked ones, those that took place, hours held for somebody."""

from datetime import datetime
from math import inf
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.slots.busy import NOBODY
from recruitsmart.domain.slots.models import COUNTS, Booking, Offer, Purpose, Slot
from recruitsmart.domain.slots.rules import bounds_of
from recruitsmart.domain.slots.seats import is_held, offers_to


def cap_is_reached(session: Session, slot: Slot, *, candidate_id: int, but: int | None = None, now: datetime) -> bool:
    """Whether the recruiter has as many interviews on the slot's local day as they want to; `but` does not count.

    Hours that are held for others than the candidate do. Asked under an advisory lock on recruiter and day: so two
    bookings, or two hours held, cannot both be the last. A group is bounded by its seats alone.
    """
    recruiter = slot.recruiter
    if recruiter.daily_cap is None or slot.purpose == Purpose.INTRO_DAY:
        return False
    day = slot.starts_at.astimezone(ZoneInfo(recruiter.time_zone)).date()
    session.execute(select(func.pg_advisory_xact_lock(recruiter.id % 2**31, day.toordinal())))
    return more_wanted(session, recruiter, slot.starts_at, candidate_id=candidate_id, but=but, now=now) <= 0


def more_wanted(
    session: Session, recruiter: Recruiter, at: datetime, *, candidate_id: int = NOBODY, but: int | None = None,
    now: datetime,
) -> float:  # fmt: skip
    """How many interviews more the recruiter wants on that day of their own zone; without a cap no end of them."""
    if recruiter.daily_cap is None:
        return inf
    offers, holder = offers_to(func.count())
    held = offers.join(Slot, Slot.id == Offer.slot_id).where(
        *_of_day(recruiter, at), Slot.purpose == Purpose.INTERVIEW, *is_held(now), holder != candidate_id
    )
    return recruiter.daily_cap - booked_that_day(session, recruiter, at, but=but) - (session.scalar(held) or 0)


def booked_that_day(session: Session, recruiter: Recruiter, at: datetime, *, but: int | None = None) -> int:
    """How many interviews the recruiter has, or had, on that day of their own zone; `but` does not count."""
    booked = (
        select(func.count())
        .select_from(Booking)
        .join(Slot)
        .where(
            *_of_day(recruiter, at),
            Booking.status.in_(COUNTS),
            Booking.purpose == Purpose.INTERVIEW,
            Booking.id != (but or 0),
        )
    )
    return session.scalar(booked) or 0


def _of_day(recruiter: Recruiter, at: datetime) -> tuple[ColumnElement[bool], ...]:
    zone = ZoneInfo(recruiter.time_zone)
    begins, ends = bounds_of(at.astimezone(zone).date(), zone)
    return Slot.recruiter_id == recruiter.id, Slot.starts_at >= begins, Slot.starts_at < ends
