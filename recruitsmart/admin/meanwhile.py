"""What a colleague has saved while a form was open: each thing that stands differently in it, in words."""

from collections.abc import Iterator, Mapping
from typing import Any

from flask_babel import gettext as _

from recruitsmart.domain.assessments.authoring import TestSettings
from recruitsmart.domain.assessments.checking import QuestionEdit
from recruitsmart.domain.assessments.models import QuestionKind
from recruitsmart.domain.messaging.texts import LANGUAGES

Difference = tuple[str, str]
NAMES = {"ru": "Русский", "en": "English"}
NOTHING = "—"


def question_differences(saved: QuestionEdit, typed: QuestionEdit, kind: QuestionKind) -> list[Difference]:
    """Name and saved value of whatever was typed differently into the form of a question."""
    return list(_differing(dict(_of_question(saved, kind)), dict(_of_question(typed, kind))))


def settings_differences(saved: TestSettings, typed: TestSettings) -> list[Difference]:
    """Name and saved value of whatever was typed differently into the settings of a test."""
    return list(_differing(dict(_of_settings(saved)), dict(_of_settings(typed))))


def _differing(saved: Mapping[str, str], typed: Mapping[str, str]) -> Iterator[Difference]:
    for name in {**saved, **typed}:  # what is missing on one side is empty there
        if saved.get(name, NOTHING) != typed.get(name, NOTHING):
            yield name, saved.get(name, NOTHING)


def _of_question(edit: QuestionEdit, kind: QuestionKind) -> Iterator[Difference]:
    yield from _per_language(_("Question"), edit.text)
    yield from _per_language(_("Hint"), edit.hint)
    yield _("Options"), ", ".join(option["key"] for option in edit.options) or NOTHING
    for option in edit.options:
        yield _("Option “%(key)s”", key=option["key"]), _option(option)
    is_number = kind == QuestionKind.NUMBER
    yield (_("Lowest value") if is_number else _("Shortest answer, characters")), _number(edit.lowest)
    yield (_("Highest value") if is_number else _("Longest answer, characters")), _number(edit.highest)
    yield _("Seconds for it"), _number(edit.limit_seconds)
    yield _("Only after the answer to"), _condition(edit.show_if)
    yield _("Must be answered"), _yes_no(edit.required)
    yield _("Asked"), _yes_no(edit.active)


def _of_settings(settings: TestSettings) -> Iterator[Difference]:
    yield from _per_language(_("Title"), settings.title)
    yield _("Pass mark, percent"), _number(settings.pass_percent)
    yield _("Seconds for a question"), _number(settings.question_limit_seconds)
    yield _("Seconds for everything"), _number(settings.total_limit_seconds)
    yield _("Tries for a question"), _number(settings.tries)
    yield _("Shuffle the questions"), _yes_no(settings.shuffle_questions)
    yield _("Shuffle the options"), _yes_no(settings.shuffle_options)
    yield _("Active"), _yes_no(settings.active)


def _per_language(name: str, words: Mapping[str, str]) -> Iterator[Difference]:
    for language, said in words.items():
        yield f"{name} · {NAMES.get(language, language)}", said


def _option(option: Mapping[str, Any]) -> str:
    said = [option["label"][language] for language in LANGUAGES if language in option["label"]]
    if option.get("correct"):
        said.append(_("Right"))
    if option.get("points", 1) != 1:
        said.append(f"{_('Points')}: {option['points']}")
    if (consequence := option.get("consequence", "none")) != "none":
        said.append(consequence_word(consequence))
    return " · ".join(said)


def consequence_word(consequence: str) -> str:
    """What an answer leads to, in words."""
    return {"none": _("none"), "flag": _("recruiter looks at it"), "decline": _("declined")}[consequence]


def _condition(show_if: Mapping[str, Any] | None) -> str:
    return _("always") if show_if is None else f"{show_if['question']}: {', '.join(show_if['options'])}"


def _number(value: int | None) -> str:
    return NOTHING if value is None else str(value)


def _yes_no(value: bool) -> str:
    return _("yes") if value else _("no")
