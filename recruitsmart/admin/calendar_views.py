"""Whose calendar is looked at and which days of it, as the address says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import url_for
from sqlalchemy import ColumnElement

from recruitsmart.admin.base import is_id, me
from recruitsmart.admin.typed import day_or_none
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.slots import weeks
from recruitsmart.domain.slots.drafting import FIRST_YEAR, LAST_YEAR
from recruitsmart.extensions import db

DAY = timedelta(days=1)
KEPT = ("recruiter", "city", "week", "day")


@dataclass(frozen=True, kw_only=True)
class View:
    """A recruiter or a city, and a week from its Monday or one day of it. Days are those of whose calendar it is."""

    whose: Recruiter | City
    days: Sequence[date]

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the calendar is drawn and hours are typed."""
        return ZoneInfo(self.whose.time_zone)

    @property
    def recruiter(self) -> Recruiter | None:
        """Whose calendar it is, when it is not a city's."""
        return self.whose if isinstance(self.whose, Recruiter) else None

    @property
    def city(self) -> City | None:
        """Whose calendar it is, when it is not a recruiter's."""
        return self.whose if isinstance(self.whose, City) else None

    @property
    def monday(self) -> date:
        """The first day of the week."""
        return self.days[0] - DAY * self.days[0].weekday()

    @property
    def is_one_day(self) -> bool:
        """Whether only one day is shown."""
        return len(self.days) == 1

    @property
    def key(self) -> str:
        """The value of the choice whose calendar to show."""
        return f"{'city' if self.city else 'recruiter'}-{self.whose.id}"

    def hours(self) -> list[ColumnElement[bool]]:
        """Which slots belong here."""
        if isinstance(self.whose, City):
            return weeks.of_city(self.whose)
        return weeks.of_recruiter(self.whose, me().scope)

    def kept(self) -> dict[str, str]:
        """What the address must say."""
        days = {"day": str(self.days[0])} if self.is_one_day else {"week": week_words(self.monday)}
        return {"city" if self.city else "recruiter": str(self.whose.id), **days}

    def address(self, **more: object) -> str:
        """The page itself, with what else there is to say."""
        return url_for("calendar.index", **self.kept(), **more)

    def on(self, day: date) -> "View":
        """The same calendar with the week of a day, or that day."""
        return replace(self, days=(_bounded(day),) if self.is_one_day else _week_of(_bounded(day)))

    def later(self, steps: int) -> "View":
        """The same calendar some weeks (or days) later."""
        return self.on(self.days[0] + DAY * steps * len(self.days))

    def alone(self, day: date) -> "View":
        """One day of the calendar."""
        return replace(self, days=(day,))

    def whole(self) -> "View":
        """The week of the day."""
        return replace(self, days=_week_of(self.days[0]))


def asked(
    typed: Mapping[str, str], recruiters: Sequence[Recruiter], cities: Sequence[City], *, now: datetime
) -> View | None:
    """What the address asks for; by default this week of the own recruiter, or of the first there is.

    None when an account has nobody to look at.

    Raises:
        NotFound: the recruiter or city is out of the scope.
    """
    whose = _whose(typed, recruiters, cities)
    if whose is None:
        return None
    today = now.astimezone(ZoneInfo(whose.time_zone)).date()
    day = _day(typed.get("day", ""))
    return View(whose=whose, days=(day,) if day else _week_of(_monday(typed.get("week", "")) or today))


def _whose(
    typed: Mapping[str, str], recruiters: Sequence[Recruiter], cities: Sequence[City]
) -> Recruiter | City | None:
    if is_id(typed.get("city", "")):
        return _found(int(typed["city"]), cities)
    if is_id(typed.get("recruiter", "")):
        return _recruiter(int(typed["recruiter"]), recruiters)
    own = me().account.recruiter
    return next((one for one in recruiters if own is not None and one.id == own.id), next(iter(recruiters), None))


def _found(city_id: int, cities: Sequence[City]) -> City:
    city = next((city for city in cities if city.id == city_id), None)
    if city is None:
        raise NotFound
    return city


def _recruiter(recruiter_id: int, active: Sequence[Recruiter]) -> Recruiter:
    """One of those who work, or somebody who no longer does and may still have hours."""
    known = next((one for one in active if one.id == recruiter_id), None)
    recruiter = known or db.session.get(Recruiter, recruiter_id)
    scope = me().scope
    if recruiter is None or not (scope.is_everything or any(scope.includes(city.id) for city in recruiter.cities)):
        raise NotFound
    return recruiter


def week_words(monday: date) -> str:
    """`2026-W49`."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"


def _monday(typed: str) -> date | None:
    year, _, week = typed.partition("-W")
    try:
        return _bounded(date.fromisocalendar(int(year[:4]), int(week[:2]), 1))
    except ValueError:
        return None


def _day(typed: str) -> date | None:
    day = day_or_none(typed)
    return None if day is None else _bounded(day)


def _bounded(day: date) -> date:
    return min(max(day, date(FIRST_YEAR, 1, 3)), date(LAST_YEAR, 12, 26))


def _week_of(day: date) -> tuple[date, ...]:
    monday = day - DAY * day.weekday()
    return tuple(monday + DAY * number for number in range(7))
