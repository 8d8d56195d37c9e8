"""A city with one recruiter and one hour tomorrow, and looks at what an operation left behind."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from recruitsmart.domain.journal.models import ActorKind, Entry
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.slots.reminding import ASKS_OUTCOME
from recruitsmart.domain.timers.models import Timer, TimerState
from tests.factories import NOW, add_city, add_recruiter, add_slot

STAFF = Actor(kind=ActorKind.STAFF, id=7)
TOMORROW = NOW + timedelta(days=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def city(session):
    return add_city(session)


@pytest.fixture
def recruiter(session, city):
    return add_recruiter(session, city)


@pytest.fixture
def slot(session, recruiter):
    return add_slot(session, recruiter, TOMORROW)


def told(session, chat_id):
    """The kinds of messages to a chat, in order."""
    session.flush()
    return list(
        session.scalars(select(OutboxMessage.kind).where(OutboxMessage.chat_id == chat_id).order_by(OutboxMessage.id))
    )


def messages(session, kind):
    session.flush()
    return list(session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(OutboxMessage.id)))


def journal(session, kind):
    session.flush()
    return list(session.scalars(select(Entry).where(Entry.kind == kind).order_by(Entry.id)))


def pending_timers(session, subject_id):
    """kind → moment of the timers about a subject that will still fire, but for the question after the meeting."""
    pending = (Timer.subject_id == subject_id, Timer.state == TimerState.PENDING, Timer.kind != ASKS_OUTCOME)
    return dict(map(tuple, session.execute(select(Timer.kind, Timer.due_at).where(*pending))))


@contextmanager
def statements_of(session) -> Iterator[list[str]]:
    """The statements that reach Postgres meanwhile."""
    statements: list[str] = []

    def note(_connection, _cursor, statement, *_):
        statements.append(statement)

    session.flush()
    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        session.flush()
        event.remove(connection, "before_cursor_execute", note)
