"""One act done to many candidates: chosen on the list, looked at, started, watched, stopped."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import PAGE_SIZE, Access, Page, actor, carried_out, chosen_id, counted, made, me
from recruitsmart.admin.filters import MOST_TICKED, as_typed, asked, named
from recruitsmart.admin.history import in_words
from recruitsmart.admin.typed import one_of
from recruitsmart.domain.batches import operations, queries
from recruitsmart.domain.batches.models import Act, Batch, BatchState, PersonState
from recruitsmart.domain.batches.outlook import outlook
from recruitsmart.domain.batches.rules import STAGES
from recruitsmart.domain.broadcasts.rules import from_json
from recruitsmart.domain.candidates.queries import Wanted, matching
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.directory.queries import cities_in, recruiters_in
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.journal.queries import entries_about
from recruitsmart.domain.pipeline.decisions import LONGEST_REASON
from recruitsmart.extensions import db

STEPS = ("batch.started", "batch.stopped", "batch.finished")
ELSEWHERE = {"message": "broadcasts.new", "export": "exports.index"}  # what many get in another way


class Batches(Page):
    """What was done to many at once, and doing it."""

    reads = Access.WORK

    def is_visible(self) -> bool:
        return False

    @expose("/")
    def index(self) -> str:
        page = queries.listed(db.session, me().scope, before_id=chosen_id("before"), limit=PAGE_SIZE + 1)
        shown = page[:PAGE_SIZE]
        return self.render(
            "panel/batches.html",
            batches=[(each, from_json(each.wanted)) for each in shown],
            progress=queries.progress(db.session, [each.id for each in shown if each.state == BatchState.RUNNING]),
            next_before=shown[-1].id if len(page) > PAGE_SIZE else None,
            **_directory(),
        )

    @expose("/choose")
    def choose(self) -> Response:
        """Where the list leads: the ticked ones or all that match, to the page of the act."""
        typed = request.args.get("act", "")
        ticked = request.args.get("whom") == "ticked"
        people = named(request.args.getlist("tick"))
        filters = {"people": ",".join(people)} if ticked else as_typed(asked(request.args))
        if ticked and not people:
            flash(_("Tick somebody first, or choose all that match."), "error")
            return redirect(url_for("candidates.index", **as_typed(asked(request.args))))
        if typed == "message" and not ticked:
            filters = {"outcome": Outcome.ACTIVE.value, **filters}
        if typed in ELSEWHERE:
            return redirect(url_for(ELSEWHERE[typed], **filters))
        act = one_of(Act, typed)
        if act is None:
            flash(_("Choose what to do."), "error")
            return redirect(url_for("candidates.index", **as_typed(asked(request.args))))
        return redirect(url_for(".new", act=act.value, **filters))

    @expose("/new", methods=["GET", "POST"])
    def new(self) -> str | Response:
        act, wanted = one_of(Act, request.values.get("act", "")), asked(request.values)
        if act is None:
            raise NotFound
        if request.method == "POST":
            drafted = _drafted(act, wanted)
            if drafted is not None:
                return redirect(url_for(".shown", batch_id=drafted.id))
        return self.render(
            "panel/batch_new.html",
            act=act,
            wanted=wanted,
            total=counted(matching(me().scope, wanted)),
            stages=STAGES,
            typed=request.form,
            longest_reason=LONGEST_REASON,
            **_directory(),
        )

    @expose("/<int:batch_id>")
    def shown(self, batch_id: int) -> str:
        batch = queries.by_id(db.session, batch_id, me().scope)
        values = {"batch": batch, "wanted": from_json(batch.wanted), **_directory()}
        if batch.state == BatchState.DRAFT:
            return self.render("panel/batch_draft.html", outlook=outlook(db.session, batch, now=clock.now()), **values)
        state = one_of(PersonState, request.args.get("state", ""))
        lines = queries.people(
            db.session, batch, me().scope, state=state, after_id=chosen_id("after"), limit=PAGE_SIZE + 1
        )
        return self.render(
            "panel/batch.html",
            lines=lines[:PAGE_SIZE],
            next_after=lines[PAGE_SIZE - 1].person.candidate_id if len(lines) > PAGE_SIZE else None,
            state=state,
            story=in_words(db.session, entries_about(db.session, STEPS, batch.id)),
            so_far=queries.how_far(db.session, batch),
            **values,
        )

    @expose("/<int:batch_id>/progress")
    def progress(self, batch_id: int) -> str:
        """The part of the page that changes, for the page's own script."""
        batch = queries.by_id(db.session, batch_id, me().scope)
        return render_template("panel/batch_progress.html", batch=batch, so_far=queries.how_far(db.session, batch))

    @expose("/<int:batch_id>/start", methods=["POST"])
    def start(self, batch_id: int) -> Response:
        return _step(operations.start, batch_id, done=_("Started. You may leave this page; it goes on."))

    @expose("/<int:batch_id>/stop", methods=["POST"])
    def stop(self, batch_id: int) -> Response:
        return _step(operations.stop, batch_id, done=_("Stopped. What was done until now stays."))

    @expose("/<int:batch_id>/discard", methods=["POST"])
    def discard(self, batch_id: int) -> Response:
        gone = carried_out(
            lambda: operations.discard(db.session, batch_id, scope=me().scope), done=_("Nothing was changed.")
        )
        return redirect(url_for("candidates.index") if gone else url_for(".shown", batch_id=batch_id))


def _drafted(act: Act, wanted: Wanted) -> Batch | None:
    """The people chosen now; None when it was refused, which has been said."""
    now = clock.now()
    details = {
        "reason": request.form.get("reason", "").replace("\0", ""),
        "stage": request.form.get("to_stage", ""),
        "recruiter_id": chosen_id("to_recruiter"),
        "city_id": chosen_id("to_city"),
    }
    return made(
        lambda: operations.draft(db.session, act, details, wanted, scope=me().scope, actor=actor(), now=now),
        done=_("Nothing has been done yet."),
    )


def _step(step: Callable[..., Batch], batch_id: int, *, done: str) -> Response:
    now = clock.now()
    carried_out(lambda: step(db.session, batch_id, scope=me().scope, actor=actor(), now=now), done=done)
    return redirect(url_for(".shown", batch_id=batch_id))


def _directory() -> dict[str, Any]:
    cities: list[City] = list(cities_in(db.session, me().scope))
    recruiters: list[Recruiter] = list(recruiters_in(db.session, me().scope))
    return {
        "cities": cities,
        "recruiters": recruiters,
        "city_of": {city.id: city for city in cities},
        "recruiter_of": {recruiter.id: recruiter for recruiter in recruiters},
        "most_ticked": MOST_TICKED,
    }
