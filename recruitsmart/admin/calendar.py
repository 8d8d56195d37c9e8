"""The calendar: a week of a recruiter or a city; hours are made and moved on it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin import calendar_looks, calendar_views
from recruitsmart.admin.base import Page, actor, carried_out, chosen_id, is_id, made, me
from recruitsmart.admin.calendar_days import calendar_of, is_ahead, state_of
from recruitsmart.admin.calendar_looks import FIELDS, MOVE_FIELDS, Look
from recruitsmart.admin.calendar_views import KEPT, View
from recruitsmart.admin.typed import day_or_none
from recruitsmart.admin.week_shape import Sheet
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.directory.queries import cities_in, recruiters_in
from recruitsmart.domain.errors import BadInput, NotFound
from recruitsmart.domain.slots import moving, weeks
from recruitsmart.domain.slots.entering import offer_entered
from recruitsmart.domain.slots.models import Purpose, Slot
from recruitsmart.domain.slots.weeks import ShownHour
from recruitsmart.extensions import db

FIRST_VALUES = {"purpose": Purpose.INTERVIEW, "minutes": "30", "seats": "1"}
NAMED_IN_FULL = 200


@dataclass(frozen=True, kw_only=True)
class Opened:
    """The hour whose details are open, what is typed into its form, and what that leads to."""

    hour: ShownHour
    times: Sequence[tuple[str, str]]
    state: str
    tone: str
    typed: Mapping[str, str]
    found: Look | None
    is_ahead: bool


class Calendar(Page):
    """A week of hours, and the forms that change it."""

    @expose("/")
    def index(self) -> str | Response | tuple[str, int]:
        staff, now = me(), clock.now()
        recruiters, cities = recruiters_in(db.session, staff.scope), cities_in(db.session, staff.scope)
        view = calendar_views.asked(_chosen(request.args), recruiters, cities, now=now)
        if view is None:
            return self.render("panel/calendar_empty.html")
        if "whose" in request.args:
            return redirect(view.on(day_or_none(request.args.get("around", "")) or view.days[0]).address())
        opened, is_there = self._opened_if_there(view, now=now)
        calendar = calendar_of(view, now=now)
        asked, view = view, calendar.view
        offering = _offering(view, recruiters) if self.may_write else []
        typed = _typed(view, offering)
        page = self.render(
            "panel/calendar.html",
            view=view,
            shortened=view is not asked,
            calendar=calendar,
            recruiters=recruiters,
            cities=cities,
            opened=opened,
            offering=offering,
            places=_places(view, offering),
            zones=_zones(view, offering),
            typed=typed,
            found=calendar_looks.look_at_new(typed, now=now) if _is_typed() and offering else None,
            rows=_rows(calendar.sheet),
            made=self._just_made(now=now),
        )
        return page if is_there else (page, 404)

    @expose("/check")
    def check(self) -> str:
        """What is in the way of an hour as it is typed so far; nothing is saved."""
        now = clock.now()
        slot_id = chosen_id("slot")
        if slot_id is None:
            look = calendar_looks.look_at_new(request.args, now=now)
        else:
            slot = moving.hour_in(db.session, slot_id, me().scope, now=now)
            look = calendar_looks.look_at_move(slot, request.args, now=now)
        return self.render("panel/calendar_look.html", found=look)

    @expose("/new", methods=["POST"])
    def new(self) -> Response:
        staff, now = me(), clock.now()

        def offer() -> Slot:
            hour = calendar_looks.entered(request.form)
            return offer_entered(db.session, hour, scope=staff.scope, account_id=staff.account.id, now=now)

        slot = made(offer, done=_("The hour is offered."))
        if slot is None:
            return redirect(url_for(".index", **_kept(), new=1, **_fields(FIELDS)))
        return redirect(_shown_at(slot, made=slot.id))

    @expose("/move", methods=["POST"])
    def move(self) -> Response:
        slot_id, now = _named(), clock.now()
        try:
            before = moving.hour_in(db.session, slot_id, me().scope, now=now).starts_at
        except NotFound:
            return _told_that_it_is_gone(slot_id)

        def move() -> Slot:
            at = calendar_looks.moment_typed(request.form)
            return moving.move_hour(db.session, slot_id, at, revision=_revision(), actor=actor(), now=now)

        slot = made(move, done=_("The hour is moved."))
        if slot is None:
            return redirect(url_for(".index", **_kept(), **_fields(MOVE_FIELDS)))
        undo = {} if request.form.get("undo") else {"made": slot.id, "was": f"{before.astimezone(UTC):%Y-%m-%dT%H:%M}"}
        return redirect(_shown_at(slot, **undo))

    @expose("/undo", methods=["POST"])
    def undo(self) -> Response:
        slot_id, now = _named(), clock.now()
        try:
            moving.hour_in(db.session, slot_id, me().scope, now=now)
        except NotFound:
            return _told_that_it_is_gone(slot_id)
        carried_out(
            lambda: moving.take_back_hour(db.session, slot_id, revision=_revision(), actor=actor(), now=now),
            done=_("The hour is offered no longer."),
        )
        return redirect(url_for(".index", **_kept()))

    def _opened_if_there(self, view: View, *, now: datetime) -> tuple[Opened | None, bool]:
        """The hour asked for, and whether there is one. Of one that is gone and one of others the same is said."""
        try:
            opened = self._opened(view, now=now)
        except NotFound:
            flash(_("This hour is no longer there, or it is not yours."), "error")
            return None, False
        if opened is not None and opened.hour.slot.id != chosen_id("slot"):
            flash(_("Somebody moved this hour in the meantime. Here is where it is now."), "error")
        return opened, True

    def _opened(self, view: View, *, now: datetime) -> Opened | None:
        slot_id = chosen_id("slot")
        if slot_id is None:
            return None
        slot = moving.hour_in(db.session, slot_id, me().scope, now=now)
        hour = weeks.shown(db.session, slot, scope=me().scope, named=NAMED_IN_FULL, now=now)
        is_asked = "on" in request.args and slot.id == slot_id
        typed = _moment_fields(slot.starts_at, view.zone) | (_typed_move(view) if is_asked else {})
        state, tone = state_of(hour, now=now)
        return Opened(
            hour=hour,
            times=calendar_looks.times_of(slot.recruiter, slot.city, slot.starts_at, slot.ends_at, first=view.zone),
            state=state,
            tone=tone,
            typed=typed,
            found=calendar_looks.look_at_move(slot, typed, now=now) if is_asked else None,
            is_ahead=is_ahead(hour, now=now),
        )

    def _just_made(self, *, now: datetime) -> Slot | None:
        """The hour that was just made or moved, when that can be taken back."""
        slot_id = chosen_id("made")
        if slot_id is None or not self.may_write:
            return None
        try:
            slot = moving.hour_in(db.session, slot_id, me().scope, now=now)
        except NotFound:
            return None
        hour = weeks.shown(db.session, slot, scope=me().scope, named=1, now=now)
        return slot if slot.id == slot_id and is_ahead(hour, now=now) and not hour.taken else None


def _chosen(args: Mapping[str, str]) -> Mapping[str, str]:
    """The address with the choice of the filter's form, `recruiter-3` or `city-5`, in the place of what it was."""
    kind, _, number = args.get("whose", "").partition("-")
    return {kind: number} if kind in ("recruiter", "city") and is_id(number) else args


