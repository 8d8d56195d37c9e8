"""People from a file: brought, its columns named, looked at line by line, taken in, watched."""

from collections.abc import Callable, Iterator
from typing import Any

from flask import Response as Answer
from flask import redirect, render_template, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import PAGE_SIZE, Access, Page, actor, carried_out, chosen_id, is_id, made, me
from recruitsmart.admin.csv_rows import Cell
from recruitsmart.admin.csv_rows import lines as csv_lines
from recruitsmart.admin.history import in_words
from recruitsmart.admin.sentences import reasons_in_words
from recruitsmart.admin.spreadsheets import LONGEST_FILE_BYTES, read_table
from recruitsmart.admin.typed import one_of
from recruitsmart.admin.words import word
from recruitsmart.domain.directory.queries import cities_in
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.intake import operations, queries
from recruitsmart.domain.intake.models import Intake, IntakeState, LineState, Verdict
from recruitsmart.domain.intake.rules import Field
from recruitsmart.domain.journal.queries import entries_about
from recruitsmart.extensions import db

RECENT, SAMPLES = 20, 3
FORM_BYTES = 100_000  # beside the file
REST = (LineState.REFUSED, LineState.FAILED, LineState.STOPPED)
STEPS = ("intake.started", "intake.stopped", "intake.finished")


def allow_long_file(endpoint: str | None, _values: object) -> None:
    """Only the page that takes files reads a request this long; set before anything reads the form."""
    if endpoint == "intake.index":
        request.max_content_length = LONGEST_FILE_BYTES + FORM_BYTES


class Intakes(Page):
    """A file, its columns, a look without effect, then the lines."""

    reads = Access.WORK

    def is_visible(self) -> bool:
        return False

    @expose("/", methods=["GET", "POST"])
    def index(self) -> str | Response:
        if request.method == "POST":
            made = _brought()
            if made is not None:
                return redirect(url_for(".shown", intake_id=made.id))
        return self.render("panel/intakes.html", intakes=queries.listed(db.session, *_whose(), limit=RECENT))

    @expose("/<int:intake_id>")
    def shown(self, intake_id: int) -> str:
        intake = queries.by_id(db.session, intake_id, *_whose())
        if intake.state == IntakeState.UPLOADED or (intake.state == IntakeState.CHECKED and "columns" in request.args):
            return self._columns(intake)
        verdict = one_of(Verdict, request.args.get("verdict", ""))
        state = one_of(LineState, request.args.get("state", ""))
        lines = queries.lines(
            db.session, intake, me().scope, verdict=verdict, state=state, after=chosen_id("after"), limit=PAGE_SIZE + 1
        )
        return self.render(
            "panel/intake.html",
            intake=intake,
            so_far=queries.how_far(db.session, intake),
            lines=lines[:PAGE_SIZE],
            next_after=lines[PAGE_SIZE - 1].line.number if len(lines) > PAGE_SIZE else None,
            verdict=verdict,
            state=state,
            columns=sorted(intake.mapping.items(), key=lambda pair: pair[1]),
            story=in_words(db.session, entries_about(db.session, STEPS, intake.id)),
            rest=REST,
        )

    def _columns(self, intake: Intake) -> str:
        samples = queries.lines(db.session, intake, me().scope, limit=SAMPLES)
        width = max([len(intake.headings), *(len(one.line.cells) for one in samples)])
        return self.render(
            "panel/intake_columns.html",
            intake=intake,
            samples=[one.line.cells for one in samples],
            width=width,
            field_of={column: name for name, column in _mapping(request.form, intake).items()},
            typed=request.form,
            cities=[city for city in cities_in(db.session, me().scope) if city.active],
        )

    @expose("/<int:intake_id>/progress")
    def progress(self, intake_id: int) -> str:
        """The part of the page that changes, for the page's own script."""
        intake = queries.by_id(db.session, intake_id, *_whose())
        return render_template(
            "panel/intake_progress.html", intake=intake, so_far=queries.how_far(db.session, intake), rest=REST
        )

    @expose("/<int:intake_id>/look", methods=["POST"])
    def look(self, intake_id: int) -> str | Response:
        intake = queries.by_id(db.session, intake_id, *_whose())
        mapping, city_id = _mapping(request.form, intake), chosen_id("city")
        source = request.form.get("source", "").replace("\0", "")

        def work() -> None:
            operations.look(
                db.session, intake_id, mapping, city_id=city_id, source=source, scope=me().scope, actor=actor()
            )

        if carried_out(work, done=_("The lines are being looked at. Nobody is taken in yet.")):
            return redirect(url_for(".shown", intake_id=intake_id))
        return self._columns(queries.by_id(db.session, intake_id, *_whose()))

    @expose("/<int:intake_id>/start", methods=["POST"])
    def start(self, intake_id: int) -> Response:
        now, fills = clock.now(), request.form.get("known") == "fill"
        return _step(
            lambda: operations.start(
                db.session, intake_id, fills=fills, scope=me().scope, actor=actor(), now=now
            ),
            intake_id,
            done=_("Started. You may leave this page; it goes on."),
        )  # fmt: skip

    @expose("/<int:intake_id>/stop", methods=["POST"])
    def stop(self, intake_id: int) -> Response:
        now = clock.now()
        return _step(
            lambda: operations.stop(db.session, intake_id, scope=me().scope, actor=actor(), now=now),
            intake_id,
            done=_("Stopped. What was done until now stays."),
        )

    @expose("/<int:intake_id>/discard", methods=["POST"])
    def discard(self, intake_id: int) -> Response:
        gone = carried_out(
            lambda: operations.discard(db.session, intake_id, scope=me().scope, actor=actor()),
            done=_("The file is gone; nobody was taken in."),
        )
        return redirect(url_for(".index") if gone else url_for(".shown", intake_id=intake_id))

    @expose("/<int:intake_id>/rest.csv")
    def rest(self, intake_id: int) -> Response:
        """The lines nobody was made of, with their reasons: to be mended and brought again."""
        intake = queries.by_id(db.session, intake_id, *_whose())
        headers = {
            "Content-Disposition": f'attachment; filename="rest-{intake.id}.csv"', "Cache-Control": "no-store"
        }  # fmt: skip
        rows = list(_rest(intake))  # a slow line must not keep a transaction open
        return Answer(csv_lines(rows), mimetype="text/csv; charset=utf-8", headers=headers)


