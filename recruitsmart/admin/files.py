"""Files on a candidate's card."""

from io import BytesIO

from flask import redirect, request, send_file, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import OfCard, actor, carried_out, me
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.notes import files
from recruitsmart.extensions import db


class Files(OfCard):
    """Kept by whoever works with the candidate, taken along by whoever sees the card."""

    @expose("/<reference>/keep", methods=["POST"])
    def keep(self, reference: str) -> Response:
        candidate = by_reference(db.session, reference, me().scope)
        carried_out(lambda: _keep(candidate), done=_("The file is kept."))
        return _back_to_card(reference)

    @expose("/<reference>/<int:file_id>")
    def take(self, reference: str, file_id: int) -> Response:
        """Always as a file to save: what is inside may be a page with somebody else's script."""
        candidate = by_reference(db.session, reference, me().scope)
        file = files.file_of(db.session, candidate, file_id, with_content=True)
        answer = send_file(
            BytesIO(file.content), mimetype="application/octet-stream", as_attachment=True, download_name=file.name
        )
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @expose("/<reference>/<int:file_id>/take-away", methods=["POST"])
    def take_away(self, reference: str, file_id: int) -> Response:
        candidate = by_reference(db.session, reference, me().scope)
        carried_out(
            lambda: files.take_away(db.session, candidate, file_id, actor=actor(), now=clock.now()),
            done=_("The file is gone."),
        )
        return _back_to_card(reference)


def _keep(candidate: Candidate) -> None:
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise BadInput(_("Choose a file."))
    content = sent.read(files.LONGEST_FILE_BYTES + 1)
    files.keep(db.session, candidate, sent.filename, content, actor=actor(), now=clock.now())


def _back_to_card(reference: str) -> Response:
    return redirect(url_for("candidates.card", reference=reference, _anchor="files"))