def _offering(view: View, recruiters: Sequence[Recruiter]) -> list[Recruiter]:
    """Who can offer an hour in this calendar."""
    if view.city is not None:
        return [one for one in recruiters if view.city in one.cities]
    return [one for one in recruiters if one is view.recruiter and one.cities]


def _places(view: View, offering: Sequence[Recruiter]) -> list[City]:
    """The cities of which an hour of this calendar can be."""
    if view.city is not None:
        return [view.city]
    return [city for one in offering for city in one.cities if me().scope.includes(city.id)]


def _zones(view: View, offering: Sequence[Recruiter]) -> list[str]:
    """The zones in which an hour can be typed, that of the calendar first."""
    others = {row.time_zone for row in (*offering, *_places(view, offering))}
    return [view.zone.key, *sorted(others - {view.zone.key})]


def _typed(view: View, offering: Sequence[Recruiter]) -> dict[str, str]:
    """The values of the form for a new hour: typed before, or the first ones."""
    first = FIRST_VALUES | {"zone": view.zone.key, "on": str(view.days[0])}
    if len(offering) == 1:
        first["by"] = str(offering[0].id)
    if view.city is not None:
        first["place"] = str(view.city.id)
    return first | (_fields(FIELDS) if "new" in request.args else {})


def _typed_move(view: View) -> dict[str, str]:
    """The new time of an hour, as typed. “Move it back” states it in UTC, which the form does not offer to choose."""
    typed = _fields(MOVE_FIELDS)
    if typed.get("zone") != "UTC":
        return typed
    try:
        return typed | _moment_fields(calendar_looks.moment_typed(typed), view.zone)
    except BadInput:
        return typed


def _moment_fields(at: datetime, zone: ZoneInfo) -> dict[str, str]:
    there = at.astimezone(zone)
    return {"on": str(there.date()), "at": f"{there:%H:%M}", "zone": zone.key}


def _is_typed() -> bool:
    """Whether the address has a new hour that was typed before."""
    return "new" in request.args and "at" in request.args


def _rows(sheet: Sheet) -> str:
    """The rows for the script that turns a pointer's place into a time: hour, top and height of each, as JSON."""
    return json.dumps([[row.hour, row.top, row.height] for row in sheet.rows.values() if not row.again])


def _fields(names: Sequence[str]) -> dict[str, str]:
    return {name: request.values[name][:80] for name in names if name in request.values}


def _named() -> int:
    slot_id = chosen_id("slot")
    if slot_id is None:
        raise NotFound
    return slot_id


def _told_that_it_is_gone(slot_id: int) -> Response:
    """The calendar the form was on, which says so."""
    return redirect(url_for(".index", **_kept(), slot=slot_id))


def _revision() -> int:
    return chosen_id("revision") or 0


def _kept() -> dict[str, str]:
    """What the page of the form looked at."""
    query = dict(parse_qsl(request.form.get("kept", "")[:200]))
    return {name: query[name] for name in KEPT if name in query}


def _shown_at(slot: Slot, **more: Any) -> str:
    """The calendar that the form was on, at the day of a slot."""
    scope = me().scope
    recruiters, cities = recruiters_in(db.session, scope), cities_in(db.session, scope)
    kept = _kept()
    if "city" not in kept:
        kept["recruiter"] = str(slot.recruiter_id)
    view = calendar_views.asked(kept, recruiters, cities, now=clock.now())
    if view is None:
        return url_for(".index")
    return view.on(slot.starts_at.astimezone(view.zone).date()).address(**more, _anchor=f"hour-{slot.id}")
