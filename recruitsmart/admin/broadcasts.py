"""Broadcasts: written, looked at, started, watched, paused, resumed, stopped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from flask import current_app, flash, redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import PAGE_SIZE, Access, Page, actor, carried_out, chosen_id, made, me
from recruitsmart.admin.filters import asked
from recruitsmart.admin.history import in_words
from recruitsmart.admin.sentences import sentence_of
from recruitsmart.admin.typed import one_of
from recruitsmart.domain.broadcasts import operations, queries, rules
from recruitsmart.domain.broadcasts.models import Broadcast, BroadcastState, RecipientState
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Wanted
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.directory.queries import cities_in, recruiters_in
from recruitsmart.domain.errors import BadText
from recruitsmart.domain.messaging.texts import LANGUAGES
from recruitsmart.extensions import db

LIVE = {BroadcastState.RUNNING, BroadcastState.PAUSED}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What one real person would read, as Telegram HTML, or why they could not be written to."""

    candidate: Candidate
    html: str
    problem: str


class Broadcasts(Page):
    """One text to a filtered list of candidates."""

    reads = Access.WORK
    sends = frozenset({"start", "resume"})

    @expose("/")
    def index(self) -> str:
        page = queries.listed(db.session, me().scope, before_id=chosen_id("before"), limit=PAGE_SIZE + 1)
        shown = page[:PAGE_SIZE]
        return self.render(
            "panel/broadcasts.html",
            broadcasts=[(each, rules.from_json(each.wanted)) for each in shown],
            progress=queries.progress(db.session, [each.id for each in shown if each.state in LIVE]),
            city_of=_cities(),
            next_before=shown[-1].id if len(page) > PAGE_SIZE else None,
        )

    @expose("/new", methods=["GET", "POST"])
    def new(self) -> str | Response:
        if request.method == "GET":
            first = request.args if request.args else {"outcome": Outcome.ACTIVE.value}
            return self._form(None, asked(first), {})

        def draft(bodies: Mapping[str, str], wanted: Wanted) -> Broadcast:
            now = clock.now()
            return operations.draft(db.session, bodies, wanted, scope=me().scope, actor=actor(), now=now)

        return self._taken(None, draft)

    @expose("/<int:broadcast_id>/edit", methods=["GET", "POST"])
    def edit(self, broadcast_id: int) -> str | Response:
        broadcast = queries.by_id(db.session, broadcast_id, me().scope)
        if request.method == "GET" and broadcast.state != BroadcastState.DRAFT:
            return redirect(url_for(".shown", broadcast_id=broadcast_id))
        if request.method == "GET":
            return self._form(broadcast, rules.from_json(broadcast.wanted), broadcast.bodies)

        def redraft(bodies: Mapping[str, str], wanted: Wanted) -> Broadcast:
            return operations.redraft(
                db.session, broadcast_id, bodies, wanted, revision=_revision(), scope=me().scope
            )  # fmt: skip

        return self._taken(broadcast, redraft)

    def _taken(
        self, broadcast: Broadcast | None, write: Callable[[Mapping[str, str], Wanted], Broadcast]
    ) -> str | Response:
        """The form's draft written down, or the form again with what was typed."""
        bodies, wanted = _bodies(request.form), asked(request.form)
        if broadcast is not None and broadcast.state != BroadcastState.DRAFT:
            flash(_("Somebody has started this broadcast meanwhile. What you typed is still below."), "error")
            return self._form(broadcast, wanted, bodies)
        written = made(lambda: write(bodies, wanted), done=_("Saved. Nobody has got anything yet."))
        if written is not None:
            return redirect(url_for(".shown", broadcast_id=written.id))
        return self._form(broadcast, wanted, bodies)

    def _form(self, broadcast: Broadcast | None, wanted: Wanted, bodies: Mapping[str, str]) -> str:
        """The form; where a colleague saved meanwhile, with what they saved, as a form that has seen it."""
        changed = broadcast is not None and request.form.get("revision", str(broadcast.revision)) != str(
            broadcast.revision
        )
        return self.render(
            "panel/broadcast_new.html",
            broadcast=broadcast,
            revision=broadcast.revision if broadcast else "",
            may_save=broadcast is None or broadcast.state == BroadcastState.DRAFT,
            changed_meanwhile=changed,
            saved_wanted=rules.from_json(broadcast.wanted) if broadcast else None,
            city_of=_cities(),
            wanted=wanted,
            bodies=bodies,
            cities=cities_in(db.session, me().scope),
            recruiters=recruiters_in(db.session, me().scope),
            variables=rules.VARIABLES,
        )

    @expose("/<int:broadcast_id>")
    def shown(self, broadcast_id: int) -> str:
        broadcast = queries.by_id(db.session, broadcast_id, me().scope)
        values = {"broadcast": broadcast, "wanted": rules.from_json(broadcast.wanted), "city_of": _cities()}
        if broadcast.state == BroadcastState.DRAFT:
            reach = queries.reach(db.session, broadcast)
            takes = rules.duration(reach.people, _rate())
            samples = [_sample(broadcast, person) for person in queries.sample_people(db.session, broadcast)]
            return self.render("panel/broadcast_draft.html", reach=reach, samples=samples, takes=takes, **values)
        state = _state()
        lines = queries.people(
            db.session, broadcast, me().scope, state=state, after_id=chosen_id("after"), limit=PAGE_SIZE + 1
        )
        return self.render(
            "panel/broadcast.html",
            lines=lines[:PAGE_SIZE],
            next_after=lines[PAGE_SIZE - 1].recipient.candidate_id if len(lines) > PAGE_SIZE else None,
            state=state,
            story=in_words(db.session, queries.story(db.session, broadcast.id)),
            **_how_far(broadcast),
            **values,
        )

    @expose("/<int:broadcast_id>/progress")
    def progress(self, broadcast_id: int) -> str:
        """The part of the page that changes, for the page's own script."""
        broadcast = queries.by_id(db.session, broadcast_id, me().scope)
        return render_template("panel/broadcast_progress.html", broadcast=broadcast, **_how_far(broadcast))

    @expose("/<int:broadcast_id>/start", methods=["POST"])
    def start(self, broadcast_id: int) -> Response:
        now, revision = clock.now(), _revision()
        carried_out(
            lambda: operations.start(
                db.session, broadcast_id, revision=revision, scope=me().scope, actor=actor(), now=now
            ),
            done=_("Started."),
        )
        return redirect(url_for(".shown", broadcast_id=broadcast_id))

    @expose("/<int:broadcast_id>/pause", methods=["POST"])
    def pause(self, broadcast_id: int) -> Response:
        return _step(operations.pause, broadcast_id, done=_("Paused. What was just being sent still arrives."))

    @expose("/<int:broadcast_id>/resume", methods=["POST"])
    def resume(self, broadcast_id: int) -> Response:
        return _step(operations.resume, broadcast_id, done=_("It goes on."))

    @expose("/<int:broadcast_id>/stop", methods=["POST"])
    def stop(self, broadcast_id: int) -> Response:
        return _step(operations.stop, broadcast_id, done=_("Stopped. What was just being sent still arrives."))

    @expose("/<int:broadcast_id>/discard", methods=["POST"])
    def discard(self, broadcast_id: int) -> Response:
        gone = carried_out(
            lambda: operations.discard(db.session, broadcast_id, scope=me().scope), done=_("The draft is gone.")
        )
        return redirect(url_for(".index") if gone else url_for(".shown", broadcast_id=broadcast_id))


