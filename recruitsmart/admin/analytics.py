"""Analytics: how far people come, how long it takes, who keeps an interview. The definitions are in the domain."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import Response, request, stream_with_context, url_for
from flask_admin import expose
from flask_babel import format_date
from flask_babel import gettext as _
from sqlalchemy import select

from recruitsmart import clock
from recruitsmart.admin import typed
from recruitsmart.admin.base import Page, chosen_id, me
from recruitsmart.admin.csv_rows import Cell, lines
from recruitsmart.admin.moments import own_zone
from recruitsmart.admin.words import word
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.directory.queries import cities_in
from recruitsmart.domain.pipeline import analytics
from recruitsmart.domain.pipeline.analytics import LEADS, GroupBy, Key, Line, Period, Rate, Step
from recruitsmart.extensions import db

USUAL = timedelta(days=28)
LONGEST = timedelta(days=366)
EARLIEST = date(2020, 1, 1)  # before anybody used this system
_DAY = timedelta(days=1)


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
        begins = datetime.combine(self.first, time(), zone)
        ends = datetime.combine(self.last + _DAY, time(), zone)
        return Period(begins=begins, ends=ends, time_zone=zone.key)


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One bar of a picture: `share` of the whole width, from 0 to 1."""

    label: str
    share: float
    words: str


class Analytics(Page):
    """The funnel, times in stages and show rates of a period."""

    @expose("/")
    def index(self) -> str:
        asked, scope = _asked(), me().scope
        about: dict[str, Any] = {"scope": scope, "city_id": asked.city_id}
        cities = cities_in(db.session, scope)
        found = analytics.funnel(db.session, asked.period, asked.by, **about)
        rates = analytics.show_rates(db.session, asked.period, **about)
        whole = analytics.summed(found)
        return self.render(
            "panel/analytics.html",
            asked=asked,
            cities=cities,
            lines=found,
            names=_names(asked.by, found, cities),
            whole=whole,
            funnel=_bars((word(step), whole[step], whole[Step.STARTED]) for step in Step),
            stays=analytics.time_in_stages(db.session, asked.period, **about),
            by_lead=[(lead_words(number), rate) for number, rate in rates.by_lead.items()],
            by_hour=[(f"{hour:02}:00", rate) for hour, rate in rates.by_hour.items()],
            bars=_rate_bars,
            percent=_percent,
            list_of=_list_behind,
        )

    @expose("/export.csv")
    def export(self) -> Response:
        asked = _asked()
        name = f"analytics-{asked.by.value}-{asked.first}-{asked.last}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        return Response(stream_with_context(lines(_table(asked))), mimetype="text/csv", headers=headers)


def _asked() -> Question:
    """What the address asks; nonsense is the last four weeks by source."""
    today = clock.now().astimezone(own_zone()).date()
    last = max(min(typed.day_or_none(request.args.get("to", "")) or today, today), EARLIEST)
    first = typed.day_or_none(request.args.get("from", "")) or last - USUAL + _DAY
    first = max(min(first, last), last - LONGEST + _DAY)
    by = request.args.get("by", "")
    chosen = GroupBy(by) if by in {member.value for member in GroupBy} else GroupBy.SOURCE
    return Question(first=first, last=last, by=chosen, city_id=chosen_id("city"))


def _names(by: GroupBy, found: Iterable[Line], cities: Iterable[City]) -> dict[Key, str]:
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


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}".replace("%", " %") if whole else "—"


def _bars(rows: Iterable[tuple[str, int, int]]) -> list[Bar]:
    return [
        Bar(label=label, share=part / whole if whole else 0, words=f"{part} · {_percent(part, whole)}")
        for label, part, whole in rows
    ]


def _rate_bars(rates: Iterable[tuple[str, Rate]]) -> list[Bar]:
    return [Bar(label=label, share=rate.share or 0, words=_percent(rate.came, rate.met)) for label, rate in rates]


def _list_behind(asked: Question, step: Step, line: Line | None) -> str | None:
    """The list of candidates that a number counts, where the list's filters can say it."""
    if step not in (Step.STARTED, Step.HIRED):
        return None
    wanted: dict[str, Any] = {"from": asked.first, "to": asked.last, "city": asked.city_id}
    if step == Step.HIRED:
        wanted["outcome"] = Outcome.HIRED.value
    if line is None:
        return url_for("candidates.index", **wanted)
    if line.rest or line.key is None:
        return None
    if isinstance(line.key, date):
        week = {"from": max(line.key, asked.first), "to": min(line.key + 6 * _DAY, asked.last)}
        return url_for("candidates.index", **{**wanted, **week})
    return url_for("candidates.index", **{**wanted, asked.by.value: line.key})


def _table(asked: Question) -> Iterator[Sequence[Cell]]:
    """Everything the page shows, as one number a row."""
    about: dict[str, Any] = {"scope": me().scope, "city_id": asked.city_id}
    yield _("Table"), _("Group"), _("Figure"), _("Number")
    found = analytics.funnel(db.session, asked.period, asked.by, **about)
    names = _names(asked.by, found, cities_in(db.session, me().scope))
    for line in found:
        yield from _funnel_rows(line, names)
    for stage, stay in analytics.time_in_stages(db.session, asked.period, **about).items():
        yield _("Time in a stage"), word(stage), _("median, hours"), round(stay.seconds / 3600, 1)
        yield _("Time in a stage"), word(stage), _("people"), stay.people
    rates = analytics.show_rates(db.session, asked.period, **about)
    for title, named in (
        (_("By lead time"), {lead_words(number): rate for number, rate in rates.by_lead.items()}),
        (_("By hour"), {f"{hour:02}:00": rate for hour, rate in rates.by_hour.items()}),
    ):
        for name, rate in named.items():
            yield title, name, _("came"), rate.came
            yield title, name, _("of"), rate.met


def _funnel_rows(line: Line, names: Mapping[Key, str]) -> Iterator[Sequence[Cell]]:
    name = _("all others") if line.rest else names.get(line.key, "—")
    for step in Step:
        yield _("How far people came"), name, word(step), line.counts[step]
