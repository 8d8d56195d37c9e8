"""Series of hours: previewed, made, undone; and copied weeks."""

from datetime import date, timedelta
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin import previews, typed
from recruitsmart.admin.base import Access, Page, chosen_id, is_id, made, me
from recruitsmart.admin.moments import own_zone
from recruitsmart.admin.previews import Preview
from recruitsmart.domain.directory.queries import cities_in, recruiters_in
from recruitsmart.domain.slots import arranging, desk, drafting
from recruitsmart.domain.slots.arranging import AskedSeries
from recruitsmart.domain.slots.drafting import LAST_YEAR
from recruitsmart.domain.slots.models import Purpose
from recruitsmart.extensions import db

MOST_RECRUITERS = 100
WEEK = timedelta(days=7)
LAST_DAY = date(LAST_YEAR, 12, 1)


class Series(Page):
    """Many hours at once, and the last series with their undo."""

    reads = Access.WORK

    def is_visible(self) -> bool:
        return False

    @expose("/", methods=["GET", "POST"])
    def index(self) -> str | Response:
        shown = previews.looked_at(_preview_of_series) if request.method == "POST" else None
        if _wants_to_make() and (series := previews.make(shown, request.form.get("mark", ""))):
            return redirect(url_for(".index", made=series.id))
        return self._page("panel/series.html", shown, typed=request.form or _first_values(), made=chosen_id("made"))

    @expose("/week", methods=["GET", "POST"])
    def week(self) -> str | Response:
        shown = previews.looked_at(_preview_of_week) if request.method == "POST" else None
        if _wants_to_make() and (series := previews.make(shown, request.form.get("mark", ""))):
            return redirect(url_for(".index", made=series.id))
        return self._page("panel/week.html", shown, typed=request.form or _first_weeks())

    @expose("/<int:series_id>/undo", methods=["POST"])
    def undo(self, series_id: int) -> Response:
        _undo(series_id)
        return redirect(url_for(".index"))

    def _page(self, template: str, shown: Preview | None, **values: Any) -> str:
        staff = me()
        recruiters = recruiters_in(db.session, staff.scope)
        cities = cities_in(db.session, staff.scope)
        return self.render(
            template,
            preview=shown,
            recruiters=recruiters,
            recruiter_of=previews.by_id(recruiters),
            cities=cities,
            city_of={city.id: city for city in cities},
            zones=sorted({row.time_zone for row in (*recruiters, *cities)}),
            series=desk.series_in(db.session, staff.scope, account_id=staff.account.id),
            **values,
        )


def _wants_to_make() -> bool:
    return request.method == "POST" and request.form.get("step") == "make"


def _first_values() -> MultiDict[str, str]:
    today = clock.now().astimezone(own_zone()).date()
    own = me().account.recruiter
    first: MultiDict[str, str] = MultiDict(
        {"purpose": Purpose.INTERVIEW, "duration": "30", "pause": "0", "capacity": "1", "begins": "10:00"}
    )
    tomorrow = today + timedelta(days=1)
    begins = max(typed.day_or_none(request.args.get("first", "")) or tomorrow, tomorrow)
    ends = max(typed.day_or_none(request.args.get("last", "")) or today + WEEK, begins)
    first.update({"ends": "18:00", "first": str(begins), "last": str(ends)})
    first.setlist("weekday", ["0", "1", "2", "3", "4"])
    first.setlist("recruiter", [request.args.get("recruiter") or ("" if own is None else str(own.id))])
    return first


def _first_weeks() -> MultiDict[str, str]:
    today = clock.now().astimezone(own_zone()).date()
    day = min(typed.day_or_none(request.args.get("week", "")) or today, LAST_DAY)
    monday = day - timedelta(days=day.weekday())
    first: MultiDict[str, str] = MultiDict({"from": str(monday), "to": str(monday + WEEK)})
    own = me().account.recruiter
    first.setlist("recruiter", [request.args.get("recruiter") or ("" if own is None else str(own.id))])
    return first


def _preview_of_series() -> Preview:
    drafts = arranging.series(db.session, _asked(request.form), me().scope)
    return previews.preview(drafts, now=clock.now())


def _asked(form: MultiDict[str, str]) -> AskedSeries:
    return AskedSeries(
        recruiter_ids=_recruiter_ids(),
        city_id=chosen_id("city"),
        purpose=typed.one_of(Purpose, form.get("purpose", "")) or Purpose.INTERVIEW,
        first_on=typed.day(form.get("first", "")),
        last_on=typed.day(form.get("last", "")),
        weekdays=frozenset(int(day) for day in form.getlist("weekday") if day in set("0123456")),
        begins=typed.hour(form.get("begins", "")),
        ends=typed.hour(form.get("ends", "")),
        duration=timedelta(minutes=typed.number(form.get("duration", ""))),
        pause=timedelta(minutes=typed.number(form.get("pause", ""))),
        capacity=typed.number(form.get("capacity", "")),
        time_zone=form.get("zone") or None,
    )


def _recruiter_ids() -> tuple[int, ...]:
    chosen = [int(ticked) for ticked in request.form.getlist("recruiter") if is_id(ticked)]
    return tuple(dict.fromkeys(chosen))[:MOST_RECRUITERS]


def _preview_of_week() -> Preview:
    week, to = (_monday(name) for name in ("from", "to"))
    drafts = arranging.copied_week(db.session, _recruiter_ids(), week=week, to=to, scope=me().scope)
    return previews.preview(drafts, now=clock.now())


def _monday(name: str) -> date:
    return typed.day(request.form.get(name, ""))


def _undo(series_id: int) -> None:
    staff = me()

    def take_back() -> tuple[int, int]:
        desk.own_series(db.session, series_id, staff.scope, account_id=staff.account.id)
        return drafting.undo(db.session, series_id, account_id=staff.account.id, now=clock.now())

    counts = made(take_back, done=_("The series is undone."))
    if counts is None:
        return
    removed, kept = counts
    flash(_("Hours removed: %(removed)s. Hours that stay, because somebody booked them: %(kept)s.",
            removed=removed, kept=kept), "info")  # fmt: skip
