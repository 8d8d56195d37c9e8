"""Reading a test from a file people write: every mistake with its line. The format is that of `shipped/*.toml`."""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from recruitsmart.domain.assessments.authoring import MOST_QUESTIONS, TestSettings, key_problems, settings_problems
from recruitsmart.domain.assessments.checking import (
    CONSEQUENCES,
    NOTHING_LEFT,
    SHIPPED,
    QuestionEdit,
    condition_problems,
    content_problems,
    dependent_problems,
    option_problems,
    place_for,
)
from recruitsmart.domain.assessments.models import QuestionKind, TestKind
from recruitsmart.domain.assessments.toml_lines import Lines, Path, line_of, lines_of
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.messaging.texts import LANGUAGES

_PLACE_OF_ERROR = re.compile(r"\(at line (\d+), column \d+\)$")
_LONG_NUMBER = re.compile(r"[\d_]{4000,}")
# One part of a key. A part in quotes is followed 200 characters only, else this search would be slow itself.
_KEY = r"""(?:[A-Za-z0-9_-]++|"(?:[^"\\\n]|\\.){0,200}+"|'[^'\n]*')"""
_LONG_KEY = re.compile(rf"(?<![A-Za-z0-9_-]){_KEY}(?:[ \t]*\.[ \t]*{_KEY}){{20}}")
TEST_FIELDS = frozenset({"key", "kind", "questions", *TestSettings.__dataclass_fields__})
QUESTION_FIELDS = frozenset({"key", "kind", *QuestionEdit.__dataclass_fields__})
OPTION_FIELDS = frozenset({"key", "label", "correct", "points", "consequence"})
_KINDS = {str: "words in quotes", int: "a whole number", bool: "true or false", dict: "a table", list: "a list"}


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """What is wrong with a file, and on which line, from 1."""

    line: int
    sentence: str


