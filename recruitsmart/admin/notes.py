"""Notes on a candidate's card, and the day to look again."""

from collections.abc import Callable
from datetime import datetime

from flask import redirect, request
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin import typed
from recruitsmart.admin.base import OfCard, actor, back_to, carried_out, me
from recruitsmart.admin.cards import card_values
from recruitsmart.admin.moments import own_zone
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.notes import operations
from recruitsmart.extensions import db


class Notes(OfCard):
    """Forms of the card; a refusal shows the card again with what was typed."""

    @expose("/<reference>/write", methods=["POST"])
    def write(self, reference: str) -> str | Response:
        words = request.form.get("note", "")
        return self._carried_out(
            reference,
            lambda who, now: operations.note(db.session, who, words, actor=actor(), now=now),
            done=_("The note is kept."),
        )

    @expose("/<reference>/follow-up", methods=["POST"])
    def follow_up(self, reference: str) -> str | Response:
        return self._carried_out(reference, _plan, done=_("On that day the candidate stands on the page Today."))

    @expose("/<reference>/done", methods=["POST"])
    def done(self, reference: str) -> str | Response:
        return self._carried_out(
            reference,
            lambda who, now: operations.done(db.session, who, actor=actor(), now=now),
            done=_("Nobody needs to look again."),
        )

    def _carried_out(
        self, reference: str, act: Callable[[Candidate, datetime], object], *, done: str
    ) -> str | Response:
        now = clock.now()
        candidate = by_reference(db.session, reference, me().scope)
        if carried_out(lambda: act(candidate, now), done=done):
            return redirect(back_to("candidates.card", reference=reference, _anchor="notes"))
        return self.render("panel/card.html", note=request.form.get("note", ""), **card_values(candidate, now=now))


def _plan(candidate: Candidate, now: datetime) -> None:
    due_on, today = typed.day(request.form.get("day", "")), now.astimezone(own_zone()).date()
    operations.follow_up(db.session, candidate, due_on, actor=actor(), today=today, now=now)
