"""To decide: people whose questionnaire or exam wants a recruiter's word, with the answers that led there."""

from collections.abc import Callable

from flask import redirect, request
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin import typed
from recruitsmart.admin.base import PAGE_SIZE, Page, actor, back_to, carried_out, counted, me, page_number
from recruitsmart.admin.decisions import standing
from recruitsmart.domain.assessments.undecided import (
    after_exam,
    declined_there,
    exam_attempts,
    screened_attempts,
    to_decide,
)
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.errors import Changed
from recruitsmart.domain.pipeline.testing import decide
from recruitsmart.extensions import db

TABS = {
    "waiting": (to_decide, screened_attempts),
    "exam": (after_exam, exam_attempts),
    "declined": (declined_there, screened_attempts),
}


class Screening(Page):
    """Three lists: whose questionnaire waits for a decision, whose exam does, oldest first; who was declined, which can
    be reversed. What is decided after an exam are the forms of the card.
    """

    @expose("/")
    def index(self) -> str:
        tab = request.args.get("tab", "")
        tab = tab if tab in TABS else "waiting"
        listed, attempts_of = TABS[tab]
        found = listed(me().scope)
        number = page_number()
        page = db.session.scalars(found.limit(PAGE_SIZE + 1).offset(PAGE_SIZE * (number - 1))).all()
        return self.render(
            "panel/screening.html",
            tab=tab,
            candidates=page[:PAGE_SIZE],
            more=len(page) > PAGE_SIZE,
            number=number,
            total=counted(found),
            attempts=attempts_of(db.session, page[:PAGE_SIZE]),
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
        if accept:
            _refuse_overruling(candidate)
        decide(db.session, candidate, accept=accept, reason=reason(), actor=actor(), now=clock.now())

    return work


def _refuse_overruling(candidate: Candidate) -> None:
    """Whoever accepts somebody who was undecided on their page does not mean the one a colleague has refused since."""
    seen = request.form.get("seen")
    if seen and seen != standing(candidate) and candidate.outcome == Outcome.REJECTED:
        raise Changed
