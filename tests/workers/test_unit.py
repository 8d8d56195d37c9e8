"""One task is one transaction; only what Postgres has is acknowledged."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from config.settings import Settings
from recruitsmart.db import MOST_TRIES
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.timers.operations import on_grid, set_timer
from workers import registry
from workers.acknowledgements import Acknowledgement
from workers.arrivals import Arrivals
from workers.client import make_client
from workers.contract import Command, Deliver, Edit, FromPerson, Say, SendOther, ShareContact, StaffCommand
from workers.services import Services
from workers.unit import MOST_DEATHS, Postponed, answer

SAID = {"update_id": 812, "chat_id": 55, "received_at": 1_800_000_000.0, "first_name": "Anna", "text": "hello"}
DONE = Acknowledgement(update_id=812, failed=False)
FAILED = Acknowledgement(update_id=812, failed=True)


class Worker:
    """A worker process without Celery. `nudges` are those that would have left."""

    def __init__(self, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
        self.services = Services(settings=settings, celery=make_client(settings))
        self.nudges: list[datetime | str] = []
        self.services.database.nudge_with(lambda: self.nudges.append("delivery"), self.nudges.append)
        self._monkeypatch = monkeypatch

    def answer(self, handler: Callable[[Any, Any], None], *, redelivered: bool = False, **changed: Any) -> None:
        """Answer one typed text with this function."""
        self._monkeypatch.setitem(registry.HANDLERS, Say, handler)
        answer(self.services, Say, SAID | changed, task_id="t-1", redelivered=redelivered)

    def told(self) -> list[Acknowledgement]:
        """Everything acknowledged so far."""
        return self.services.acknowledgements.after("0-0", wait_milliseconds=1)[1]

    def rows(self, query: str) -> list[Any]:
        """What another connection sees."""
        with self.services.database.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def do(self, statement: str) -> None:
        """What another connection does meanwhile."""
        with self.services.database.engine.begin() as connection:
            connection.execute(text(statement))

    def end(self) -> None:
        self.services.database.engine.dispose()


@pytest.fixture
def worker(
    settings_for: Callable[..., Settings], database_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Worker]:
    worker = Worker(settings_for(database_url=database_url, redis_url=redis_url), monkeypatch)
    yield worker
    worker.end()


def reply(turn: Turn, message: Say) -> None:
    turn.candidate.full_name = message.text
    turn.reply("help")


def nothing(turn: Turn, message: Say) -> None: ...


def take_too_long(turn: Turn, message: Say) -> None:
    turn.session.execute(text("set local statement_timeout = 1; select pg_sleep(9)"))


def never(turn: Turn, message: Say) -> None:
    raise AssertionError("this must not run")


NAMES = "select full_name from candidates"
OUTBOX = "select kind, chat_id, state from outbox"
FAILURES = "select update_id, failure from seen_updates"


def test_what_the_handler_did_is_committed_and_acknowledged(worker: Worker) -> None:
    worker.answer(reply)
    assert worker.rows(NAMES) == [("hello",)]
    assert worker.rows(OUTBOX) == [("help", 55, "queued")]
    assert worker.rows(FAILURES) == [(812, None)]
    assert worker.told() == [DONE]


def test_nothing_is_acknowledged_before_the_commit(worker: Worker) -> None:
    told_meanwhile: list[Acknowledgement] = []

    def look(turn: Turn, message: Say) -> None:
        reply(turn, message)
        turn.session.flush()
        told_meanwhile.extend(worker.told())

    worker.answer(look)
    assert told_meanwhile == []


def test_a_commit_that_postgres_did_not_take_is_not_acknowledged(worker: Worker) -> None:
    def lose_the_connection(turn: Turn, message: Say) -> None:
        reply(turn, message)
        turn.session.flush()
        pid = turn.session.scalar(text("select pg_backend_pid()"))
        worker.do(f"select pg_terminate_backend({pid}, 5000)")

    worker.answer(lose_the_connection)
    assert (worker.told(), worker.rows(FAILURES), worker.nudges) == ([], [], [])
    worker.answer(reply, tries=1)
    assert (worker.told(), worker.rows(NAMES)) == ([DONE], [("hello",)])


def test_a_repeat_is_acknowledged_and_does_nothing(worker: Worker) -> None:
    worker.answer(reply)
    worker.answer(never, tries=1)
    assert worker.told() == [DONE, DONE]
    assert len(worker.rows(OUTBOX)) == 1


def test_of_a_handler_that_fails_nothing_stays_and_the_person_is_told(worker: Worker) -> None:
    def fail(turn: Turn, message: Say) -> None:
        reply(turn, message)
        raise ValueError("broken")

    worker.answer(nothing, update_id=811)
    worker.answer(fail)
    assert worker.rows(NAMES) == [(None,)]
    assert worker.rows(OUTBOX) == [("trouble", 55, "queued")]
    assert worker.rows(f"{FAILURES} where failure is not null") == [(812, "ValueError")]
    assert worker.told()[-1] == FAILED


def test_even_a_stranger_is_told_that_something_failed(worker: Worker) -> None:
    def fail(turn: Turn, message: Say) -> None:
        raise ValueError("broken")

    worker.answer(fail)
    assert worker.rows("select count(*) from candidates") == [(0,)]
    assert worker.rows(OUTBOX) == [("trouble", 55, "queued")]


def test_what_failed_for_good_is_not_tried_again(worker: Worker) -> None:
    def fail(turn: Turn, message: Say) -> None:
        raise ValueError("broken")

    worker.answer(fail)
    worker.answer(never, tries=1)
    assert worker.told() == [FAILED, DONE]
    assert len(worker.rows(OUTBOX)) == 1


def test_while_postgres_is_away_nothing_is_acknowledged(
    settings_for: Callable[..., Settings], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = Worker(settings_for(redis_url=redis_url), monkeypatch)
    worker.answer(never)
    worker.answer(never, tries=1)
    assert worker.told() == []


def test_when_postgres_is_back_after_minutes_the_update_is_answered(
    worker: Worker, settings_for: Callable[..., Settings], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_postgres = Worker(settings_for(redis_url=redis_url), monkeypatch)
    for tries in range(10):
        without_postgres.answer(never, tries=tries)
    worker.answer(reply, tries=10)
    assert (worker.told(), worker.rows(NAMES)) == ([DONE], [("hello",)])


@pytest.mark.parametrize("how", [{"redelivered": True}, {"tries": 1}])
def test_an_update_that_killed_its_workers_time_and_again_is_given_up(worker: Worker, how: dict[str, Any]) -> None:
    for _ in range(MOST_DEATHS):
        worker.services.attempts.begin(812)
    worker.answer(never, **how)
    assert worker.rows(FAILURES) == [(812, "Deadly")]
    assert worker.rows(OUTBOX) == [("trouble", 55, "queued")]
    assert worker.told() == [FAILED]


def test_an_update_that_takes_too_long_comes_again_but_not_for_ever(worker: Worker) -> None:
    for tries in range(1 + MOST_DEATHS):  # the first one suspects nothing
        worker.answer(take_too_long, tries=tries)
    assert worker.told() == []
    worker.answer(take_too_long, tries=1 + MOST_DEATHS)
    assert (worker.told(), worker.rows(f"{FAILURES} where failure is not null")) == ([FAILED], [(812, "Deadly")])


def test_one_that_is_posted_by_webhook_and_always_takes_too_long_is_given_up_too(worker: Worker) -> None:
    enqueued: list[FromPerson] = []
    arrivals = Arrivals(worker.services.redis, enqueued.append)
    for _ in range(2 + MOST_DEATHS):
        assert not arrivals.settle(Say(**SAID), within_seconds=0.01)
        worker.answer(take_too_long, tries=enqueued.pop().tries)
    assert (worker.told(), worker.rows(FAILURES)) == ([FAILED], [(812, "Deadly")])


def test_an_update_that_was_slow_for_a_while_is_answered(worker: Worker) -> None:
    for tries in range(MOST_DEATHS):
        worker.answer(take_too_long, tries=tries)
    worker.answer(reply, tries=MOST_DEATHS)
    assert (worker.told(), worker.rows(NAMES)) == ([DONE], [("hello",)])


def test_one_death_less_and_it_is_answered(worker: Worker) -> None:
    for _ in range(MOST_DEATHS - 1):
        worker.services.attempts.begin(812)
    worker.answer(reply, redelivered=True)
    assert worker.told() == [DONE]
    assert worker.services.attempts.begin(812) == 0


def test_while_a_suspect_is_answered_its_mark_is_there_for_the_case_of_death(worker: Worker) -> None:
    def look(turn: Turn, message: Say) -> None:
        marks.append(worker.services.redis.get("attempts:812"))

    marks: list[bytes | None] = []
    worker.answer(look, redelivered=True)
    assert marks == [b"1"]
    assert worker.services.redis.get("attempts:812") is None


def test_who_loses_a_race_tries_again_with_what_is_there_now(worker: Worker) -> None:
    def race_once(turn: Turn, message: Say) -> None:
        revisions.append(turn.candidate.revision)
        if len(revisions) == 1:
            worker.do("update candidates set revision = revision + 1, phone = '+79160000000'")
        reply(turn, message)

    revisions: list[int] = []
    worker.answer(nothing, update_id=811)
    worker.answer(race_once)
    assert revisions == [1, 2]
    assert worker.rows("select full_name, phone from candidates") == [("hello", "+79160000000")]
    assert worker.rows(OUTBOX) == [("help", 55, "queued")]
    assert worker.told()[-1] == DONE


def test_who_loses_the_connection_tries_again_with_another(worker: Worker) -> None:
    tries = []

    def lose_it_once(turn: Turn, message: Say) -> None:
        tries.append(1)
        if len(tries) == 1:
            turn.session.execute(text("select pg_terminate_backend(pg_backend_pid())"))
        reply(turn, message)

    worker.answer(lose_it_once)
    assert (worker.told(), worker.rows(NAMES), len(tries)) == ([DONE], [("hello",)], 2)


def test_who_loses_every_race_gives_up(worker: Worker) -> None:
    def race(turn: Turn, message: Say) -> None:
        races.append(turn.about)
        worker.do("update candidates set revision = revision + 1")
        reply(turn, message)

    races: list[int] = []
    worker.answer(nothing, update_id=811)
    worker.answer(race)
    assert len(races) == MOST_TRIES
    assert worker.rows(f"{FAILURES} where failure is not null") == [(812, "StaleDataError")]
    assert worker.told()[-1] == FAILED


def test_a_deadlock_is_a_race_too(worker: Worker) -> None:
    def deadlock_once(turn: Turn, message: Say) -> None:
        runs.append(turn.about)
        if len(runs) == 1:
            turn.session.execute(text("do $$ begin raise sqlstate '40P01'; end $$"))
        reply(turn, message)

    runs: list[int] = []
    worker.answer(deadlock_once)
    assert (len(runs), worker.told(), worker.rows(NAMES)) == (2, [DONE], [("hello",)])


def test_a_commit_that_posted_nudges_delivery_once(worker: Worker) -> None:
    def reply_twice(turn: Turn, message: Say) -> None:
        turn.reply("help")
        turn.reply("unsupported")

    worker.answer(reply_twice)
    assert worker.nudges == ["delivery"]


def test_what_a_savepoint_posted_is_nudged_for_after_the_commit_and_not_before(worker: Worker) -> None:
    def reply_and_plan(turn: Turn, message: Say) -> None:
        with turn.session.begin_nested():
            turn.reply("help")
            set_timer(turn.session, "test", 1, due_at=turn.now)
        too_early.extend(worker.nudges)
        moments.append(turn.now)

    too_early: list[object] = []
    moments: list[datetime] = []
    worker.answer(reply_and_plan)
    assert (too_early, worker.nudges) == ([], ["delivery", on_grid(moments[0])])


def test_a_commit_that_posted_nothing_nudges_nobody(worker: Worker) -> None:
    worker.answer(nothing)
    assert worker.nudges == []


def test_a_rollback_nudges_nobody_but_what_is_said_about_it_does(worker: Worker) -> None:
    def fail(turn: Turn, message: Say) -> None:
        turn.reply("help")
        set_timer(turn.session, "test", 1, due_at=turn.now)
        raise ValueError("broken")

    worker.answer(fail)
    assert worker.nudges == ["delivery"]


def test_a_commit_that_set_timers_nudges_for_each_moment(worker: Worker) -> None:
    def plan(turn: Turn, message: Say) -> None:
        for hours in (3, 1, 2):
            set_timer(turn.session, "test", hours, due_at=turn.now + timedelta(hours=hours))
        moments.append(turn.now)

    moments: list[datetime] = []
    worker.answer(plan)
    assert worker.nudges == [on_grid(moments[0] + timedelta(hours=hours)) for hours in (1, 2, 3)]


def test_while_redis_is_away_the_work_is_done_and_the_repeat_is_acknowledged(
    worker: Worker, settings_for: Callable[..., Settings], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_redis = Worker(settings_for(database_url=database_url), monkeypatch)
    without_redis.answer(reply, redelivered=True)
    without_redis.end()
    assert (worker.told(), worker.rows(NAMES)) == ([], [("hello",)])
    worker.answer(never, tries=1)
    assert worker.told() == [DONE]


def test_a_flood_is_answered_once_and_all_of_it_acknowledged(worker: Worker) -> None:
    most = worker.services.settings.flood_most_updates
    for number in range(most + 3):
        worker.answer(nothing if number < most else never, update_id=number)
    assert worker.rows(OUTBOX) == [("flood", 55, "queued")]
    assert [one.update_id for one in worker.told() if not one.failed] == list(range(most + 3))


def test_what_is_written_in_a_flood_is_kept(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    most = worker.services.settings.flood_most_updates
    worker.answer(nothing)
    worker.do("update candidates set consent_at = now(), consent_version = '1'")
    for number in range(1, most):
        worker.answer(nothing, update_id=number)
    worker.answer(never, update_id=most, text="Я не смогу завтра")
    person = {name: value for name, value in SAID.items() if name != "text"}
    photo = person | {"update_id": most + 1, "kind": "photo", "caption": "паспорт"}
    monkeypatch.setitem(registry.HANDLERS, SendOther, never)
    answer(worker.services, SendOther, photo, task_id="t-2")
    for number, (kind, values) in enumerate(
        [
            (Command, {"name": "human", "text": "/human когда?"}),
            (Command, {"name": "my", "text": "/my"}),
            (ShareContact, {"phone": "+79161234567", "own": True}),
            (Edit, {"text": "Я смогу завтра"}),
        ]
    ):
        monkeypatch.setitem(registry.HANDLERS, kind, never)
        answer(worker.services, kind, person | {"update_id": most + 2 + number} | values, task_id="t-3")
    lines = worker.rows("select text, sent from chat_lines order by id")
    assert lines == [
        ("Я не смогу завтра", None), ("паспорт", "photo"), ("/human когда?", None), ("+79161234567", None),
        ("Я смогу завтра", "correction"),
    ]  # fmt: skip


def test_what_no_person_sent_is_answered_without_a_turn(worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    answered: list[tuple[Services, Deliver]] = []
    monkeypatch.setitem(registry.HANDLERS, Deliver, lambda services, message: answered.append((services, message)))
    answer(worker.services, Deliver, {}, task_id="t-1")
    assert answered == [(worker.services, Deliver())]
    assert worker.told() == []


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("select pg_terminate_backend(pg_backend_pid())", Postponed),
        ("set local statement_timeout = 1; select pg_sleep(9)", OperationalError),
    ],
)
def test_only_a_postgres_that_is_away_excuses_a_sweep(
    worker: Worker, monkeypatch: pytest.MonkeyPatch, statement: str, error: type[Exception]
) -> None:
    def sweep(services: Services, message: Deliver) -> None:
        with services.database.unit() as session:
            session.execute(text(statement))

    monkeypatch.setitem(registry.HANDLERS, Deliver, sweep)
    with pytest.raises(error):
        answer(worker.services, Deliver, {}, task_id="t-1")


def test_arguments_this_version_does_not_know_are_an_error_and_not_acknowledged(worker: Worker) -> None:
    with pytest.raises(TypeError):
        worker.answer(never, colour="red")
    assert worker.told() == []


def test_an_administrator_without_the_second_factor_that_is_required_does_nothing_in_telegram(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker.services.settings = replace(worker.services.settings, admin_second_factor=True)
    worker.do("insert into accounts (login, password_hash, role, chat_id) values ('boss', '!', 'admin', 55)")
    command = {name: value for name, value in SAID.items() if name != "text"} | {"name": "today", "words": ""}
    monkeypatch.setitem(registry.HANDLERS, StaffCommand, never)
    answer(worker.services, StaffCommand, command, task_id="t-3")
    assert (worker.rows(OUTBOX), worker.told()) == ([("staff.factor_missing", 55, "queued")], [DONE])