def _step(step: Callable[..., Broadcast], broadcast_id: int, *, done: str) -> Response:
    now = clock.now()
    carried_out(lambda: step(db.session, broadcast_id, scope=me().scope, actor=actor(), now=now), done=done)
    return redirect(url_for(".shown", broadcast_id=broadcast_id))


def _cities() -> dict[int, City]:
    return {city.id: city for city in cities_in(db.session, me().scope)}


def _bodies(form: MultiDict[str, str]) -> dict[str, str]:
    typed = {language: form.get(f"body-{language}", "") for language in LANGUAGES}
    return {language: body.replace("\r\n", "\n").replace("\0", "") for language, body in typed.items()}


def _revision() -> int:
    return chosen_id("revision") or 0


def _state() -> RecipientState | None:
    typed = request.args.get("state", "")
    return one_of(RecipientState, typed)


def _rate() -> int:
    return current_app.config["SETTINGS"].telegram_messages_per_second


def _how_far(broadcast: Broadcast) -> dict[str, object]:
    so_far = queries.progress(db.session, [broadcast.id])[broadcast.id]
    return {
        "so_far": so_far,
        "erased": broadcast.total - so_far.total,
        "takes": rules.duration(so_far.unsent, _rate()),
    }


def _sample(broadcast: Broadcast, candidate: Candidate) -> Sample:
    try:
        return Sample(candidate=candidate, html=rules.words_for(broadcast.bodies, candidate), problem="")
    except BadText as error:
        return Sample(candidate=candidate, html="", problem=sentence_of(error))
