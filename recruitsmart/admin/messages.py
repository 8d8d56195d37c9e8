"""Messages: the outbox as a ledger."""

from datetime import datetime

from flask import redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import PAGE_SIZE, Page, actor, carried_out, chosen_id, counted, me, page_number
from recruitsmart.admin.timeline import about
from recruitsmart.admin.typed import one_of
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference, ledger, ledger_page
from recruitsmart.domain.candidates.resending import (
    MOST_AT_ONCE,
    RESENDABLE,
    Resendable,
    Which,
    resendable,
    send_again,
)
from recruitsmart.domain.errors import BadInput, NotFound
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.domain.pipeline.planned import planned_one, planned_page, words_of
from recruitsmart.extensions import db

GREATEST_ID = 2**63 - 1


class Messages(Page):
    """What was or will be sent, newest first."""

    sends = frozenset({"again"})

    @expose("/")
    def index(self) -> str:
        scope, state = me().scope, _state()
        reference = request.args.get("candidate", "")
        candidate = by_reference(db.session, reference, scope) if reference else None
        lines = ledger(scope, state=state, candidate_id=None if candidate is None else candidate.id)
        page = ledger_page(db.session, lines, before_id=chosen_id("before"), limit=PAGE_SIZE + 1)
        return self.render(
            "panel/messages.html",
            lines=page[:PAGE_SIZE],
            next_before=page[PAGE_SIZE - 1].message.id if len(page) > PAGE_SIZE else None,
            total=counted(lines),
            state=state,
            candidate=candidate,
            resendable=RESENDABLE,
        )

    @expose("/again", methods=["GET", "POST"])
    def again(self) -> str | Response:
        """What failed or is in doubt, counted first; then sent again."""
        reference = request.values.get("candidate", "")
        candidate = by_reference(db.session, reference, me().scope) if reference else None
        found, back = resendable(db.session, _which(candidate), me().scope), _filtered(candidate)
        if request.method == "GET":
            return self.render("panel/messages_again.html", found=found, most=MOST_AT_ONCE, back=back)
        done = _("They are on their way again: %(count)s.", count=len(found.ids))
        carried_out(lambda: _send_again(found, now=clock.now()), done=done)
        return redirect(back)

    @expose("/planned")
    def planned(self) -> str:
        """Everything that timers will bring, the next first."""
        number = page_number()
        found = planned_page(db.session, me().scope, limit=PAGE_SIZE + 1, offset=PAGE_SIZE * (number - 1))
        return self.render(
            "panel/planned.html", coming=found[:PAGE_SIZE], more=len(found) > PAGE_SIZE, number=number, about=about
        )

    @expose("/planned/<int:timer_id>")
    def planned_words(self, timer_id: int) -> str:
        """One of these, with its words as they stand now; the page's script takes them out of here."""
        if timer_id > GREATEST_ID:
            raise NotFound
        one = planned_one(db.session, timer_id, me().scope)
        return self.render("panel/planned_words.html", one=one, words=words_of(db.session, one), about=about)


def _send_again(found: Resendable, *, now: datetime) -> None:
    if found.in_doubt and request.form.get("sure") != "yes":
        raise BadInput(_("Some may arrive twice: say that you want this all the same."))
    send_again(db.session, found.ids, actor=actor(), now=now)


def _which(candidate: Candidate | None) -> Which:
    """Of the messages that the filter shows, those up to the one that was counted last."""
    message_id = chosen_id("id")
    return Which(
        state=_state(),
        candidate_id=None if candidate is None else candidate.id,
        ids=None if message_id is None else [message_id],
        up_to_id=chosen_id("up_to"),
    )


def _filtered(candidate: Candidate | None) -> str:
    """The list with the filter that the way here began with."""
    return url_for(".index", state=_state(), candidate=None if candidate is None else candidate.reference)


def _state() -> MessageState | None:
    typed = request.values.get("state", "")
    return one_of(MessageState, typed)
