"""`make bench`: figures as JSON lines, each with its conditions, then a table. Starts and removes its own servers.

`make bench ARGS="exam people=100 limit_seconds=15"` is a short one; `make bench COMPARE=file` sets each figure beside
the one an earlier run printed into the file.
"""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from time import monotonic
from typing import Any

from recruitsmart.local.ports import any_free_port
from recruitsmart.local.postgres import PostgresServer
from recruitsmart.local.valkey import ValkeyServer
from tests.benchmarks import api, booking, delivery, exam, growth, panel, processes, replies, report, scaling, sweeps
from tests.benchmarks.exam import Size
from tests.benchmarks.processes import mebibytes
from tests.servers import TEMPLATE, copied_database, empty_database, migrate
from tests.simulator import Simulator
from tests.system import System

RUNS = 3
NO_LIMITS = {"TELEGRAM_MESSAGES_PER_SECOND": "1000", "TELEGRAM_CHAT_MESSAGES_PER_SECOND": "100"}
LIMITED_PEOPLE = 200  # 28 messages a second are for more people too, only longer


def main(arguments: list[str]) -> int:
    """Run the named measurements, or all; `people=100` among the names changes the size of an exam."""
    names = [argument for argument in arguments if "=" not in argument]
    changes = dict(argument.split("=", 1) for argument in arguments if "=" in argument)
    size = Size(**{name: int(value) for name, value in changes.items()})
    known = MEASUREMENTS | LONG
    unknown = set(names) - known.keys()
    if unknown:
        print(f"There is no {', '.join(sorted(unknown))}; there are: {', '.join(known)}.", file=sys.stderr)
        return 2
    _printed.clear()
    earlier = os.environ.get("COMPARE")
    before = report.read(Path(earlier)) if earlier else []
    _print("machine", cores=os.cpu_count(), core_ms=processes.core_ms(), load_before=os.getloadavg()[0], **_versions())
    for name in names or MEASUREMENTS:
        known[name](size)
    for lines in (report.table(_printed), report.goals(_printed), report.compared(_printed, before)):
        print("", *lines, sep="\n", flush=True)
    return 0


def _versions() -> dict[str, str]:
    return {"python": platform.python_version(), **{name: version(name) for name in ("celery", "kombu", "sqlalchemy")}}


def _measure_booking(_: Size) -> None:
    with _servers() as (folder, postgres, _), copied_database(postgres) as database_url:
        booking.main(database_url, folder, _print)


def _measure_replies(_: Size) -> None:
    with _system() as (system, simulator):
        replies.measure(system, simulator, _print, runs=RUNS)
        for name in ("worker", "delivery", "beat", "bot"):
            _print("memory", process=name, mebibytes=mebibytes(system.pid(name)))


def _measure_scaling(_: Size) -> None:
    with _servers() as (folder, postgres, valkey), copied_database(postgres) as url:
        nowhere = {"telegram_url": "http://127.0.0.1:1", "token": "1:x"}
        with System(folder, database_url=url, redis_url=valkey.url(), **nowhere) as system:
            system.flask("seed", "--demo")
            scaling.measure(system, _print, runs=RUNS)


def _measure_delivery(_: Size) -> None:
    for name, limits in (("limited", {}), ("unlimited", NO_LIMITS)):
        with _servers() as (folder, postgres, valkey), Simulator() as simulator, copied_database(postgres) as url:
            simulator.faults(rate_limits=name == "limited")
            readers = delivery.prepare(simulator)
            with _processes(folder, url, valkey, simulator, **limits) as system:
                system.start(["delivery.second"])
                delivery.measure(system, simulator, readers, name, _print)


def _measure_sweeps(_: Size) -> None:
    with _servers() as (folder, postgres, valkey), Simulator() as simulator, copied_database(postgres) as url:
        engine = sweeps.fill(url, _print)
        sweeps.measure(engine, _print)
        environment = {
            "database_url": url, "redis_url": valkey.url(), "telegram_url": simulator.url, "token": simulator.token,
        }  # fmt: skip
        with System(folder, **environment) as system:
            system.commands["worker"] = system.commands["worker"].replace("workers.app", "tests.benchmarks.sweeping")
            system.start(["worker", "beat"])
            sweeps.lateness(engine, valkey.url(), _print)
        engine.dispose()


def _measure_exam(size: Size) -> None:
    with _system() as (system, simulator):
        exam.measure(system, simulator, size, _print, name="exam", memory=partial(_memory, system))


def _measure_limited_exam(size: Size) -> None:
    """With Telegram's limits the questions leave later, and every clock starts when its question has left."""
    fewer = replace(size, people=min(size.people, LIMITED_PEOPLE))
    with _system(limited=True) as (system, simulator):
        exam.measure(system, simulator, fewer, _print, name="exam_limited", memory=partial(_memory, system))


