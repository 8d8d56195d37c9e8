"""Slots: the hours ahead, and offering a new one."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from flask import redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin import typed
from recruitsmart.admin.base import PAGE_SIZE, Page, chosen_id, is_id, made, me, page_number
from recruitsmart.admin.filters import day_asked
from recruitsmart.domain.directory.queries import cities_in, recruiters_in
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.slots.entering import EnteredHour, offer_entered
from recruitsmart.domain.slots.listing import Narrowed, upcoming
from recruitsmart.domain.slots.models import Purpose, Slot
from recruitsmart.extensions import db

DEFAULTS = {"purpose": Purpose.INTERVIEW, "duration": "30", "capacity": "1"}


class Slots(Page):
    """Hours that recruiters offer, from an hour ago on."""

    @expose("/")
    def index(self) -> str:
        number, scope, narrowed = page_number(), me().scope, _narrowed()
        offset = PAGE_SIZE * (number - 1)
        listed = upcoming(db.session, scope, narrowed, limit=PAGE_SIZE + 1, offset=offset, now=clock.now())
        return self.render(
            "panel/slots.html",
            slots=listed[:PAGE_SIZE],
            more=len(listed) > PAGE_SIZE,
            number=number,
            recruiters=recruiters_in(db.session, scope),
            cities=cities_in(db.session, scope),
            narrowed=narrowed,
        )

    @expose("/new", methods=["GET", "POST"])
    def new(self) -> str | Response:
        filled: Mapping[str, str] = request.form if request.method == "POST" else {**DEFAULTS, **request.args.to_dict()}
        if request.method == "POST" and (slot := _offered(request.form)) is not None:
            return redirect(url_for(".index", recruiter=slot.recruiter_id))
        recruiters = recruiters_in(db.session, me().scope)
        zones = sorted({recruiter.time_zone for recruiter in recruiters} | _zones_of_cities(recruiters))
        return self.render("panel/slot_new.html", typed=filled, recruiters=recruiters, zones=zones)


def _narrowed() -> Narrowed:
    """The filter that was asked for; nonsense is left out."""
    return Narrowed(
        recruiter_id=chosen_id("recruiter"),
        city_id=chosen_id("city"),
        first_day=day_asked(request.args.get("from", "")),
        has_seats=request.args.get("seats") == "free",
    )


def _zones_of_cities(recruiters: Any) -> set[str]:
    return {city.time_zone for recruiter in recruiters for city in recruiter.cities}


def _offered(form: Mapping[str, str]) -> Slot | None:
    """The slot made from the form; None when it could not be, which has been said."""

    def offer() -> Slot:
        hour, staff = _entered(form), me()
        return offer_entered(db.session, hour, scope=staff.scope, account_id=staff.account.id, now=clock.now())

    return made(offer, done=_("The hour is offered."))


def _entered(form: Mapping[str, str]) -> EnteredHour:
    if not is_id(form.get("recruiter", "")):
        raise BadInput(_("Choose a recruiter."))
    return EnteredHour(
        recruiter_id=int(form["recruiter"]),
        city_id=chosen_id("city"),
        purpose=typed.one_of(Purpose, form.get("purpose", "")) or Purpose.INTERVIEW,
        day=typed.day(form.get("day", "")),
        starts=typed.hour(form.get("starts", "")),
        duration=timedelta(minutes=typed.number(form.get("duration", ""))),
        capacity=typed.number(form.get("capacity", "")),
        time_zone=form.get("zone") or None,
    )
