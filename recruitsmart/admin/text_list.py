"""The list of texts: what each says, where it was changed, and what is wrong with it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from recruitsmart.admin.answers import plain
from recruitsmart.admin.sentences import translated
from recruitsmart.admin.text_words import in_order, subject_of
from recruitsmart.domain.messaging import samples, texts
from recruitsmart.domain.messaging.models import TextOverride
from recruitsmart.domain.messaging.proofreading import problem_of

CHANGED, BROKEN = "changed", "broken"


@dataclass(frozen=True, kw_only=True)
class Change:
    """An override in force: where, and why it cannot be sent when that is so (`seen_at`: to a real person)."""

    language: str
    city_id: int | None
    body: str
    problem: str | None
    seen_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Line:
    """One text of the list."""

    key: str
    words: str
    changes: list[Change]

    @property
    def is_broken(self) -> bool:
        return any(change.problem for change in self.changes)


def change_of(override: TextOverride) -> Change:
    """An override in force as the panel shows it. What was met while sending is said before what proofreading finds."""
    body = override.body or ""
    problem = override.broken_reason or problem_of(override.key, body, override.language)
    return Change(
        language=override.language, city_id=override.city_id, body=body,
        problem=translated(problem) if problem else None, seen_at=override.broken_at,
    )  # fmt: skip


def lines_of(overrides: Iterable[TextOverride], *, language: str) -> list[Line]:
    """All texts in the order of the files, worded with sample values in a language."""
    changes: dict[str, list[Change]] = {}
    for override in overrides:
        changes.setdefault(override.key, []).append(change_of(override))
    return [
        Line(key=key, words=_words(key, language, changes.get(key, [])), changes=changes.get(key, []))
        for key in texts.shipped(texts.DEFAULT_LANGUAGE)
    ]


def _words(key: str, language: str, changes: Sequence[Change]) -> str:
    everywhere = next((each.body for each in changes if each.language == language and each.city_id is None), None)
    return plain(texts.render(key, language, samples.sample_values(key, language), override=everywhere))


def wanted(lines: Iterable[Line], *, words: str, only: str) -> list[Line]:
    """Those that contain the words, as they are said or as they are written in any language."""
    kinds = {CHANGED: lambda line: bool(line.changes), BROKEN: lambda line: line.is_broken}
    chosen = kinds.get(only, lambda line: True)
    return [line for line in lines if chosen(line) and words.casefold() in _searched(line)]


def _searched(line: Line) -> str:
    shipped = [texts.shipped(language)[line.key] for language in texts.LANGUAGES]
    return "\n".join([line.key, line.words, *shipped, *(change.body for change in line.changes)]).casefold()


def by_subject(lines: Iterable[Line]) -> Mapping[str, list[Line]]:
    """Lines under their headings, in the order of the headings; empty ones are left out."""
    groups: dict[str, list[Line]] = {heading: [] for heading in in_order()}
    for line in lines:
        groups[subject_of(line.key)].append(line)
    return {heading: found for heading, found in groups.items() if found}
