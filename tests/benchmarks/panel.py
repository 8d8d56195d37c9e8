"""How long the panel's pages take with 100,000 candidates, alone and with eight people clicking at once."""

import os
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from statistics import median, quantiles
from time import monotonic, sleep
from typing import Any

import psutil
import psycopg2
import requests

from tests.system import PASSWORD, System

Say = Callable[..., None]
ALONE, AT_ONCE, CLIENTS = 30, 15, 8
THINKS = (0.5, 2.5)  # seconds a person looks at a page
TELL_EVERY = 5  # minutes
COUNTING, LOOKS_AGAIN_SECONDS = "data-counting", 0.1
TIMING = re.compile(r"app;dur=([\d.]+), cpu;dur=([\d.]+), db;dur=([\d.]+);desc=(\d+), slowest;dur=([\d.]+)")
REFERENCES = "select reference from candidates where stage <> 'started' order by random() limit 200"


@dataclass
class Figures:
    """What one page told of its requests: milliseconds, and statements."""

    app: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    slowest: list[float] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)
    complete: list[float] = field(default_factory=list)  # until the numbers of a long period were there

    def add(self, told: str) -> None:
        found = TIMING.match(told)
        assert found, told
        app, cpu, database, statements, slowest = found.groups()
        self.app.append(float(app))
        self.cpu.append(float(cpu))
        self.database.append(float(database))
        self.statements.append(int(statements))
        self.slowest.append(float(slowest))

    def summary(self) -> dict[str, float]:
        return {
            "p50": median(self.app), "p95": _p95(self.app), "work_p95": _p95(self._work()),
            "statements": max(self.statements), "slowest_statement": max(self.slowest),
            "complete_p95": _p95(self.complete),
        }  # fmt: skip

    def _work(self) -> list[float]:
        """Processor and Postgres only: what is left when the wait for a turn of Python's is taken out."""
        return [cpu + database for cpu, database in zip(self.cpu, self.database, strict=True)]


def _p95(values: list[float]) -> float:
    return round(quantiles(values, n=20)[-1], 1)


def measure(system: System, say: Say) -> None:
    """Every page alone, then eight people on all pages at once, then what was left behind.

    The eight get one thread for each core: who has to wait then waits outside, and what a page takes is its own.
    """
    system.start(["web"])
    pages = _pages(system)
    browser = _warmed_up(system, pages)
    for name, addresses in pages.items():
        figures = Figures()
        for number in range(ALONE):
            _look(browser, addresses[number % len(addresses)], figures)
        say("panel.alone", page=name, **figures.summary())
    system.end("web")
    threads = str(os.cpu_count())
    system.restart("web", DB_POOL_SIZE=threads, DB_MAX_OVERFLOW="0")
    _warmed_up(system, pages)
    _at_once(system, pages, say)


def sizes(system: System) -> dict[str, int]:
    """How many rows the large tables have."""
    tables = ("candidates", "bookings", "journal", "slots", "attempts")
    return {table: _rows(system, f"select count(*) from {table}")[0][0] for table in tables}


def _pages(system: System) -> dict[str, list[str]]:
    references = [row[0] for row in _rows(system, REFERENCES)]
    names = ("ковалнко", "мароз", "шевчнко анна", "гончир", "лысенка", "миронво", "руденко свер")
    (recruiter,), *_ = _rows(system, "select recruiter_id from slots group by 1 order by count(*) desc limit 1")
    cities = _rows(system, "select city_id from recruiter_cities group by 1 order by count(*)")
    return {
        "today": ["/admin/today/"],
        "candidates": ["/admin/candidates/"],
        "candidates by stage": ["/admin/candidates/?stage=interview", "/admin/candidates/?stage=test2"],
        "candidates by recruiter": [f"/admin/candidates/?recruiter={recruiter}"],
        "candidates longest first": ["/admin/candidates/?sort=longest_at_stage&outcome=active"],
        "misspelt name": [f"/admin/candidates/?q={name}" for name in names],
        "card": [f"/admin/candidates/{reference}" for reference in references],
        "board": ["/admin/board/"],
        "inbox": ["/admin/inbox/", "/admin/inbox/?tab=closed"],
        "to decide": ["/admin/screening/"],
        "to call": ["/admin/calls/"],
        "slots": ["/admin/slots/"],
        "calendar": [f"/admin/calendar/?recruiter={recruiter}"],
        "calendar of a city": [f"/admin/calendar/?city={city}" for (city,) in cities],
        "bookings": ["/admin/bookings/", "/admin/bookings/?tab=upcoming", "/admin/bookings/?tab=waiting"],
        "messages": ["/admin/messages/"],
        "analytics": ["/admin/analytics/"],
        **{f"analytics by {by}": [f"/admin/analytics/?by={by}"] for by in ("city", "recruiter", "week")},
        "analytics of a year": [_since(364)],
        "analytics counted anew": [_since(363 - number) for number in range(ALONE)],  # a long period nobody asked for
        "system": ["/admin/system/"],
    }


