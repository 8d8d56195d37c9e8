"""Pure decisions: is this an answer, which question comes next, what do the answers lead to."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from recruitsmart.domain.assessments.models import Question, QuestionKind, Screening

LONGEST_TEXT = 1000
# People write incomes as “60 000 руб.”, “70к” or “70 тыс”.
_NUMBER = re.compile(
    r"(?P<digits>[+-]?\d{1,12})(?P<thousands>тыс(?:яч)?\.?|[кk])?(?:руб(?:лей|ля|ль)?\.?|р\.?|₽|rub(?:les)?)?"
)


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why words are no answer: the key of a sentence and its values."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Score:
    """The result of an exam; `percent` is rounded down, so 74.9 never passes at 75."""

    points: int
    percent: int
    passed: bool


def read_answer(asked: Mapping[str, Any], typed: str) -> Any | Refusal:
    """What typed words mean for a question as it was asked: a JSON value, or a refusal that says what is expected."""
    words = " ".join(typed.split())
    match asked["kind"]:
        case QuestionKind.NUMBER:
            return _read_number(asked, words)
        case QuestionKind.ONE_CHOICE:
            return _read_choice(asked, words)
        case _:
            return _read_text(asked, words)


def _read_number(asked: Mapping[str, Any], words: str) -> int | Refusal:
    found = _NUMBER.fullmatch(re.sub(r"[\s_'’]", "", words).casefold())
    if found is None:
        return Refusal(key="answer.number")
    number = int(found["digits"]) * (1000 if found["thousands"] else 1)
    lowest, highest = asked.get("lowest"), asked.get("highest")
    if (lowest is not None and number < lowest) or (highest is not None and number > highest):
        return Refusal(key="answer.number_range", values={"lowest": lowest, "highest": highest})
    return number


def _read_text(asked: Mapping[str, Any], words: str) -> str | Refusal:
    shortest = asked.get("lowest") or 1
    longest = min(asked.get("highest") or LONGEST_TEXT, LONGEST_TEXT)
    if len(words) < shortest:
        return Refusal(key="answer.too_short", values={"shortest": shortest})
    if len(words) > longest:
        return Refusal(key="answer.too_long", values={"longest": longest, "length": len(words)})
    return words


def _read_choice(asked: Mapping[str, Any], words: str) -> str | Refusal:
    wanted = _folded(words)
    for option in asked["options"]:
        if wanted and wanted in {_folded(label) for label in option["label"].values()}:
            return str(option["key"])
    return Refusal(key="answer.choose")


def _folded(words: str) -> str:
    return re.sub(r"[–—−]", "-", words).casefold()


def has_option(asked: Mapping[str, Any], option_key: str) -> bool:
    """Whether the question, as it was asked, offered this option."""
    return any(option["key"] == option_key for option in asked["options"])


def is_shown(show_if: Mapping[str, Any] | None, given: Mapping[str, Any]) -> bool | None:
    """Whether a conditional question applies, by question key and answers so far; None while that is not known."""
    if show_if is None:
        return True
    if show_if["question"] not in given:
        return None
    return given[show_if["question"]] in show_if["options"]


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
        for option in asked["options"]:
            if option["key"] == value and option.get("consequence") in consequences:
                consequences[option["consequence"]].append(asked["key"])
    if consequences["decline"]:
        return Screening.DECLINED, consequences["decline"]
    if consequences["flag"]:
        return Screening.REVIEW, consequences["flag"]
    return Screening.QUALIFIED, []


def score(answered: Sequence[tuple[Mapping[str, Any], Any]], *, pass_percent: int) -> Score:
    """Points of the right options against the most that could be had; a question without an answer earns nothing."""
    most = sum(_points(asked, correct=True) for asked, _ in answered)
    points = sum(_points(asked, chosen=value, correct=True) for asked, value in answered)
    percent = 0 if most == 0 else points * 100 // most
    return Score(points=points, percent=percent, passed=percent >= pass_percent)


def _points(asked: Mapping[str, Any], *, correct: bool, chosen: Any = ...) -> int:
    right = (option for option in asked["options"] if bool(option.get("correct")) is correct)
    return sum(int(option.get("points", 1)) for option in right if chosen in (..., option["key"]))
