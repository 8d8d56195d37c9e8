"""How far people come: the funnel of Analytics, counted from the journal and from bookings, and the people behind it.

A funnel follows a cohort: the people who pressed Start in a period, whatever the moment of their later steps.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Date, Subquery, and_, cast, false, func, not_, or_, select, true
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.sql.selectable import LateralFromClause

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.pipeline.periods import Period, Window, within
from recruitsmart.domain.pipeline.testing import TEST1
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose, Slot

MOST_LINES = 30
CAME = (BookingStatus.ATTENDED, BookingStatus.LATE)

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


class GroupBy(StrEnum):
    """What the lines of a funnel are: where people came from, live, whom they talked to, when they came."""

    SOURCE = "source"
    CITY = "city"
    RECRUITER = "recruiter"
    WEEK = "week"


@dataclass(frozen=True, kw_only=True)
class Line:
    """A group of a cohort and how many of it reached each step. `rest` stands for all groups too small to be named."""

    key: Key
    counts: dict[Step, int]
    rest: bool = False


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
    done = {step: _who_did(step, period) for step in DONE}
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
    cohort, met = _cohort(period, by, scope, city_id), _meetings(period)
    people = select(Candidate).join(cohort, cohort.c.id == Candidate.id).options(joinedload(Candidate.city))
    if keys is not None:
        named = or_(false(), *(cohort.c.key.is_not_distinct_from(key) for key in keys))
        people = people.where(not_(named) if but else named)
    if step in DONE:
        done = _who_did(step, period)
        people = people.join(done, done.c.candidate_id == Candidate.id)
    elif step != Step.STARTED:
        people = people.join(met, met.c.candidate_id == Candidate.id).where(met.c[step])
    newest = people.order_by(Candidate.created_at.desc(), Candidate.id.desc())
    return session.scalars(newest.offset(window.offset).limit(window.limit)).all()


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
    """The people who pressed Start in the period: `id`, and as `key` the line of the funnel they belong to."""
    people = select(Candidate.id).where(Candidate.created_at >= period.begins, Candidate.created_at < period.ends)
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


def _meetings(period: Period) -> Subquery:
    """Per person: `booked`, `came`, `intro_day`; nobody of a cohort has a booking older than the cohort."""
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
    did = select(Entry.candidate_id).where(facts[step], Entry.at >= period.begins)
    return did.group_by(Entry.candidate_id).subquery(step)


def _counted(flag: ColumnElement[bool]) -> ColumnElement[int]:
    return func.count().filter(flag)
