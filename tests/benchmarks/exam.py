"""Many people in Test 2 at once: how punctual is the clock, is an answer lost, is a question asked twice."""

import heapq
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import quantiles
from typing import Any

import psycopg2
from psycopg2.extensions import connection as Connection
from sqlalchemy import create_engine, make_url, select
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.models import Question, Test
from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.pipeline.testing import TEST2, offer_test2
from tests.benchmarks.load import Crowd
from tests.simulator import Simulator
from tests.system import System

Say = Callable[..., None]
NEVER_EVERY = 3  # each third person never answers
LOOK_EVERY_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True)
class Size:
    """How many people, and what their test is like; they press “start” evenly spread over `begin_seconds`.

    `minutes` is how long eight people click through the panel; `million` adds a million candidates to the growth.
    """

    people: int = 1000
    questions: int = 3
    limit_seconds: int = 60
    begin_seconds: float = 20.0
    minutes: int = 60
    million: int = 0

    @property
    def longest_seconds(self) -> float:
        """When everybody must be through, with as much again for a machine that is slow."""
        return 60 + self.begin_seconds + 3 * self.questions * self.limit_seconds


def measure(
    system: System, simulator: Simulator, size: Size, say: Say, *, name: str, memory: Callable[[], Any]
) -> None:
    """Let everybody take the test, then compare what the simulator accepted with what the books say."""
    crowd = Crowd(simulator.url, size.people)
    for person in crowd.people:
        crowd.call("POST", f"/sim/people/{person}/updates", {"message": {}})  # they have written once
    database = psycopg2.connect(system.database_url.replace("+psycopg2", ""))
    database.autocommit = True
    _invite(system, crowd.people, size)
    before = memory()
    run = _Run(crowd, database, size)
    took = run.everybody_takes_the_test()
    _report(_Books(database, simulator, run), size, say, name)
    say(f"{name}.memory", mebibytes_before=before, after=memory(), seconds=round(took))
    say(f"{name}.trouble", **_trouble(system))
    database.close()


def _invite(system: System, people: list[int], size: Size) -> None:
    engine = create_engine(make_url(system.database_url).set(drivername="postgresql+psycopg2"))
    now = datetime.now(UTC)
    with Session(engine) as session, session.begin():
        test = session.scalars(select(Test).where(Test.key == TEST2)).one()
        test.question_limit_seconds, test.total_limit_seconds, test.tries = size.limit_seconds, None, 1
        for position, question in enumerate(session.scalars(select(Question).where(Question.test_id == test.id))):
            question.limit_seconds, question.active = None, position < size.questions
        for person in people:
            candidate = Candidate(
                full_name="Anna", language="en", stage=Stage.INTERVIEW, stage_since=now, created_at=now, consent_at=now,
                consent_version="1",
            )  # fmt: skip
            candidate.contact = Contact(chat_id=person, first_name="Anna")
            session.add(candidate)
            session.flush()
            offer_test2(session, candidate, actor=SYSTEM, now=now)
    engine.dispose()


class _Run:
    """The people. `pressed` holds moment and option of each press the chat still allowed, by answer."""

    def __init__(self, crowd: Crowd, database: Connection, size: Size) -> None:
        self.crowd, self.database, self.size = crowd, database, size
        self.pressed: dict[int, tuple[datetime, str]] = {}
        self.refused = 0
        self._random = Random(17)
        self._acts: list[tuple[float, int, int, str, int]] = []
        self._known: set[int] = set()

    def everybody_takes_the_test(self) -> float:
        """Returns how long it took from the first start, seconds."""
        self._wait_for_invitations()
        started = time.monotonic()
        for number, (chat_id, message_id, button) in enumerate(self._sent("exam.invite")):
            at = started + number * self.size.begin_seconds / self.size.people
            heapq.heappush(self._acts, (at, chat_id, message_id, button, 0))
        look_at = started
        while time.monotonic() < started + self.size.longest_seconds:
            if time.monotonic() >= look_at:
                self._look()
                look_at = time.monotonic() + LOOK_EVERY_SECONDS
                if self.finished() == self.size.people:
                    break
            if not self._act_when_due():
                time.sleep(0.005)
        return time.monotonic() - started

    def _wait_for_invitations(self) -> None:
        give_up_at = time.monotonic() + 120 + self.size.people / 5
        while len(list(self._sent("exam.invite"))) < self.size.people:
            if time.monotonic() > give_up_at:
                raise RuntimeError("the invitations do not go out")
            time.sleep(1)

    def _sent(self, kind: str) -> Iterator[tuple[int, int, str]]:
        rows = self.rows(
            "select chat_id, telegram_message_id, keyboard from outbox where kind = %s and state = 'sent'", kind
        )
        for chat_id, message_id, keyboard in rows:
            yield chat_id, message_id, _data(keyboard[0][0])

    def _look(self) -> None:
        """Questions that have just arrived: each person who answers makes up their mind about when and what."""
        for row_id, chat_id, message_id, keyboard, age in self.rows(
            _ARRIVED, datetime.now(UTC) - timedelta(seconds=30)
        ):
            if row_id in self._known:
                continue
            self._known.add(row_id)
            if chat_id % NEVER_EVERY:
                button = self._random.choice([button for row in keyboard for button in row])
                thinks = self._random.uniform(0.02, 0.98) * self.size.limit_seconds
                at = time.monotonic() - age + thinks
                heapq.heappush(self._acts, (at, chat_id, message_id, _data(button), button["args"][0]))

    def _act_when_due(self) -> bool:
        if not self._acts or self._acts[0][0] > time.monotonic():
            return False
        _, chat_id, message_id, data, answer_id = heapq.heappop(self._acts)
        at = datetime.now(UTC)
        done = self.crowd.call("POST", f"/sim/people/{chat_id}/presses", {"message_id": message_id, "data": data})
        if "update_id" not in done:
            self.refused += 1  # the question has closed before their eyes
        elif answer_id:
            self.pressed[answer_id] = at, data.rpartition(":")[2]
        return True

    def finished(self) -> int:
        """How many are through."""
        return int(self.rows("select count(*) from attempts where status = 'finished'")[0][0])

    def rows(self, query: str, *values: Any) -> list[Any]:
        """What the database says."""
        with self.database.cursor() as cursor:
            cursor.execute(query, values)
            return cursor.fetchall()


