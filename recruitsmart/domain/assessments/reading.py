"""Pure readings of what a person types as an answer, and what a refusal says."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from recruitsmart.domain.assessments.models import QuestionKind
from recruitsmart.domain.candidates.rules import parse_phone

LONGEST_TEXT = 1000
EARLIEST_YEAR, LATEST_YEAR = 1900, 2100
# People write incomes as “60 000 руб.”, “70к” or “70 тыс”.
_NUMBER = re.compile(
    r"(?P<digits>[+-]?\d{1,12})(?P<thousands>тыс(?:яч)?\.?|[кk])?(?:руб(?:лей|ля|ль)?\.?|р\.?|₽|rub(?:les)?)?"
)
_BLANK_LETTERS = frozenset("\u115f\u1160\u2800\u3164\uffa0")
_DATE_FORMATS = ("%d.%m.%Y", "%Y-%m-%d", "%d/%m/%Y", "%d-%m-%Y", "%d %m %Y")

Asked = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Refusal:
    """Why words are no answer: the key of a sentence and its values."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)


def read_answer(asked: Asked, typed: str) -> Any | Refusal:
    """What typed words mean for a question as it was asked: a JSON value, or a refusal that says what is expected.

    A number is an int, several choices are the options' keys in the order shown, a date is `2026-11-25`, a phone
    `+79001234567`, all else words.
    """
    return _READINGS[QuestionKind(asked["kind"])](asked, " ".join(typed.split()))


def _read_number(asked: Asked, words: str) -> int | Refusal:
    found = _NUMBER.fullmatch(re.sub(r"[\s_'’]", "", words).casefold())
    if found is None:
        return Refusal(key="answer.number")
    number = int(found["digits"]) * (1000 if found["thousands"] else 1)
    lowest, highest = asked.get("lowest"), asked.get("highest")
    if (lowest is not None and number < lowest) or (highest is not None and number > highest):
        return Refusal(key="answer.number_range", values={"lowest": lowest, "highest": highest})
    return number


def _read_text(asked: Asked, words: str) -> str | Refusal:
    shortest = asked.get("lowest") or 1
    longest = min(asked.get("highest") or LONGEST_TEXT, LONGEST_TEXT)
    if sum(map(_is_seen, words)) < shortest:
        return Refusal(key="answer.too_short", values={"shortest": shortest})
    if len(words) > longest:
        return Refusal(key="answer.too_long", values={"longest": longest, "length": len(words)})
    return words


def _is_seen(char: str) -> bool:
    """Joiners, marks without a letter and empty Hangul or Braille make no answer long enough."""
    return unicodedata.category(char)[0] not in "CM" and char not in _BLANK_LETTERS


def _read_choice(asked: Asked, words: str) -> str | Refusal:
    return _option_called(asked, words) or Refusal(key="answer.choose")


def _read_choices(asked: Asked, words: str) -> list[str] | Refusal:
    """All of it may be one label; else the labels stand between commas."""
    parts = [words] if _option_called(asked, words) else re.split(r"[,;]", words)
    named = {_option_called(asked, part) for part in parts}
    if not named or None in named:
        return Refusal(key="answer.choose_several")
    return [option["key"] for option in asked["options"] if option["key"] in named]


def _option_called(asked: Asked, words: str) -> str | None:
    wanted = _folded(words)
    for option in asked["options"]:
        if wanted and wanted in {_folded(label) for label in option["label"].values()}:
            return str(option["key"])
    return None


def _folded(words: str) -> str:
    return re.sub(r"[–—−]", "-", words).strip().casefold()


def _read_date(asked: Asked, words: str) -> str | Refusal:
    for pattern in _DATE_FORMATS:
        day = _day(words, pattern)
        if day is not None and EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            return day.isoformat()
    return Refusal(key="answer.date")


def _day(words: str, pattern: str) -> date | None:
    try:
        return datetime.strptime(words, pattern).date()  # noqa: DTZ007 - a day has no zone
    except ValueError:
        return None


def _read_phone(asked: Asked, words: str) -> str | Refusal:
    return parse_phone(words) or Refusal(key="phone.bad")


_READINGS: dict[QuestionKind, Callable[[Asked, str], Any]] = {
    QuestionKind.TEXT: _read_text,
    QuestionKind.NUMBER: _read_number,
    QuestionKind.ONE_CHOICE: _read_choice,
    QuestionKind.SEVERAL_CHOICES: _read_choices,
    QuestionKind.DATE: _read_date,
    QuestionKind.PHONE: _read_phone,
}
