"""Two hundred people want one hour, round after round, through four workers and the panel at once."""

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, make_url, select, text
from sqlalchemy.orm import Session, joinedload

from config.settings import read_settings
from recruitsmart import clock
from recruitsmart.db import Database
from recruitsmart.domain import schema  # noqa: F401 - every table is known before the first statement
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.errors import DomainError
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.domain.slots import closing, operations, seats
from recruitsmart.domain.slots.choosing import Option
from recruitsmart.domain.slots.models import Slot
from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.valkey import ValkeyServer
from tests.factories import add_chooser, add_city, add_recruiter, add_slot
from tests.journeys.people import Panel
from tests.servers import copied_database
from tests.system import PASSWORD, System
from workers.factory import make_celery

pytestmark = pytest.mark.drill

ROUNDS = int(os.environ.get("DRILL_ROUNDS", "20"))
PEOPLE, WORKERS, AT_ONCE = 200, 4, 8
PATIENCE_SECONDS = 60
STAFF = Actor(kind=ActorKind.STAFF, id=None)
UPDATES, FIELDS = count(1), count(1)

Job = tuple[str, dict[str, Any]]


class Crew:
    """Four processes that begin each round together. A job is a task of the workers, or a staff operation."""

    def __init__(self, environment: dict[str, str], *, checks: bool) -> None:
        context = multiprocessing.get_context("spawn")
        self._begin = context.Barrier(WORKERS)
        self._jobs = [context.Queue() for _ in range(WORKERS)]
        self._results = context.Queue()
        arguments = [(environment, checks, jobs, self._results, self._begin) for jobs in self._jobs]
        self._processes = [context.Process(target=_work, args=each, daemon=True) for each in arguments]
        for process in self._processes:
            process.start()

    def send(self, jobs: list[Job]) -> None:
        """Share the jobs out."""
        for number, queue in enumerate(self._jobs):
            queue.put(jobs[number::WORKERS])

    def results(self, jobs: list[Job]) -> Counter[str]:
        """What became of them."""
        return Counter(self._results.get(timeout=PATIENCE_SECONDS) for _ in jobs)

    def end(self) -> None:
        """Let everybody go."""
        for queue in self._jobs:
            queue.put(None)
        for process in self._processes:
            process.join(PATIENCE_SECONDS)
            process.kill()


def _work(environment: dict[str, str], checks: bool, jobs: Any, results: Any, begin: Any) -> None:
    settings = read_settings(environment)
    app, database = make_celery(settings), Database(settings)
    if not checks:
        _switch_checks_off()
    while (mine := jobs.get()) is not None:
        begin.wait(PATIENCE_SECONDS)
        for name, arguments in mine:
            try:
                if name in _STAFF:
                    with database.unit() as session:
                        _STAFF[name](session, **arguments)
                else:
                    app.tasks[name].apply(kwargs=arguments, throw=True)
                results.put("done")
            except DomainError as error:
                results.put(type(error).__name__)
            except Exception as error:  # noqa: BLE001 - whatever it is, the test must hear of it
                results.put(f"{type(error).__name__}: {error}")


def _switch_checks_off() -> None:
    """No look before the leap and no lock: only Postgres' constraints are left."""
    operations.live_booking = lambda *_: None
    operations.same_hour = lambda _session, _city, slot, **_: [
        Option(slot_id=slot.id, recruiter_id=slot.recruiter_id, weight=1, last_booked_at=None)
    ]
    seats._busy = lambda *_, **__: (set(), 0)
    seats._LOCK_SLOTS = (
        select(Slot).options(joinedload(Slot.recruiter)).where(seats._LOCK_SLOTS.whereclause).order_by(Slot.id)
    )


def _assign(session: Session, *, candidate_id: int, slot_id: int) -> None:
    candidate = session.get_one(Candidate, candidate_id)
    operations.assign(session, candidate, slot_id, actor=STAFF, now=clock.now())


def _close(session: Session, *, slot_id: int) -> None:
    plan = {
        one.booking.id: one.hour and one.hour.slot_id for one in closing.propose(session, [slot_id], now=clock.now())
    }
    closing.close(session, [slot_id], plan, reason="ill", actor=STAFF, now=clock.now())


_STAFF = {"assign": _assign, "close": _close}