_ARRIVED = """select id, chat_id, telegram_message_id, keyboard,
                     extract(epoch from clock_timestamp() - settled_at)::float
              from outbox where kind = 'question.timed' and state = 'sent' and not edits_only and settled_at > %s"""


def _data(button: dict[str, Any]) -> str:
    return ":".join([button["action"], *map(str, button["args"])])


class _Books:
    """What the database says of the run, next to what the simulator accepted and when."""

    def __init__(self, database: Connection, simulator: Simulator, run: _Run) -> None:
        self.pressed, self.refused, self.finished = run.pressed, run.refused, run.finished()
        self.answers = run.rows(
            "select id, status, value, asked_at, deadline_at, answered_at, credited_seconds, puts from answers"
        )
        self.limit = timedelta(seconds=run.size.limit_seconds)
        self.closings = run.rows(_CLOSINGS)
        self.chat_of = dict(run.rows(_CHATS))
        self.calls = _calls_by_chat(simulator)

    def lost(self) -> int:
        """Presses before the deadline whose answer is not there as given."""
        given = {row[0]: (row[1], row[2]) for row in self.answers}
        deadlines = {row[0]: row[4] for row in self.answers}
        return sum(
            given[answer_id] != ("answered", option)
            for answer_id, (at, option) in self.pressed.items()
            if deadlines[answer_id] is not None and at < deadlines[answer_id]
        )

    def asked_twice(self) -> int:
        return sum(puts != 1 for *_, puts in self.answers)

    def wrong_deadlines(self) -> int:
        """Questions whose time is not the whole limit from the moment they were sent."""
        return sum(row[4] is None or row[4] - row[3] != self.limit for row in self.answers if not row[6])

    def clock_after_sent(self) -> list[float]:
        """From Telegram's accepting a question to the beginning of its clock, seconds."""
        waits = []
        for answer_id, _, _, asked_at, *_ in self.answers:
            earlier = [at for at in self.calls.get(self.chat_of[answer_id], []) if at <= asked_at.timestamp()]
            if earlier:
                waits.append(asked_at.timestamp() - earlier[-1])
        return waits


# From the deadline to the edit that Telegram accepted, and to the sweep that noticed.
_CLOSINGS = """
    select extract(epoch from o.settled_at - a.deadline_at)::float,
           extract(epoch from t.settled_at - a.deadline_at)::float
    from answers a
    join outbox o on o.about = 'answer:' || a.id and o.kind = 'question.closed' and o.state = 'sent'
    join timers t on t.kind = 'assessments.question_expires' and t.subject_id = a.id
    where a.status = 'timed_out' and a.credited_seconds = 0"""
_CHATS = """
    select a.id, k.chat_id from answers a
    join attempts t on t.id = a.attempt_id join contacts k using (candidate_id)"""


def _calls_by_chat(simulator: Simulator) -> dict[int, list[float]]:
    calls: dict[int, list[float]] = {}
    for call in simulator.calls():
        if call["ok"] and call["method"] in ("sendMessage", "editMessageText"):
            calls.setdefault(call["chat_id"], []).append(datetime.fromisoformat(call["at"]).timestamp())
    return calls


def _report(books: _Books, size: Size, say: Say, name: str) -> None:
    statuses = [row[1] for row in books.answers]
    say(
        name, people=size.people, questions=size.questions, limit_seconds=size.limit_seconds, asked=len(statuses),
        answered=statuses.count("answered"), timed_out=statuses.count("timed_out"), open=statuses.count("open"),
        finished=books.finished, pressed=len(books.pressed), refused_by_chat=books.refused,
        lost=books.lost(), asked_twice=books.asked_twice(), wrong_deadlines=books.wrong_deadlines(),
        credited=sum(bool(row[6]) for row in books.answers),
    )  # fmt: skip
    say(f"{name}.expiry", closed_in_the_chat=_spread([row[0] for row in books.closings]),
        noticed=_spread([row[1] for row in books.closings]))  # fmt: skip
    say(f"{name}.clock", begins_after_sent=_spread(books.clock_after_sent()))


def _spread(seconds: list[float]) -> dict[str, Any]:
    """Milliseconds."""
    if len(seconds) < 2:
        return {"count": len(seconds)}
    cuts = quantiles(seconds, n=100)
    marks = {"p50": cuts[49], "p95": cuts[94], "p99": cuts[98], "most": max(seconds)}
    return {"count": len(seconds)} | {mark: round(value * 1000) for mark, value in marks.items()}


def _trouble(system: System) -> dict[str, int]:
    """What the processes complained about."""
    printed = {name: system.printed(name) for name in ("worker", "delivery", "bot")}
    wanted = {"a timer failed": "worker", "an update failed": "worker", "Traceback": "worker", "rests for": "bot"}
    return {words: printed[name].count(words) for words, name in wanted.items()} | {
        "delivery Traceback": printed["delivery"].count("Traceback")
    }
