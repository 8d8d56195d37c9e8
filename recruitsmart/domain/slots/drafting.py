"""Many hours at once: drafts from a series, a copied week or a file; checked and shown first, then made and undone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session, selectinload

from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.errors import BadInput, Changed, NotFound
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.slots import waiting
from recruitsmart.domain.slots.conflicts import hour_of
from recruitsmart.domain.slots.models import Booking, Offer, OfferStatus, Purpose, Slot, SlotSeries, SlotStatus
from recruitsmart.domain.slots.rules import midnight, refuse_size
from recruitsmart.domain.slots.seats import insert_guarded, lock_slots

MOST_DRAFTS = 2000
LONGEST_RANGE = timedelta(days=92)
FIRST_YEAR, LAST_YEAR = 2000, 2100


class Problem(StrEnum):
    """Why a draft cannot become an hour."""

    PAST = "past"
    OVERLAP = "overlap"
    SKIPPED_BY_CLOCKS = "skipped_by_clocks"
    NOT_IN_CITY = "not_in_city"


@dataclass(frozen=True, kw_only=True)
class Draft:
    """One hour that could be offered; `starts_at` None is a local time the clocks skip that day."""

    recruiter_id: int
    city_id: int | None
    purpose: Purpose
    starts_at: datetime | None
    duration: timedelta
    capacity: int


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A draft and what stands against it."""

    draft: Draft
    problem: Problem | None


@dataclass(frozen=True, kw_only=True)
class SeriesPlan:
    """A pattern of hours: on these weekdays (Monday is 0), first to last day, inside a window of local time.

    Hours follow one another after `pause`; the last one ends within the window.
    """

    recruiter_ids: tuple[int, ...]
    city_id: int | None
    purpose: Purpose
    first_on: date
    last_on: date
    weekdays: frozenset[int]
    begins: time
    ends: time
    duration: timedelta
    pause: timedelta
    capacity: int
    zone: ZoneInfo


def refuse_far(*days: date) -> None:
    """A day at the edge of the calendar has no days around it.

    Raises:
        BadInput: one of these days is so far away.
    """
    if not all(FIRST_YEAR <= day.year <= LAST_YEAR for day in days):
        raise BadInput("The year must be between 2000 and 2100.")


def drafts_of(plan: SeriesPlan) -> list[Draft]:
    """The hours of a plan in the order of recruiters and time.

    Raises:
        BadInput: the plan makes no hour, or too many.
    """
    refuse_size(plan.duration, plan.capacity)
    if plan.pause < timedelta(0):
        raise BadInput("The break between two hours cannot be negative.")
    refuse_far(plan.first_on)
    if not timedelta(0) <= plan.last_on - plan.first_on <= LONGEST_RANGE:
        raise BadInput("The last day must not be before the first, and at most three months after it.")
    starts = [start for day in _days(plan) for start in _starts(plan, day)]
    count = len(starts) * len(plan.recruiter_ids)  # asked before they are made: it may be millions
    if count > MOST_DRAFTS:
        raise BadInput(f"This makes {count} hours; at most {MOST_DRAFTS} can be made at once.")
    drafts = [
        Draft(
            recruiter_id=recruiter_id, city_id=plan.city_id, purpose=plan.purpose, starts_at=start,
            duration=plan.duration, capacity=plan.capacity,
        )
        for recruiter_id in plan.recruiter_ids
        for start in starts
    ]  # fmt: skip
    if not drafts:
        raise BadInput("This makes no hour: look at the days and at the window.")
    return drafts


def _days(plan: SeriesPlan) -> list[date]:
    count = (plan.last_on - plan.first_on).days + 1
    days = (plan.first_on + timedelta(days=ahead) for ahead in range(count))
    return [day for day in days if day.weekday() in plan.weekdays]