def _since(days: int) -> str:
    return f"/admin/analytics/?from={datetime.now(UTC).date() - timedelta(days=days)}"


def _rows(system: System, query: str) -> list[tuple[Any, ...]]:
    with psycopg2.connect(system.database_url.replace("+psycopg2", "")) as connection, connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def _signed_in(system: System) -> requests.Session:
    browser = requests.Session()
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(f"{system.url}/login", timeout=10).text)
    assert token
    form = {"csrf_token": token[1], "username": "admin", "password": PASSWORD}
    browser.post(f"{system.url}/login", data=form, headers={"Referer": system.url}, timeout=10).raise_for_status()
    browser.headers["system"] = system.url
    return browser


def _warmed_up(system: System, pages: dict[str, list[str]]) -> requests.Session:
    """Signed in, after one look at each page: a process reads a template once in its life."""
    browser = _signed_in(system)
    for addresses in pages.values():
        _look(browser, addresses[0], Figures())
    return browser


def _look(browser: requests.Session, address: str, figures: Figures) -> None:
    asked_at = monotonic()
    answer = _answer(browser, address)
    figures.add(answer.headers["Server-Timing"])
    while COUNTING in answer.text:  # ends with the count, which Postgres bounds
        sleep(LOOKS_AGAIN_SECONDS)
        answer = _answer(browser, address)
    figures.complete.append((monotonic() - asked_at) * 1000)


def _answer(browser: requests.Session, address: str) -> requests.Response:
    answer = browser.get(str(browser.headers["system"]) + address, timeout=60)
    answer.raise_for_status()
    return answer


def _at_once(system: System, pages: dict[str, list[str]], say: Say) -> None:
    figures = {name: Figures() for name in pages}
    before = _standing(system)
    clicking = [
        threading.Thread(target=_click, args=(_signed_in(system), pages, figures, Random(number)))
        for number in range(CLIENTS)
    ]
    for thread in clicking:
        thread.start()
    for thread in clicking:
        thread.join()
    for name, those in figures.items():
        say("panel.eight_at_once", page=name, **those.summary())
    say("panel.left_behind", before=before, after=_standing(system))


def keep_clicking(system: System, say: Say, *, minutes: int) -> None:
    """Eight people at work for so long, each looking at a page every few seconds; tells every few minutes what stands.

    As many threads and connections as in production: what is not given back shows as more of either, or as memory.
    """
    system.start(["web"])
    pages = _pages(system)
    _warmed_up(system, pages)
    over = threading.Event()
    at_work = [_AtWork(_signed_in(system), pages, over, Random(number)) for number in range(CLIENTS)]
    for person in at_work:
        person.start()
    try:
        for number in range(minutes):
            over.wait(60)
            if number % TELL_EVERY == 0 or number + 1 == minutes:
                say("panel.clicking", minute=number + 1, pages=sum(one.looked for one in at_work), **_standing(system))
    finally:
        over.set()
        for person in at_work:
            person.join()
    say("panel.clicked", minutes=minutes, failed=[str(one.failure) for one in at_work if one.failure])


class _AtWork(threading.Thread):
    """One person of `keep_clicking`."""

    def __init__(
        self, browser: requests.Session, pages: dict[str, list[str]], over: threading.Event, dice: Random
    ) -> None:
        super().__init__()
        self._browser, self._over, self._dice = browser, over, dice
        self._addresses = [address for addresses in pages.values() for address in addresses]
        self.looked = 0
        self.failure: Exception | None = None

    def run(self) -> None:
        while not self._over.wait(self._dice.uniform(*THINKS)):
            try:
                _look(self._browser, self._dice.choice(self._addresses), Figures())
                self.looked += 1
            except (requests.RequestException, AssertionError) as error:
                self.failure = error


def _click(browser: requests.Session, pages: dict[str, list[str]], figures: dict[str, Figures], dice: Random) -> None:
    for name in _shuffled(list(pages) * AT_ONCE, dice):
        _look(browser, dice.choice(pages[name]), figures[name])


def _shuffled(names: list[str], dice: Random) -> Iterator[str]:
    dice.shuffle(names)
    yield from names


def _standing(system: System) -> dict[str, float]:
    """Connections to Postgres, and the memory of the web process's only worker."""
    (connections,), *_ = _rows(system, "select count(*) from pg_stat_activity where application_name = 'recruitsmart'")
    worker = max(psutil.Process(system.pid("web")).children(), key=lambda one: one.memory_info().rss)
    return {"connections": connections, "mebibytes": round(worker.memory_full_info().uss / 2**20, 1)}
