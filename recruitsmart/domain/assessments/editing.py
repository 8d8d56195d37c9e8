"""Editing questions. What was asked already is kept with its answer, so an edit never changes history."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.checking import (
    Flawed,
    QuestionEdit,
    condition_problems,
    content_problems,
    dependent_problems,
    earlier_of,
    place_for,
    place_of,
    sentences,
)
from recruitsmart.domain.assessments.models import Question, Test
from recruitsmart.domain.errors import Changed, NotFound
from recruitsmart.domain.journal.operations import Actor, record

COLUMNS = tuple(column.name for column in fields(QuestionEdit))


def edit_question(
    session: Session, question_id: int, edit: QuestionEdit, *, version: int, actor: Actor, now: datetime
) -> Question:
    """Save a question as its next version; whoever is asked from now on is asked this one. Locks the test's row.

    Raises:
        Changed: it is no longer at `version`.
        Flawed: says everything that is wrong, a sentence each.
    """
    question, test, others = locked_question(session, question_id)
    if question.version != version or question.deleted_at is not None:
        raise Changed
    if problems := problems_with(edit, question, test, others):
        raise Flawed(problems)
    write(session, question, edit, actor=actor, now=now)
    return question


def locked_test(session: Session, test_id: int) -> Test:
    """The test's row, locked: whoever changes a test or its questions goes first through here.

    People may begin the test meanwhile: the lock leaves its key alone.
    """
    test = session.get(Test, test_id, with_for_update={"key_share": True}, populate_existing=True)
    if test is None:
        raise NotFound
    return test


def locked_question(session: Session, question_id: int) -> tuple[Question, Test, Sequence[Question]]:
    """A question as it is now, its test, and the test's other questions that are not deleted; the test is locked."""
    test_id = session.scalar(select(Question.test_id).where(Question.id == question_id))
    if test_id is None:
        raise NotFound
    test = locked_test(session, test_id)
    rows = select(Question).where(Question.test_id == test_id).order_by(Question.position, Question.id)
    questions = session.scalars(rows.execution_options(populate_existing=True)).all()
    question = next(row for row in questions if row.id == question_id)
    return question, test, [row for row in questions if row is not question and row.deleted_at is None]


def problems_with(edit: QuestionEdit, question: Question, test: Test, others: Sequence[Question]) -> list[str]:
    """What is wrong with an edit, by itself and for the questions around it, as sentences."""
    place = place_for(question.key, question.kind, edit)
    earlier = map(place_of, earlier_of(others, question))
    return [
        *sentences(content_problems(edit, question.kind, test.kind)),
        *condition_problems(place, earlier),
        *dependent_problems(place, map(place_of, others)),
    ]


def write(session: Session, question: Question, edit: QuestionEdit, *, actor: Actor, now: datetime) -> None:
    """Put an edit that was checked into the row, and into the journal what it changed; nothing when nothing did."""
    before = as_values(question)
    after = {column: getattr(edit, column) for column in COLUMNS} | {"options": [dict(row) for row in edit.options]}
    for column in (column for column in COLUMNS if before[column] != after[column]):
        setattr(question, column, after[column])
    if before != after:
        record(
            session, "question.edited", actor=actor, now=now, subject_id=question.id, before=before, after=after,
        )  # fmt: skip
    session.flush()


def as_values(question: Question) -> dict[str, Any]:
    """Everything an edit can change, as JSON values."""
    return {column: getattr(question, column) for column in COLUMNS}


def as_edit(question: Question) -> QuestionEdit:
    """A saved question as the edit that would change nothing."""
    return QuestionEdit(**as_values(question))
