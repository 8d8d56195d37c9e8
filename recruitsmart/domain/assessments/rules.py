"""Pure decisions: which question comes next and in what order, what do the answers lead to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from recruitsmart.domain.assessments.models import Question, QuestionKind, Screening
from recruitsmart.domain.assessments.reading import Asked
from recruitsmart.domain.messaging.texts import DEFAULT_LANGUAGE


@dataclass(frozen=True, kw_only=True)
class Score:
    """The result of an exam; `percent` is rounded down, so 74.9 never passes at 75."""

    points: int
    percent: int
    passed: bool


def in_language(versions: Mapping[str, str], language: str) -> str:
    """Words kept per language in this one, else in Russian, else in any; what is blank was never written."""
    written = {name: words for name, words in versions.items() if words.strip()}
    return written.get(language) or written.get(DEFAULT_LANGUAGE) or next(iter(written.values()), "")


def has_option(asked: Asked, option_key: str) -> bool:
    """Whether the question, as it was asked, offered this option."""
    return any(option["key"] == option_key for option in asked["options"])


def shuffled(questions: Sequence[Question], seed: int) -> list[Question]:
    """The questions in an order that the seed decides; one that depends on an answer still follows its question."""
    behind: dict[str, list[Question]] = {}
    firsts: list[Question] = []
    keys = {question.key for question in questions}
    for question in questions:
        waits_for = None if question.show_if is None else question.show_if["question"]
        (behind.setdefault(waits_for, []) if waits_for in keys else firsts).append(question)
    Random(seed).shuffle(firsts)
    return [one for first in firsts for one in _with_those_behind(first, behind)]


def _with_those_behind(question: Question, behind: Mapping[str, list[Question]]) -> list[Question]:
    following = behind.get(question.key, [])
    return [question, *(one for other in following for one in _with_those_behind(other, behind))]


def shuffled_options(options: Sequence[Mapping[str, Any]], seed: int, question_id: int) -> list[Mapping[str, Any]]:
    """The options of a question in an order that the attempt's seed decides."""
    order = list(options)
    Random(f"{seed}:{question_id}").shuffle(order)
    return order


def is_shown(show_if: Mapping[str, Any] | None, given: Mapping[str, Any]) -> bool | None:
    """Whether a conditional question applies, by question key and answers so far; None while that is not known."""
    if show_if is None:
        return True
    if show_if["question"] not in given:
        return None
    value = given[show_if["question"]]
    chosen = value if isinstance(value, list) else [value]
    return any(option in show_if["options"] for option in chosen)


def count_ahead(questions: Iterable[Question], given: Mapping[str, Any], open_keys: Iterable[str]) -> int:
    """How many of these questions, in their order, will be asked as far as is known.

    One whose condition waits for a question that is open or ahead counts; one whose condition can no longer be met,
    because that question is gone or ruled out itself, does not.
    """
    expected, count = set(open_keys), 0
    for question in questions:
        shown = is_shown(question.show_if, given)
        if shown is None:
            shown = question.show_if is not None and question.show_if["question"] in expected
        if shown:
            expected.add(question.key)
            count += 1
    return count


def screen(answered: Iterable[tuple[Mapping[str, Any], Any]]) -> tuple[Screening, list[str]]:
    """What a questionnaire leads to, and the keys of the questions that led there.

    A chosen option with consequence `decline` declines, else one with `flag` asks for review, else qualified.
    """
    consequences: dict[str, list[str]] = {"decline": [], "flag": []}
    for asked, value in answered:
        found = {consequence_of(asked, value)} & consequences.keys()
        for consequence in found:
            consequences[consequence].append(asked["key"])
    if consequences["decline"]:
        return Screening.DECLINED, consequences["decline"]
    if consequences["flag"]:
        return Screening.REVIEW, consequences["flag"]
    return Screening.QUALIFIED, []


def consequence_of(asked: Asked, value: Any) -> str:
    """What a chosen answer leads to: `decline`, `flag` or `none`; of several choices the gravest counts."""
    chosen = set(value) if isinstance(value, list) else {value}
    found = {option.get("consequence", "none") for option in asked["options"] if option["key"] in chosen}
    return next((consequence for consequence in ("decline", "flag") if consequence in found), "none")


def is_right(asked: Asked, value: Any) -> bool | None:
    """Whether an answer is right: the right option, or exactly the right ones; None where nothing is right or wrong."""
    right = {option["key"] for option in asked["options"] if option.get("correct")}
    if not right:
        return None
    if asked.get("kind") == QuestionKind.SEVERAL_CHOICES:
        return set(value or []) == right
    return value in right


def score(answered: Iterable[tuple[Asked, Any]], *, pass_percent: int) -> Score:
    """Points of the right answers against the most that could be had; a question without an answer earns nothing."""
    most = points = 0
    for asked, value in answered:
        most += _most_points(asked)
        points += _points(asked, value)
    percent = 0 if most == 0 else points * 100 // most
    return Score(points=points, percent=percent, passed=percent >= pass_percent)


def _most_points(asked: Asked) -> int:
    """Of one choice the best right option counts, of several all right ones together."""
    right = [int(option.get("points", 1)) for option in asked["options"] if option.get("correct")]
    return sum(right) if asked.get("kind") == QuestionKind.SEVERAL_CHOICES else max(right, default=0)


def _points(asked: Asked, value: Any) -> int:
    if not is_right(asked, value):
        return 0
    if asked.get("kind") == QuestionKind.SEVERAL_CHOICES:
        return _most_points(asked)
    return next(int(option.get("points", 1)) for option in asked["options"] if option["key"] == value)
