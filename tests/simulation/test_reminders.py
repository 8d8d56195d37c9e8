"""Six simulated weeks in eight zones. Many bookings: `REMINDER_BOOKINGS=10000 make test ARGS="-s tests/simulation"`."""

import logging
import os
from time import monotonic

from sqlalchemy import create_engine, make_url

from tests.simulation.ledger import Ledger
from tests.simulation.world import World

BOOKINGS = int(os.environ.get("REMINDER_BOOKINGS", "120"))
SEED = int(os.environ.get("REMINDER_SEED", "5"))


def test_every_reminder_of_the_simulated_weeks_is_sent_as_promised_or_skipped_with_a_reason(database_url: str) -> None:
    logging.getLogger("recruitsmart.domain.timers.operations").setLevel(logging.CRITICAL)
    engine = create_engine(make_url(database_url).set(drivername="postgresql+psycopg2"))
    world = World(engine, bookings=BOOKINGS, seed=SEED)
    begun = monotonic()
    world.found()
    world.run()
    ledger = Ledger(world)
    print(f"\n{monotonic() - begun:.0f} s for the simulation", *ledger.report(), sep="\n")
    engine.dispose()
    assert ledger.faults == []
    assert len(ledger.delays) > BOOKINGS / 2
