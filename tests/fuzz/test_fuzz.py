"""Every kind of update at every prompt: nobody crashes, everybody is answered, nothing is out of order.

CI repeats one story of a fixed length. FUZZ_SECONDS tells new ones for so long, FUZZ_SEED repeats one that failed.
"""

import logging
import os
import secrets
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import select

from config.settings import read_settings
from recruitsmart import clock
from recruitsmart.domain.assessments.models import Question
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.errors import DomainError
from recruitsmart.domain.journal.operations import SYSTEM, beat
from recruitsmart.domain.pipeline.testing import decide, grant_extra_time, offer_test2
from recruitsmart.domain.slots.ending import refuse
from recruitsmart.domain.slots.models import Booking, BookingStatus
from recruitsmart.domain.slots.operations import approve
from recruitsmart.domain.timers.operations import run_due
from tests.fuzz.acting import PROMPTS, Actors, place
from tests.fuzz.promises import MOST_REPLIES, Books, may_be_silent
from tests.fuzz.world import Chat, Clock, Phones, answer, found, invite
from workers import registry
from workers.client import make_client
from workers.contract import Deliver
from workers.factory import make_celery
from workers.services import Services
from workers.tasks.timers import FIRINGS

SECONDS = float(os.environ.get("FUZZ_SECONDS") or 0)
STEPS = 500  # where no seconds are given
SEED = int(os.environ.get("FUZZ_SEED") or (secrets.randbelow(10**9) if SECONDS else 7))
PEOPLE = 14
PAUSES = (0.2, 0.5, 1, 2, 4, 8, 20, 45, 61, 70)  # seconds between two acts of anybody
LONG_PAUSE = timedelta(hours=3)  # once in a while: somebody's interview comes, reminders are due
IN_TEST2 = 5  # people who are there from the beginning
LOOK_EVERY = 4  # steps
ENOUGH_PROMPTS = 10  # of twenty; minutes reach all
MOST_UPDATES = 60  # of one chat in ten seconds


class Run:
    """One long random conversation of many people with the company. `log` tells what happened, newest last."""

    def __init__(self, services: Services, moment: Clock, rng: Random) -> None:
        self.services, self.clock, self.rng = services, moment, rng
        self.books = Books(services.database.engine)
        self.phones = Phones(rng)
        services.__dict__["telegram"] = self.phones
        services.bell.listen = lambda: False  # nobody rings while a step is made
        self.actors = Actors(self.phones, self.books, rng)
        self.log: list[str] = []
        self._update_ids, self._chat_ids = count(1000), count(500)
        self._seen: set[int] = set()
        with services.database.unit() as session:
            found(session, rng)
        self.people = [self.phones.chat(next(self._chat_ids)) for _ in range(PEOPLE)]
        self.steps = 0

    def step(self) -> None:
        """Time passes, somebody acts, the processes do their work; every few steps all rows are looked at."""
        self.steps += 1
        self.clock.at += LONG_PAUSE if self.rng.random() < 0.01 else timedelta(seconds=self.rng.choice(PAUSES))
        if self.rng.random() < 0.12:
            self._staff_act()
        self._person_acts()
        if self.rng.random() < 0.8:
            registry.HANDLERS[Deliver](self.services, Deliver())
        if self.rng.random() < 0.6:
            with self.services.database.unit() as session:
                run_due(session, FIRINGS, now=self.clock.at)
        self.books.posted()
        if self.looks:
            self.books.are_sound()

    def settle_in(self) -> None:
        """Each person gets somewhere else, so that all prompts are open with somebody from the beginning."""
        with self.services.database.unit() as session:
            for chat in self.people[-IN_TEST2:]:
                invite(session, chat.author.chat_id, now=self.clock.at)
        registry.HANDLERS[Deliver](self.services, Deliver())
        for position, chat in enumerate(self.people):
            for _ in range(position):
                self.clock.at += timedelta(seconds=4)
                update = self.actors.sensible(chat, self.books.standing(chat.author.chat_id))
                answer(self.services, {"update_id": next(self._update_ids)} | update, received_at=self.clock.at)
                registry.HANDLERS[Deliver](self.services, Deliver())

    def _person_acts(self) -> None:
        position = self.rng.randrange(PEOPLE)
        chat = self.people[position]
        before = self.books.standing(chat.author.chat_id)
        if place(before) in ("ended", "nothing") and self.rng.random() < 0.2:
            chat = self.people[position] = self.phones.chat(next(self._chat_ids))  # somebody new comes
            before = None
        name, update = self.actors.act(chat, before)
        self._throw(chat, before, name, {"update_id": next(self._update_ids)} | update)

    def _throw(self, chat: Chat, before: Any, name: str, update: dict[str, Any]) -> None:
        self.log.append(
            f"{self.clock.at:%H:%M:%S.%f} {chat.author.chat_id} at {place(before)}: {name} {str(update)[:300]}"
        )
        self.books.posted()
        others = self.books.belongings() if self.looks else {}
        late = timedelta(seconds=self.rng.choice((0, 0, 0, 1, 30)))
        message = answer(self.services, update, received_at=self.clock.at - late)
        is_replay = update["update_id"] in self._seen
        self._seen.add(update["update_id"])
        self.actors.happened(update)
        self._is_answered(chat, before, message, is_replay=is_replay)
        if self.looks:
            after = self.books.standing(chat.author.chat_id)
            mine = (
                set() if is_replay else {one.id for one in (before, after) if one is not None}
            )  # or who was forgotten
            now = self.books.belongings()
            assert {key for key in others if others[key] != now[key]} <= mine, "rows of somebody else were touched"

    @property
    def looks(self) -> bool:
        """Whether all rows are looked at in this step; looking costs more than the step."""
        return self.steps % LOOK_EVERY == 0

    def _is_answered(self, chat: Chat, before: Any, message: Any, *, is_replay: bool) -> None:
        replies = [posted for posted in self.books.posted() if posted.chat_id == chat.author.chat_id]
        after = self.books.standing(chat.author.chat_id)
        if is_replay:
            assert replies == []
        else:
            assert replies or may_be_silent(message, before, after, most=MOST_UPDATES), "nobody answers"
        assert len(replies) <= MOST_REPLIES

    def _staff_act(self) -> None:
        """A recruiter does something that the rules allow, or is refused."""
        now = self.clock.at
        with self.services.database.unit() as session:
            act = self.rng.choice((_judge, _examine, _approve, _hide, _lengthen, _beat))
            self.log.append(f"{now:%H:%M:%S.%f} staff: {act.__name__}")
            try:
                with session.begin_nested():
                    act(session, self.rng, now)
            except DomainError as error:
                self.log.append(f"  refused: {error!r}")


