"""The board: people in columns by stage, moved by dragging or by a menu on each card."""

from datetime import timedelta

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import format_timedelta
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import Page, actor, carried_out, me, refusal_of
from recruitsmart.admin.decisions import refuse_changed
from recruitsmart.admin.filters import as_typed, asked
from recruitsmart.admin.typed import one_of
from recruitsmart.admin.words import word
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.queries import cities_in, recruiters_in
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.pipeline.board import columns
from recruitsmart.domain.pipeline.decisions import move_by_hand, moves_by_hand
from recruitsmart.domain.pipeline.undoing import take_back, way_back
from recruitsmart.extensions import db


class Board(Page):
    """Everybody under way, where they stand."""

    @expose("/", methods=["GET", "POST"])
    def index(self) -> str | Response:
        if request.method == "GET":
            return self._page()
        candidate, to = _named(), _stage(request.form.get("to", ""))
        refusal = _moved(candidate, to)
        if refusal is not None:
            return self._page(refused=candidate.reference, refusal=refusal)
        flash(_("%(name)s: moved to “%(stage)s”.", name=_name(candidate), stage=word(candidate.stage)), "success")
        return redirect(url_for(".index", **_kept(moved=candidate.reference)))

    @expose("/undo", methods=["POST"])
    def undo(self) -> Response:
        candidate, now = _named(), clock.now()
        carried_out(
            lambda: take_back(db.session, candidate, actor=actor(), now=now), done=_("The move was taken back.")
        )
        return redirect(url_for(".index", **_kept()))

    def _page(self, refused: str = "", refusal: str = "") -> str:
        scope, now, wanted = me().scope, clock.now(), asked(request.args)
        opened = _stage_or_none(request.args.get("more", ""))
        shown = columns(db.session, scope, wanted, opened=opened, now=now)
        if refusal and not any(card.candidate.reference == refused for column in shown for card in column.cards):
            flash(refusal, "error")  # the card has gone elsewhere meanwhile
        return self.render(
            "panel/board.html",
            columns=shown,
            wanted=wanted,
            cities=cities_in(db.session, scope),
            recruiters=recruiters_in(db.session, scope),
            kept=_kept(),
            moves_by_hand=moves_by_hand,
            refused=refused,
            refusal=refusal,
            undoable=self._undoable(),
            since=lambda at: age_words(now - at),
        )

    def _undoable(self) -> Candidate | None:
        """Who has just been moved, when the way back is open."""
        reference = request.args.get("moved")
        if not reference or not self.may_write:
            return None
        try:
            candidate = by_reference(db.session, reference, me().scope)
        except NotFound:
            return None
        return candidate if way_back(db.session, candidate, actor=actor()) else None


def age_words(age: timedelta) -> str:
    """How long somebody has stood at a stage: `3 days`."""
    return format_timedelta(max(age, timedelta(minutes=1)), granularity="minute")


def _moved(candidate: Candidate, to: Stage) -> str | None:
    """Move and commit; or the sentence that says why not."""

    def work() -> None:
        refuse_changed(candidate)
        move_by_hand(db.session, candidate, to, actor=actor(), now=clock.now())

    return refusal_of(work)


def _named() -> Candidate:
    return by_reference(db.session, request.form.get("reference", "").replace("\0", ""), me().scope)


def _name(candidate: Candidate) -> str:
    return candidate.full_name or _("no name yet")


def _stage(typed: str) -> Stage:
    stage = _stage_or_none(typed)
    if stage is None:
        raise NotFound
    return stage


def _stage_or_none(typed: str) -> Stage | None:
    return one_of(Stage, typed)


def _kept(**more: str) -> dict[str, str]:
    """The filter of the address and the column that is shown whole, to be carried along; nothing else that was typed
    there, which may be a name that `url_for` takes for its own."""
    opened = _stage_or_none(request.args.get("more", ""))
    shown = {} if opened is None else {"more": opened.value}
    return {**as_typed(asked(request.args)), **shown, **more}
