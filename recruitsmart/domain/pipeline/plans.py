"""The weekly plans of cities: how many people each means to hire, how many it has hired, and who they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, func, literal, select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.pipeline.periods import Window, within


@dataclass(frozen=True, kw_only=True)
class Plan:
    """A city's plan for this week and how many people have been hired."""

    city: City
    planned: int
    hired: int


def weekly_plans(session: Session, *, scope: Scope, now: datetime) -> Sequence[Plan]:
    """The active cities that have a plan, by name. One query.

    Hired are the people of whom the journal says so (`candidate.hired`) since Monday, 0:00 in the city's zone, if that
    was not taken back, and who belong to the city now.
    """
    hired = (
        select(func.count(Entry.candidate_id.distinct()))
        .join(Candidate, Candidate.id == Entry.candidate_id)
        .where(Candidate.city_id == City.id, Candidate.outcome == Outcome.HIRED, *_hired_this_week(now))
        .correlate(City)
        .scalar_subquery()
    )
    plans = select(City, City.weekly_plan, hired).where(City.active, City.weekly_plan.is_not(None)).order_by(City.name)
    if scope.city_ids is not None:
        plans = plans.where(City.id.in_(scope.city_ids))
    return [Plan(city=city, planned=planned or 0, hired=count) for city, planned, count in session.execute(plans)]


def hired_this_week(
    session: Session, city_id: int, *, scope: Scope, now: datetime, window: Window
) -> Sequence[Candidate]:
    """The people a number of `weekly_plans` counts, with their city, newest card first."""
    told = select(Entry.id).where(Entry.candidate_id == Candidate.id, *_hired_this_week(now)).correlate(Candidate, City)
    people = select(Candidate).join(Candidate.city).options(joinedload(Candidate.city))
    people = people.where(told.exists(), Candidate.outcome == Outcome.HIRED, *within(scope, city_id))
    people = people.order_by(Candidate.id.desc())
    return session.scalars(people.offset(window.offset).limit(window.limit)).all()


def _hired_this_week(now: datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    monday = func.date_trunc("week", func.timezone(City.time_zone, literal(now)))
    return Entry.kind == "candidate.hired", Entry.at >= func.timezone(City.time_zone, monday)
