"""Pure readings of what a person types: a name, a city, a phone number."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from rapidfuzz import fuzz

_NAME_WORD = re.compile(r"[^\W\d_]+(?:[-'’‘ʼ`.][^\W\d_]*)*")
_MARKS = {"Mn", "Mc"}
_JOINERS = {"\u200c", "\u200d"}  # invisible, yet part of how Persian and Sinhala names are written
_LIKELY = 82  # share of equal letters, in percent, from which a typed city is offered as a guess
_MEANT_LETTERS = 4  # “новосиб” means a city, “но” could be many


class NameProblem(StrEnum):
    """Why a typed name was refused; the value is the key of the sentence."""

    WORDS = "name.words"
    LETTERS = "name.letters"
    LENGTH = "name.length"


def parse_full_name(typed: str) -> str | NameProblem:
    """The name with tidy spaces, or what is wrong with it: 2–5 words of letters of any alphabet, 3–120 characters."""
    words = unicodedata.normalize("NFC", typed).split()
    if not 2 <= len(words) <= 5:
        return NameProblem.WORDS
    name = _in_title_case(" ".join(words))
    if not 3 <= len(name) <= 120 or any(len(word) > 40 for word in words):
        return NameProblem.LENGTH
    return name if all(_NAME_WORD.fullmatch(_without_marks(word)) for word in words) else NameProblem.LETTERS


def _in_title_case(name: str) -> str:
    """People on a phone skip capitals; a name typed with any is left as it was written."""
    if name not in (name.lower(), name.upper()):
        return name
    return re.sub(r"[^\W\d_]+", lambda part: part[0].capitalize(), name)


def parse_phone(typed: str, *, region: str = "RU") -> str | None:
    """The number as E.164 (`+79001234567`), or None. A number without a country code is read as of `region`."""
    digits = typed.strip()
    try:
        number = phonenumbers.parse(digits, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@dataclass(frozen=True, kw_only=True)
class CityName:
    """A city as the matcher sees it."""

    id: int
    name: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CityMatch:
    """The best city for a typed name; `certain` when it was named exactly."""

    city: CityName
    certain: bool


def match_city(typed: str, cities: Iterable[CityName]) -> CityMatch | None:
    """Find the city meant: case, `ё/е` and aliases do not matter, typos make it a guess; None when nothing is near."""
    wanted = folded(typed)
    if not wanted:
        return None
    best: tuple[float, CityName] | None = None
    for city in cities:
        names = [folded(name) for name in (city.name, *city.aliases)]
        if wanted in names:
            return CityMatch(city=city, certain=True)
        score = max(_likeness(wanted, name) for name in names)
        if score >= _LIKELY and (best is None or score > best[0]):
            best = (score, city)
    return None if best is None else CityMatch(city=best[1], certain=False)


def _likeness(wanted: str, name: str) -> float:
    """Equal letters in percent; a beginning of a name that is long enough to be meant is as good as the least guess."""
    begins = len(wanted) >= _MEANT_LETTERS and name.startswith(wanted)
    return max(fuzz.ratio(wanted, name), float(_LIKELY) if begins else 0.0)


def folded(words: str) -> str:
    """Words as people compare them: lower case, ё as е, single spaces, hyphens as spaces."""
    plain = unicodedata.normalize("NFKC", words).casefold().replace("ё", "е").replace("-", " ")
    return " ".join(plain.split())


def _without_marks(word: str) -> str:
    """Marks belong to letters (Devanagari, Thai), joiners between them (Persian); the pattern counts letters only."""
    return "".join(char for char in word if char not in _JOINERS and unicodedata.category(char) not in _MARKS)
