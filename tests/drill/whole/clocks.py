"""The nights when clocks change: six weeks on a clock of their own, with the real operations and rows."""

from datetime import datetime
from zoneinfo import ZoneInfo

from recruitsmart.local.postgres import PostgresServer
from tests.drill.whole.judging import Line
from tests.servers import empty_database, migrate
from tests.simulation.ledger import simulate

BOOKINGS = 120


def clocks_change(postgres: PostgresServer, *, seed: int) -> Line:
    """In five of eight zones the clocks change while people wait for their interviews, in one of them forwards."""
    with empty_database(postgres, "clocks") as url:
        migrate(url)
        ledger = simulate(url, bookings=BOOKINGS, seed=seed)
    across = sum(_spans_a_change(fate.stood_at, fate.starts_at, fate.booking.time_zone) for fate in ledger.fates)
    wrong = ledger.faults[:10] + ([] if across else ["nobody waited through a change of clocks"])
    late = f", most {max(ledger.delays):.1f} s late" if ledger.delays else ""
    return Line(
        promise=4, words="reminders keep their hour when clocks change", wrong=wrong,
        figures=f"{len(ledger.fates)} bookings, {across} across a change, {len(ledger.delays)} surely due{late}",
    )  # fmt: skip


def _spans_a_change(stood_at: datetime | None, starts_at: datetime, zone: str) -> bool:
    if stood_at is None:
        return False
    return stood_at.astimezone(ZoneInfo(zone)).utcoffset() != starts_at.astimezone(ZoneInfo(zone)).utcoffset()
