"""What the card and Today do about people: reject, let go, bring back, hire, move along by hand."""

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
from recruitsmart.admin.moments import language
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.errors import BadInput, Changed
from recruitsmart.domain.pipeline import decisions
from recruitsmart.domain.slots.wording import reason_in_words
from recruitsmart.extensions import db

Act = Callable[[Candidate, datetime], object]


class Decisions(OfCard):
    """Forms about one candidate; a refusal shows the card as it is now, with what was typed."""

    @expose("/<reference>/reject", methods=["POST"])
    def reject(self, reference: str) -> str | Response:
        reason = typed.reason_or_nothing(request.form.get("reason", ""))
        return self._carried_out(
            reference,
            lambda who, now: decisions.reject(db.session, who, reason=reason, actor=actor(), now=now),
            done=_("Rejected. Until the candidate is told you can take it back."),
        )

    @expose("/<reference>/let-go", methods=["POST"])
    def let_go(self, reference: str) -> str | Response:
        reason = typed.reason_or_nothing(request.form.get("reason", ""))
        return self._carried_out(
            reference,
            lambda who, now: decisions.let_go(db.session, who, reason=reason, actor=actor(), now=now),
            done=_("Noted: the candidate withdrew."),
        )

    @expose("/<reference>/bring-back", methods=["POST"])
    def bring_back(self, reference: str) -> str | Response:
        return self._carried_out(
            reference,
            lambda who, now: decisions.bring_back(db.session, who, actor=actor(), now=now),
            done=_("Brought back: the application goes on."),
        )

    @expose("/<reference>/hire", methods=["POST"])
    def hire(self, reference: str) -> str | Response:
        return self._carried_out(
            reference,
            lambda who, now: decisions.hire(db.session, who, actor=actor(), now=now),
            done=_("Hired; the candidate is being told."),
        )

    @expose("/<reference>/take-hire-back", methods=["POST"])
    def take_hire_back(self, reference: str) -> str | Response:
        return self._carried_out(
            reference,
            lambda who, now: decisions.take_hire_back(db.session, who, actor=actor(), now=now),
            done=_("Taken back. The candidate has read of the job: please call."),
        )

    @expose("/<reference>/move", methods=["POST"])
    def move(self, reference: str) -> str | Response:
        return self._carried_out(
            reference,
            lambda who, now: decisions.move_by_hand(db.session, who, _stage(), actor=actor(), now=now),
            done=_("Moved."),
        )

    def _carried_out(self, reference: str, act: Act, *, done: str) -> str | Response:
        now, scope = clock.now(), me().scope

        def work() -> None:
            candidate = by_reference(db.session, reference, scope)
            refuse_changed(candidate)
            act(candidate, now)

        if carried_out(work, done=done):
            return redirect(back_to("candidates.card", reference=reference))
        candidate = by_reference(db.session, reference, scope)
        kept = {"act": request.path.rpartition("/")[2], "reason": request.form.get("reason", "")}
        return self.render("panel/card.html", kept=kept, **card_values(candidate, now=now))


def standing(candidate: Candidate) -> str:
    """Where a candidate stood when a form was shown; a press on an older page is refused."""
    return f"{candidate.stage.value}.{candidate.outcome.value}"


def refuse_changed(candidate: Candidate) -> None:
    """Refuse a form that was shown when the candidate stood elsewhere. A repeat of a press that was carried out already
    is none of this: the domain lets it pass.

    Raises:
        Changed
    """
    seen = request.form.get("seen")
    if seen and seen != standing(candidate) and candidate.outcome not in _REPEATABLE:
        raise Changed


_REPEATABLE = (Outcome.REJECTED, Outcome.WITHDRAWN, Outcome.HIRED)  # the domain decides: the same again, or a sentence


def _stage() -> Stage:
    chosen = request.form.get("stage", "")
    if chosen not in {stage.value for stage in Stage}:
        raise BadInput(_("Choose where to move the candidate."))
    return Stage(chosen)


def given_reason(reason: str | None) -> str:
    """Why a candidate gave an hour up, in the reader's language where a button said it."""
    return reason_in_words(reason, language()) or ""