def _judge(session: Any, rng: Random, now: datetime) -> None:
    for candidate in session.scalars(select(Candidate).where(Candidate.stage == Stage.SCREENING).limit(3)):
        decide(session, candidate, accept=rng.random() < 0.7, reason="because", actor=SYSTEM, now=now)


def _examine(session: Any, rng: Random, now: datetime) -> None:
    stages = (Stage.INTERVIEW, Stage.TEST2)
    those = (
        select(Candidate).where(Candidate.stage.in_(stages), Candidate.outcome == Outcome.ACTIVE).order_by(Candidate.id)
    )
    candidates = list(session.scalars(those))
    if candidates:
        offer_test2(session, rng.choice(candidates), reason="again", actor=SYSTEM, now=now)


def _approve(session: Any, rng: Random, now: datetime) -> None:
    for booking in session.scalars(select(Booking).where(Booking.status == BookingStatus.PENDING).limit(3)):
        if rng.random() < 0.8:
            approve(session, booking.id, actor=SYSTEM, now=now)
        else:
            refuse(session, booking.id, reason="ill", actor=SYSTEM, now=now)


def _hide(session: Any, rng: Random, now: datetime) -> None:
    """A question of Test 2 or an optional one comes or goes."""
    questions = session.scalars(
        select(Question).where(Question.key.in_(("a", "b", "many", "why"))).order_by(Question.id)
    ).all()
    question = rng.choice(questions)
    question.active = not question.active


def _lengthen(session: Any, rng: Random, now: datetime) -> None:
    candidates = session.scalars(select(Candidate).order_by(Candidate.id.desc()).limit(5)).all()
    for candidate in candidates:
        grant_extra_time(session, candidate, rng.choice((0, 25, 100)), actor=SYSTEM, now=now)


def _beat(session: Any, rng: Random, now: datetime) -> None:
    """The bot gave a sign of life once and may then be silent for long: nobody's time runs out meanwhile."""
    beat(session, "bot", "host:1", version="1", now=now)


class Errors(logging.Handler):
    """What the processes log as an error."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(logging.Formatter().format(record))


@pytest.fixture
def errors() -> Iterator[Errors]:
    handler = Errors()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


@pytest.fixture
def run(database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    settings = read_settings(
        {
            "ENVIRONMENT": "test",
            "REDIS_URL": redis_url,
            "DATABASE_URL": database_url,
            "DATA_DIR": str(tmp_path),
            "FLOOD_MOST_UPDATES": str(MOST_UPDATES),
            "TELEGRAM_MESSAGES_PER_SECOND": "1000",
            "TELEGRAM_CHAT_MESSAGES_PER_SECOND": "100",
        }
    )
    moment = Clock()
    monkeypatch.setattr(clock, "now", moment)
    monkeypatch.setattr(secrets, "randbelow", Random(SEED).randrange)  # the order of questions and options
    make_celery(settings)  # registers every handler
    services = Services(settings=settings, celery=make_client(settings))
    run = Run(services, moment, Random(SEED))
    yield run
    run.books.close()
    services.database.engine.dispose()


def test_whatever_people_send_they_are_answered_and_nothing_is_out_of_order(run: Run, errors: Errors) -> None:
    print(f"FUZZ_SEED={SEED}")
    until = time.process_time() + SECONDS
    run.settle_in()
    while time.process_time() < until or (not SECONDS and run.steps < STEPS):
        try:
            run.step()
        except Exception as error:
            error.add_note("\n".join([f"FUZZ_SEED={SEED}, step {run.steps}", *run.log[-12:], *errors.records]))
            raise
        assert errors.records == [], "\n".join([f"FUZZ_SEED={SEED}, step {run.steps}", *run.log[-12:]])
    reached = {where for where, _ in run.actors.thrown}
    print(
        f"{run.steps} steps; {len(run.actors.thrown)} kinds of update × prompt; not reached: {set(PROMPTS) - reached}"
    )
    assert len(reached) >= ENOUGH_PROMPTS or 0 < SECONDS < 20
