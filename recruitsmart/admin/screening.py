"""To decide: people whose questionnaire wants a recruiter's word, with the answers that led there."""

from collections.abc import Callable

from flask import redirect, request
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin import typed
from recruitsmart.admin.base import PAGE_SIZE, Page, actor, back_to, carried_out, counted, me, page_number
from recruitsmart.domain.assessments.undecided import declined_there, screened_attempts, to_decide
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.pipeline.testing import decide
from recruitsmart.extensions import db


class Screening(Page):
    """Two lists: who waits for a decision, oldest first; who was declined, which can be reversed."""

    @expose("/")
    def index(self) -> str:
        tab = "declined" if request.args.get("tab") == "declined" else "waiting"
        found = (declined_there if tab == "declined" else to_decide)(me().scope)
        number = page_number()
        page = db.session.scalars(found.limit(PAGE_SIZE + 1).offset(PAGE_SIZE * (number - 1))).all()
        return self.render(
            "panel/screening.html",
            tab=tab,
            candidates=page[:PAGE_SIZE],
            more=len(page) > PAGE_SIZE,
            number=number,
            total=counted(found),
            attempts=screened_attempts(db.session, page[:PAGE_SIZE]),
        )

    @expose("/<reference>/accept", methods=["POST"])
    def accept(self, reference: str) -> Response:
        reason = typed.reason_or_nothing(request.form.get("reason", ""))
        carried_out(_decision(reference, accept=True, reason=lambda: reason), done=_("Accepted; they choose an hour."))
        return redirect(back_to(".index"))

    @expose("/<reference>/refuse", methods=["POST"])
    def refuse(self, reference: str) -> Response:
        why = request.form.get("reason", "")
        carried_out(
            _decision(reference, accept=False, reason=lambda: typed.reason(why)),
            done=_("Refused. Until the candidate is told you can take it back."),
        )
        return redirect(back_to(".index"))


def _decision(reference: str, *, accept: bool, reason: Callable[[], str]) -> Callable[[], None]:
    """The decision on somebody within the account's scope; the reason is read when it is carried out."""

    def work() -> None:
        candidate = by_reference(db.session, reference, me().scope)
        decide(db.session, candidate, accept=accept, reason=reason(), actor=actor(), now=clock.now())

    return work
