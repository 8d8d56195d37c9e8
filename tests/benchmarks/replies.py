"""From a person's words to the bot's answer: how long it takes, what it costs, and how many a second can be kept up."""

from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime
from operator import attrgetter
from statistics import median

from tests.benchmarks.load import Crowd, Latencies
from tests.benchmarks.processes import core_ms, processor_seconds
from tests.simulator import Simulator
from tests.system import System

PEOPLE = 200
PROCESSES = ("worker", "delivery", "beat", "bot")
IDLE_PER_SECOND = 4
SUSTAINED = (50, 65, 80, 100, 120, 140, 160, 180, 200)
SECONDS_PER_STEP = 12  # a constant wait of a third of a second is no backlog yet
KEPT_UP = 0.97  # answers per second over acts per second, from which a rate counts as sustained

Say = Callable[..., None]


def measure(system: System, simulator: Simulator, say: Say, *, runs: int) -> None:
    """Idle, at two rates, and up to the highest; each figure is the median of so many runs."""
    crowd = Crowd(simulator.url, PEOPLE)
    _everybody_agrees(crowd)
    _replies(crowd, "idle", IDLE_PER_SECOND, 60, say, runs)
    _replies(crowd, "20/s", 20, 300, say, runs)
    before = processor_seconds(system, simulator, *PROCESSES)
    _replies(crowd, "50/s", 50, 600, say, runs)
    now = processor_seconds(system, simulator, *PROCESSES)
    cost = {name: round((now[name] - before[name]) / (600 * runs) * 1000, 2) for name in now}
    say("reply.cost", at="50/s", core_ms=core_ms(), processor_milliseconds=cost, all=round(sum(cost.values()), 1))
    say("reply.sustained", per_second=_highest_sustained(crowd, say, runs))


def _everybody_agrees(crowd: Crowd) -> None:
    crowd.everybody("/start", per_second=40)
    crowd.settle()
    for person in crowd.people:
        greeting = next(message for message in crowd.transcript(person) if message["buttons"])
        press = {"message_id": greeting["message_id"], "text": "I agree, go on"}
        crowd.call("POST", f"/sim/people/{person}/presses", press)
    crowd.settle()


def _replies(crowd: Crowd, name: str, per_second: float, acts: int, say: Say, times: int) -> None:
    """A person types one word as a name; the answer says that two are needed."""
    runs = [_measured(crowd, per_second, acts) for _ in range(times)]
    merged = {key: median(asdict(run)[key] for run in runs) for key in ("p50", "p95", "p99")}
    say("reply", at=name, acts=acts, missing=sum(run.missing for run in runs), milliseconds=merged)


def _measured(crowd: Crowd, per_second: float, acts: int) -> Latencies:
    since = datetime.now(UTC)
    crowd.steadily(acts, "Anna", per_second=per_second)
    crowd.settle(quiet_seconds=0.5)
    return crowd.latencies(since=since)


def _highest_sustained(crowd: Crowd, say: Say, times: int) -> float:
    """The highest offered rate that is answered at that rate, in the median; the first that is not ends the climb."""
    highest = 0.0
    for offered in SUSTAINED:
        runs = [_measured(crowd, offered, offered * SECONDS_PER_STEP) for _ in range(times)]
        run = sorted(runs, key=attrgetter("rate"))[times // 2]
        rates = [each.rate for each in runs]
        say("reply.step", offered=offered, answered=run.rate, p95=run.p95, missing=run.missing, runs=rates)
        if run.rate < KEPT_UP * offered:
            return highest
        highest = float(offered)
    return highest
