"""Rows for tests: each function adds one to the session and shows only what matters to the test."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.models import Question, QuestionKind, Test, TestKind
from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.models import Account, City, Recruiter, Role
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.slots.models import Slot

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

_numbers = count(1)


def add_city(session: Session, name: str = "Москва", **values: Any) -> City:
    city = City(name=name, **{"time_zone": "Europe/Moscow", **values})
    session.add(city)
    session.flush()
    return city


def add_candidate(session: Session, *, chat_id: int | None = None, **values: Any) -> Candidate:
    candidate = Candidate(**{"language": "ru", "stage_since": NOW, "created_at": NOW, **values})
    candidate.contact = Contact(chat_id=chat_id or 1_000_000 + next(_numbers), first_name="Анна")
    session.add(candidate)
    session.flush()
    return candidate


def add_chooser(session: Session, city: City, **values: Any) -> Candidate:
    """A candidate who may choose an interview hour."""
    return add_candidate(session, **{"full_name": "Анна Иванова", "city": city, "stage": Stage.TO_SCHEDULE, **values})


def add_recruiter(session: Session, *cities: City, name: str = "Ольга", **values: Any) -> Recruiter:
    """A recruiter in these cities, with an account that is linked to a chat (`chat_id=None`: to none)."""
    number = next(_numbers)
    chat_id = values.pop("chat_id", 9_000_000 + number)
    recruiter = Recruiter(name=name, cities=list(cities), **{"time_zone": "Europe/Moscow", **values})
    session.add(recruiter)
    session.add(
        Account(login=f"staff{number}", password_hash="!", role=Role.RECRUITER, recruiter=recruiter, chat_id=chat_id)
    )
    session.flush()
    session.refresh(recruiter, ["chat_id"])
    return recruiter


def add_slot(session: Session, recruiter: Recruiter, starts_at: datetime, *, minutes: int = 30, **values: Any) -> Slot:
    """An open hour in any of the recruiter's cities."""
    ends_at = starts_at + timedelta(minutes=minutes)
    slot = Slot(recruiter=recruiter, starts_at=starts_at, **{"ends_at": ends_at, "busy_until": ends_at, **values})
    session.add(slot)
    session.flush()
    return slot


def add_message(session: Session, *, chat_id: int = 55, lane: Lane = Lane.INTERACTIVE, **values: Any) -> OutboxMessage:
    """A queued message, due now."""
    text = {"about": f"turn:{next(_numbers)}#0", "kind": "help", "language": "ru", "body": "Слова"}
    waiting = {"state": MessageState.QUEUED, "due_at": NOW, "created_at": NOW}
    message = OutboxMessage(chat_id=chat_id, lane=int(lane), **{**text, **waiting, **values})
    session.add(message)
    session.flush()
    return message


def add_test(session: Session, *questions: Question, key: str = "test1", **values: Any) -> Test:
    """An active questionnaire with these questions in this order."""
    test = Test(key=key, title={"ru": key}, **{"kind": TestKind.QUESTIONNAIRE, **values})
    session.add(test)
    session.flush()
    for position, question in enumerate(questions, 1):
        question.test_id, question.position = test.id, position
        session.add(question)
    session.flush()
    return test


def typed_question(key: str, **values: Any) -> Question:
    return Question(key=key, kind=QuestionKind.TEXT, text={"ru": f"{key}?"}, **values)


def choice_question(key: str, *options: str, right: str | None = None, **values: Any) -> Question:
    """A choice between options whose labels are their keys in capitals."""
    offered = [
        {"key": option, "label": {"ru": option.upper()}} | ({"correct": True} if option == right else {})
        for option in options
    ]
    return Question(key=key, kind=QuestionKind.ONE_CHOICE, text={"ru": f"{key}?"}, options=offered, **values)


def several_question(key: str, *options: str, right: tuple[str, ...] = (), **values: Any) -> Question:
    """A choice of several options whose labels are their keys in capitals."""
    question = choice_question(key, *options, **values)
    question.kind = QuestionKind.SEVERAL_CHOICES
    question.options = [option | ({"correct": True} if option["key"] in right else {}) for option in question.options]
    return question
