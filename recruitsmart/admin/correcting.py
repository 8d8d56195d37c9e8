"""A name or a phone number on the card is mended by whoever may work with the candidate."""

from flask import redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import OfCard, actor, carried_out, me
from recruitsmart.admin.cards import card_values
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.pipeline.correcting import Card, correct
from recruitsmart.extensions import db

LONGEST = 200


class Correcting(OfCard):
    """One form of the card; a refusal shows the card as it is now, with what was typed."""

    @expose("/<reference>", methods=["POST"])
    def card(self, reference: str) -> str | Response:
        candidate, now = by_reference(db.session, reference, me().scope), clock.now()
        said, seen = _typed(""), _typed("seen_")
        if carried_out(
            lambda: correct(db.session, candidate, said, seen=seen, actor=actor(), now=now),
            done=_("Corrected. What the card said before stays in the history."),
        ):
            return redirect(url_for("candidates.card", reference=reference))
        return self.render("panel/card.html", corrected=said, **card_values(candidate, now=now))


def _typed(prefix: str) -> Card:
    name, phone = (request.form.get(prefix + part, "").replace("\0", "")[:LONGEST] for part in ("name", "phone"))
    return Card(full_name=name, phone=phone)
