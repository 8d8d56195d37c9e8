"""Requests that wait for a recruiter's yes or no."""

from datetime import datetime

from flask import redirect, request
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import Page, actor, back_to, carried_out, me
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.slots import operations
from recruitsmart.domain.slots.listing import booking_in, pending_in
from recruitsmart.extensions import db

LONGEST_REASON = 500


class Bookings(Page):
    """The list of pending requests, the oldest first."""

    @expose("/")
    def index(self) -> str:
        pending = pending_in(db.session, me().scope)
        return self.render("panel/bookings.html", pending=pending, now=clock.now())

    @expose("/<int:booking_id>/approve", methods=["POST"])
    def approve(self, booking_id: int) -> Response:
        carried_out(lambda: _approve(booking_id, now=clock.now()), done=_("Approved; the candidate is being told."))
        return redirect(back_to(".index"))

    @expose("/<int:booking_id>/refuse", methods=["POST"])
    def refuse(self, booking_id: int) -> Response:
        reason = " ".join(request.form.get("reason", "").split())[:LONGEST_REASON]
        carried_out(
            lambda: _refuse(booking_id, reason, now=clock.now()),
            done=_("Refused; the candidate is being told and offered other hours."),
        )
        return redirect(back_to(".index"))


def _approve(booking_id: int, *, now: datetime) -> None:
    booking_in(db.session, booking_id, me().scope)
    operations.approve(db.session, booking_id, actor=actor(), now=now)


def _refuse(booking_id: int, reason: str, *, now: datetime) -> None:
    booking_in(db.session, booking_id, me().scope)
    if not reason:
        raise BadInput(_("Write why: the reason stays in the history."))
    operations.refuse(db.session, booking_id, reason=reason, actor=actor(), now=now)