def _whose() -> tuple[int, Any]:
    return me().account.id, me().scope


def _brought() -> Intake | None:
    now, file = clock.now(), request.files.get("file")

    def work() -> Intake:
        if file is None or not file.filename:
            raise BadInput(_("Choose a file."))
        name = file.filename.replace("\0", "").replace("\\", "/").rpartition("/")[2]
        rows = read_table(file.read(LONGEST_FILE_BYTES + 1))
        return operations.bring(db.session, rows, file_name=name, actor=actor(), now=now)

    return made(work, done=_("The file is here. Look whether its columns are right."))


def _mapping(form: Any, intake: Intake) -> dict[str, int]:
    """Which column holds which field, as the form says; before it was sent, as was guessed or said before.

    Two columns of one field count as the second only, and then it shows.
    """
    columns = {name.removeprefix("column-"): kind for name, kind in form.items() if name.startswith("column-")}
    if not columns:
        return intake.mapping
    fields = {kind.value for kind in Field}
    return {kind: int(column) for column, kind in columns.items() if kind in fields and is_id(column)}


def _step(work: Callable[[], object], intake_id: int, *, done: str) -> Response:
    carried_out(work, done=done)
    return redirect(url_for(".shown", intake_id=intake_id))


def _rest(intake: Intake) -> Iterator[list[Cell]]:
    yield [_("Line"), *intake.headings, _("State"), _("Why")] if intake.headings else [_("Line")]
    for state in REST:
        after = None
        while page := queries.lines(db.session, intake, me().scope, state=state, after=after, limit=1000):
            for each in page:
                line = each.line
                why = reasons_in_words(line.why) if line.why else ""
                padded = [*line.cells, *[""] * (len(intake.headings) - len(line.cells))]
                yield [line.number, *padded, word(line.state), why]
            after = page[-1].line.number
