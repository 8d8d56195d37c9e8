"""Bookings: requests that wait for a yes or no, approved hours, and who waits for one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin import moments, typed
from recruitsmart.admin.base import PAGE_SIZE, Page, actor, back_to, carried_out, me, page_number
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.slots import desk, ending, operations, outcomes
from recruitsmart.domain.slots.listing import booking_in, pending_in
from recruitsmart.domain.slots.models import RESULTS, Booking, BookingStatus, Waiting
from recruitsmart.extensions import db

TABS = ("pending", "upcoming", "waiting")


class Bookings(Page):
    """Three lists: pending requests (oldest first), approved bookings (by hour), the waiting queue."""

    @expose("/")
    def index(self) -> str:
        tab = request.args.get("tab") if request.args.get("tab") in TABS else "pending"
        return self.render("panel/bookings.html", tab=tab, **_listed(tab))

    @expose("/<int:booking_id>/approve", methods=["POST"])
    def approve(self, booking_id: int) -> Response:
        carried_out(lambda: _approve(booking_id, now=clock.now()), done=_("Approved; the candidate is being told."))
        return redirect(back_to(".index"))

    @expose("/<int:booking_id>/refuse", methods=["POST"])
    def refuse(self, booking_id: int) -> Response:
        carried_out(
            lambda: _refuse(booking_id, request.form.get("reason", ""), now=clock.now()),
            done=_("Refused; the candidate is being told and offered other hours."),
        )
        return redirect(back_to(".index"))

    @expose("/<int:booking_id>/cancel", methods=["POST"])
    def cancel(self, booking_id: int) -> Response:
        carried_out(
            lambda: _cancel(booking_id, request.form.get("reason", ""), now=clock.now()),
            done=_("Cancelled; the candidate is being told and offered other hours."),
        )
        return redirect(back_to(".index", tab="upcoming"))

    @expose("/<int:booking_id>/outcome", methods=["POST"])
    def outcome(self, booking_id: int) -> Response:
        if carried_out(
            lambda: _note_outcome(booking_id, request.form.get("result", ""), now=clock.now()), done=_("Noted.")
        ):
            _tell_of_another(booking_id)
        return redirect(back_to(".index", tab="upcoming"))


def _listed(tab: str | None) -> dict[str, Any]:
    number = page_number()
    found = _found(tab, limit=PAGE_SIZE + 1, offset=PAGE_SIZE * (number - 1))
    return {"listed": found[:PAGE_SIZE], "more": len(found) > PAGE_SIZE, "number": number}


def _found(tab: str | None, *, limit: int, offset: int) -> Sequence[Booking | Waiting]:
    scope = me().scope
    match tab:
        case "waiting":
            return desk.waiting_in(db.session, scope, limit=limit, offset=offset)
        case "upcoming":
            return desk.approved_in(db.session, scope, limit=limit, offset=offset, now=clock.now())
        case _:
            return pending_in(db.session, scope, limit=limit, offset=offset)


def _approve(booking_id: int, *, now: datetime) -> None:
    booking_in(db.session, booking_id, me().scope)
    operations.approve(db.session, booking_id, actor=actor(), now=now)


def _refuse(booking_id: int, why: str, *, now: datetime) -> None:
    booking_in(db.session, booking_id, me().scope)
    ending.refuse(db.session, booking_id, reason=typed.reason(why), actor=actor(), now=now)


def _cancel(booking_id: int, why: str, *, now: datetime) -> None:
    booking_in(db.session, booking_id, me().scope)
    ending.cancel_by_staff(db.session, booking_id, reason=typed.reason(why), actor=actor(), now=now)


def _note_outcome(booking_id: int, result: str, *, now: datetime) -> None:
    booking_in(db.session, booking_id, me().scope)
    if result not in set(RESULTS):
        raise BadInput(_("Choose how the meeting went."))
    seen = request.form.get("seen", type=BookingStatus)
    outcomes.record_outcome(db.session, booking_id, BookingStatus(result), seen=seen, actor=actor(), now=now)


def _tell_of_another(booking_id: int) -> None:
    """Who seemed not to have come may have chosen another hour meanwhile; nobody but the recruiter knows whether it is
    needed."""
    another = desk.hour_besides(db.session, booking_in(db.session, booking_id, me().scope))
    if another is not None:
        when = moments.moment(another.slot.starts_at, another.time_zone)
        flash(_("The candidate has another hour: %(when)s. Cancel it if it is not needed.", when=when), "info")
