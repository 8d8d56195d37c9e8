"""Pure checks of what is written for a question and for a whole test: everything that is wrong, a sentence each."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recruitsmart.domain.assessments import reading
from recruitsmart.domain.assessments.models import CHOICES, Question, QuestionKind, TestKind
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.messaging.texts import DEFAULT_LANGUAGE

SHIPPED = ("test1", "test2")  # the bot asks these of everybody; see `shipped`
LONGEST_TEXT = 2000
LONGEST_MESSAGE = 3900  # Telegram takes 4,096 UTF-16 units; number, answer before and the words around need some
LONGEST_LABEL = 60
LONGEST_TITLE = 120
MOST_OPTIONS = 20
MOST_POINTS = 100
LARGEST_BOUND = 10**12
CONSEQUENCES = ("none", "flag", "decline")
BOUNDED = frozenset({QuestionKind.TEXT, QuestionKind.NUMBER})
QUESTION_KEY = re.compile(r"[a-z0-9_]{1,40}")
NOTHING_LEFT = "The bot asks this test of everybody; it needs a question that is shown."
OPTION_KEY = re.compile(r"[a-z0-9_]{1,24}")  # with `answer:` and an id it stays within 64 bytes of callback data


class Flawed(BadInput):
    """What is written cannot be used."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, kw_only=True)
class QuestionEdit:
    """What a question shall be. Options are as `Question.options` keeps them, `show_if` too."""

    text: Mapping[str, str]
    hint: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[Mapping[str, Any]] = ()
    show_if: Mapping[str, Any] | None = None
    lowest: int | None = None
    highest: int | None = None
    required: bool = True
    limit_seconds: int | None = None
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class Place:
    """A question as far as the others of its test depend on it."""

    key: str
    kind: QuestionKind
    options: frozenset[str]
    show_if: Mapping[str, Any] | None
    active: bool


def earlier_of(questions: Iterable[Question], question: Question) -> list[Question]:
    """Those of a test's questions that are asked before this one: of two at one position the older."""
    return [other for other in questions if (other.position, other.id) < (question.position, question.id)]


def place_of(question: Question) -> Place:
    """Where a saved question stands for the others."""
    return Place(
        key=question.key,
        kind=question.kind,
        options=frozenset(option["key"] for option in question.options),
        show_if=question.show_if,
        active=question.active,
    )


def place_for(key: str, kind: QuestionKind, edit: QuestionEdit) -> Place:
    """Where a question would stand once an edit is saved."""
    keys = frozenset(str(option["key"]) for option in edit.options)
    return Place(key=key, kind=kind, options=keys, show_if=edit.show_if, active=edit.active)


Problems = Iterable[tuple[str, str]]  # the name of what is wrong, as the file and the form have it, and a sentence


def sentences(problems: Problems) -> list[str]:
    """What is wrong, without where."""
    return [sentence for _name, sentence in problems]


def content_problems(edit: QuestionEdit, kind: QuestionKind, test_kind: TestKind) -> list[tuple[str, str]]:
    """What is wrong with a question by itself; empty when nothing is."""
    return [
        *_text_problems(edit),
        *_limit_problems(edit.limit_seconds, name="limit_seconds"),
        *_kind_problems(kind, test_kind),
        *(_option_problems(edit, test_kind) if kind in CHOICES else _bound_problems(edit, kind)),
    ]


def _text_problems(edit: QuestionEdit) -> Problems:
    if not edit.text.get(DEFAULT_LANGUAGE, "").strip():
        yield "text", "Write the question in Russian."
    for name, written in (("text", edit.text), ("hint", edit.hint)):
        if any(len(words) > LONGEST_TEXT for words in written.values()):
            yield name, "The text is too long."
            return
    if any(_units(edit.text.get(lang, "") + edit.hint.get(lang, "")) > LONGEST_MESSAGE for lang in edit.text):
        yield "text", "Question and hint together are too long for one message."


def _units(words: str) -> int:
    """Telegram counts UTF-16 code units: an emoji is two."""
    return len(words.encode("utf-16-le")) // 2


def _limit_problems(seconds: int | None, *, name: str) -> Problems:
    if seconds is not None and not 5 <= seconds <= 3600:
        yield name, "The limit of a question is 5 to 3600 seconds."


def _kind_problems(kind: QuestionKind, test_kind: TestKind) -> Problems:
    if test_kind == TestKind.EXAM and kind not in CHOICES:
        yield "kind", "An exam has only questions with options: typed answers cannot be scored."


def _bound_problems(edit: QuestionEdit, kind: QuestionKind) -> Problems:
    bounds = [bound for bound in (edit.lowest, edit.highest) if bound is not None]
    bound = _first_bound(edit)
    if edit.options:
        yield "options", "Only a choice has options."
    if bounds and kind not in BOUNDED:
        yield bound, "Only a text or a number has bounds."
    if len(bounds) == 2 and bounds[0] > bounds[1]:
        yield bound, "The lowest value is above the highest."
    if kind == QuestionKind.TEXT and (edit.lowest or 0) > reading.LONGEST_TEXT:
        yield "lowest", f"An answer has at most {reading.LONGEST_TEXT} characters; nobody could write so much."
    if any(abs(each) > LARGEST_BOUND for each in bounds) or (kind == QuestionKind.TEXT and min(bounds, default=0) < 0):
        yield bound, "A bound is out of range."


