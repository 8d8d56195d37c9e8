"""How far people come: the funnel of Analytics, counted from the journal and from bookings, and the people behind it.

A funnel follows a cohort: the people who came to us in a period, whatever the moment of their later steps.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Date,
    Integer,
    Select,
    Subquery,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.selectable import LateralFromClause

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.pipeline.periods import Period, Window, within
from recruitsmart.domain.pipeline.testing import TEST1
from recruitsmart.domain.slots.models import CAME, Booking, Purpose, Slot

MOST_LINES = 30

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


DONE = (Step.TEST1, Step.PASSED, Step.HIRED)  # told by the journal; the others by candidates and bookings
BITS: dict[Step, int] = {step: 1 << number for number, step in enumerate(Step) if step != Step.STARTED}


class GroupBy(StrEnum):
    """What the lines of a funnel are: where people came from, live, whom they talked to, when they came."""

    SOURCE = "source"
    CITY = "city"
    RECRUITER = "recruiter"
    WEEK = "week"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A group of a cohort and how many of it reached each step. `rest` stands for all groups too small to be named.

    `erased` of them have no card any more.
    """

    key: Key
    counts: dict[Step, int]
    rest: bool = False
    erased: int = 0


def funnel(session: Session, period: Period, by: GroupBy, *, scope: Scope, city_id: int | None = None) -> list[Line]:
    """How far the people who came to us in the period have come by now, in groups. One query.

    started: pressed Start, came in a file or was entered by hand (`created_at`). test1: finished Test 1
    (`attempt.finished`). booked: got an interview hour, whatever became of it. came: an interview's outcome is attended
    or late. passed: moved on from Test 2 to the introductory day (`candidate.moved`). intro_day: came to one. hired:
    `candidate.hired`, if that was not taken back. Each counts people, not events, and asks for nothing but itself: who
    was hired without Test 2 is hired, not passed. The recruiter is the one of the newest interview booking.
    """
    cohort, reached = _cohort(period, by, scope, city_id), _reached(period)
    counts = {Step.STARTED: func.count(), **{step: _counted(reached.c.steps, step) for step in BITS}}
    counts[Step.HIRED] = func.count().filter(_has(reached.c.steps, Step.HIRED), cohort.c.is_hired)
    erased = func.count().filter(cohort.c.is_erased)
    lines = select(cohort.c.key, erased, *(counts[step].label(step) for step in Step)).select_from(cohort)
    lines = lines.outerjoin(reached, reached.c.candidate_id == cohort.c.id).group_by(cohort.c.key)
    counted = [
        Line(key=key, counts=dict(zip(Step, counts, strict=True)), erased=gone)
        for key, gone, *counts in session.execute(lines)
    ]
    return in_order(counted, by)


def people_behind(
    session: Session,
    period: Period,
    by: GroupBy,
    step: Step,
    *,
    keys: Collection[Key] | None,
    but: bool = False,
    scope: Scope,
    city_id: int | None = None,
    window: Window,
) -> Sequence[Candidate]:
    """The people a number of `funnel` counts, newest first, with their cities.

    `keys` are the lines that are meant, or with `but` those that are not; None means all.
    """
    cohort = _cohort(period, by, scope, city_id)
    people = select(Candidate).join(cohort, cohort.c.id == Candidate.id).options(joinedload(Candidate.city))
    if keys is not None:
        named = or_(false(), *(cohort.c.key.is_not_distinct_from(key) for key in keys))
        people = people.where(not_(named) if but else named)
    if step != Step.STARTED:
        reached = _reached(period, step)
        people = people.join(reached, reached.c.candidate_id == Candidate.id).where(_has(reached.c.steps, step))
    if step == Step.HIRED:
        people = people.where(cohort.c.is_hired)
    newest = people.order_by(Candidate.created_at.desc(), Candidate.id.desc())
    return session.scalars(newest.offset(window.offset).limit(window.limit)).all()


def in_order(lines: Iterable[Line], by: GroupBy) -> list[Line]:
    """Weeks by time; else the largest first, and what is beyond the first 30 as one line."""
    if by == GroupBy.WEEK:
        return sorted(lines, key=lambda line: str(line.key))
    ordered = sorted(lines, key=lambda line: (-line.counts[Step.STARTED], str(line.key)))
    if len(ordered) <= MOST_LINES:
        return ordered
    others = ordered[MOST_LINES:]
    erased = sum(line.erased for line in others)
    return [*ordered[:MOST_LINES], Line(key=None, counts=summed(others), rest=True, erased=erased)]


