"""Two cards of one person: found, looked at side by side, made one; or told apart."""

from collections.abc import Callable

from flask import redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import Access, OfCard, actor, back_to, carried_out, made, me
from recruitsmart.domain.candidates.duplicates import possible_duplicates, suggest_again, tell_apart
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Wanted, by_reference, matching, nearly_matching
from recruitsmart.domain.errors import Changed, NotFound
from recruitsmart.domain.pipeline.merging import Choice, Plan, goes_on, merge, plan
from recruitsmart.extensions import db

MOST_FOUND = 10
GIVEN_UP = "given_up"  # in the form: take what the card says that is given up


Say = Callable[..., None]


class Merging(OfCard):
    """Nothing is changed before both cards were seen side by side; there is no way back."""

    reads = Access.WORK

    @expose("/<reference>")
    def choose(self, reference: str) -> str:
        """Which other card is about the same person."""
        candidate, words = by_reference(db.session, reference, me().scope), request.args.get("q", "")[:200]
        found = _found(words) if words.strip() else possible_duplicates(db.session, candidate, me().scope).suggested
        others = [one for one in found if one.id != candidate.id]
        return self.render("panel/merging_choose.html", candidate=candidate, others=others, words=words)

    @expose("/<reference>/<other>", methods=["GET", "POST"])
    def look(self, reference: str, other: str) -> str | Response:
        """Both side by side; a press makes them one."""
        if reference == other:
            raise NotFound
        if request.method == "POST":
            merged = _merged(reference, other)
            if merged is not None:
                return redirect(url_for("candidates.card", reference=merged))
        return self.render("panel/merging.html", plan=_plan(reference, other), taken=_taken(), given_up=GIVEN_UP)

    @expose("/<reference>/<other>/apart", methods=["POST"])
    def apart(self, reference: str, other: str) -> Response:
        """They are two people, so that it is not asked again."""
        done = _("Noted: these are two people. It is not suggested again; the way back is on the card.")
        return self._told(reference, other, tell_apart, done=done)

    @expose("/<reference>/<other>/again", methods=["POST"])
    def again(self, reference: str, other: str) -> Response:
        """The way back."""
        return self._told(reference, other, suggest_again, done=_("Noted: this may be one person after all."))

    def _told(self, reference: str, other: str, say: Say, *, done: str) -> Response:
        carried_out(lambda: say(db.session, *_pair(reference, other), actor=actor(), now=clock.now()), done=done)
        return redirect(back_to("candidates.card", reference=reference))


def _found(words: str) -> list[Candidate]:
    scope, wanted = me().scope, Wanted(words=words.replace("\0", ""))
    exactly = db.session.scalars(matching(scope, wanted).limit(MOST_FOUND + 1)).all()
    return list(exactly or db.session.scalars(nearly_matching(scope, wanted).limit(MOST_FOUND + 1)))


def _plan(reference: str, other: str) -> Plan:
    """With whose application goes on as it was asked for, else as the rule says."""
    pair = _pair(reference, other)
    kept = request.values.get("keep", "")
    survivor = next((one for one in pair if one.reference == kept), goes_on(*pair))
    given_up = pair[1] if survivor is pair[0] else pair[0]
    return plan(db.session, survivor, given_up, take=_taken())


def _pair(reference: str, other: str) -> tuple[Candidate, Candidate]:
    return by_reference(db.session, reference, me().scope), by_reference(db.session, other, me().scope)


def _taken() -> list[Choice]:
    return [choice for choice in Choice if request.form.get(choice.value) == GIVEN_UP]


def _merged(reference: str, other: str) -> str | None:
    """The reference of the card that is left."""

    def work() -> str:
        seen = _plan(reference, other)
        _refuse_changed(seen)
        survivor = merge(
            db.session, seen.survivor.id, seen.given_up.id, take=_taken(), actor=actor(), now=clock.now()
        )  # fmt: skip
        return survivor.reference

    done = _("Merged. This card has everything of both; the address of the other one leads here.")
    return made(work, done=done)


def seen_as(shown: Plan) -> str:
    """What the page showed: a press on an older page is refused."""
    pair = sorted((shown.survivor, shown.given_up), key=lambda each: each.id)
    return ".".join(f"{each.id}-{each.revision}" for each in pair)


def _refuse_changed(shown: Plan) -> None:
    if request.form.get("seen") != seen_as(shown):
        raise Changed
