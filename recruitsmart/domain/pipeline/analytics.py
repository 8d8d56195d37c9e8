"""What the numbers of the page Analytics mean: each is a definition here, counted from the journal and from bookings.

A funnel follows a cohort: the people who pressed Start in a period, whatever the moment of their later steps. Show
rates are about the interviews of the period, times in a stage about the moves of the period.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, Subquery, and_, case, cast, extract, func, lateral, select, true
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.pipeline.testing import TEST1
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose, Slot

NEWEST_MOVES = 5_000  # a median of these is exact enough, and as quick after years as after weeks
MOST_LINES = 30
CAME = (BookingStatus.ATTENDED, BookingStatus.LATE)
LEADS = (6, 24, 48, 96, 168)  # hours; the last group is longer than the last bound

Key = str | int | date | None


class Step(StrEnum):
    """How far a person came."""

    STARTED = "started"
    TEST1 = "test1"
    BOOKED = "booked"
    CAME = "came"
    PASSED = "passed"
    INTRO_DAY = "intro_day"
    HIRED = "hired"


class GroupBy(StrEnum):
    """What the lines of a funnel are: where people came from, live, whom they talked to, when they came."""

    SOURCE = "source"
    CITY = "city"
    RECRUITER = "recruiter"
    WEEK = "week"


@dataclass(frozen=True, kw_only=True)
class Period:
    """The half-open range [begins, ends); weeks begin on Monday in `time_zone`."""

    begins: datetime
    ends: datetime
    time_zone: str


@dataclass(frozen=True, kw_only=True)
class Line:
    """A group of a cohort and how many of it reached each step. `rest` stands for all groups too small to be named."""

    key: Key
    counts: dict[Step, int]
    rest: bool = False


@dataclass(frozen=True, kw_only=True)
class Rate:
    """Of so many interviews whose outcome was noted, how many were kept."""

    came: int
    met: int

    @property
    def share(self) -> float | None:
        """From 0 to 1; None without interviews."""
        return self.came / self.met if self.met else None


@dataclass(frozen=True, kw_only=True)
class ShowRates:
    """By the group of `LEADS` (0 is the shortest) and by the local hour of the interview."""

    by_lead: dict[int, Rate]
    by_hour: dict[int, Rate]


@dataclass(frozen=True, kw_only=True)
class Stay:
    """How long people stood at a stage until they moved on: the median in seconds, and of how many."""

    seconds: float
    people: int


def funnel(session: Session, period: Period, by: GroupBy, *, scope: Scope, city_id: int | None = None) -> list[Line]:
    """How far the people who pressed Start in the period have come by now, in groups. One query.

    started: pressed Start (`candidate.started`, whose moment is the candidate's `created_at`). test1: finished Test 1
    (`attempt.finished`). booked: got an interview hour, whatever became of it. came: an interview's outcome is attended
    or late. passed: moved on from Test 2 to the introductory day (`candidate.moved`). intro_day: came to one. hired:
    `candidate.hired`. Each counts people, not events, and asks for nothing but itself: who was hired without Test 2 is
    hired, not passed. The recruiter is the one of the newest interview booking.
    """
    cohort = _cohort(period, by, scope, city_id)
    met = _meetings(period)
    done = {step: _who_did(step, period) for step in (Step.TEST1, Step.PASSED, Step.HIRED)}
    reached = {
        Step.STARTED: func.count(),
        Step.BOOKED: _counted(met.c.booked),
        Step.CAME: _counted(met.c.came),
        Step.INTRO_DAY: _counted(met.c.intro_day),
        **{step: func.count(people.c.candidate_id) for step, people in done.items()},
    }
    lines = select(cohort.c.key, *(reached[step].label(step) for step in Step)).select_from(cohort)
    for people in (met, *done.values()):
        lines = lines.outerjoin(people, people.c.candidate_id == cohort.c.id)
    counted = [
        Line(key=key, counts=dict(zip(Step, counts, strict=True)))
        for key, *counts in session.execute(lines.group_by(cohort.c.key))
    ]
    return in_order(counted, by)


def in_order(lines: Iterable[Line], by: GroupBy) -> list[Line]:
    """Weeks by time; else the largest first, and what is beyond the first 30 as one line."""
    if by == GroupBy.WEEK:
        return sorted(lines, key=lambda line: str(line.key))
    ordered = sorted(lines, key=lambda line: (-line.counts[Step.STARTED], str(line.key)))
    if len(ordered) <= MOST_LINES:
        return ordered
    rest = summed(ordered[MOST_LINES:])
    return [*ordered[:MOST_LINES], Line(key=None, counts=rest, rest=True)]


def summed(lines: Sequence[Line]) -> dict[Step, int]:
    """All lines as one; each person is in one line only."""
    return {step: sum(line.counts[step] for line in lines) for step in Step}


def _cohort(period: Period, by: GroupBy, scope: Scope, city_id: int | None) -> Subquery:
    people = select(Candidate.id).where(Candidate.created_at >= period.begins, Candidate.created_at < period.ends)
    people = people.where(*_within(scope, city_id))
    match by:
        case GroupBy.SOURCE:
            people = people.add_columns(Candidate.source.label("key"))
        case GroupBy.CITY:
            people = people.add_columns(Candidate.city_id.label("key"))
        case GroupBy.WEEK:
            local = func.timezone(period.time_zone, Candidate.created_at)
            people = people.add_columns(cast(func.date_trunc("week", local), Date).label("key"))
        case GroupBy.RECRUITER:
            talked = _recruiters(period)
            people = people.add_columns(talked.c.recruiter_id.label("key"))
            people = people.outerjoin(talked, talked.c.candidate_id == Candidate.id)
    return people.subquery("cohort")


def _within(scope: Scope, city_id: int | None) -> list[ColumnElement[bool]]:
    needed: list[ColumnElement[bool]] = []
    if scope.city_ids is not None:
        needed.append(Candidate.city_id.in_(scope.city_ids))
    if city_id is not None:
        needed.append(Candidate.city_id == city_id)
    return needed


def _recruiters(period: Period) -> Subquery:
    """The recruiter of each person's newest interview booking."""
    newest = (
        select(Booking.candidate_id, func.max(Booking.id).label("id"))
        .where(Booking.purpose == Purpose.INTERVIEW, Booking.created_at >= period.begins)
        .group_by(Booking.candidate_id)
        .subquery()
    )
    return (
        select(newest.c.candidate_id, Slot.recruiter_id)
        .join(Booking, Booking.id == newest.c.id)
        .join(Slot, Slot.id == Booking.slot_id)
        .subquery("talked")
    )


def _meetings(period: Period) -> Subquery:
    """Per person; nobody of a cohort has a booking older than the cohort."""
    is_interview, kept = Booking.purpose == Purpose.INTERVIEW, Booking.status.in_(CAME)
    return (
        select(
            Booking.candidate_id,
            func.bool_or(is_interview).label("booked"),
            func.bool_or(and_(is_interview, kept)).label("came"),
            func.bool_or(and_(~is_interview, kept)).label("intro_day"),
        )
        .where(Booking.created_at >= period.begins)
        .group_by(Booking.candidate_id)
        .subquery("met")
    )


def _who_did(step: Step, period: Period) -> Subquery:
    facts: dict[Step, ColumnElement[bool]] = {
        Step.TEST1: and_(Entry.kind == "attempt.finished", Entry.details["test"].astext == TEST1),
        Step.PASSED: and_(
            Entry.kind == "candidate.moved",
            Entry.details["before"].astext == Stage.TEST2,
            Entry.details["after"].astext == Stage.TO_INTRO_DAY,
        ),
        Step.HIRED: Entry.kind == "candidate.hired",
    }
    did = select(Entry.candidate_id).where(facts[step], Entry.at >= period.begins)
    return did.group_by(Entry.candidate_id).subquery(step)


def _counted(flag: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(flag)


def show_rates(session: Session, period: Period, *, scope: Scope, city_id: int | None = None) -> ShowRates:
    """How many came of the interviews that were to begin in the period and whose outcome was noted. One query.

    Came is attended or late; cancelled and moved bookings are no meetings. The lead is the time from the choice of the
    hour to its start; the hour is the candidate's local one.
    """
    lead, hour = _lead_group(), extract("hour", func.timezone(Booking.time_zone, Slot.starts_at))
    kept = func.count().filter(Booking.status.in_(CAME))
    met = (
        select(lead.label("lead"), hour.label("hour"), kept, func.count())
        .select_from(Booking)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(Booking.status.in_((*CAME, BookingStatus.NO_SHOW)), Booking.purpose == Purpose.INTERVIEW)
        .where(Slot.purpose == Purpose.INTERVIEW, Slot.starts_at >= period.begins, Slot.starts_at < period.ends)
        .group_by("lead", "hour")
    )
    if needed := _within(scope, city_id):
        met = met.join(Candidate, Candidate.id == Booking.candidate_id).where(*needed)
    rows = [(int(lead), int(hour), came, all_) for lead, hour, came, all_ in session.execute(met)]
    return ShowRates(
        by_lead=_rates((lead, came, all_) for lead, _, came, all_ in rows),
        by_hour=_rates((hour, came, all_) for _, hour, came, all_ in rows),
    )


def _lead_group() -> ColumnElement[int]:
    lead = Slot.starts_at - Booking.created_at
    shorter = ((lead < timedelta(hours=bound), number) for number, bound in enumerate(LEADS))
    return case(*shorter, else_=len(LEADS))


def _rates(rows: Iterable[tuple[int, int, int]]) -> dict[int, Rate]:
    rates: dict[int, Rate] = {}
    for key, came, met in rows:
        before = rates.get(key, Rate(came=0, met=0))
        rates[key] = Rate(came=before.came + came, met=before.met + met)
    return dict(sorted(rates.items()))


def time_in_stages(session: Session, period: Period, *, scope: Scope, city_id: int | None = None) -> dict[Stage, Stay]:
    """How long people stood at a stage before they moved on, of the newest 5,000 moves of the period. One query.

    From the move into the stage (or Start) to the move out of it; who still stands there is not counted.
    """
    moves = _newest_moves(period, _within(scope, city_id)).subquery("moves")
    earlier = Entry.__table__.alias("earlier")
    began = lateral(
        select(earlier.c.at)
        .where(earlier.c.candidate_id == moves.c.candidate_id, earlier.c.id < moves.c.id)
        .where(earlier.c.kind.in_(("candidate.moved", "candidate.started")))
        .order_by(earlier.c.id.desc())
        .limit(1)
    )
    seconds = extract("epoch", moves.c.at - began.c.at)
    stays = select(moves.c.stage, func.percentile_cont(0.5).within_group(seconds), func.count())
    rows = session.execute(stays.select_from(moves).join(began, true()).group_by(moves.c.stage))
    found = {Stage(stage): Stay(seconds=float(median), people=people) for stage, median, people in rows}
    return {stage: found[stage] for stage in Stage if stage in found}


def _newest_moves(period: Period, needed: Sequence[ColumnElement[bool]]) -> Select[Any]:
    moves = select(Entry.id, Entry.candidate_id, Entry.at, Entry.details["before"].astext.label("stage")).where(
        Entry.kind == "candidate.moved", Entry.at >= period.begins, Entry.at < period.ends
    )
    if needed:
        moves = moves.join(Candidate, Candidate.id == Entry.candidate_id).where(*needed)
    return moves.order_by(Entry.at.desc(), Entry.id.desc()).limit(NEWEST_MOVES)