class BadFile(BadInput):
    """This file cannot be used; see the lines."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        super().__init__()
        self.mistakes = sorted(mistakes, key=lambda mistake: mistake.line)


@dataclass(frozen=True, kw_only=True)
class WrittenQuestion:
    """A question as a file describes it."""

    key: str
    kind: QuestionKind
    edit: QuestionEdit
    line: int


@dataclass(frozen=True, kw_only=True)
class WrittenTest:
    """A test as a file describes it; every check that needs no database has passed."""

    key: str
    kind: TestKind
    settings: TestSettings
    questions: Sequence[WrittenQuestion]
    kind_line: int


@dataclass
class _Reader:
    """Takes values out of parsed data and notes what is wrong with them."""

    lines: Lines
    mistakes: list[Mistake] = field(default_factory=list)

    def note(self, path: Path, *sentences: str) -> None:
        line = line_of(self.lines, path)
        self.mistakes += [Mistake(line=line, sentence=sentence) for sentence in sentences]

    def only_known(self, data: Mapping[str, Any], path: Path, known: Iterable[str]) -> None:
        for name in data.keys() - set(known):
            self.note((*path, name), f"“{name}” is not known here.")

    def take(self, data: Mapping[str, Any], path: Path, name: str, kind: type, absent: Any) -> Any:
        """A value of exactly this type; what is absent, or anything else once it is noted, is the given value."""
        value = data.get(name, absent)
        if name not in data or type(value) is kind:
            return value if kind is not str or name not in data else self._fit(value, (*path, name))
        self.note((*path, name), f"“{name}” must be {_KINDS[kind]}.")
        return absent

    def words(self, data: Mapping[str, Any], path: Path, name: str) -> dict[str, str]:
        """Words per language; a blank is left out, as in the form: nobody could be asked it."""
        table = self.take(data, path, name, dict, {})
        self.only_known(table, (*path, name), LANGUAGES)
        written = {lang: self.take(table, (*path, name), lang, str, "") for lang in table if lang in LANGUAGES}
        return {lang: words for lang, words in written.items() if words.strip()}

    def list_of(self, data: Mapping[str, Any], path: Path, name: str, kind: type) -> list[tuple[Path, Any]]:
        """The items of a list that have the right type, each with its path."""
        items = [((*path, name, number), item) for number, item in enumerate(self.take(data, path, name, list, []))]
        for place, item in items:
            if type(item) is not kind:
                self.note(place, f"“{name}” must be {_KINDS[kind]}.")
        return [(place, item) for place, item in items if type(item) is kind]

    def _fit(self, words: str, path: Path) -> str:
        if "\0" not in words:
            return words
        self.note(path, "The text has a character that cannot be kept.")
        return words.replace("\0", "")


def read_test(text: str) -> WrittenTest:
    """What a file says.

    Raises:
        BadFile: everything that is wrong with it, by line.
    """
    data = _parsed(text)
    reader = _Reader(lines_of(text))
    reader.only_known(data, (), TEST_FIELDS)
    key, kind = reader.take(data, (), "key", str, ""), _kind_of_test(reader, data)
    settings = _settings(reader, data)
    rows = reader.list_of(data, (), "questions", dict)[: MOST_QUESTIONS + 1]
    questions = [_question(reader, row, path, kind) for path, row in rows]
    reader.note(("key",), *key_problems(key, set()))
    for name, sentence in settings_problems(settings, key, kind):
        reader.note((name,), sentence)
    if key in SHIPPED and not any(question.edit.active for question in questions):
        reader.note(("questions",), NOTHING_LEFT)
    if len(rows) > MOST_QUESTIONS:
        reader.note(rows[-1][0], "A test has at most 100 questions, deleted ones too.")
    _check_order(reader, questions, [path for path, _row in rows])
    if reader.mistakes:
        raise BadFile(reader.mistakes)
    kind_line = line_of(reader.lines, ("kind",))
    return WrittenTest(key=key, kind=kind, settings=settings, questions=questions, kind_line=kind_line)


def _parsed(text: str) -> dict[str, Any]:
    if found := _LONG_KEY.search(text):  # each part of a key costs tomllib a walk through all before it
        line = text[: found.start()].count("\n") + 1
        raise BadFile([Mistake(line=line, sentence="A key has at most 20 parts.")])
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _PLACE_OF_ERROR.search(str(error))
        line = int(found[1]) if found else text.rstrip().count("\n") + 1
        words = _PLACE_OF_ERROR.sub("", str(error)).replace(" (at end of document)", "").strip()
        raise BadFile([Mistake(line=line, sentence=f"This is not TOML: {words}.")]) from error
    except ValueError as error:  # Python refuses to read a number of thousands of digits
        line = text[: found.start()].count("\n") + 1 if (found := _LONG_NUMBER.search(text)) else 1
        raise BadFile([Mistake(line=line, sentence="This is not TOML: a number is too long.")]) from error
    except RecursionError as error:
        raise BadFile([Mistake(line=1, sentence="This is not TOML: too many brackets.")]) from error


def _kind_of_test(reader: _Reader, data: Mapping[str, Any]) -> TestKind:
    typed = reader.take(data, (), "kind", str, "")
    if typed in set(TestKind):
        return TestKind(typed)
    reader.note(("kind",), f"kind is {' or '.join(TestKind)}, not “{typed}”.")
    return TestKind.EXAM if "pass_percent" in data else TestKind.QUESTIONNAIRE


def _settings(reader: _Reader, data: Mapping[str, Any]) -> TestSettings:
    numbers = ("pass_percent", "question_limit_seconds", "total_limit_seconds")
    defaults = asdict(TestSettings(title={}))
    values: dict[str, Any] = {name: reader.take(data, (), name, int, None) for name in numbers}
    for name in defaults.keys() - set(numbers) - {"title"}:
        values[name] = reader.take(data, (), name, type(defaults[name]), defaults[name])
    return TestSettings(title=reader.words(data, (), "title"), **values)


def _question(reader: _Reader, row: Mapping[str, Any], path: Path, test_kind: TestKind) -> WrittenQuestion:
    reader.only_known(row, path, QUESTION_FIELDS)
    kind = _kind_of_question(reader, row, path)
    options = [_option(reader, option, place) for place, option in reader.list_of(row, path, "options", dict)]
    edit = QuestionEdit(
        text=reader.words(row, path, "text"),
        hint=reader.words(row, path, "hint"),
        options=options,
        show_if=_condition(reader, row, path),
        lowest=reader.take(row, path, "lowest", int, None),
        highest=reader.take(row, path, "highest", int, None),
        required=reader.take(row, path, "required", bool, True),
        limit_seconds=reader.take(row, path, "limit_seconds", int, None),
        active=reader.take(row, path, "active", bool, True),
    )
    of_options = {sentence for option in options for sentence in option_problems(option)}
    for name, sentence in content_problems(edit, kind, test_kind):
        if sentence not in of_options:
            reader.note((*path, name), sentence)
    key = reader.take(row, path, "key", str, "")
    return WrittenQuestion(key=key, kind=kind, edit=edit, line=line_of(reader.lines, path))


def _kind_of_question(reader: _Reader, row: Mapping[str, Any], path: Path) -> QuestionKind:
    typed = reader.take(row, path, "kind", str, "")
    if typed in set(QuestionKind):
        return QuestionKind(typed)
    reader.note((*path, "kind"), f"kind is {' or '.join(QuestionKind)}, not “{typed}”.")
    return QuestionKind.ONE_CHOICE if "options" in row else QuestionKind.TEXT


def _option(reader: _Reader, row: Mapping[str, Any], path: Path) -> dict[str, Any]:
    reader.only_known(row, path, OPTION_FIELDS)
    option: dict[str, Any] = {"key": reader.take(row, path, "key", str, ""), "label": reader.words(row, path, "label")}
    for name, kind, absent in (("correct", bool, False), ("points", int, 1), ("consequence", str, "none")):
        if name in row:
            option[name] = reader.take(row, path, name, kind, absent)
    if "label" not in row:
        reader.note(path, "An option needs a label.")
    if option.get("consequence", "none") not in CONSEQUENCES:
        reader.note((*path, "consequence"), f"consequence is {' or '.join(CONSEQUENCES)}.")
    missing = {"Write each option in Russian."} if "label" not in row else set()
    reader.note(path, *(sentence for sentence in option_problems(option) if sentence not in missing))
    return option


def _condition(reader: _Reader, row: Mapping[str, Any], path: Path) -> dict[str, Any] | None:
    table = reader.take(row, path, "show_if", dict, None)
    if table is None:
        return None
    path = (*path, "show_if")
    reader.only_known(table, path, ("question", "options"))
    options = [option for _place, option in reader.list_of(table, path, "options", str)]
    return {"question": reader.take(table, path, "question", str, ""), "options": options}


def _check_order(reader: _Reader, questions: Sequence[WrittenQuestion], paths: Sequence[Path]) -> None:
    """Keys are each question's own, and a condition looks backwards, at a question that is asked."""
    places = [place_for(question.key, question.kind, question.edit) for question in questions]
    for number, (place, path) in enumerate(zip(places, paths, strict=True)):
        earlier = places[:number]
        reader.note((*path, "key"), *key_problems(place.key, {other.key for other in earlier}))
        reader.note((*path, "show_if"), *condition_problems(place, earlier))
        if not place.active:
            reader.note((*path, "active"), *dependent_problems(place, places[number + 1 :]))
