"""The company of the drill: its own servers, the simulator, two of what may be doubled, everybody supervised."""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine, create_engine, func, make_url, select, text
from sqlalchemy.orm import Session

from recruitsmart.domain import schema  # noqa: F401 - every table is known before the first statement
from recruitsmart.domain.assessments.operations import finish, start
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.pipeline.testing import TEST1
from recruitsmart.local.ports import any_free_port
from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.valkey import ValkeyServer
from tests.benchmarks.processes import mebibytes
from tests.drill.whole.wire import Wire
from tests.factories import add_chooser, add_city, add_recruiter, add_slot
from tests.servers import migrate
from tests.simulator import Simulator
from tests.system import System

PROCESSES = ("web", "worker", "delivery", "beat", "beat.second", "bot", "bot.second")
CITY, STRICT_CITY = "Drillburg", "Strictburg"  # in the second one requests wait for a recruiter
RECRUITERS = 6
SOON = range(31, 41)  # minutes ahead: their last reminder is due while the drill goes on
LATER = range(26, 74, 2)  # hours ahead: so many that somebody can still change to another one
TEND_SECONDS = 0.2


class Company:
    """Everything that runs. Processes are started from the main thread only: their lives hang on it."""

    def __init__(self, postgres: PostgresServer, valkey: ValkeyServer, telegram: Simulator, wire: Wire) -> None:
        self.postgres, self.valkey, self.telegram, self.wire = postgres, valkey, telegram, wire
        self.system: System
        self.database_url = ""
        self.restarts: Counter[str] = Counter()
        self.slowest_end = 0.0  # seconds from SIGTERM to the end
        self._engine: Engine

    def open_books(self) -> None:
        """A way to Postgres of our own, past the wire."""
        url = make_url(self.database_url).set(drivername="postgresql+psycopg2")
        self._engine = create_engine(url, pool_pre_ping=True, pool_size=2)

    def tend(self) -> None:
        """Start again what has ended, as a supervisor does."""
        for name in self.system.dead():
            self.restarts[name] += 1
            self.system.kill(name)
            self.system.launch([name])

    def rest(self, seconds: float, until: Callable[[], bool] | None = None) -> bool:
        """Let time pass, tending; True when `until` came true before it was over."""
        over = time.monotonic() + seconds
        while time.monotonic() < over:
            if until is not None and until():
                return True
            self.tend()
            time.sleep(TEND_SECONDS)
        return until is not None and until()

    def session(self) -> Session:
        """One look into the books, or one change of them."""
        return Session(self._engine)

    def enrol(self, chat_id: int) -> None:
        """Somebody who has answered Test 1 before and may choose an hour."""
        with self.session() as session:
            city = session.scalars(select(City).order_by(func.random()).limit(1)).one()
            now = datetime.now(UTC)
            who = add_chooser(
                session, city, chat_id=chat_id, language="en", consent_at=now, consent_version="1",
                phone=f"+7912{chat_id:07}", registered_at=now, stage_since=now, created_at=now,
            )  # fmt: skip
            finish(session, start(session, who, TEST1, now=now), at=now, now=now)
            who.stage = Stage.TO_SCHEDULE
            session.commit()

    def memory(self) -> dict[str, list[float]]:
        """Private MiB of each process and its children, the largest first."""
        return {name: mebibytes(self.system.pid(name)) for name in PROCESSES if "." not in name}


@contextmanager
def at_work(folder: Path) -> Iterator[Company]:
    """A company with people's hours, all processes at work. Postgres is durable: it is killed too."""
    with ExitStack() as stack:
        postgres = PostgresServer(folder / "postgres", any_free_port(), durable=True)
        valkey = ValkeyServer(folder / "valkey", any_free_port(), durable=False)
        for server in (postgres, valkey):
            server.start()
            stack.callback(server.stop)
        wire = Wire(postgres.port)
        wire.start()
        stack.callback(wire.stop)
        company = Company(postgres, valkey, stack.enter_context(Simulator()), wire)
        postgres.create_database()
        company.database_url = postgres.url()
        migrate(company.database_url, DATA_DIR=str(folder))
        company.telegram.faults(rate_limits=False)
        company.open_books()
        company.system = stack.enter_context(_system(company, folder / "system"))
        _found(company)
        company.system.start(PROCESSES)
        yield company


def _system(company: Company, folder: Path) -> System:
    folder.mkdir()
    through_wire = make_url(company.database_url).set(port=company.wire.port)
    return System(
        folder,
        database_url=through_wire.render_as_string(hide_password=False),
        redis_url=company.valkey.url(),
        telegram_url=company.telegram.url,
        token=company.telegram.token,
        TELEGRAM_MESSAGES_PER_SECOND="1000",
        TELEGRAM_CHAT_MESSAGES_PER_SECOND="100",
        FLOOD_MOST_UPDATES="10000",
    )


def _found(company: Company) -> None:
    """Two cities where it is about noon now, recruiters, hours soon and later; Test 2 with a short clock."""
    company.system.flask("seed")
    now = datetime.now(UTC).replace(second=0, microsecond=0)
    zone = _zone_of_noon(now)
    with company.session() as session:
        policy = {"time_zone": zone, "minimum_notice_minutes": 5}
        cities = [
            add_city(session, CITY, approval_required=False, **policy),
            add_city(session, STRICT_CITY, approval_required=True, **policy),
        ]
        for number in range(RECRUITERS):
            recruiter = add_recruiter(session, *cities, name=f"Recruiter {number}", time_zone=zone, chat_id=None)
            for minutes in (*SOON, *(60 * hours for hours in LATER)):
                if number % 3 == minutes % 3 or minutes >= 60 * LATER.start:  # few at each minute: people race for them
                    add_slot(session, recruiter, now + timedelta(minutes=minutes), minutes=1)
        session.execute(
            text("update tests set question_limit_seconds = 15, total_limit_seconds = 90 where key = 'test2'")
        )
        session.commit()


def _zone_of_noon(now: datetime) -> str:
    """A zone where nobody sleeps during the drill. POSIX turns the sign round: `Etc/GMT-3` is UTC+3."""
    ahead = 12 - now.hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"
