"""Giving a person an hour: moving a booking, or assigning somebody who has none."""

from collections.abc import Callable, Sequence
from typing import Any

from flask import redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import Access, Page, actor, back_to, carried_out, chosen_id, me
from recruitsmart.admin.filters import day_asked
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.errors import BadInput, NotInThisStage
from recruitsmart.domain.slots import desk, operations
from recruitsmart.domain.slots.listing import booking_in
from recruitsmart.domain.slots.models import Purpose, Slot
from recruitsmart.extensions import db
from recruitsmart.web.addresses import inside

MOST_HOURS = 60


class Hours(Page):
    """Free hours of the candidate's city to choose from."""

    reads = Access.WORK

    def is_visible(self) -> bool:
        return False

    @expose("/")
    def index(self) -> Response:
        return redirect(url_for("bookings.index", tab="waiting"))

    @expose("/move/<int:booking_id>", methods=["GET", "POST"])
    def move(self, booking_id: int) -> str | Response:
        booking = booking_in(db.session, booking_id, me().scope)
        if request.method == "POST" and _given(
            booking.candidate,
            lambda slot_id: operations.reassign(db.session, booking_id, slot_id, actor=actor(), now=clock.now()),
            done=_("Moved; both sides are being told."),
        ):
            return redirect(back_to("bookings.index", tab="upcoming"))
        if not booking.is_live:
            return self._page(booking.candidate, None, booking=booking)
        return self._page(booking.candidate, booking.purpose, booking=booking)

    @expose("/assign/<reference>", methods=["GET", "POST"])
    def assign(self, reference: str) -> str | Response:
        candidate = by_reference(db.session, reference, me().scope)
        if request.method == "POST" and _given(
            candidate,
            lambda slot_id: operations.assign(db.session, candidate, slot_id, actor=actor(), now=clock.now()),
            done=_("The hour is given; both sides are being told."),
        ):
            return redirect(back_to("candidates.card", reference=reference))
        return self._page(candidate, desk.purpose_awaited(candidate), booking=None)

    def _page(self, candidate: Candidate, purpose: Purpose | None, **values: Any) -> str:
        day = day_asked(request.values.get("day", ""))
        found: Sequence[Slot] = ()
        if purpose is not None and candidate.city is not None:
            found = desk.hours_to_give(
                db.session,
                candidate.city,
                purpose,
                candidate_id=candidate.id,
                day=day,
                limit=MOST_HOURS + 1,
                now=clock.now(),
            )
        return self.render(
            "panel/hours.html",
            candidate=candidate,
            purpose=purpose,
            waiting=purpose and desk.place_in_queue(db.session, candidate.id, purpose),
            hours=found[:MOST_HOURS],
            more=len(found) > MOST_HOURS,
            day=day,
            back=inside(
                request.values.get("back"), otherwise=url_for("candidates.card", reference=candidate.reference)
            ),
            **values,
        )


def _given(candidate: Candidate, give: Callable[[int], object], *, done: str) -> bool:
    """Whether the chosen hour of the candidate's city was given; if not, why has been said."""
    slot_id, city_id = chosen_id("slot"), candidate.city_id

    def work() -> None:
        if slot_id is None:
            raise BadInput(_("Choose an hour."))
        if city_id is None:
            raise NotInThisStage
        desk.refuse_hours_elsewhere(db.session, {slot_id: {city_id}}, now=clock.now())
        give(slot_id)

    return carried_out(work, done=done)
