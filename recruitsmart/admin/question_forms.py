"""Tests and questions as the panel's forms send them: reading what was typed, and typing what is saved."""

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from recruitsmart.domain.assessments.authoring import TestSettings, settings_of
from recruitsmart.domain.assessments.checking import BOUNDED, CONSEQUENCES, LARGEST_BOUND, QuestionEdit
from recruitsmart.domain.assessments.models import CHOICES, Question, QuestionKind, Test, TestKind
from recruitsmart.domain.directory.rules import parse_list
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.messaging.texts import LANGUAGES

BLANK_ROWS = 2
MOST_ROWS = 40
Form = Mapping[str, str]


def read_edit(form: Form, kind: QuestionKind) -> QuestionEdit:
    """A question as the form describes it.

    Raises:
        BadInput: a number is none.
    """
    return QuestionEdit(
        text=per_language(form, "text"),
        hint=per_language(form, "hint"),
        options=read_options(form) if kind in CHOICES else [],
        show_if=_condition(form),
        lowest=number_in(form, "lowest") if kind in BOUNDED else None,
        highest=number_in(form, "highest") if kind in BOUNDED else None,
        required="required" in form,
        limit_seconds=number_in(form, "limit"),
        active="active" in form,
    )


def read_settings(form: Form, kind: TestKind) -> TestSettings:
    """What is set for a test, as the form describes it.

    Raises:
        BadInput: a number is none.
    """
    is_exam = kind == TestKind.EXAM
    return TestSettings(
        title=per_language(form, "title"),
        pass_percent=number_in(form, "pass_percent") if is_exam else None,
        question_limit_seconds=number_in(form, "question_limit"),
        total_limit_seconds=number_in(form, "total_limit"),
        shuffle_questions="shuffle_questions" in form,
        shuffle_options="shuffle_options" in form,
        tries=(number_in(form, "tries") or 1) if is_exam else 1,
        active="active" in form,
    )


def per_language(form: Form, name: str) -> dict[str, str]:
    """Words typed per language; what is empty is left out."""
    typed = {language: _tidy(form.get(f"{name}-{language}", "")) for language in LANGUAGES}
    return {language: words for language, words in typed.items() if words}


def _tidy(typed: str) -> str:
    return typed.replace("\r\n", "\n").replace("\0", "").strip()


def _condition(form: Form) -> dict[str, Any] | None:
    key = form.get("show-question", "").replace("\0", "")
    options = form.get("show-options", "").replace("\0", "")
    return {"question": key, "options": parse_list(options)} if key else None


def number_in(form: Form, name: str) -> int | None:
    """A whole number that may be left out.

    Raises:
        BadInput: it is none.
    """
    typed = form.get(name, "").strip()
    if not typed:
        return None
    try:
        number = int(typed)
    except ValueError as error:
        raise BadInput(_("Write bounds, limits and points as whole numbers, or leave them empty.")) from error
    if abs(number) > LARGEST_BOUND:
        raise BadInput(_("Write bounds, limits and points as whole numbers, or leave them empty."))
    return number


def read_options(form: Form) -> list[dict[str, Any]]:
    """The rows of the table of options that say something; a new one gets a key of its own."""
    rows = [row for number in range(MOST_ROWS) if (row := _option(form, f"option-{number}-")) is not None]
    taken = {row["key"] for row in rows}
    for row in rows:
        row["key"] = row["key"] or _free_key(taken)
        taken.add(row["key"])
    return rows


def _option(form: Form, prefix: str) -> dict[str, Any] | None:
    label = per_language(form, f"{prefix}label")
    if not label or f"{prefix}remove" in form:
        return None
    option: dict[str, Any] = {"key": form.get(f"{prefix}key", "").replace("\0", "").strip()[:32], "label": label}
    if f"{prefix}correct" in form:
        option["correct"] = True
    if (points := number_in(form, f"{prefix}points")) is not None:
        option["points"] = points
    if (consequence := form.get(f"{prefix}consequence", "none")) in CONSEQUENCES[1:]:
        option["consequence"] = consequence
    return option


def _free_key(taken: set[str]) -> str:
    return next(key for number in range(1, MOST_ROWS * 2) if (key := f"o{number}") not in taken)


def typed_options(form: Form) -> list[dict[str, Any]]:
    """The rows to show again, whatever was typed into them."""
    try:
        return read_options(form)
    except BadInput:
        return read_options({name: words for name, words in form.items() if not name.endswith("-points")})


def rows_of(options: list[dict[str, Any]], saved_keys: Iterable[str]) -> list[dict[str, Any]]:
    """The table's rows: the options, and blank ones for new options. A key that is saved never changes (`is_saved`).

    Where a new option was given the key of another, only the first of the two is the saved one.
    """
    left = set(saved_keys)
    rows = []
    for option in options:
        rows.append({**option, "is_saved": option["key"] in left})
        left.discard(option["key"])
    return [*rows, *({"key": "", "label": {}, "is_saved": False} for _number in range(BLANK_ROWS))]


def question_as_typed(question: Question) -> dict[str, Any]:
    """A saved question as the form would send it."""
    values: dict[str, Any] = {f"text-{language}": words for language, words in question.text.items()}
    values |= {f"hint-{language}": words for language, words in question.hint.items()}
    numbers = {"lowest": question.lowest, "highest": question.highest, "limit": question.limit_seconds}
    if question.show_if is not None:
        values |= {"show-question": question.show_if["question"]}
        values |= {"show-options": ", ".join(question.show_if["options"])}
    return values | _given(numbers) | _ticked(question, "active", "required")


def settings_as_typed(test: Test) -> dict[str, Any]:
    """A saved test's settings as the form would send them."""
    settings = settings_of(test)
    values: dict[str, Any] = {f"title-{language}": words for language, words in settings.title.items()}
    numbers = {
        "pass_percent": settings.pass_percent,
        "question_limit": settings.question_limit_seconds,
        "total_limit": settings.total_limit_seconds,
        "tries": settings.tries,
    }
    return values | _given(numbers) | _ticked(settings, "active", "shuffle_questions", "shuffle_options")


def _given(numbers: Mapping[str, int | None]) -> dict[str, int]:
    return {name: number for name, number in numbers.items() if number is not None}


def _ticked(row: object, *names: str) -> dict[str, str]:
    return {name: "y" for name in names if getattr(row, name)}
