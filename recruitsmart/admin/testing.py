"""What the card does about tests: invite to the exam, grant another go, lengthen the time."""

from collections.abc import Callable, Sequence

from flask import redirect, request
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin import typed
from recruitsmart.admin.base import OfCard, actor, back_to, carried_out, is_id, me
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.pipeline.testing import grant_extra_time, offer_test2
from recruitsmart.domain.slots.models import Booking, Purpose
from recruitsmart.extensions import db

NO_PERCENTAGE = -1  # the domain refuses it with the sentence people read


class Testing(OfCard):
    """Forms on the card; a recruiter for the own candidates."""

    @expose("/<reference>/offer", methods=["POST"])
    def offer(self, reference: str) -> Response:
        reason = typed.reason_or_nothing(request.form.get("reason", "")) or None
        carried_out(
            _for(reference, lambda who: offer_test2(db.session, who, reason=reason, actor=actor(), now=clock.now())),
            done=_("Invited to the test; the candidate is being told."),
        )
        return redirect(back_to("candidates.card", reference=reference))

    @expose("/<reference>/extra-time", methods=["POST"])
    def extra_time(self, reference: str) -> Response:
        words = request.form.get("percent", "")
        percent = int(words) if is_id(words) else NO_PERCENTAGE
        carried_out(
            _for(reference, lambda who: grant_extra_time(db.session, who, percent, actor=actor(), now=clock.now())),
            done=_("Saved. It holds from the next test on."),
        )
        return redirect(back_to("candidates.card", reference=reference))


def _for(reference: str, act: Callable[[Candidate], object]) -> Callable[[], object]:
    """An act for a candidate within the account's scope."""
    return lambda: act(by_reference(db.session, reference, me().scope))


def may_offer_exam(candidate: Candidate, bookings: Sequence[Booking]) -> bool:
    """Whether the card offers the invitation: after an interview, not before its hour, or in Test 2 for another go."""
    is_ahead = any(
        one.is_live and one.purpose == Purpose.INTERVIEW and one.slot.starts_at > clock.now() for one in bookings
    )
    stands_there = candidate.outcome == Outcome.ACTIVE and candidate.stage in {Stage.INTERVIEW, Stage.TEST2}
    return stands_there and not is_ahead
