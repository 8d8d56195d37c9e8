"""The nights when clocks change: six weeks on a clock of their own, with the real operations and rows."""

from recruitsmart.local.postgres import PostgresServer
from tests.drill.whole.judging import Line
from tests.servers import empty_database, migrate
from tests.simulation.ledger import simulate

BOOKINGS = 120


def clocks_change(postgres: PostgresServer, *, seed: int) -> Line:
    """In five of eight zones the clocks change, in one of them forwards; people meet on the day after that night."""
    with empty_database(postgres, "clocks") as url:
        migrate(url)
        ledger = simulate(url, bookings=BOOKINGS, seed=seed, at_changes=True)
    wrong = ledger.faults[:10] + ([] if ledger.across_changes else ["no reminder came before such a night"])
    late = f", most {max(ledger.delays):.1f} s late" if ledger.delays else ""
    return Line(
        promise=4, words="reminders keep their hour when clocks change", wrong=wrong,
        figures=f"{len(ledger.fates)} bookings, {len(ledger.delays)} reminders surely due, "
        f"{ledger.across_changes} of them across a change{late}",
    )  # fmt: skip
