"""What the hot operations cost with ten times as many candidates, and by which way Postgres finds their rows."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from statistics import median
from time import perf_counter
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, select
from sqlalchemy.orm import Session

from recruitsmart.domain import schema  # noqa: F401 - every table is known before the first statement
from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.queries import Wanted, list_page, matching, nearly_matching
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.chats.queries import open_chats, unread_count
from recruitsmart.domain.dialogue import operations as dialogue
from recruitsmart.domain.dialogue.turn import Sender, open_turn
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.journal.queries import history_of
from recruitsmart.domain.messaging.delivery import claim, waiting_exists
from recruitsmart.domain.pipeline import board
from recruitsmart.domain.slots.free_hours import free_starts
from recruitsmart.domain.timers.operations import run_due

SIZES = ("medium", "large")  # what `flask seed --size` knows; `huge` takes about a quarter of an hour more
REPEATS = 15

Act = Callable[[Session], object]
Say = Callable[..., None]
_updates = count(10**12)


def engine_of(database_url: str) -> Engine:
    """A way to a seeded database."""
    return create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"))


def measure(engine: Engine, people: int, say: Say) -> dict[str, float]:
    """Each operation in transactions that are rolled back; returns the median milliseconds by name."""
    costs = {}
    for name, act in _acts(engine).items():
        _milliseconds(engine, act)  # the first one compiles the statements
        heard = _Heard()
        event.listen(engine, "before_cursor_execute", heard.before)
        event.listen(engine, "after_cursor_execute", heard.after)
        costs[name] = round(median(_milliseconds(engine, act) for _ in range(REPEATS)), 2)
        event.remove(engine, "before_cursor_execute", heard.before)
        event.remove(engine, "after_cursor_execute", heard.after)
        figures = {"milliseconds": costs[name], "statements": heard.count // REPEATS}
        dearest = round(heard.totals[heard.dearest] / REPEATS, 2)
        say("growth", act=name, people=people, **figures, dearest=dearest, plan=_plan(engine, heard))
    return costs


def compare(costs: dict[int, dict[str, float]], say: Say) -> None:
    """How many times more each operation costs with the largest than with the smallest crowd."""
    smallest, largest = min(costs), max(costs)
    for name in costs[smallest]:
        times = round(costs[largest][name] / max(costs[smallest][name], 0.01), 2)
        say("growth.times", act=name, people=f"{smallest} → {largest}", times=times)


@dataclass(kw_only=True)
class _Heard:
    """The statements of an operation: how many, and how long each took together, milliseconds."""

    count: int = 0
    totals: dict[str, float] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    _began: float = 0.0

    def before(self, *_: Any) -> None:
        self._began = perf_counter()

    def after(self, _connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        took = (perf_counter() - self._began) * 1000
        self.count += 1
        if not statement.startswith("set "):
            self.totals[statement] = self.totals.get(statement, 0.0) + took
            self.parameters[statement] = parameters

    @property
    def dearest(self) -> str:
        """The statement that took longest of all."""
        return max(self.totals, key=self.totals.__getitem__)


def _milliseconds(engine: Engine, act: Act) -> float:
    with Session(engine) as session:
        began = perf_counter()
        act(session)
        session.flush()
        return (perf_counter() - began) * 1000


def _plan(engine: Engine, heard: _Heard) -> str:
    """How the dearest statement finds its rows; a large table that is read from end to end stands out."""
    statement = heard.dearest
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(f"explain (costs off) {statement}", heard.parameters[statement])
        lines = [str(row[0]) for row in rows]
    scans = [
        found[1]
        for line in lines
        if (found := re.search(r"((?:\w+ )*Scan(?: Backward)? (?:using|on) \w+(?: on \w+)?)", line))
    ]
    return "; ".join(dict.fromkeys(scans))


def _acts(engine: Engine) -> dict[str, Act]:
    """What happens all the time, each for somebody in the middle of the crowd."""
    now = datetime.now(UTC)
    with Session(engine) as session:
        middle = select(Contact.chat_id, Candidate.id).join(Candidate).where(Candidate.stage == Stage.INTERVIEW)
        chat_id, candidate_id = session.execute(middle.offset(50).limit(1)).one()
        city_id = session.scalars(select(City.id).order_by(City.id).limit(1)).one()

    def answer(session: Session) -> None:
        sender = Sender(update_id=next(_updates), chat_id=chat_id, received_at=now)
        turn = open_turn(session, sender, now=now)
        assert turn is not None
        dialogue.my_application(turn)

    def search(session: Session) -> None:
        people = nearly_matching(EVERYTHING, Wanted(words="шевчнко анна"))
        list_page(session, people, after=None, limit=51)

    return {
        "an update is answered": answer,
        "free hours of a city": lambda session: free_starts(session, session.get_one(City, city_id), now=now),
        "due timers, nothing due": lambda session: run_due(session, {}, now=datetime(2000, 1, 1, tzinfo=UTC)),
        "the next message": lambda session: claim(session, now=now),
        "a message waits": lambda session: waiting_exists(session, now=now),
        "list of candidates": lambda session: list_page(session, matching(EVERYTHING, Wanted()), after=None, limit=51),
        "people of a stage": lambda session: list_page(
            session, matching(EVERYTHING, Wanted(stage=Stage.TEST2)), after=None, limit=51
        ),
        "search by a misspelt name": search,
        "history of a person": lambda session: history_of(session, candidate_id),
        "board": lambda session: board.columns(session, EVERYTHING, Wanted(), opened=None, now=now),
        "inbox": lambda session: (
            unread_count(session, EVERYTHING),
            open_chats(session, EVERYTHING, after=None, limit=51),
        ),
    }