def _starts(plan: SeriesPlan, day: date) -> list[datetime | None]:
    """Wall times step evenly through the window; real durations follow from the instants."""
    starts: list[datetime | None] = []
    wall, last = datetime.combine(day, plan.begins), datetime.combine(day, plan.ends) - plan.duration
    while wall <= last:
        starts.append(instant(wall, plan.zone))
        wall += plan.duration + plan.pause
    return starts


def instant(wall: datetime, zone: ZoneInfo) -> datetime | None:
    """The instant of a local wall time; None when the clocks skip it, the first of two when they repeat it."""
    there = wall.replace(tzinfo=zone)
    at = datetime.fromtimestamp(there.timestamp(), there.astimezone(ZoneInfo("UTC")).tzinfo)
    return at if at.astimezone(zone).replace(tzinfo=None) == wall else None


def drafts_of_week(session: Session, recruiter_ids: Iterable[int], *, week: date, to: date) -> list[Draft]:
    """The open hours of a week (from its Monday) as drafts for another week, at the same wall times."""
    drafts: list[Draft] = []
    recruiters = session.scalars(select(Recruiter).where(Recruiter.id.in_(list(recruiter_ids))).order_by(Recruiter.id))
    for recruiter in recruiters:
        zone = ZoneInfo(recruiter.time_zone)
        week_of = (
            select(Slot)
            .where(
                Slot.recruiter_id == recruiter.id,
                Slot.status == SlotStatus.OPEN,
                Slot.starts_at >= midnight(week, zone),
                Slot.starts_at < midnight(week + timedelta(days=7), zone),
            )
            .order_by(Slot.starts_at)
        )
        drafts += [_copied(slot, zone, ahead=to - week) for slot in session.scalars(week_of)]
    return drafts


def _copied(slot: Slot, zone: ZoneInfo, *, ahead: timedelta) -> Draft:
    wall = slot.starts_at.astimezone(zone).replace(tzinfo=None) + ahead
    return Draft(
        recruiter_id=slot.recruiter_id, city_id=slot.city_id, purpose=slot.purpose, starts_at=instant(wall, zone),
        duration=slot.ends_at - slot.starts_at, capacity=slot.capacity,
    )  # fmt: skip


def check(session: Session, drafts: Sequence[Draft], *, now: datetime) -> list[Checked]:
    """What stands against each draft, without writing anything; two queries whatever their number."""
    recruiters = _recruiters(session, drafts)
    busy = _busy(session, drafts)
    checked = []
    for draft in drafts:
        recruiter = recruiters[draft.recruiter_id]
        problem = _problem(draft, recruiter, busy, now=now)
        if problem is None:
            busy.setdefault((draft.recruiter_id, draft.purpose), []).append(_span(draft, recruiter))
        checked.append(Checked(draft=draft, problem=problem))
    return checked


Span = tuple[datetime, datetime]


def _recruiters(session: Session, drafts: Sequence[Draft]) -> dict[int, Recruiter]:
    wanted = {draft.recruiter_id for draft in drafts}
    rows = select(Recruiter).options(selectinload(Recruiter.cities)).where(Recruiter.id.in_(wanted))
    found = {recruiter.id: recruiter for recruiter in session.scalars(rows)}
    if wanted - found.keys():
        raise NotFound
    return found


def _busy(session: Session, drafts: Sequence[Draft]) -> dict[tuple[int, Purpose], list[Span]]:
    moments = [draft.starts_at for draft in drafts if draft.starts_at is not None]
    busy: dict[tuple[int, Purpose], list[Span]] = {}
    if not moments:
        return busy
    opened = select(Slot.recruiter_id, Slot.purpose, Slot.starts_at, Slot.busy_until).where(
        Slot.recruiter_id.in_({draft.recruiter_id for draft in drafts}),
        Slot.status == SlotStatus.OPEN,
        Slot.starts_at < max(moments) + timedelta(days=1),
        Slot.busy_until > min(moments),
    )
    for recruiter_id, purpose, starts_at, busy_until in session.execute(opened):
        busy.setdefault((recruiter_id, purpose), []).append((starts_at, busy_until))
    return busy


