"""Six simulated weeks in eight zones. Many bookings: `REMINDER_BOOKINGS=10000 make test ARGS="-s tests/simulation"`."""

import os
from time import monotonic

from tests.simulation.ledger import simulate

BOOKINGS = int(os.environ.get("REMINDER_BOOKINGS", "120"))
SEED = int(os.environ.get("REMINDER_SEED", "5"))


def test_every_reminder_of_the_simulated_weeks_is_sent_as_promised_or_skipped_with_a_reason(database_url: str) -> None:
    begun = monotonic()
    ledger = simulate(database_url, bookings=BOOKINGS, seed=SEED)
    print(f"\n{monotonic() - begun:.0f} s for the simulation", *ledger.report(), sep="\n")
    assert ledger.faults == []
    assert len(ledger.delays) > BOOKINGS / 2
