"""Taking questions out and bringing them back. Answers stay with what was asked, whatever happens to the question."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.checking import (
    NOTHING_LEFT,
    SHIPPED,
    Flawed,
    condition_problems,
    dependent_problems,
    earlier_of,
    place_of,
)
from recruitsmart.domain.assessments.editing import locked_question
from recruitsmart.domain.assessments.models import Question
from recruitsmart.domain.errors import Changed
from recruitsmart.domain.journal.operations import Actor, record


def hide_question(session: Session, question_id: int, *, actor: Actor, now: datetime) -> Question:
    """Ask it nobody any more who has not been asked yet; hiding twice changes nothing.

    Raises:
        Flawed: another question waits for its answer, or the bot would have nothing to ask.
    """
    question = _without_dependents(session, question_id)
    if question.active:
        question.active = False
        record(session, "question.hidden", actor=actor, now=now, subject_id=question.id, key=question.key)
    return question


def show_question(session: Session, question_id: int, *, actor: Actor, now: datetime) -> Question:
    """Ask it again; showing twice changes nothing.

    Raises:
        Changed: it was deleted meanwhile.
        Flawed: the question it depends on is gone or changed.
    """
    question, _test, others = locked_question(session, question_id)
    if question.deleted_at is not None:
        raise Changed
    if problems := list(condition_problems(place_of(question), map(place_of, earlier_of(others, question)))):
        raise Flawed(problems)
    if not question.active:
        question.active = True
        record(session, "question.shown", actor=actor, now=now, subject_id=question.id, key=question.key)
    return question


def delete_question(session: Session, question_id: int, *, actor: Actor, now: datetime) -> Question:
    """Take it out of the test; the row stays for the answers, and its key stays taken. Twice changes nothing.

    Raises:
        Flawed: another question waits for its answer, or the bot would have nothing to ask.
    """
    question = _without_dependents(session, question_id)
    if question.deleted_at is None:
        question.active, question.deleted_at = False, now
        record(session, "question.deleted", actor=actor, now=now, subject_id=question.id, key=question.key)
    return question


def restore_question(session: Session, question_id: int, *, actor: Actor, now: datetime) -> Question:
    """Bring a deleted question back at its place, hidden; restoring twice changes nothing."""
    question, _test, _others = locked_question(session, question_id)
    if question.deleted_at is not None:
        question.deleted_at = None
        record(session, "question.restored", actor=actor, now=now, subject_id=question.id, key=question.key)
    return question


def _without_dependents(session: Session, question_id: int) -> Question:
    question, test, others = locked_question(session, question_id)
    hidden = replace(place_of(question), active=False)
    if problems := list(dependent_problems(hidden, map(place_of, others))):
        raise Flawed(problems)
    if test.key in SHIPPED and question.active and not any(other.active for other in others):
        raise Flawed([NOTHING_LEFT])
    return question
