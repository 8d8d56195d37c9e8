"""Tests: the list, one test with its questions in order, its settings, its figures."""

from flask import g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import Access, Page, actor, carried_out, is_id, made
from recruitsmart.admin.meanwhile import settings_differences
from recruitsmart.admin.question_forms import read_settings, settings_as_typed
from recruitsmart.admin.typed import one_of
from recruitsmart.domain.assessments import authoring, statistics
from recruitsmart.domain.assessments.file_writing import write_test
from recruitsmart.domain.assessments.models import Test, TestKind
from recruitsmart.domain.assessments.queries import questions_of, test_called, tests_with_counts
from recruitsmart.domain.errors import BadInput
from recruitsmart.extensions import db

MOST_MOVED = 200


class Tests(Page):
    """Tests and their questions. Everybody may look, administrators edit."""

    writes = Access.DIRECT

    @expose("/")
    def index(self) -> str:
        return self.render("panel/tests.html", tests=tests_with_counts(db.session))

    @expose("/new-test", methods=["GET", "POST"])
    def new(self) -> str | Response:
        kind = _kind()
        if request.method == "POST" and _created(kind):
            return redirect(url_for(".test", key=request.form["key"]))
        values = request.form if request.method == "POST" else MultiDict({"active": "y", "tries": "1"})
        return self.render("panel/test_settings.html", test=None, kind=kind, values=values, revision="")

    @expose("/<key>")
    def test(self, key: str) -> str:
        test = test_called(db.session, key)
        questions = questions_of(db.session, test.id)
        return self.render(
            "panel/test.html",
            test=test,
            questions=[question for question in questions if question.deleted_at is None],
            deleted=[question for question in questions if question.deleted_at is not None],
            leaked=statistics.leaked_questions(db.session, test.id, now=clock.now()),
        )

    @expose("/<key>/settings", methods=["GET", "POST"])
    def settings(self, key: str) -> str | Response:
        test = test_called(db.session, key)
        if request.method == "POST" and _settings_saved(test):
            return redirect(url_for(".test", key=key))
        db.session.refresh(test)
        typed = request.form if request.method == "POST" else None
        changed = typed is not None and g.get("changed_meanwhile", False)
        return self.render(
            "panel/test_settings.html",
            test=test,
            kind=test.kind,
            values=settings_as_typed(test) if typed is None else typed,
            revision=test.revision if typed is None or changed else typed.get("revision", ""),
            saved_meanwhile=settings_differences(authoring.settings_of(test), read_settings(request.form, test.kind))
            if changed
            else [],
        )

    @expose("/<key>/figures")
    def figures(self, key: str) -> str:
        test, now = test_called(db.session, key), clock.now()
        since = None if request.args.get("since") == "all" else now - statistics.RECENT
        return self.render(
            "panel/figures.html",
            test=test,
            questions=questions_of(db.session, test.id),
            figures=statistics.question_figures(db.session, test.id, since=since),
            whole=statistics.figures_of_test(db.session, test.id, since=since),
            leaked=statistics.leaked_questions(db.session, test.id, now=now),
            nothing=statistics.QuestionFigures(),
            is_all=since is None,
        )

    @expose("/<key>/file.toml")
    def file(self, key: str) -> Response:
        test = test_called(db.session, key)
        words = write_test(test, questions_of(db.session, test.id))
        named = {"Content-Disposition": f'attachment; filename="{test.key}.toml"'}
        return Response(words, mimetype="application/toml; charset=utf-8", headers=named)

    @expose("/<key>/order", methods=["POST"])
    def order(self, key: str) -> Response:
        test = test_called(db.session, key)
        carried_out(lambda: _reorder(test), done=_("The order is saved; whoever is under way keeps the old one."))
        return redirect(url_for(".test", key=key))

    @expose("/<key>/clone", methods=["POST"])
    def clone(self, key: str) -> Response:
        test_id = test_called(db.session, key).id
        done = _("Cloned. The new test is switched off until you switch it on.")
        cloned = made(
            lambda: authoring.clone_test(db.session, test_id, actor=actor(), now=clock.now()).key, done=done
        )  # fmt: skip
        return redirect(url_for(".test", key=cloned or key))


def _kind() -> TestKind:
    return one_of(TestKind, request.values.get("kind", "")) or TestKind.EXAM


def _created(kind: TestKind) -> bool:
    def create() -> None:
        settings = read_settings(request.form, kind)
        authoring.create_test(
            db.session, request.form.get("key", "").strip(), kind, settings, actor=actor(), now=clock.now()
        )

    return carried_out(create, done=_("The test is made. Now its questions."))


def _settings_saved(test: Test) -> bool:
    test_id, kind, newest = test.id, test.kind, test.revision
    typed = request.form.get("revision", "")

    def save() -> None:
        settings = read_settings(request.form, kind)
        revision = int(typed) if is_id(typed) else 0
        g.changed_meanwhile = revision != newest
        authoring.change_settings(db.session, test_id, settings, revision=revision, actor=actor(), now=clock.now())

    return carried_out(save, done=_("Saved. Attempts that have begun go on as they began."))


def _reorder(test: Test) -> None:
    """Either one question moves a place (the buttons), or all are put into an order (dragging)."""
    typed = request.form.get("revision", "")
    revision = int(typed) if is_id(typed) else 0
    if moved := request.form.get("move"):
        number, _colon, steps = moved.partition(":")
        if not is_id(number) or steps not in {"-1", "1"}:
            raise BadInput
        authoring.move_question(db.session, int(number), int(steps), revision=revision, actor=actor(), now=clock.now())
        return
    ids = [int(number) for number in request.form.get("order", "").split(",")[:MOST_MOVED] if is_id(number)]
    authoring.reorder(db.session, test.id, ids, revision=revision, actor=actor(), now=clock.now())
