"""How fast the API of the Mini App answers: requests at an even pace, one gunicorn worker, reads and taps mixed."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from statistics import quantiles
from typing import Any

import psycopg2
import requests

from tests.system import System
from tests.web.webapp.opening import init_data

Say = Callable[..., None]
PER_SECOND, SECONDS, PEOPLE, HOURS = 50, 20, 400, 800
# Of a hundred requests: who opens the page reads both, some look again, every tenth request changes something.
MIX = ("/me", "/slots", "/me", "/slots", "/intro_day", "/me", "/slots", "/me", "/slots", "tap")

_FILL = """
with city as (
    insert into cities (name, time_zone, approval_required, horizon_days)
    values ('Bench', 'Europe/Moscow', false, 60) returning id
), staff as (
    insert into recruiters (name, time_zone) select 'Bench ' || n, 'Europe/Moscow' from generate_series(1, 20) n
    returning id
), served as (
    insert into recruiter_cities (recruiter_id, city_id) select staff.id, city.id from staff, city
    returning recruiter_id
), hours as (
    insert into slots (recruiter_id, purpose, starts_at, ends_at, busy_until, capacity, status)
    select recruiter_id, 'interview', at, at + interval '30 minutes', at + interval '30 minutes', 1, 'open'
    from served, generate_series(%(from)s, %(from)s + %(hours)s * interval '1 hour', interval '1 hour') at
), people as (
    insert into candidates (reference, full_name, city_id, language, stage, outcome, stage_since, created_at,
                            consent_at, consent_version)
    select 'bench-' || n, 'Bench ' || n, city.id, 'en', 'to_schedule', 'active', now(), now(), now(), '1'
    from city, generate_series(1, %(people)s) n returning id
)
insert into contacts (candidate_id, channel, chat_id, first_name)
select id, 'telegram', 700000 + row_number() over (), 'Bench' from people
"""

_OFFERED = """select slots.id from slots join recruiters on recruiters.id = recruiter_id
              where name like 'Bench %' order by starts_at"""


@dataclass
class Figures:
    """Milliseconds by route, and what was not answered well."""

    took: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    failed: list[str] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, route: str, milliseconds: float, status: int) -> None:
        with self._lock:
            self.took[route].append(milliseconds)
            if status >= 500 or status in (401, 403, 422, 429):
                self.failed.append(f"{route} {status}")


def measure(system: System, say: Say, *, seconds: int = SECONDS) -> None:
    """Requests leave on time whether or not earlier ones were answered: a slow server cannot slow its clients down."""
    _fill(system)
    system.start(["web"])
    person = _Person(system)
    with ThreadPoolExecutor(64) as pool:
        list(pool.map(person.ask, islice(_errands(), PER_SECOND), [Figures()] * PER_SECOND))  # warm
        figures = Figures()
        began, late = time.monotonic(), 0.0
        for number, errand in enumerate(islice(_errands(skip=PER_SECOND), PER_SECOND * seconds)):
            wait = began + number / PER_SECOND - time.monotonic()
            late = max(late, -wait)
            time.sleep(max(0.0, wait))
            pool.submit(person.ask, errand, figures)
    for route, took in sorted(figures.took.items()):
        say("api", route=route, requests=len(took), milliseconds=_cuts(took))
    everything = [value for took in figures.took.values() for value in took]
    say("api.all", per_second=PER_SECOND, requests=len(everything), milliseconds=_cuts(everything),
        failed=figures.failed[:5], not_well=len(figures.failed), latest_start_ms=round(late * 1000, 1))  # fmt: skip


def _fill(system: System) -> None:
    tomorrow = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    values = {"from": tomorrow, "hours": HOURS // 20 - 1, "people": PEOPLE}
    with psycopg2.connect(system.database_url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute(_FILL, values)
        cursor.execute("analyze")


def _errands(*, skip: int = 0) -> Iterator[tuple[str, int]]:
    """A route and who asks; each person taps at most once."""
    return islice(((route, number % PEOPLE) for number, route in enumerate(cycle(MIX))), skip, None)


class _Person:
    """Everybody of the crowd; each thread keeps its connection, as a phone does."""

    def __init__(self, system: System) -> None:
        self._url = f"{system.url}/api/webapp"
        token = system.environment["BOT_TOKEN"]
        self._who = [init_data(700_001 + number, at=datetime.now(UTC), token=token) for number in range(PEOPLE)]
        self._http = threading.local()
        with (
            psycopg2.connect(system.database_url.replace("+psycopg2", "")) as connection,
            connection.cursor() as cursor,
        ):
            cursor.execute(_OFFERED)
            self._slots: Any = iter(cycle([row[0] for row in cursor.fetchall()]))
        self._lock = threading.Lock()

    def ask(self, errand: tuple[str, int], figures: Figures) -> None:
        route, who = errand
        session = getattr(self._http, "session", None)
        if session is None:
            session = self._http.session = requests.Session()
            session.trust_env = False
        headers = {"X-Telegram-Init-Data": self._who[who]}
        began = time.monotonic()
        if route == "tap":
            with self._lock:
                slot = next(self._slots)
            answer = session.post(f"{self._url}/booking", json={"slot_id": slot}, headers=headers, timeout=30)
        else:
            answer = session.get(f"{self._url}{route}", headers=headers, timeout=30)
        figures.add(route, (time.monotonic() - began) * 1000, answer.status_code)


def _cuts(took: list[float]) -> dict[str, float]:
    cuts = quantiles(took, n=100)
    return {
        "p50": round(cuts[49], 1),
        "p95": round(cuts[94], 1),
        "p99": round(cuts[98], 1),
        "most": round(max(took), 1),
    }
