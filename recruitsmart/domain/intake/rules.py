"""Pure readings of a file with people: which column holds what, and what a line says."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from recruitsmart.domain.candidates.rules import CityName, NameProblem, folded, match_city, parse_full_name, parse_phone

LONGEST_CELL = 500
SHOWN = 60  # characters of what was typed, in a sentence
SOURCE = "import"
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_USERNAME = re.compile(r"(?:https?://)?(?:t\.me/|@)?([A-Za-z]\w{3,31})", re.ASCII)
_NO_QUOTES = str.maketrans("", "", "“”")  # what is quoted is forgotten by its marks
_PHONE_MARKS = "'\u00a0"


class Field(StrEnum):
    """What a column can hold."""

    NAME = "name"
    LAST_NAME = "last_name"
    FIRST_NAME = "first_name"
    MIDDLE_NAME = "middle_name"
    PHONE = "phone"
    USERNAME = "username"
    CITY = "city"
    SOURCE = "source"


_HEADINGS: dict[Field, tuple[str, ...]] = {
    Field.LAST_NAME: ("фамилия", "last name", "surname", "family name"),
    Field.MIDDLE_NAME: ("отчество", "middle name", "patronymic"),
    Field.USERNAME: ("telegram", "телеграм", "телеграмм", "тг", "ник", "username", "user name", "имя в telegram", "tg"),
    Field.NAME: ("фио", "имя и фамилия", "фамилия имя", "кандидат", "соискатель", "name", "full name", "candidate"),
    Field.FIRST_NAME: ("имя", "first name", "given name"),
    Field.PHONE: (
        "телефон", "номер телефона", "номер", "мобильный", "моб", "тел", "phone", "mobile", "tel", "phone number",
    ),
    Field.CITY: ("город", "населенный пункт", "city", "town"),
    Field.SOURCE: ("источник", "откуда", "канал", "source", "channel"),
}  # fmt: skip
_NAME_PROBLEMS = {
    NameProblem.WORDS: "“{}” is no full name: write two to five words.",
    NameProblem.LETTERS: "“{}” is no name: a name has letters only.",
    NameProblem.LENGTH: "“{}” is too long or too short for a name.",
}


def guessed(headings: Sequence[str]) -> dict[str, int]:
    """Which column holds which field, by its heading in Russian or English; what is not recognised is left out."""
    words = [folded(heading).strip(" .:*") for heading in headings]
    mapping: dict[str, int] = {}
    for kind, names in _HEADINGS.items():
        column = next((words.index(name) for name in names if name in words), None)
        if column is not None and column not in mapping.values():
            mapping[kind.value] = column
    if Field.NAME in mapping or Field.LAST_NAME in mapping:
        return mapping
    if Field.FIRST_NAME in mapping:  # “Имя” alone is the whole name
        mapping[Field.NAME.value] = mapping.pop(Field.FIRST_NAME.value)
    return mapping


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a line says about a person; `problems` are sentences, and then nothing else counts."""

    full_name: str = ""
    phone: str | None = None
    username: str | None = None
    city_id: int | None = None
    source: str = SOURCE
    problems: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What lines are read by: the columns, the cities one may name, and what holds where a line is silent."""

    mapping: Mapping[str, int]
    cities: Sequence[CityName]
    city_id: int | None = None
    city_needed: bool = False
    source: str = SOURCE
    _known: dict[str, tuple[int | None, str]] = field(default_factory=dict, repr=False)

    def city(self, typed: str) -> tuple[int | None, str]:
        """A city's id, or what is wrong with its name; each name is looked up once for a whole file."""
        if typed not in self._known:
            self._known[typed] = _city(typed, self)
        return self._known[typed]


def read(cells: Sequence[str], frame: Frame) -> Reading:
    """What one line says."""
    typed = {kind: _cell(cells, frame.mapping.get(kind.value)) for kind in Field}
    if any(len(words) > LONGEST_CELL for words in typed.values()):
        return Reading(problems=("A cell has more than 500 characters.",))
    if any(_is_formula(kind, words) for kind, words in typed.items()):
        return Reading(problems=("A cell holds a formula; write the words themselves.",))
    name, name_problem = _name(typed)
    phone, phone_problem = phone_of(typed[Field.PHONE])
    username, username_problem = username_of(typed[Field.USERNAME])
    city_id, city_problem = frame.city(typed[Field.CITY])
    problems = (name_problem, phone_problem, username_problem, city_problem)
    return Reading(
        full_name=name,
        phone=phone,
        username=username,
        city_id=city_id,
        source=typed[Field.SOURCE][:64] or frame.source,
        problems=tuple(problem for problem in problems if problem),
    )


def _cell(cells: Sequence[str], column: int | None) -> str:
    """The words of a cell without the apostrophe that keeps a spreadsheet from reading a formula."""
    if column is None or not 0 <= column < len(cells):
        return ""
    words = " ".join(cells[column].split())
    return words[1:].strip() if words.startswith("'") else words


def _is_formula(kind: Field, words: str) -> bool:
    if kind in (Field.PHONE, Field.USERNAME):
        return words.startswith(("=", "＝"))
    return words.startswith(_FORMULA)


def _name(typed: Mapping[Field, str]) -> tuple[str, str]:
    parts = (typed[Field.LAST_NAME], typed[Field.FIRST_NAME], typed[Field.MIDDLE_NAME])
    return full_name_of(typed[Field.NAME] or " ".join(part for part in parts if part))


def full_name_of(words: str) -> tuple[str, str]:
    """A full name as it is kept, or empty and the sentence that says what is wrong with it."""
    if not words:
        return "", "There is no name."
    name = parse_full_name(words)
    if isinstance(name, NameProblem):
        return "", _NAME_PROBLEMS[name].format(_shown(words))
    return name, ""


def phone_of(typed: str) -> tuple[str | None, str]:
    """A phone number as it is kept, or None and the sentence that says what is wrong with it."""
    if not typed:
        return None, "There is no phone number."
    phone = parse_phone(typed.strip(_PHONE_MARKS))
    return phone, "" if phone else f"“{_shown(typed)}” is no phone number."


def username_of(typed: str) -> tuple[str | None, str]:
    """A name in Telegram without its @, None for none; or None and the sentence that says what is wrong with it."""
    if not typed:
        return None, ""
    match = _USERNAME.fullmatch(typed)
    return (match[1], "") if match else (None, f"“{_shown(typed)}” is no name in Telegram.")


def _city(typed: str, frame: Frame) -> tuple[int | None, str]:
    if not typed:
        missing = frame.city_id is None and frame.city_needed
        return frame.city_id, "There is no city." if missing else ""
    found = match_city(typed, frame.cities)
    if found is None:
        return None, f"There is no active city “{_shown(typed)}”."
    if not found.certain:
        return None, f"There is no city “{_shown(typed)}”. Is “{found.city.name}” meant?"
    return found.city.id, ""


def _shown(words: str) -> str:
    """What was typed, for a sentence that quotes it; without marks that would end the quotation before its end."""
    return words[:SHOWN].translate(_NO_QUOTES)


def marks_of(reading: Reading) -> list[str]:
    """What two lines about one person have in common: the phone, or the name in Telegram as `@anna`."""
    return [mark for mark in (reading.phone, f"@{reading.username.lower()}" if reading.username else None) if mark]
