"""Questions of a test: writing one with its preview beside it, cloning, hiding, deleting, bringing back."""

from collections.abc import Mapping
from typing import Any

from flask import abort, g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import Access, Page, actor, carried_out, is_id, made
from recruitsmart.admin.meanwhile import consequence_word, question_differences
from recruitsmart.admin.question_forms import (
    per_language,
    question_as_typed,
    read_edit,
    rows_of,
    typed_options,
)
from recruitsmart.admin.shown_questions import bubbles
from recruitsmart.admin.typed import one_of
from recruitsmart.admin.words import choices
from recruitsmart.domain.assessments import authoring, hiding
from recruitsmart.domain.assessments.checking import BOUNDED, CONSEQUENCES, earlier_of
from recruitsmart.domain.assessments.editing import as_edit, edit_question
from recruitsmart.domain.assessments.models import CHOICES, Question, QuestionKind, Test, TestKind
from recruitsmart.domain.assessments.queries import question_of, questions_of, test_called
from recruitsmart.domain.dialogue.showing import Setting
from recruitsmart.extensions import db

ACTS = {
    "hide": hiding.hide_question,
    "show": hiding.show_question,
    "delete": hiding.delete_question,
    "restore": hiding.restore_question,
    "clone": authoring.clone_question,
}


class Questions(Page):
    """Everybody may look at a question, administrators edit."""

    writes = Access.DIRECT

    def is_visible(self) -> bool:
        return False

    @expose("/")
    def index(self, key: str) -> Response:
        return redirect(url_for("tests.test", key=key))

    @expose("/new-question", methods=["GET", "POST"])
    def new(self, key: str) -> str | Response:
        test, kind = test_called(db.session, key), _kind()
        if _wants_to_save() and (made := _added(test.id, kind)):
            return redirect(url_for("tests.test", key=key, _anchor=f"question-{made}"))
        typed = request.form if request.method == "POST" else None
        values = MultiDict({"active": "y", "required": "y"}) if typed is None else typed
        options = [] if typed is None else typed_options(typed)
        return self._form(test, None, kind, values, options, version="")

    @expose("/<int:question_id>", methods=["GET", "POST"])
    def question(self, key: str, question_id: int) -> str | Response:
        test = test_called(db.session, key)
        question = question_of(db.session, test, question_id)
        if _wants_to_save() and _saved(question):
            return redirect(url_for("tests.test", key=key, _anchor=f"question-{question_id}"))
        db.session.refresh(question)
        if request.method == "GET":
            typed = question_as_typed(question)
            return self._form(test, question, question.kind, typed, question.options, version=question.version)
        version = question.version if g.get("changed_meanwhile") else request.form.get("version", "")
        options = typed_options(request.form)
        return self._form(test, question, question.kind, request.form, options, version=version)

    @expose("/<int:question_id>/<act>", methods=["POST"])
    def act(self, key: str, question_id: int, act: str) -> Response:
        question = question_of(db.session, test_called(db.session, key), question_id)
        if act not in ACTS:
            abort(404)
        number = question.id
        carried_out(lambda: ACTS[act](db.session, number, actor=actor(), now=clock.now()), done=_done(act))
        return redirect(url_for("tests.test", key=key, _anchor=f"question-{question_id}"))

    @expose("/preview", methods=["POST"])
    def preview(self, key: str) -> str:
        test, kind = test_called(db.session, key), _kind()
        number = int(request.form["number"]) if is_id(request.form.get("number", "")) else 1
        return self.render("panel/bubbles.html", bubbles=_bubbles(test, kind, request.form, number))

    def _form(
        self, test: Test, question: Question | None, kind: QuestionKind, values: Mapping[str, Any],
        options: list[dict[str, Any]], *, version: int | str,
    ) -> str:  # fmt: skip
        questions = [row for row in questions_of(db.session, test.id) if row.deleted_at is None]
        number = len(questions) + 1 if question is None else question.position
        before = questions if question is None else earlier_of(questions, question)
        earlier = [row for row in before if row.kind in CHOICES]
        return self.render(
            "panel/question.html", test=test, question=question, kind=kind, values=values, version=version,
            options=rows_of(options, [] if question is None else [row["key"] for row in question.options]),
            earlier=earlier, number=number, is_deleted=question is not None and question.deleted_at is not None,
            consequences=[(value, consequence_word(value)) for value in CONSEQUENCES],
            question_kinds=choices(QuestionKind),
            is_choice=kind in CHOICES, is_bounded=kind in BOUNDED,
            saved_meanwhile=_saved_meanwhile(question),
            bubbles=_bubbles(test, kind, values, number, options),
        )  # fmt: skip


def _wants_to_save() -> bool:
    return request.method == "POST" and request.form.get("step") != "preview"


def _kind() -> QuestionKind:
    typed = request.values.get("kind", "")
    return one_of(QuestionKind, typed) or QuestionKind.ONE_CHOICE


def _saved(question: Question) -> bool:
    version, question_id, newest, kind = request.form.get("version", ""), question.id, question.version, question.kind

    def save() -> None:
        edit = read_edit(request.form, kind)
        number = int(version) if is_id(version) else 0
        g.changed_meanwhile = number != newest
        edit_question(db.session, question_id, edit, version=number, actor=actor(), now=clock.now())

    return carried_out(save, done=_("Saved. Whoever is asked from now on sees it so."))


def _saved_meanwhile(question: Question | None) -> list[tuple[str, str]]:
    """After somebody else's change: what they saved and the form has otherwise."""
    if question is None or question.deleted_at is not None or not g.get("changed_meanwhile"):
        return []
    return question_differences(as_edit(question), read_edit(request.form, question.kind), question.kind)


def _added(test_id: int, kind: QuestionKind) -> int | None:

    def add() -> int:
        edit, key = read_edit(request.form, kind), request.form.get("key", "").strip()
        return authoring.add_question(db.session, test_id, key, kind, edit, actor=actor(), now=clock.now()).id

    return made(add, done=_("The question is added. Attempts that have begun go on without it."))


def _done(act: str) -> str:
    return {
        "hide": _("Hidden. Whoever has not been asked yet is not asked any more."),
        "show": _("The question is asked again."),
        "delete": _("Deleted. Its answers stay, and it can be brought back."),
        "restore": _("Brought back, hidden."),
        "clone": _("Cloned. The new question is hidden until you show it."),
    }[act]


def _bubbles(
    test: Test, kind: QuestionKind, values: Mapping[str, Any], number: int, options: list[dict[str, Any]] | None = None
) -> Any:
    """What is typed now as the chat would show it."""
    asked = {
        "key": "preview", "kind": kind, "text": per_language(values, "text"), "hint": per_language(values, "hint"),
        "options": (typed_options(values) if options is None else options) if kind in CHOICES else [],
        "required": "required" in values, "limit_seconds": _limit(values) or test.question_limit_seconds,
    }  # fmt: skip
    setting = Setting(
        number=number, total=_total(test, number), is_exam=test.kind == TestKind.EXAM,
        is_timed=bool(asked["limit_seconds"] or test.total_limit_seconds),
    )  # fmt: skip
    return bubbles(db.session, asked, setting)


def _limit(values: Mapping[str, Any]) -> int | None:
    """The limit typed so far; what is no number yet is none."""
    typed = str(values.get("limit", ""))
    return int(typed) if is_id(typed) else None


def _total(test: Test, number: int) -> int:
    return max(sum(row.active for row in questions_of(db.session, test.id)), number)
