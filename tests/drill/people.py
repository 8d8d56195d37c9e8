"""People who send commands and look at the answers, and a look at what the system is doing for them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg2
from psycopg2.extensions import connection

from recruitsmart.local.processes import wait_until
from tests.simulator import Person, Simulator

PATIENCE_SECONDS = 60
ANSWERS = {"/help": "What you can do", "/language": "Choose a language"}
HELP, LANGUAGE = ANSWERS


class Asker:
    """Sends commands whose answers differ, so that their order shows."""

    def __init__(self, simulator: Simulator, name: str = "Anna") -> None:
        self.person: Person = simulator.person(name, language_code="en")
        self.asked: list[str] = []

    def ask(self, *commands: str) -> None:
        for command in commands:
            self.person.write(command)
            self.asked.append(command)

    def answers(self) -> list[str]:
        """What came, by the command it answers, in the order of the chat."""
        shown = sorted(self.person.from_bot(), key=lambda message: message["message_id"])
        return [_command_of(message["text"]) for message in shown]

    def is_answered(self) -> bool:
        return len(self.answers()) >= len(self.asked)

    def waits(self) -> None:
        """Until there is an answer for each command; fails when they are others or in another order."""
        wait_until(self.is_answered, PATIENCE_SECONDS)
        assert self.answers() == self.asked


def _command_of(text: str) -> str:
    return next((command for command, start in ANSWERS.items() if start in text), text)


def value(database: connection, query: str, *parameters: Any) -> Any:
    """The first column of the first row, None when there is no row."""
    with database.cursor() as cursor:
        cursor.execute(query, parameters)
        row = cursor.fetchone()
    return None if row is None else row[0]


def each_was_answered_once(database: connection, *askers: Asker) -> None:
    """In the books too: one update seen and one message sent for each command, and none on its way."""
    asked = sum(len(asker.asked) for asker in askers)
    settled = "select count(*) from outbox where state = 'sent'"
    assert wait_until(lambda: value(database, settled) == asked, PATIENCE_SECONDS)
    assert value(database, "select count(*) from outbox") == asked
    assert value(database, "select count(*) from seen_updates where failure is null") == asked


@contextmanager
def held_up(database: connection, asker: Asker) -> Iterator[None]:
    """Whoever answers this person waits in the middle of the transaction, for at most its lock time-out."""
    holder = psycopg2.connect(database.dsn)
    try:
        with holder.cursor() as cursor:
            cursor.execute(_LOCK, (asker.person.id,))
            assert cursor.fetchone()
        yield
    finally:
        holder.close()


_LOCK = """select 1 from conversations join contacts using (candidate_id)
           where chat_id = %s for update of conversations"""


def somebody_waits(database: connection) -> bool:
    """Whether a transaction stands before a lock."""
    waiting = """select count(*) from pg_stat_activity
                 where datname = current_database() and wait_event_type = 'Lock'"""
    return bool(value(database, waiting))
