"""Editing questions. What was asked already is kept with its answer, so an edit never changes history."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.models import Question, QuestionKind, Test, TestKind
from recruitsmart.domain.assessments.queries import questions_of
from recruitsmart.domain.errors import BadInput, Changed, NotFound
from recruitsmart.domain.journal.operations import Actor, record

LONGEST_TEXT = 2000  # Telegram takes 4,096 characters, and the message around it needs some
LONGEST_LABEL = 60
MOST_OPTIONS = 20
CONSEQUENCES = ("none", "flag", "decline")


@dataclass(frozen=True, kw_only=True)
class QuestionEdit:
    """What a question shall be. Options are as `Question.options` keeps them, `show_if` too."""

    text: Mapping[str, str]
    hint: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[Mapping[str, Any]] = ()
    show_if: Mapping[str, Any] | None = None
    lowest: int | None = None
    highest: int | None = None
    active: bool = True


def edit_question(
    session: Session, question_id: int, edit: QuestionEdit, *, version: int, actor: Actor, now: datetime
) -> Question:
    """Save a question as its next version; whoever is asked from now on is asked this one. Locks its row.

    Raises:
        Changed: it is no longer at `version`.
        BadInput: says everything that is wrong, a sentence each.
    """
    question = session.get(Question, question_id, with_for_update=True, populate_existing=True)
    if question is None:
        raise NotFound
    if question.version != version:
        raise Changed
    others = questions_of(session, question.test_id)
    test = session.get_one(Test, question.test_id)
    if problems := problems_with(edit, question, test.kind, others):
        raise BadInput(" ".join(problems))
    before = _as_values(question)
    for name, value in asdict(edit).items():
        setattr(question, name, list(value) if name == "options" else value)
    record(
        session, "question.edited", actor=actor, now=now, subject_id=question.id, before=before,
        after=_as_values(question),
    )  # fmt: skip
    return question


def _as_values(question: Question) -> dict[str, Any]:
    columns = ("text", "hint", "options", "show_if", "lowest", "highest", "active")
    return {column: getattr(question, column) for column in columns}


def problems_with(edit: QuestionEdit, question: Question, kind: TestKind, others: Iterable[Question]) -> list[str]:
    """What is wrong with an edit, as sentences; empty when nothing is."""
    others = [other for other in others if other.id != question.id]
    return [
        *_text_problems(edit),
        *(_option_problems(edit, kind) if question.kind == QuestionKind.ONE_CHOICE else _bound_problems(edit)),
        *_condition_problems(edit, question, others),
        *_orphan_problems(edit, question, others),
    ]


def _text_problems(edit: QuestionEdit) -> Iterable[str]:
    if not edit.text.get("ru", "").strip():
        yield "Write the question in Russian."
    if any(len(words) > LONGEST_TEXT for words in (*edit.text.values(), *edit.hint.values())):
        yield "The text is too long."


def _bound_problems(edit: QuestionEdit) -> Iterable[str]:
    if edit.lowest is not None and edit.highest is not None and edit.lowest > edit.highest:
        yield "The lowest value is above the highest."


def _option_problems(edit: QuestionEdit, kind: TestKind) -> Iterable[str]:
    keys = [option["key"] for option in edit.options]
    if len(keys) < 2:
        yield "A choice needs at least two options."
    if len(keys) > MOST_OPTIONS:
        yield "There are too many options."
    if len(set(keys)) < len(keys):
        yield "Two options have the same key."
    if any(not option["label"].get("ru", "").strip() for option in edit.options):
        yield "Write each option in Russian."
    if any(len(words) > LONGEST_LABEL for option in edit.options for words in option["label"].values()):
        yield "An option is too long for a button."
    if kind == TestKind.EXAM and not any(option.get("correct") for option in edit.options):
        yield "A question of an exam needs a right option."


def _condition_problems(edit: QuestionEdit, question: Question, others: Iterable[Question]) -> Iterable[str]:
    if edit.show_if is None:
        return
    key = edit.show_if["question"]
    earlier = {other.key: other for other in others if other.position < question.position}
    if key not in earlier or earlier[key].kind != QuestionKind.ONE_CHOICE:
        yield f"“{key}” is not a choice that is asked before this question."
        return
    known = {option["key"] for option in earlier[key].options}
    if not edit.show_if["options"]:
        yield "Choose the answers after which the question is asked."
    for option in edit.show_if["options"]:
        if option not in known:
            yield f"“{key}” has no option “{option}”."


def _orphan_problems(edit: QuestionEdit, question: Question, others: Iterable[Question]) -> Iterable[str]:
    """An option that a later question waits for may not vanish."""
    if question.kind != QuestionKind.ONE_CHOICE:
        return
    keys = {option["key"] for option in edit.options}
    for other in others:
        waits = other.show_if is not None and other.show_if["question"] == question.key
        if waits and other.active and not set((other.show_if or {})["options"]) <= keys:
            yield f"The question “{other.key}” depends on an option that is gone."
