"""Tests: their questions, and editing one."""

from collections.abc import Mapping
from typing import Any

from flask import g, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import Access, Page, actor, carried_out, is_id
from recruitsmart.domain.assessments.editing import CONSEQUENCES, QuestionEdit, edit_question
from recruitsmart.domain.assessments.models import Question, QuestionKind
from recruitsmart.domain.assessments.queries import question_of, questions_of, test_called, tests_with_counts
from recruitsmart.domain.directory.rules import parse_list
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.messaging.texts import LANGUAGES
from recruitsmart.extensions import db

BLANK_ROWS = 2
MOST_ROWS = 40


class Tests(Page):
    """Tests and their questions. Everybody may look, administrators edit."""

    writes = Access.DIRECT

    @expose("/")
    def index(self) -> str:
        return self.render("panel/tests.html", tests=tests_with_counts(db.session))

    @expose("/<key>")
    def test(self, key: str) -> str:
        test = test_called(db.session, key)
        return self.render("panel/test.html", test=test, questions=questions_of(db.session, test.id))

    @expose("/<key>/questions/<int:question_id>", methods=["GET", "POST"])
    def question(self, key: str, question_id: int) -> str | Response:
        test = test_called(db.session, key)
        question = question_of(db.session, test, question_id)
        if request.method == "POST" and _saved(question):
            return redirect(url_for(".test", key=key, _anchor=f"question-{question_id}"))
        db.session.refresh(question)
        typed = request.form if request.method == "POST" else None
        return self.render(
            "panel/question.html",
            test=test,
            question=question,
            values=_as_typed(question) if typed is None else typed,
            options=_rows(question.options if typed is None else read_options(typed)),
            version=question.version if typed is None or g.get("changed_meanwhile") else typed.get("version", ""),
            changed_meanwhile=typed is not None and g.get("changed_meanwhile"),
            earlier=_earlier_choices(question),
            consequences=CONSEQUENCES,
        )


def _saved(question: Question) -> bool:
    version, question_id = request.form.get("version", ""), question.id

    def save() -> None:
        edit = read_edit(request.form, question.kind)
        number = int(version) if is_id(version) else 0
        g.changed_meanwhile = number != question.version
        edit_question(db.session, question_id, edit, version=number, actor=actor(), now=clock.now())

    return carried_out(save, done=_("Saved. Whoever is asked from now on sees it so."))


def read_edit(form: Mapping[str, str], kind: QuestionKind) -> QuestionEdit:
    """A question as the form describes it.

    Raises:
        BadInput: a number is none.
    """
    is_choice = kind == QuestionKind.ONE_CHOICE
    return QuestionEdit(
        text=_per_language(form, "text"),
        hint=_per_language(form, "hint"),
        options=read_options(form) if is_choice else [],
        show_if=_condition(form),
        lowest=None if is_choice else _number(form.get("lowest", "")),
        highest=None if is_choice else _number(form.get("highest", "")),
        active="active" in form,
    )


def _per_language(form: Mapping[str, str], name: str) -> dict[str, str]:
    typed = {language: _tidy(form.get(f"{name}-{language}", "")) for language in LANGUAGES}
    return {language: words for language, words in typed.items() if words}


def _tidy(typed: str) -> str:
    return typed.replace("\r\n", "\n").replace("\0", "").strip()


def _condition(form: Mapping[str, str]) -> dict[str, Any] | None:
    key = form.get("show-question", "")
    return {"question": key, "options": parse_list(form.get("show-options", ""))} if key else None


def _number(typed: str) -> int | None:
    typed = typed.strip()
    if not typed:
        return None
    try:
        number = int(typed)
    except ValueError as error:
        raise BadInput(_("Write the bounds as whole numbers, or leave them empty.")) from error
    if abs(number) > 10**12:
        raise BadInput(_("Write the bounds as whole numbers, or leave them empty."))
    return number


def read_options(form: Mapping[str, str]) -> list[dict[str, Any]]:
    """The rows of the table of options that say something; a new one gets a key of its own."""
    rows = [row for number in range(MOST_ROWS) if (row := _option(form, f"option-{number}-")) is not None]
    taken = {row["key"] for row in rows}
    for row in rows:
        row["key"] = row["key"] or _free_key(taken)
        taken.add(row["key"])
    return rows


def _option(form: Mapping[str, str], prefix: str) -> dict[str, Any] | None:
    label = _per_language({name.removeprefix(prefix): value for name, value in form.items()}, "label")
    if not label or f"{prefix}remove" in form:
        return None
    option: dict[str, Any] = {"key": form.get(f"{prefix}key", "").strip()[:32], "label": label}
    if f"{prefix}correct" in form:
        option["correct"] = True
    if (points := _number(form.get(f"{prefix}points", ""))) is not None:
        option["points"] = points
    if (consequence := form.get(f"{prefix}consequence", "none")) in CONSEQUENCES[1:]:
        option["consequence"] = consequence
    return option


def _free_key(taken: set[str]) -> str:
    return next(key for number in range(1, MOST_ROWS * 2) if (key := f"o{number}") not in taken)


def _rows(options: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The table's rows: the options, and blank ones for new options."""
    return [*options, *({"key": "", "label": {}} for _number in range(BLANK_ROWS))]


def _as_typed(question: Question) -> dict[str, Any]:
    """A saved question as the form would send it."""
    values: dict[str, Any] = {f"text-{language}": words for language, words in question.text.items()}
    values |= {f"hint-{language}": words for language, words in question.hint.items()}
    bounds = {"lowest": question.lowest, "highest": question.highest}
    values |= {name: bound for name, bound in bounds.items() if bound is not None}
    if question.show_if is not None:
        values |= {"show-question": question.show_if["question"]}
        values |= {"show-options": ", ".join(question.show_if["options"])}
    return values | ({"active": "y"} if question.active else {})


def _earlier_choices(question: Question) -> list[Question]:
    others = questions_of(db.session, question.test_id)
    return [other for other in others if other.position < question.position and other.kind == QuestionKind.ONE_CHOICE]
