"""The engine, and the unit of work: the only place that commits."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from time import monotonic
from typing import Any, TypeVar, cast

import psycopg2
from psycopg2.errors import DeadlockDetected, FeatureNotSupported, SerializationFailure
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from config.settings import Settings
from recruitsmart.domain.messaging.operations import POSTED
from recruitsmart.domain.timers.operations import NUDGES
from recruitsmart.prepared import prepare_marked

# The last: a migration came between a plan and its use (`recruitsmart/prepared.py`).
RACES = (StaleDataError, DeadlockDetected, SerializationFailure, FeatureNotSupported)
MOST_TRIES = 3
FRESH_SECONDS = 2.0  # a connection used within these is taken to be alive

Result = TypeVar("Result")
Way = TypeVar("Way", Session, Connection)
NudgeDelivery = Callable[[], None]
NudgeTimers = Callable[[datetime], None]

# How alike a word and a name must be to be one with a typing error; a letter missed in seven is 0.5.
ALIKE = "-c pg_trgm.word_similarity_threshold=0.45"
# A statement, a lock or a forgotten transaction may never hold the others up for long.
SESSION_LIMITS = "-c statement_timeout=15000 -c lock_timeout=5000 -c idle_in_transaction_session_timeout=15000"

# Else Postgres would plan each of them anew five times before it believes that one plan suits all values.
GENERIC_PLANS = " -c plan_cache_mode=force_generic_plan"


def engine_options(settings: Settings) -> dict[str, Any]:
    """Options of every engine we make, the web process's included. Times are seconds unless named otherwise."""
    return {
        "pool_size": settings.db_pool_size,
        "max_overflow": settings.db_max_overflow,
        "pool_timeout": settings.db_pool_timeout_seconds,
        "pool_recycle": settings.db_pool_recycle_seconds,
        "hide_parameters": True,  # an error may be logged; names and phones may not
        "pool_pre_ping": True,  # a connection that died with Postgres must not fail the next request
        "connect_args": {
            "options": f"-c timezone=UTC {SESSION_LIMITS} {ALIKE}",
            "connect_timeout": 3,
            "application_name": "recruitsmart",
            # A Postgres that vanished without a word is noticed in about 25 s, not in hours: by whoever waits for an
            # answer, and by whoever has sent something that is not confirmed, to whom no keepalive applies.
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            "tcp_user_timeout": 25_000,  # milliseconds
        },
    }


def ping_after_rest(engine: Engine) -> None:
    """Ask a connection whether it lives only when it was not used of late: asking costs as much as a statement.

    One that died within those moments fails the transaction; see `Database.run`.
    """

    @event.listens_for(engine, "checkin")
    def _note(_: Any, record: Any) -> None:
        record.info["left_at"] = monotonic()

    @event.listens_for(engine, "checkout")
    def _ask(connection: Any, record: Any, _: Any) -> None:
        left_at = record.info.get("left_at")
        if left_at is None or monotonic() - left_at < FRESH_SECONDS:
            return
        try:
            engine.dialect.do_ping(connection)
        except psycopg2.Error as error:
            raise InvalidatePoolError from error


class Database:
    """One process's way to Postgres. `unit()` is a transaction that ends with a commit or leaves no trace."""

    def __init__(self, settings: Settings) -> None:
        if settings.database_url is None:
            raise ValueError("DATABASE_URL is empty: start with `make run`, or set it")
        options = engine_options(settings) | {"pool_pre_ping": False, "pool_use_lifo": True}
        options["connect_args"]["options"] += GENERIC_PLANS
        self.engine: Engine = create_engine(settings.database_url, **options)
        ping_after_rest(self.engine)
        prepare_marked(self.engine)
        self._new_session = sessionmaker(self.engine, expire_on_commit=False)

    @contextmanager
    def unit(self) -> Iterator[Session]:
        """One transaction: committed at the end of the block, rolled back when the block raises."""
        with self._new_session() as session:
            yield session
            session.commit()

    def run(self, work: Callable[[Session], Result]) -> Result:
        """A unit that is run again, a few times, when it loses a race or its connection: `work` must bear that."""
        return _persistently(self.unit, work)

    def single(self, work: Callable[[Connection], Result]) -> Result:
        """`run` for one statement that is a transaction of its own: without BEGIN and COMMIT Postgres is asked once."""
        return _persistently(self._one_by_one, work)

    @contextmanager
    def _one_by_one(self) -> Iterator[Connection]:
        """Through the driver, which notes it without a word to Postgres; an isolation level is told each time."""
        with self.engine.connect() as connection:
            driver = cast(Any, connection.connection.driver_connection)
            try:
                driver.autocommit = True
                yield connection
            finally:
                if not driver.closed:
                    driver.autocommit = False

    def nudge_with(self, delivery: NudgeDelivery, timers: NudgeTimers) -> None:
        """After each commit that posted messages or set timers, these are called."""
        nudge_after_commit(self._new_session, delivery, timers)

    def forget_connections(self) -> None:
        """In a forked child: leave the parent's connections to the parent, without closing them."""
        self.engine.dispose(close=False)


def _persistently(opened: Callable[[], AbstractContextManager[Way]], work: Callable[[Way], Result]) -> Result:
    for tries in range(MOST_TRIES):
        try:
            with opened() as way:
                return work(way)
        except (StaleDataError, DBAPIError) as error:
            is_cut_off = isinstance(error, DBAPIError) and error.connection_invalidated
            if tries + 1 == MOST_TRIES or not (is_cut_off or is_race(error)):
                raise
    raise AssertionError("the last try returns or raises")


def is_race(error: Exception) -> bool:
    """Another transaction was first."""
    return isinstance(error, RACES) or isinstance(getattr(error, "orig", None), RACES)


def nudge_after_commit(session_factory: Any, delivery: NudgeDelivery, timers: NudgeTimers) -> None:
    """Call `delivery` after a commit that posted messages, `timers` with each moment after one that set timers.

    A rollback forgets both. Works for any session factory, so the panel's own commits nudge too.
    """

    @event.listens_for(session_factory, "after_commit")
    def _nudge(session: Session) -> None:
        if session.in_nested_transaction():  # a savepoint was released: nobody else sees what it holds
            return
        if session.info.pop(POSTED, None) is not None:
            delivery()
        for due_at in sorted(session.info.pop(NUDGES, ())):
            timers(due_at)

    @event.listens_for(session_factory, "after_soft_rollback")
    def _forget(session: Session, previous_transaction: Any) -> None:
        if not previous_transaction.nested:
            session.info.pop(POSTED, None)
            session.info.pop(NUDGES, None)
