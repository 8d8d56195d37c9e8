"""One drill from the first process to the sheet."""

import os
import platform
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from random import Random
from time import monotonic

from tests.drill.whole.clocks import clocks_change
from tests.drill.whole.company import Company, at_work
from tests.drill.whole.faults import FAULTS, Planned, rest_between, schedule
from tests.drill.whole.guard import production_refuses
from tests.drill.whole.judging import QUIET_SECONDS, Books, Line, judge
from tests.drill.whole.life import Life
from tests.drill.whole.recruiters import Recruiters
from tests.drill.whole.rush import Rush

WARM_UP_SECONDS = 5.0
PROMISES = {
    1: "bookings", 2: "updates", 3: "messages", 4: "timers", 5: "two of everything", 6: "edits", 7: "production",
    0: "besides",
}  # fmt: skip

Say = Callable[[str], None]


def drill(folder: Path, dice: Random, *, seed: int, seconds: float, say: Say) -> Sequence[Line]:
    """Let people live for so long while the schedule goes on, wait until all is quiet, judge."""
    say(f"DRILL_SEED={seed}; {os.cpu_count()} cores, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}")
    with at_work(folder) as company:
        memory = company.memory()
        life = Life(company, seed)
        faults = list(schedule(dice, seconds=seconds - WARM_UP_SECONDS))
        recruiters = Recruiters(company, seed)
        rush = Rush(company)
        life.begin()
        for thread in (rush, recruiters):
            thread.start()
        try:
            company.rest(WARM_UP_SECONDS)
            _break(company, faults, say, seconds=seconds)
        finally:
            for thread in (rush, recruiters):
                thread.end()
            told = life.end()
            told.updates |= rush.told.updates
        began = monotonic()
        is_quiet = company.rest(QUIET_SECONDS, until=partial(_is_quiet, company, Books(company.database_url)))
        say(f"quiet {monotonic() - began:.0f} s after the last act" if is_quiet else "it does not become quiet")
        lines = [
            *judge(company, told, edits=recruiters.edits, memory=memory),
            clocks_change(company.postgres, seed=seed),
            production_refuses(folder),
        ]
    _print(lines, say)
    return lines


def _is_quiet(company: Company, books: Books) -> bool:
    """Telegram was told “got it” of every update, and nothing that is due waits."""
    return company.telegram.stats()["pending_updates"] == 0 and books.are_settled()


def _break(company: Company, faults: Sequence[Planned], say: Say, *, seconds: float) -> None:
    began, pause = monotonic(), rest_between(seconds)
    for fault in faults:
        say(f"{monotonic() - began:5.0f} s  {fault.name}, {fault.seconds:.0f} s")
        FAULTS[fault.name](company, fault.seconds)
        company.rest(pause)


def _print(lines: Sequence[Line], say: Say) -> None:
    say("")
    for line in sorted(lines, key=lambda line: line.promise or 99):
        say(f"{'PASS' if line.holds else 'FAIL'}  {PROMISES[line.promise]:18}{line.words} — {line.figures}")
        for wrong in line.wrong:
            say(f"      {wrong}")
