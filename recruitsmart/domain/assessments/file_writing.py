"""A test as a file people can read, edit and give on. The format is that of `shipped/*.toml`."""

from collections.abc import Iterable, Mapping
from dataclasses import fields
from typing import Any

import tomlkit
from tomlkit.items import InlineTable, Table

from recruitsmart.domain.assessments.authoring import TestSettings, settings_of
from recruitsmart.domain.assessments.editing import COLUMNS, as_values
from recruitsmart.domain.assessments.models import Question, Test
from recruitsmart.domain.messaging.texts import LANGUAGES

_DEFAULTS = {field.name: field.default for field in fields(TestSettings)}
_QUESTION_DEFAULTS: dict[str, Any] = {"required": True, "active": True}
_TABLES = ("text", "hint", "options")
_OPTION_PARTS = ("correct", "points", "consequence")


def write_test(test: Test, questions: Iterable[Question]) -> str:
    """The file of a test: everything but deleted questions. What is as by default is left out."""
    file = tomlkit.document()
    file["key"], file["kind"] = test.key, str(test.kind)
    settings = settings_of(test)
    for name in (name for name in _DEFAULTS if name != "title"):
        if (value := getattr(settings, name)) != _DEFAULTS[name]:
            file[name] = value
    file["title"] = _words(settings.title)
    rows = tomlkit.aot()
    for question in questions:
        if question.deleted_at is None:
            rows.append(_question(question))
    if len(rows):
        file["questions"] = rows
    return tomlkit.dumps(file)


def _question(question: Question) -> Table:
    table, values = tomlkit.table(), as_values(question)
    table["key"], table["kind"] = question.key, str(question.kind)
    for name in (name for name in COLUMNS if name not in (*_TABLES, "show_if")):
        if values[name] is not None and values[name] != _QUESTION_DEFAULTS.get(name):
            table[name] = values[name]
    if question.show_if is not None:
        table["show_if"] = _inline(question.show_if)
    for name in ("text", "hint"):
        if values[name]:
            table[name] = _words(values[name])
    options = tomlkit.aot()
    for option in question.options:
        options.append(_option(option))
    if len(options):
        table["options"] = options
    return table


def _option(option: Mapping[str, Any]) -> Table:
    table = tomlkit.table()
    table["key"], table["label"] = option["key"], _inline(_in_order(option["label"]))
    for name in (name for name in _OPTION_PARTS if name in option):
        table[name] = option[name]
    return table


def _words(words: Mapping[str, str]) -> Table:
    table = tomlkit.table()
    for language, written in _in_order(words).items():
        is_long = "\n" in written.strip() and "\r" not in written  # there \r\n would be read as \n
        table[language] = tomlkit.string(written, multiline=is_long)
    return table


def _in_order(words: Mapping[str, str]) -> dict[str, str]:
    """Russian first, as everywhere."""
    return {language: words[language] for language in LANGUAGES if language in words}


def _inline(values: Mapping[str, Any]) -> InlineTable:
    table = tomlkit.inline_table()
    table.update(dict(values))
    return table