def _measure_panel(_: Size) -> None:
    with _large_system() as system:
        panel.measure(system, _print)


def _measure_clicking(size: Size) -> None:
    """Not among the measurements that are made when none is named: it takes an hour."""
    with _large_system() as system:
        panel.keep_clicking(system, _print, minutes=size.minutes)


@contextmanager
def _large_system() -> Iterator[System]:
    """A year of applications, one web worker that is not started yet."""
    with _servers() as (folder, postgres, valkey), copied_database(postgres) as database_url, Simulator() as simulator:
        environment = {"redis_url": valkey.url(), "telegram_url": simulator.url, "token": simulator.token}
        with System(folder, database_url=database_url, **environment) as system:
            began = monotonic()
            system.flask("seed", "--size", "large", patience_seconds=600)
            _print("panel.seeded", seconds=round(monotonic() - began), rows=panel.sizes(system))
            yield system


def _measure_growth(size: Size) -> None:
    """Ten thousand candidates, a hundred thousand, and a million when `million=1` asks for them."""
    costs = {}
    for name in (*growth.SIZES, *(("huge",) if size.million else ())):
        with _servers() as (folder, postgres, valkey), copied_database(postgres) as database_url:
            nowhere = {"telegram_url": "http://127.0.0.1:1", "token": "1:x"}
            with System(folder, database_url=database_url, redis_url=valkey.url(), **nowhere) as system:
                system.flask("seed", "--size", name, patience_seconds=3600)
                people = panel.sizes(system)["candidates"]
                engine = growth.engine_of(database_url)
                costs[people] = growth.measure(engine, people, _print)
                engine.dispose()
    growth.compare(costs, _print)


def _measure_processes(_: Size) -> None:
    """How long each process type needs to be at work, and what it holds then."""
    with _servers() as (folder, postgres, valkey), copied_database(postgres) as url, Simulator() as simulator:
        environment = {"redis_url": valkey.url(), "telegram_url": simulator.url, "token": simulator.token}
        with System(folder, database_url=url, **environment) as system:
            system.flask("seed", "--demo")
            processes.measure(system, _print, runs=RUNS)


def _measure_api(_: Size) -> None:
    """One gunicorn worker, and all other processes beside it."""
    with _system() as (system, _simulator):
        api.measure(system, _print)


def _memory(system: System) -> dict[str, list[float]]:
    return {name: mebibytes(system.pid(name)) for name in ("worker", "delivery", "bot")}


MEASUREMENTS = {
    "processes": _measure_processes,
    "booking": _measure_booking,
    "replies": _measure_replies,
    "scaling": _measure_scaling,
    "delivery": _measure_delivery,
    "sweeps": _measure_sweeps,
    "panel": _measure_panel,
    "growth": _measure_growth,
    "api": _measure_api,
    "exam": _measure_exam,
    "exam_limited": _measure_limited_exam,
}
LONG = {"clicking": _measure_clicking}


@contextmanager
def _system(*, limited: bool = False) -> Iterator[tuple[System, Simulator]]:
    """The servers, the simulator with or without rate limits, and all processes but the web's."""
    with (
        _servers() as (folder, postgres, valkey),
        Simulator() as simulator,
        copied_database(postgres) as database_url,
    ):
        simulator.faults(rate_limits=limited)
        limits = {} if limited else NO_LIMITS
        with _processes(folder, database_url, valkey, simulator, **limits) as system:
            yield system, simulator


@contextmanager
def _servers() -> Iterator[tuple[Path, PostgresServer, ValkeyServer]]:
    """Durable Postgres (fsync on) with a migrated template, and Valkey."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        postgres = PostgresServer(folder / "postgres", any_free_port(), durable=True)
        valkey = ValkeyServer(folder / "valkey", any_free_port(), durable=False)
        postgres.start()
        valkey.start()
        try:
            with empty_database(postgres, TEMPLATE) as template_url:
                migrate(template_url, DATA_DIR=place)
                yield folder, postgres, valkey
        finally:
            valkey.stop()
            postgres.stop()


@contextmanager
def _processes(
    folder: Path, database_url: str, valkey: ValkeyServer, simulator: Simulator, **limits: str
) -> Iterator[System]:
    system = System(
        folder, database_url=database_url, redis_url=valkey.url(), telegram_url=simulator.url, token=simulator.token,
        **limits,
    )  # fmt: skip
    with system:
        system.flask("seed", "--demo")
        system.start(["worker", "delivery", "beat", "bot"])
        yield system


_printed: list[dict[str, Any]] = []


def _print(name: str, **figures: Any) -> None:
    _printed.append({"name": name, **figures})
    print(json.dumps({"name": name, **figures}), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
