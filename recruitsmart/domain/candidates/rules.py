"""Pure readings of what a person types: a name, a city, a phone number."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import phonenumbers
from rapidfuzz import fuzz

_NAME_WORD = re.compile(r"[^\W\d_]+(?:[-'’‘ʼ`.][^\W\d_]*)*")
_MARKS = {"Mn", "Mc"}
_JOINERS = {"\u200c", "\u200d"}  # invisible, yet part of how Persian and Sinhala names are written
_LIKELY = 82  # share of equal letters, in percent, from which a typed city is offered as a guess
_CITY_MARKS = re.compile(r"^(?:(?:гор|г)\.\s*|(?:город|гор|г)\s+)|[\s.,!?]+$")  # of folded words
_WORD = re.compile(r"\w+")
_LONGEST_LINE = 300  # of a message in which a number or a city is looked for
_MOST_WORDS = 20  # of a message in which a city is looked for
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


def find_phone(typed: str, *, region: str = "RU") -> str | None:
    """The first number among other words, as `parse_phone` gives it: “8 912 345-67-89, call after 6”."""
    found = next(iter(phonenumbers.PhoneNumberMatcher(typed[:_LONGEST_LINE], region)), None)
    return None if found is None else phonenumbers.format_number(found.number, phonenumbers.PhoneNumberFormat.E164)


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
    """Find the city meant: case, `ё/е`, aliases and “г.” do not matter; None when nothing is near.

    Typos make it a guess, and so do other words around it, as long as they name no second city.
    """
    # Cut twice: one typed character may become eighteen.
    wanted, known = folded(typed[:_LONGEST_LINE])[:_LONGEST_LINE], list(cities)
    whole = [_match_whole(words, known) for words in (wanted, _CITY_MARKS.sub("", wanted)) if words]
    found = [match for match in whole if match is not None]
    return next((match for match in found if match.certain), found[0] if found else _match_within(wanted, known))


def _match_whole(wanted: str, cities: Sequence[CityName]) -> CityMatch | None:
    best: tuple[float, CityName] | None = None
    for city in cities:
        names = [folded(name) for name in (city.name, *city.aliases)]
        if wanted in names:
            return CityMatch(city=city, certain=True)
        score = max(_likeness(wanted, name) for name in names)
        if score >= _LIKELY and (best is None or score > best[0]):
            best = (score, city)
    return None if best is None else CityMatch(city=best[1], certain=False)


def _match_within(words: str, cities: Sequence[CityName]) -> CityMatch | None:
    said = _WORD.findall(words)[:_MOST_WORDS]
    near = [city for city in cities if any(_is_among(said, folded(name)) for name in (city.name, *city.aliases))]
    return CityMatch(city=near[0], certain=False) if len(near) == 1 else None


def _is_among(said: list[str], name: str) -> bool:
    """Whether as many words in a row are this name, or near to it where it is long enough to be meant."""
    count = len(name.split())
    spans = (" ".join(said[start : start + count]) for start in range(len(said) - count + 1))
    least = _LIKELY if len(name) >= _MEANT_LETTERS else 100
    return bool(name) and any(fuzz.ratio(span, name) >= least for span in spans)


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
