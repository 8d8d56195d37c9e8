"""Sweeps over a million pending timers and a million sent messages, and how late timers fire."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median, quantiles
from typing import Any

from redis import Redis
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.orm import Session

from recruitsmart.domain import schema  # noqa: F401 - every table is known before the first statement
from recruitsmart.domain.messaging import delivery
from recruitsmart.domain.messaging.operations import Recipient, Wording, post
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.timers.operations import run_due
from recruitsmart.domain.timers.queries import due_between
from recruitsmart.local.processes import wait_until
from tests.benchmarks.booking import written_down

MANY = 1_000_000
RUNS = 5
SWEEPS = 30
DUE = 500
BATCH = 100
PER_SECOND = 200
SECONDS = 10
KIND = "bench"
FIRST_SUBJECT = 10_000_000
SWEEP_SECONDS = 2

Say = Callable[..., None]

_FILL = (
    """insert into timers (kind, subject_id, planned_at, due_at)
       select 'later', g, at, at from generate_series(1, :many) g,
            lateral (select now() + interval '1 day' + g * interval '1 s' as at) moment""",
    """insert into outbox (about, kind, chat_id, lane, language, body, state, trail, due_at, created_at, settled_at)
       select 'old:' || g, 'help', g, 1, 'ru', 'Здравствуйте! Завтра в 12:00 мы ждём вас.', 'sent',
              '[{"at": "2026-11-23T09:00:00.000+00:00", "what": "accepted", "why": null}]', now(), now(), now()
       from generate_series(1, :many) g""",
    # When a message came into the outbox, by Postgres' own clock: its other moments are the transaction's.
    "alter table outbox add column came_at timestamptz default clock_timestamp()",
)


def fill(database_url: str, say: Say) -> Engine:
    """A million of each, vacuumed."""
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"))
    started = time.monotonic()
    with engine.begin() as connection:
        for statement in _FILL:
            connection.execute(text(statement), {"many": MANY})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("vacuum analyze"))
    say("sweeps.filled", timers=MANY, messages=MANY, seconds=round(time.monotonic() - started))
    return engine


def measure(engine: Engine, say: Say) -> None:
    """Sweeps in this process, and the plans of their queries."""
    _nothing_due(engine)  # warm
    say("sweep.nothing_due", milliseconds={key: round(took, 2) for key, took in _nothing_due(engine).items()})
    runs = [_some_due(engine) for _ in range(RUNS)]
    say("sweep.due", due=DUE, seconds=round(median(runs), 3), all_runs=[round(run, 3) for run in runs])
    for name, look in _LOOKS.items():
        say("explain", query=name, plan=_plan(engine, look))


def _nothing_due(engine: Engine) -> dict[str, float]:
    def run(look: Callable[[Session], Any]) -> float:
        started = time.perf_counter()
        with Session(engine) as session:
            look(session)
            session.commit()
        return (time.perf_counter() - started) * 1000

    kinds = {"timers": ("timers due", "timers ahead"), "delivery": ("abandoned", "waiting")}
    return {
        kind: median(sum(run(_LOOKS[name]) for name in names) for _ in range(SWEEPS)) for kind, names in kinds.items()
    }


def _now() -> datetime:
    return datetime.now(UTC)


_LOOKS: dict[str, Callable[[Session], Any]] = {
    "timers due": lambda session: run_due(session, {}, now=_now()),
    "timers ahead": lambda session: due_between(session, _now(), _now() + timedelta(seconds=10)),
    "abandoned": lambda session: delivery.recover(session, now=_now()),
    "waiting": lambda session: delivery.waiting_exists(session, now=_now()),
    "claim": lambda session: delivery.claim(session, now=_now()),
}


def _some_due(engine: Engine) -> float:
    _plan_timers(engine, _now() - timedelta(seconds=1), DUE, timedelta(0))
    started = time.perf_counter()
    fired = 1
    while fired:
        with Session(engine) as session:
            fired = run_due(session, {KIND: _remind}, now=_now(), limit=BATCH)
            session.commit()
    took = time.perf_counter() - started
    with engine.begin() as connection:
        connection.execute(text("delete from outbox where about like 'bench:%'"))
        connection.execute(text("delete from timers where kind = 'bench'"))
    return took


def _remind(session: Session, subject_id: int, planned_at: datetime, now: datetime) -> None:
    recipient = Recipient(chat_id=subject_id, language="ru")
    post(session, Wording(key="help"), recipient, about=f"bench:{subject_id}", lane=Lane.PROMISED, now=now)


def _plan_timers(engine: Engine, first: datetime, count: int, apart: timedelta) -> None:
    statement = text(
        """insert into timers (kind, subject_id, planned_at, due_at)
           select 'bench', :subject + g, at, at from generate_series(1, :count) g,
                lateral (select cast(:first as timestamptz) + g * cast(:apart as interval) as at) moment"""
    )
    with engine.begin() as connection:
        connection.execute(statement, {"subject": FIRST_SUBJECT, "count": count, "first": first, "apart": apart})


def _plan(engine: Engine, look: Callable[[Session], Any]) -> list[str]:
    with Session(engine) as session, written_down(engine) as statements:
        look(session)
        session.rollback()
        statement, values = next(one for one in statements if "timers" in one[0] or "outbox" in one[0])
        cursor = session.connection().connection.cursor()
        cursor.execute("explain (analyze, costs off) " + statement, values)
        lines = [row[0] for row in cursor.fetchall()]
        session.rollback()
    return lines


def lateness(engine: Engine, redis_url: str, say: Say) -> None:
    """From the planned moment to the row in the outbox: with the nudges of the look-ahead, then with none."""
    say("timers.late", nudges=True, **_lateness(engine))
    with Redis.from_url(redis_url) as redis:
        redis.set("timers:announced_until", (_now() + timedelta(hours=1)).timestamp())
    say("timers.late", nudges=False, sweep_seconds=SWEEP_SECONDS, **_lateness(engine))


def _lateness(engine: Engine) -> dict[str, Any]:
    count = PER_SECOND * SECONDS
    ahead = timedelta(seconds=12)  # beyond the window of those who look ahead now
    _plan_timers(engine, _now() + ahead, count, timedelta(seconds=1 / PER_SECOND))
    finished = wait_until(lambda: _came(engine) == count, 60)
    with engine.begin() as connection:
        late = connection.scalars(text(_LATE)).all()
        connection.execute(text("delete from outbox where about like 'bench:%'"))
        connection.execute(text("delete from timers where kind = 'bench'"))
    cuts = quantiles((float(each) for each in late), n=100)
    return {
        "finished": finished, "timers": len(late), "per_second": PER_SECOND,
        "milliseconds": {"p50": round(cuts[49], 1), "p95": round(cuts[94], 1), "p99": round(cuts[98], 1),
                         "most": round(float(max(late)), 1)},
    }  # fmt: skip


def _came(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("select count(*) from timers where kind = 'bench' and state = 'done'")) or 0)


_LATE = """select extract(epoch from outbox.came_at - timers.planned_at) * 1000
           from timers join outbox on outbox.about = 'bench:' || timers.subject_id where timers.kind = 'bench'"""