def _first_bound(edit: QuestionEdit) -> str:
    return "highest" if edit.lowest is None else "lowest"


def _option_problems(edit: QuestionEdit, test_kind: TestKind) -> Problems:
    keys = [option["key"] for option in edit.options]
    if len(keys) < 2:
        yield "options", "A choice needs at least two options."
    if len(keys) > MOST_OPTIONS:
        yield "options", "There are too many options."
    if len(set(keys)) < len(keys):
        yield "options", "Two options have the same key."
    if edit.lowest is not None or edit.highest is not None:
        yield _first_bound(edit), "Only a text or a number has bounds."
    if test_kind == TestKind.EXAM and not any(option.get("correct") for option in edit.options):
        yield "options", "A question of an exam needs a right option."
    for problem in dict.fromkeys(problem for option in edit.options for problem in option_problems(option)):
        yield "options", problem
    if _have_same_label(edit.options):
        yield "options", "Two options say the same."


def option_problems(option: Mapping[str, Any]) -> Iterable[str]:
    """What is wrong with one option by itself."""
    if not OPTION_KEY.fullmatch(option["key"]):
        yield "The key of an option is 1 to 24 small Latin letters, digits or underscores."
    if not option["label"].get(DEFAULT_LANGUAGE, "").strip():
        yield "Write each option in Russian."
    if any(len(words) > LONGEST_LABEL for words in option["label"].values()):
        yield "An option is too long for a button."
    if not 0 <= option.get("points", 1) <= MOST_POINTS:
        yield "An option gives 0 to 100 points."


def _have_same_label(options: Sequence[Mapping[str, Any]]) -> bool:
    labels = [{words.casefold() for words in option["label"].values() if words} for option in options]
    return len(set().union(*labels)) < sum(map(len, labels))


def setting_problems(
    *, title: Mapping[str, str], kind: TestKind, pass_percent: int | None, tries: int,
    question_limit_seconds: int | None, total_limit_seconds: int | None,
) -> Problems:  # fmt: skip
    """What is wrong with what is set for a whole test."""
    if not title.get(DEFAULT_LANGUAGE, "").strip():
        yield "title", "Write the title in Russian."
    if any(len(words) > LONGEST_TITLE for words in title.values()):
        yield "title", "The title is too long."
    if kind == TestKind.EXAM and not 1 <= (pass_percent or 0) <= 100:
        yield "pass_percent", "An exam needs a pass mark from 1 to 100 percent."
    if kind != TestKind.EXAM and pass_percent is not None:
        yield "pass_percent", "Only an exam has a pass mark."
    if not 1 <= tries <= 5:
        yield "tries", "There are 1 to 5 tries."
    elif kind != TestKind.EXAM and tries > 1:
        yield "tries", "Only an exam has several tries."
    yield from _limit_problems(question_limit_seconds, name="question_limit_seconds")
    if total_limit_seconds is not None and not 30 <= total_limit_seconds <= 86400:
        yield "total_limit_seconds", "The limit of a test is 30 to 86400 seconds."


def condition_problems(place: Place, earlier: Iterable[Place]) -> Iterable[str]:
    """What is wrong with the condition of one question, given those that are asked before it."""
    if place.show_if is None:
        return
    key = place.show_if["question"]
    before = {other.key: other for other in earlier}
    if key not in before or before[key].kind not in CHOICES:
        yield f"“{key}” is not a choice that is asked before this question."
        return
    if not place.show_if["options"]:
        yield "Choose the answers after which the question is asked."
    for option in place.show_if["options"]:
        if option not in before[key].options:
            yield f"“{key}” has no option “{option}”."


def dependent_problems(place: Place, others: Iterable[Place]) -> Iterable[str]:
    """What would be wrong with the questions that depend on this one. Hidden ones may wait for anything."""
    for other in others:
        if other.show_if is None or other.show_if["question"] != place.key or not other.active:
            continue
        if not place.active:
            yield f"The question “{other.key}” depends on an answer to this one."
        elif not set(other.show_if["options"]) <= place.options:
            yield f"The question “{other.key}” depends on an option that is gone."


def order_problems(places: Sequence[Place]) -> Iterable[str]:
    """What is wrong with questions in this order: none may come before the one whose answer it waits for."""
    behind = {place.key: places[:number] for number, place in enumerate(places)}
    for place in places:
        needed = None if place.show_if is None else place.show_if["question"]
        if needed in behind and needed not in {other.key for other in behind[place.key]}:
            yield f"The question “{place.key}” must stay after “{needed}”, whose answer it depends on."