class Field:
    """A city of one drill's own, people who may choose, an hour for each round."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.tomorrow = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
        with Session(engine) as session:
            city = add_city(session, f"Город {next(FIELDS)}", approval_required=False)
            self.city_id = city.id
            self.recruiter_id = add_recruiter(session, city).id
            spare = add_recruiter(session, city, name="Пётр")
            for step in range(6):
                add_slot(session, spare, self.tomorrow + timedelta(days=12, hours=step))
            agreed = {"consent_at": clock.now(), "consent_version": "1", "phone": "+79123456789"}
            people = [add_chooser(session, city, **agreed) for _ in range(PEOPLE)]
            self.people = [(one.id, one.contact.chat_id) for one in people if one.contact]
            self.references = {one.id: one.reference for one in people}
            session.commit()

    def sql(self, statement: str, **values: Any) -> Any:
        with self.engine.begin() as connection:
            answer = connection.execute(text(statement), values)
            return answer.all() if answer.returns_rows else None

    def new_slot(self, step: int, **values: Any) -> int:
        """One more hour, tomorrow or later; each step is a moment of its own."""
        with Session(self.engine) as session:
            recruiter = session.get_one(Recruiter, self.recruiter_id)
            slot = add_slot(session, recruiter, self.tomorrow + timedelta(minutes=10 * step), minutes=10, **values)
            session.commit()
            return slot.id

    def press(self, task: str, chat_id: int, **arguments: Any) -> Job:
        sender = {"update_id": next(UPDATES), "chat_id": chat_id, "received_at": clock.now().timestamp()}
        return task, {**sender, **arguments}

    def everybody_may_choose_again(self) -> None:
        self.sql("update bookings set status = 'moved', ended_at = now() where ended_at is null")
        self.sql("update candidates set stage = 'to_schedule', revision = revision + 1 where stage = 'interview'")

    def deadlocks(self) -> int:
        return int(self.sql("select deadlocks from pg_stat_database where datname = current_database()")[0][0])

    def told_of_three_others(self) -> int:
        """How many messages said “taken” and showed three other hours and the way to all days."""
        told = "select count(*) from outbox where kind = 'slot.taken' and jsonb_array_length(keyboard) = 4"
        return int(self.sql(told)[0][0])

    def broken(self) -> list[str]:
        """Which invariants do not hold."""
        return [name for name, statement in INVARIANTS.items() if self.sql(statement)]


_LIVE = "b.status in ('pending', 'booked', 'confirmed')"
INVARIANTS = {
    "one seat, one person": f"select from bookings b where {_LIVE} group by slot_id, seat having count(*) > 1",
    "within capacity": f"""select from bookings b join slots s on s.id = slot_id where {_LIVE}
                           group by s.id having count(*) > s.capacity""",
    "one live booking": f"select from bookings b where {_LIVE} group by candidate_id, purpose having count(*) > 1",
    "live bookings are in open hours": f"select from bookings b join slots s on s.id = slot_id where {_LIVE} "
    "and s.status = 'closed'",
    "stage and booking agree": f"""select from candidates c where (stage = 'interview') <>
                                   exists (select from bookings b where candidate_id = c.id and {_LIVE})""",
    "what ended has no timers": f"""select from timers t join bookings b on b.id = subject_id
                                    where t.state = 'pending' and kind like 'slots.pending%' and not ({_LIVE})""",
    "no update failed": "select from seen_updates where failure is not null",
}


@pytest.fixture(scope="module")
def database(postgres_server: PostgresServer, template_database: str) -> Iterator[str]:
    with copied_database(postgres_server, template_database) as url:
        yield url


@pytest.fixture
def field(database: str) -> Iterator[Field]:
    engine = create_engine(make_url(database).set(drivername="postgresql+psycopg2"))
    yield Field(engine)
    engine.dispose()


@pytest.fixture(scope="module")
def web(database: str, valkey_server: ValkeyServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """The panel's process, with the owner's account made. Nobody is killed here, so that one does for all."""
    folder, redis_url = tmp_path_factory.mktemp("race"), valkey_server.url(3)
    with System(
        folder, database_url=database, redis_url=redis_url, telegram_url="http://127.0.0.1:1", token="1:x"
    ) as system:
        system.flask("seed")
        system.start(["web"])
        yield system


@pytest.fixture(scope="module")
def crew(web: System) -> Iterator[Crew]:
    crew = Crew(web.environment | {"FLOOD_MOST_UPDATES": "10000"}, checks=True)
    yield crew
    crew.end()


@pytest.fixture
def unchecked_crew(web: System) -> Iterator[Crew]:
    crew = Crew(web.environment | {"FLOOD_MOST_UPDATES": "10000"}, checks=False)
    yield crew
    crew.end()


@pytest.fixture
def panel(web: System) -> Panel:
    panel = Panel(web.url)
    panel.sign_in("admin", PASSWORD)
    return panel


def _contenders(field: Field, step: int) -> list[tuple[int, int]]:
    return [field.people[(step * AT_ONCE + number) % PEOPLE] for number in range(AT_ONCE)]


def _race(field: Field, crew: Crew, panel: Panel | None, step: int, *, capacity: int) -> None:
    """One hour, eight at once: six press, one is given the hour by staff, one in the panel when there is one."""
    slot_id = field.new_slot(step, capacity=capacity)
    *people, given, given_in_panel = _contenders(field, step)
    jobs = [field.press("slots.reserve", chat_id, slot_id=slot_id) for _, chat_id in people]
    jobs.append(("assign", {"candidate_id": given[0], "slot_id": slot_id}))
    before = field.told_of_three_others()
    if panel is None:
        crew.send(jobs)
        results = crew.results(jobs)
    else:
        results = _with_panel(crew, jobs, panel, f"/admin/hours/assign/{field.references[given_in_panel[0]]}", slot_id)
    assert set(results) <= {"done", "SlotTaken"}, results
    winners = {row[0] for row in field.sql("select candidate_id from bookings where slot_id = :id", id=slot_id)}
    assert len(winners) == capacity
    after = field.told_of_three_others()
    losers_in_the_chat = sum(candidate_id not in winners for candidate_id, _ in people)
    assert after - before == losers_in_the_chat, "each loser gets three other hours"
    assert field.broken() == []
    field.everybody_may_choose_again()


def _with_panel(crew: Crew, jobs: list[Job], panel: Panel, address: str, slot_id: int) -> Counter[str]:
    token = panel.token(address)
    with ThreadPoolExecutor(1) as browser:
        crew.send(jobs)
        answer = browser.submit(panel.send, address, token, slot=str(slot_id))
        results = crew.results(jobs)
        assert answer.result().status_code == 200
    return results


@pytest.mark.parametrize("capacity", [1, 3])
def test_each_round_has_exactly_as_many_winners_as_seats(field: Field, crew: Crew, panel: Panel, capacity: int) -> None:
    deadlocks = field.deadlocks()
    for step in range(ROUNDS):
        _race(field, crew, panel, step, capacity=capacity)
    assert field.deadlocks() == deadlocks


def test_with_all_checks_switched_off_the_constraints_alone_find_one_winner(field: Field, unchecked_crew: Crew) -> None:
    """Without the panel: it still locks in order, and who does not would deadlock with it."""
    for step in range(ROUNDS // 2):
        _race(field, unchecked_crew, None, step, capacity=1)


def test_approvals_moves_cancellations_and_closings_may_race(field: Field, crew: Crew, panel: Panel) -> None:
    """Four people hold requests; at once each is approved in the panel, moved, cancelled, or loses the hour."""
    deadlocks = field.deadlocks()
    with Session(field.engine) as session:
        session.get_one(City, field.city_id).approval_required = True
        session.commit()
    codes: Counter[int] = Counter()
    with ThreadPoolExecutor(2) as browsers:
        for step in range(ROUNDS // 2):
            jobs, bookings = _tangle(field, crew, step)
            crew.send(jobs)
            answers = list(browsers.map(lambda one: _approve(panel, one), bookings[:2]))
            results = crew.results(jobs)
            assert set(results) <= {"done", "Changed", "BookingGone", "SlotTaken", "SlotClosed"}, results
            codes.update(answers)
            assert field.broken() == []
            field.everybody_may_choose_again()
            field.sql("update timers set state = 'withdrawn', settled_at = now() where state = 'pending'")
    assert set(codes) == {200}
    assert field.deadlocks() == deadlocks


def _tangle(field: Field, crew: Crew, step: int) -> tuple[list[Job], list[int]]:
    first, second, free = (field.new_slot(3 * step + number, capacity=2) for number in range(3))
    people = [chat_id for _, chat_id in _contenders(field, step)[:4]]
    asked = [
        field.press("slots.reserve", chat_id, slot_id=slot_id)
        for chat_id, slot_id in zip(people, (first, first, second, second), strict=True)
    ]
    crew.send(asked)
    crew.results(asked)
    pending = """select b.id from bookings b join contacts using (candidate_id)
                 where ended_at is null order by slot_id, chat_id"""
    bookings = [row[0] for row in field.sql(pending)]
    assert len(bookings) == 4
    return [
        field.press("slots.move", people[0], booking_id=bookings[0], slot_id=second),
        field.press("slots.move", people[2], booking_id=bookings[2], slot_id=first),
        ("close", {"slot_id": first}),
        field.press("slots.cancel", people[1], booking_id=bookings[1], reason="plans"),
        field.press("slots.move", people[3], booking_id=bookings[3], slot_id=free),
        ("close", {"slot_id": second}),
    ], bookings


def _approve(panel: Panel, booking_id: int) -> int:
    address = f"/admin/bookings/{booking_id}/approve"
    return panel.post(address, "/admin/bookings/").status_code
