"""Who comes to the interview: show rates by lead time and hour, and the interviews behind them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, case, extract, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.pipeline.periods import Period, Window, within
from recruitsmart.domain.slots.models import CAME, RESULTS, Booking, Purpose, Slot

Statement = TypeVar("Statement", bound=Select[*tuple[Any, ...]])

LEADS = (6, 24, 48, 96, 168)  # hours; the last group is longer than the last bound


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


def show_rates(session: Session, period: Period, *, scope: Scope, city_id: int | None = None) -> ShowRates:
    """How many came of the interviews that were to begin in the period and whose outcome was noted. One query.

    Came is attended or late; cancelled and moved bookings are no meetings. The lead is the time from the choice of the
    hour to its start; the hour is the candidate's local one.
    """
    kept = func.count().filter(Booking.status.in_(CAME))
    met = select(_lead_group().label("lead"), _local_hour().label("hour"), kept, func.count()).group_by("lead", "hour")
    met = _of_interviews(met, period, scope, city_id)
    rows = [(int(lead), int(hour), came, all_) for lead, hour, came, all_ in session.execute(met)]
    return ShowRates(
        by_lead=_rates((lead, came, all_) for lead, _, came, all_ in rows),
        by_hour=_rates((hour, came, all_) for _, hour, came, all_ in rows),
    )


def _of_interviews(statement: Statement, period: Period, scope: Scope, city_id: int | None) -> Statement:
    """The statement over the interviews that were to begin in the period and whose outcome was noted."""
    statement = (
        statement.select_from(Booking)
        .join(Slot, Slot.id == Booking.slot_id)
        .where(Booking.status.in_(RESULTS), Booking.purpose == Purpose.INTERVIEW)
        .where(Slot.purpose == Purpose.INTERVIEW, Slot.starts_at >= period.begins, Slot.starts_at < period.ends)
    )
    if needed := within(scope, city_id):
        statement = statement.join(Candidate, Candidate.id == Booking.candidate_id).where(*needed)
    return statement


def _local_hour() -> ColumnElement[int]:
    """The candidate's hour at which a booking begins, 0 to 23."""
    return extract("hour", func.timezone(Booking.time_zone, Slot.starts_at))


def _lead_group() -> ColumnElement[int]:
    """The group of `LEADS` a booking belongs to."""
    lead = Slot.starts_at - Booking.created_at
    shorter = ((lead < timedelta(hours=bound), number) for number, bound in enumerate(LEADS))
    return case(*shorter, else_=len(LEADS))


def interviews_behind(
    session: Session,
    period: Period,
    *,
    lead: int | None = None,
    hour: int | None = None,
    only_kept: bool,
    scope: Scope,
    city_id: int | None = None,
    window: Window,
) -> Sequence[Booking]:
    """The interviews a number of `show_rates` counts, newest first, each with its hour, person and city.

    `lead` is a group of `LEADS`; with `only_kept` those to which somebody came.
    """
    met = _of_interviews(select(Booking), period, scope, city_id)
    met = met.options(contains_eager(Booking.slot), joinedload(Booking.candidate).joinedload(Candidate.city))
    if lead is not None:
        met = met.where(_lead_group() == lead)
    if hour is not None:
        met = met.where(_local_hour() == hour)
    if only_kept:
        met = met.where(Booking.status.in_(CAME))
    newest = met.order_by(Slot.starts_at.desc(), Booking.id.desc())
    return session.scalars(newest.offset(window.offset).limit(window.limit)).all()


def _rates(rows: Iterable[tuple[int, int, int]]) -> dict[int, Rate]:
    rates: dict[int, Rate] = {}
    for key, came, met in rows:
        before = rates.get(key, Rate(came=0, met=0))
        rates[key] = Rate(came=before.came + came, met=before.met + met)
    return dict(sorted(rates.items()))
