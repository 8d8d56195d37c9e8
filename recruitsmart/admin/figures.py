"""What is asked of Analytics, from the address: days, city, lines; and what its lines are called."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from flask import request
from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import select

from recruitsmart import clock
from recruitsmart.admin import typed
from recruitsmart.admin.base import chosen_id
from recruitsmart.admin.moments import own_zone
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.pipeline.funnel import GroupBy, Key, Line
from recruitsmart.domain.pipeline.periods import Period
from recruitsmart.domain.pipeline.show_rates import LEADS
from recruitsmart.domain.slots.rules import midnight
from recruitsmart.extensions import db

USUAL = timedelta(days=28)
LONGEST = timedelta(days=366)
EARLIEST = date(2020, 1, 1)  # before anybody used this system
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Question:
    """What is asked: days from the first to the last, both included, in the reader's zone."""

    first: date
    last: date
    by: GroupBy
    city_id: int | None

    @property
    def period(self) -> Period:
        """The days as instants."""
        zone = own_zone()
        return Period(begins=midnight(self.first, zone), ends=midnight(self.last + DAY, zone), time_zone=zone.key)


def asked() -> Question:
    """What the address asks; nonsense is the last four weeks by source."""
    today = clock.now().astimezone(own_zone()).date()
    last = max(min(typed.day_or_none(request.args.get("to", "")) or today, today), EARLIEST)
    first = typed.day_or_none(request.args.get("from", "")) or last - USUAL + DAY
    first = max(min(first, last), last - LONGEST + DAY)
    chosen = typed.one_of(GroupBy, request.args.get("by", "")) or GroupBy.SOURCE
    return Question(first=first, last=last, by=chosen, city_id=chosen_id("city"))


def wrong_days() -> str | None:
    """What is wrong with the days as they were typed, in words; None when nothing is."""
    first, last = (typed.day_or_none(request.args.get(name, "")) for name in ("from", "to"))
    if first is None:
        return None
    if last is not None and first > last:
        return _("The first day is later than the last one. Choose others.")
    if first > clock.now().astimezone(own_zone()).date():
        return _("These days are still to come. Choose others.")
    return None


def names_of(by: GroupBy, found: Iterable[Line], cities: Iterable[City]) -> dict[Key, str]:
    """What the groups are called."""
    keys = {line.key for line in found}
    match by:
        case GroupBy.CITY:
            names: dict[Key, str] = {city.id: city.name for city in cities}
            return {None: _("no city yet"), **names}
        case GroupBy.RECRUITER:
            rows = db.session.execute(select(Recruiter.id, Recruiter.name).where(Recruiter.id.in_(keys - {None})))
            return {None: _("no interview booked"), **{row.id: row.name for row in rows}}
        case GroupBy.WEEK:
            weeks = {key: key for key in keys if isinstance(key, date)}
            return {key: _("week from %(day)s", day=format_date(day, "d MMM y")) for key, day in weeks.items()}
        case _:
            return {key: str(key) if key else _("no source") for key in keys}


def lead_words(number: int) -> str:
    """What a group of leads is called: `under 6 h`, `1 to 2 days`."""
    if number == 0:
        return _("under %(hours)s h", hours=LEADS[0])
    if number == 1:
        return _("%(shortest)s to %(longest)s h", shortest=LEADS[0], longest=LEADS[1])
    shortest = LEADS[number - 1] // 24
    if number == len(LEADS):
        return _("over %(days)s days", days=shortest)
    return _("%(shortest)s to %(longest)s days", shortest=shortest, longest=LEADS[number] // 24)
