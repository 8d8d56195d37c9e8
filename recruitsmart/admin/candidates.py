"""Candidates: the list and the card."""

from datetime import datetime

from flask import redirect, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import COUNTED, PAGE_SIZE, Page, counted, is_id, me
from recruitsmart.admin.cards import card_values
from recruitsmart.admin.filters import asked, order_asked
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import (
    Order,
    Place,
    by_reference,
    list_page,
    matching,
    merged_into,
    nearly_matching,
    place_of,
)
from recruitsmart.domain.directory.queries import cities_in, recruiters_in
from recruitsmart.domain.errors import NotFound
from recruitsmart.extensions import db

COUNTED_OF_WORDS = 1000  # comparing names costs more than comparing numbers


class Candidates(Page):
    """Everybody who applied or was entered. Words that nobody is called by exactly find whose name is like them."""

    @expose("/")
    def index(self) -> str:
        wanted, scope, order = asked(request.args), me().scope, order_asked(request.args)
        found, nearly = matching(scope, wanted, order=order), False
        page = list_page(db.session, found, after=_after(), limit=PAGE_SIZE + 1, order=order)
        if not page and wanted.words:
            found = nearly_matching(scope, wanted, order=order)
            page = list_page(db.session, found, after=_after(), limit=PAGE_SIZE + 1, order=order)
            nearly = bool(page)
        shown = page[:PAGE_SIZE]
        return self.render(
            "panel/candidates.html",
            candidates=shown,
            nearly=nearly,
            wanted=wanted,
            order=order,
            total=counted(found, most=COUNTED_OF_WORDS if wanted.words else COUNTED),
            next_place=_as_place(shown[-1], order) if len(page) > PAGE_SIZE else None,
            cities=cities_in(db.session, scope),
            recruiters=recruiters_in(db.session, scope),
        )

    @expose("/<reference>")
    def card(self, reference: str) -> str | Response:
        """The address of a card that was merged leads to the one that is left."""
        try:
            candidate = by_reference(db.session, reference, me().scope)
        except NotFound:
            left = merged_into(db.session, reference, me().scope)
            return redirect(url_for(".card", reference=left.reference))
        return self.render("panel/card.html", **card_values(candidate, now=clock.now()))


def _as_place(candidate: Candidate, order: Order) -> str:
    place = place_of(candidate, order)
    return f"{place.at.isoformat()}_{place.id}"


def _after() -> Place | None:
    moment, _, number = request.args.get("after", "").partition("_")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if at.tzinfo is None or not is_id(number):
        return None
    return Place(at=at, id=int(number))
