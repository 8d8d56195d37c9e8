"""Analytics: how far people come, how long it takes, who keeps an interview. The definitions are in the domain."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from flask_admin import expose
from flask_babel import gettext as _

from recruitsmart import clock
from recruitsmart.admin import behind
from recruitsmart.admin.base import Page, me
from recruitsmart.admin.counted import Counted, counted, is_kept, soon_counted
from recruitsmart.admin.csv_rows import Cell, lines
from recruitsmart.admin.figures import Question, asked, lead_words, names_of, wrong_days
from recruitsmart.admin.words import word
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.directory.queries import cities_in
from recruitsmart.domain.pipeline.funnel import Key, Line, Step, summed
from recruitsmart.domain.pipeline.plans import Plan, weekly_plans
from recruitsmart.domain.pipeline.show_rates import Rate
from recruitsmart.extensions import db


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
        question = asked()
        cities = cities_in(db.session, me().scope)
        numbers = soon_counted(question)
        shown = {} if numbers is None else _shown(question, numbers, cities)
        return self.render(
            "panel/analytics.html",
            asked=question,
            wrong=wrong_days(),
            typed=request.args,
            cities=cities,
            counting=numbers is None,
            plans=weekly_plans(db.session, scope=me().scope, now=clock.now()),
            plan_bars=_plan_bars,
            behind=behind,
            **shown,
        )

    @expose("/export.csv")
    def export(self) -> Response:
        question = asked()
        name = f"analytics-{question.by.value}-{question.first}-{question.last}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
        rows = list(_table(question))  # a slow line must not keep a transaction open
        return Response(lines(rows), mimetype="text/csv", headers=headers)


def _shown(question: Question, numbers: Counted, cities: Sequence[City]) -> dict[str, Any]:
    """What the page says of the numbers."""
    whole = summed(numbers.lines)
    return {
        "counted_at": numbers.at if is_kept(question) else None,
        "lines": numbers.lines,
        "erased": sum(line.erased for line in numbers.lines),
        "names": names_of(question.by, numbers.lines, cities),
        "whole": whole,
        "steps": {step: word(step) for step in Step},  # once, not in each of 200 cells
        "funnel": _bars((word(step), whole[step], whole[Step.STARTED]) for step in Step),
        "stays": numbers.stays,
        "by_lead": [(number, lead_words(number), rate) for number, rate in numbers.rates.by_lead.items()],
        "by_hour": [(hour, f"{hour:02}:00", rate) for hour, rate in numbers.rates.by_hour.items()],
        "bars": _rate_bars,
        "percent": _percent,
    }


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.0%}".replace("%", " %") if whole else "—"


def _bars(rows: Iterable[tuple[str, int, int]]) -> list[Bar]:
    return [
        Bar(label=label, share=part / whole if whole else 0, words=f"{part} · {_percent(part, whole)}")
        for label, part, whole in rows
    ]


def _rate_bars(rates: Iterable[tuple[int, str, Rate]]) -> list[Bar]:
    return [Bar(label=label, share=rate.share or 0, words=_percent(rate.came, rate.met)) for _, label, rate in rates]


def _plan_bars(plans: Sequence[Plan]) -> list[Bar]:
    """A city that has hired more than it planned has a full bar."""
    return [
        Bar(label=plan.city.name, share=min(plan.hired / plan.planned, 1), words=f"{plan.hired} / {plan.planned}")
        for plan in plans
    ]


def _table(question: Question) -> Iterator[Sequence[Cell]]:
    """Everything the page shows, as one number a row."""
    yield _("Table"), _("Group"), _("Figure"), _("Number")
    for plan in weekly_plans(db.session, scope=me().scope, now=clock.now()):
        yield _("Plan of this week"), plan.city.name, _("plan"), plan.planned
        yield _("Plan of this week"), plan.city.name, _("people hired"), plan.hired
    numbers = counted(question)
    names = names_of(question.by, numbers.lines, cities_in(db.session, me().scope))
    for line in numbers.lines:
        yield from _funnel_rows(line, names)
    for stage, stay in numbers.stays.items():
        yield _("Time in a stage"), word(stage), _("median, hours"), round(stay.seconds / 3600, 1)
        yield _("Time in a stage"), word(stage), _("people"), stay.people
    for title, named in (
        (_("By lead time"), {lead_words(number): rate for number, rate in numbers.rates.by_lead.items()}),
        (_("By hour"), {f"{hour:02}:00": rate for hour, rate in numbers.rates.by_hour.items()}),
    ):
        for name, rate in named.items():
            yield title, name, _("came"), rate.came
            yield title, name, _("of"), rate.met


def _funnel_rows(line: Line, names: Mapping[Key, str]) -> Iterator[Sequence[Cell]]:
    name = _("all others") if line.rest else names.get(line.key, "—")
    for step in Step:
        yield _("How far people came"), name, word(step), line.counts[step]