def _span(draft: Draft, recruiter: Recruiter) -> Span:
    if draft.starts_at is None:
        raise ValueError("a draft without an instant spans nothing")
    hour = hour_of(recruiter, draft.purpose, draft.starts_at, draft.duration)
    return hour.starts_at, hour.busy_until


def _problem(
    draft: Draft, recruiter: Recruiter, busy: dict[tuple[int, Purpose], list[Span]], *, now: datetime
) -> Problem | None:
    if draft.starts_at is None:
        return Problem.SKIPPED_BY_CLOCKS
    if draft.starts_at <= now:
        return Problem.PAST
    if draft.city_id is not None and draft.city_id not in {city.id for city in recruiter.cities}:
        return Problem.NOT_IN_CITY
    starts, ends = _span(draft, recruiter)
    spans = busy.get((draft.recruiter_id, draft.purpose), [])
    meets = any(starts_at < ends and starts < until for starts_at, until in spans)
    return Problem.OVERLAP if meets else None


def make(session: Session, drafts: Sequence[Draft], *, account_id: int, now: datetime) -> SlotSeries:
    """Make the drafts that nothing stands against, as one series.

    Raises:
        BadInput: nothing stands against none of them.
        HoursOverlap: somebody made an hour in between at this very moment; nothing is made.
    """
    good = [checked.draft for checked in check(session, drafts, now=now) if checked.problem is None]
    if not good:
        raise BadInput("None of these hours can be made.")
    series = SlotSeries(account_id=account_id, made_at=now)
    session.add(series)
    session.flush()
    recruiters = _recruiters(session, good)
    slots = [_slot(draft, recruiters, series.id) for draft in good]
    insert_guarded(session, *slots)
    actor = Actor(kind=ActorKind.STAFF, id=account_id)
    record(session, "slots.made", actor=actor, now=now, subject_id=series.id, count=len(slots))
    for slot in {(slot.recruiter_id, slot.city_id): slot for slot in slots}.values():
        waiting.look_for_takers(session, slot, now=now)
    return series


def _slot(draft: Draft, recruiters: dict[int, Recruiter], series_id: int) -> Slot:
    starts_at, busy_until = _span(draft, recruiters[draft.recruiter_id])
    return Slot(
        recruiter=recruiters[draft.recruiter_id], city_id=draft.city_id, purpose=draft.purpose, starts_at=starts_at,
        ends_at=starts_at + draft.duration, busy_until=busy_until, capacity=draft.capacity, series_id=series_id,
    )  # fmt: skip


def undo(session: Session, series_id: int, *, account_id: int, now: datetime) -> tuple[int, int]:
    """Take a series back: hours nobody ever booked are deleted, the others stay; returns how many of each.

    Whoever one of them was held for is offered another one.

    Raises:
        NotFound: there is no such series.
        Changed: it was undone already.
    """
    series = session.get(SlotSeries, series_id, with_for_update=True)
    if series is None:
        raise NotFound
    if series.undone_at is not None:
        raise Changed("This series has been undone already.")
    ids = session.scalars(select(Slot.id).where(Slot.series_id == series_id)).all()
    slots = lock_slots(session, ids)
    booked = exists().where(Booking.slot_id == Slot.id)
    untouched = session.scalars(select(Slot.id).where(Slot.series_id == series_id, ~booked)).all()
    held = select(Offer.slot_id).where(Offer.slot_id.in_(untouched), Offer.status == OfferStatus.OPEN).distinct()
    for slot_id in sorted(session.scalars(held)):
        waiting.take_back(session, slots[slot_id], now=now)
    session.execute(delete(Offer).where(Offer.slot_id.in_(untouched)))
    session.execute(delete(Slot).where(Slot.id.in_(untouched)))
    series.undone_at = now
    actor = Actor(kind=ActorKind.STAFF, id=account_id)
    record(session, "slots.undone", actor=actor, now=now, subject_id=series_id, count=len(untouched))
    return len(untouched), len(ids) - len(untouched)