def summed(lines: Sequence[Line]) -> dict[Step, int]:
    """All lines as one; each person is in one line only."""
    return {step: sum(line.counts[step] for line in lines) for step in Step}


def _cohort(period: Period, by: GroupBy, scope: Scope, city_id: int | None) -> Subquery:
    """The people who came to us in the period: `id`, `is_hired` and `is_erased` now, as `key` their line of the
    funnel."""
    is_hired, is_erased = Candidate.outcome == Outcome.HIRED, Candidate.erased_at.is_not(None)
    people = select(Candidate.id, is_hired.label("is_hired"), is_erased.label("is_erased"))
    people = people.where(Candidate.created_at >= period.begins, Candidate.created_at < period.ends)
    people = people.where(*within(scope, city_id))
    match by:
        case GroupBy.SOURCE:
            people = people.add_columns(Candidate.source.label("key"))
        case GroupBy.CITY:
            people = people.add_columns(Candidate.city_id.label("key"))
        case GroupBy.WEEK:
            local = func.timezone(period.time_zone, Candidate.created_at)
            people = people.add_columns(cast(func.date_trunc("week", local), Date).label("key"))
        case GroupBy.RECRUITER:
            talked = _recruiter()
            people = people.add_columns(talked.c.recruiter_id.label("key")).outerjoin(talked, true())
    return people.subquery("cohort")


def _recruiter() -> LateralFromClause:
    """The recruiter of a person's newest interview booking, looked up person by person: a cohort is small."""
    newest = select(Slot.recruiter_id).join(Booking, Booking.slot_id == Slot.id)
    newest = newest.where(Booking.candidate_id == Candidate.id, Booking.purpose == Purpose.INTERVIEW)
    return newest.order_by(Booking.id.desc()).limit(1).correlate(Candidate).lateral("talked")


def _reached(period: Period, only: Step | None = None) -> Subquery:
    """Per person the `BITS` of the steps that were reached, or with `only` of the facts that tell of one.

    Each fact is a row, and a person's rows are put together once: a join for each step would cost twice as much. Nobody
    of a cohort has a fact older than the cohort.
    """
    facts: list[Select[*tuple[Any, ...]]] = [_told(step, period) for step in DONE if only in (None, step)]
    if only not in DONE:
        facts.append(_booked(period))
    fact = union_all(*facts).subquery("fact")
    steps = func.bit_or(fact.c.steps).label("steps")
    return select(fact.c.candidate_id, steps).group_by(fact.c.candidate_id).subquery("reached")


def _told(step: Step, period: Period) -> Select[*tuple[Any, ...]]:
    """The people of whom the journal tells one of the steps in `DONE`."""
    facts: dict[Step, ColumnElement[bool]] = {
        Step.TEST1: and_(Entry.kind == "attempt.finished", Entry.details["test"].astext == TEST1),
        Step.PASSED: and_(
            Entry.kind == "candidate.moved",
            Entry.details["before"].astext == Stage.TEST2,
            Entry.details["after"].astext == Stage.TO_INTRO_DAY,
        ),
        Step.HIRED: Entry.kind == "candidate.hired",
    }
    bits = literal(BITS[step], Integer).label("steps")
    return select(Entry.candidate_id, bits).where(facts[step], Entry.at >= period.begins)


def _booked(period: Period) -> Select[*tuple[Any, ...]]:
    """Who booked, and what became of it: each booking is read once for three steps."""
    is_interview, kept = Booking.purpose == Purpose.INTERVIEW, Booking.status.in_(CAME)
    bits = case(
        (and_(is_interview, kept), BITS[Step.BOOKED] | BITS[Step.CAME]),
        (is_interview, BITS[Step.BOOKED]),
        else_=BITS[Step.INTRO_DAY],
    )
    booked = select(Booking.candidate_id, bits.label("steps")).where(or_(is_interview, kept))
    return booked.where(Booking.created_at >= period.begins)


def _has(steps: ColumnElement[int], step: Step) -> ColumnElement[bool]:
    return steps.bitwise_and(BITS[step]) != 0


def _counted(steps: ColumnElement[int], step: Step) -> ColumnElement[int]:
    return func.count().filter(_has(steps, step))
