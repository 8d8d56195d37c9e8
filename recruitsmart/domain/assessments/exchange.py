"""Bringing in a test from a file: first what it would change, then exactly that, in one transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.authoring import (
    create_test,
    number_questions,
    set_settings,
    settings_of,
)
from recruitsmart.domain.assessments.editing import COLUMNS, as_edit, as_values, locked_test, write
from recruitsmart.domain.assessments.file_reading import BadFile, Mistake, WrittenQuestion, WrittenTest, read_test
from recruitsmart.domain.assessments.models import Question, Test
from recruitsmart.domain.assessments.queries import questions_of
from recruitsmart.domain.errors import Changed
from recruitsmart.domain.journal.operations import Actor, record

LONGEST_FILE_BYTES = 300_000


class Fate(StrEnum):
    """What a file would do to a question."""

    ADDED = "added"
    CHANGED = "changed"
    HIDDEN = "hidden"
    SAME = "same"


@dataclass(frozen=True, kw_only=True)
class Change:
    """What would become of one question; `parts` names the columns that change, `line` its place in the file."""

    key: str
    fate: Fate
    parts: Sequence[str] = ()
    line: int | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a file would change. `mark` names the file and the state it was compared with."""

    written: WrittenTest
    test: Test | None
    settings: Sequence[str]
    changes: Sequence[Change]
    is_reordered: bool
    mark: str

    @property
    def is_empty(self) -> bool:
        """Whether everything is so already."""
        changed = any(change.fate != Fate.SAME for change in self.changes)
        return self.test is not None and not (self.settings or changed or self.is_reordered)

    def count(self, fate: Fate) -> int:
        """How many questions meet this fate."""
        return sum(change.fate == fate for change in self.changes)


def plan_import(session: Session, text: str) -> Plan:
    """What a file would change; nothing is written. Questions the file does not name are hidden, never deleted.

    Raises:
        BadFile: everything that is wrong with the file, by line.
    """
    written = read_test(text)
    test = session.scalar(select(Test).where(Test.key == written.key))
    saved = {} if test is None else {question.key: question for question in questions_of(session, test.id)}
    _check_kinds(written, test, saved)
    named = {question.key for question in written.questions}
    left_out = [key for key, question in saved.items() if key not in named and question.active]
    return Plan(
        written=written,
        test=test,
        settings=[] if test is None else _differing(asdict(settings_of(test)), asdict(written.settings)),
        changes=[
            *(_change(question, saved.get(question.key)) for question in written.questions),
            *(Change(key=key, fate=Fate.HIDDEN) for key in left_out),
        ],
        is_reordered=_new_order(written, saved) != [key for key, row in saved.items() if row.deleted_at is None],
        mark=_mark(text, test, saved.values()),
    )


def _check_kinds(written: WrittenTest, test: Test | None, saved: Mapping[str, Question]) -> None:
    mistakes = [
        Mistake(line=question.line, sentence="A question keeps its kind; give the new one a key of its own.")
        for question in written.questions
        if question.key in saved and saved[question.key].kind != question.kind
    ]
    if test is not None and test.kind != written.kind:
        mistakes.append(Mistake(line=written.kind_line, sentence="A test keeps its kind."))
    if mistakes:
        raise BadFile(mistakes)


def _change(written: WrittenQuestion, saved: Question | None) -> Change:
    if saved is None:
        return Change(key=written.key, fate=Fate.ADDED, line=written.line)
    parts = _differing(as_values(saved), _values(written))
    if saved.deleted_at is not None:
        parts = [*parts, "deleted_at"]
    return Change(key=written.key, fate=Fate.CHANGED if parts else Fate.SAME, parts=parts, line=written.line)


def _values(written: WrittenQuestion) -> dict[str, Any]:
    return {column: getattr(written.edit, column) for column in COLUMNS}


def _differing(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    return [name for name in after if before[name] != after[name]]


def _new_order(written: WrittenTest, saved: Mapping[str, Question]) -> list[str]:
    """Keys of the questions that are there already, in the file's order; those it leaves out follow."""
    named = [question.key for question in written.questions if question.key in saved]
    kept = [key for key in named if saved[key].deleted_at is None]
    return kept + [key for key, row in saved.items() if key not in named and row.deleted_at is None]


def _mark(text: str, test: Test | None, saved: Any) -> str:
    state = [] if test is None else [test.id, test.revision]
    rows = [[row.id, row.version, row.position, row.deleted_at is None] for row in saved]
    return sha256(json.dumps([text, state, rows]).encode()).hexdigest()[:32]


def import_test(session: Session, text: str, *, mark: str, actor: Actor, now: datetime) -> Test:
    """Make the test what the file says, each changed question as its next version.

    Raises:
        BadFile: everything that is wrong with the file, by line.
        Changed: the test or the file is not the one that `mark` was given for.
    """
    written = read_test(text)
    test_id = session.scalar(select(Test.id).where(Test.key == written.key))
    if test_id is not None:
        locked_test(session, test_id)
        session.expire_all()
    plan = plan_import(session, text)
    if plan.mark != mark:
        raise Changed
    test = plan.test
    if test is None:
        test = create_test(session, written.key, written.kind, written.settings, actor=actor, now=now)
    set_settings(session, test, written.settings, actor=actor, now=now)
    _write_questions(session, test, plan, actor=actor, now=now)
    fates = {str(fate): plan.count(fate) for fate in Fate}
    record(session, "test.imported", actor=actor, now=now, subject_id=test.id, key=test.key, **fates)
    return test


def _write_questions(session: Session, test: Test, plan: Plan, *, actor: Actor, now: datetime) -> None:
    saved = {question.key: question for question in questions_of(session, test.id)}
    for written in plan.written.questions:
        question = saved.get(written.key)
        if question is None:
            question = Question(
                test_id=test.id, key=written.key, kind=written.kind, position=len(saved) + 1, **_values(written)
            )
            session.add(question)
            saved[written.key] = question
        else:
            question.deleted_at = None
            write(session, question, written.edit, actor=actor, now=now)
    for change in (change for change in plan.changes if change.fate == Fate.HIDDEN):
        hidden = saved[change.key]
        write(session, hidden, replace(as_edit(hidden), active=False), actor=actor, now=now)
    session.flush()
    first = [saved[written.key].id for written in plan.written.questions]
    number_questions(session, first + [row.id for row in saved.values() if row.id not in set(first)])
