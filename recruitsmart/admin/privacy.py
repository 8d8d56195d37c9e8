"""A person's data on the card: taken along, held for a legal reason, or erased. For administrators."""

from flask import Response as FileResponse
from flask import redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin import typed
from recruitsmart.admin.base import Access, OfCard, actor, carried_out, me
from recruitsmart.admin.cards import card_values
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.errors import BadInput, Changed
from recruitsmart.domain.journal.operations import record
from recruitsmart.domain.pipeline import personal_data
from recruitsmart.domain.pipeline.erasing import erase, hold
from recruitsmart.domain.pipeline.erasure_wishes import asked_since
from recruitsmart.extensions import db


class Privacy(OfCard):
    """Forms on the card."""

    reads = writes = Access.DIRECT

    @expose("/<reference>/export", methods=["POST"])
    def export(self, reference: str) -> Response:
        """Written down: who took along whose data."""
        candidate = by_reference(db.session, reference, me().scope)
        content = personal_data.as_file(db.session, candidate)
        if not carried_out(lambda: _note_export(candidate.id), done=_("Written down in the history.")):
            return redirect(url_for("candidates.card", reference=reference))
        headers = {
            "Content-Disposition": f'attachment; filename="{personal_data.FILE_NAME}"',
            "Cache-Control": "no-store",
        }
        return FileResponse(content, mimetype="application/json", headers=headers)

    @expose("/<reference>/hold", methods=["POST"])
    def hold(self, reference: str) -> str | Response:
        """What a colleague has put or ended meanwhile is shown, beside what was typed."""
        reason = typed.reason_or_nothing(request.form.get("reason", ""))
        candidate = by_reference(db.session, reference, me().scope)
        if carried_out(lambda: _hold(candidate, reason), done=_held(candidate, reason)):
            return redirect(url_for("candidates.card", reference=reference))
        return self.render("panel/card.html", hold_typed=reason, **card_values(candidate, now=clock.now()))

    @expose("/<reference>/erase", methods=["POST"])
    def erase(self, reference: str) -> Response:
        """Cannot be taken back, so the box must be ticked."""
        candidate = by_reference(db.session, reference, me().scope)
        if carried_out(lambda: _erase(candidate), done=_("Everything about this person is erased.")):
            return redirect(url_for("candidates.index"))
        return redirect(url_for("candidates.card", reference=reference))


def _note_export(candidate_id: int) -> None:
    record(db.session, "candidate.exported", actor=actor(), now=clock.now(), candidate_id=candidate_id)


def _hold(candidate: Candidate, reason: str) -> None:
    if request.form.get("seen", "") != (candidate.hold_reason or ""):
        raise Changed
    hold(db.session, candidate, reason=reason, actor=actor(), now=clock.now())


def _held(candidate: Candidate, reason: str) -> str:
    if reason.strip():
        return _("The data is kept until the hold is ended.")
    if asked_since(db.session, candidate.id) is not None:
        return _("The hold is ended. The person has asked to be erased: nothing forbids it now.")
    return _("The hold is ended.")


def _erase(candidate: Candidate) -> None:
    if request.form.get("sure") != "yes":
        raise BadInput(_("Tick the box first: erasing cannot be taken back."))
    erase(db.session, candidate, actor=actor(), now=clock.now())
