"""Looking at files with people and taking them in, some lines at a time."""

import logging

from sqlalchemy.exc import SQLAlchemyError

from recruitsmart import clock
from recruitsmart.domain.intake import queries, taking
from workers import contract
from workers.registry import answers
from workers.services import Services

log = logging.getLogger(__name__)

MOST_STEPS = 20  # then other tasks get their turn; the next sweep goes on


@answers(contract.AdvanceIntakes)
def advance(services: Services, message: contract.AdvanceIntakes) -> None:
    """Each file a bounded part; whatever a worker that died has left behind still waits and is found here again."""
    with services.database.unit() as session:
        ids = queries.under_way(session)
    for intake_id in ids:
        _go_on(services, intake_id)


def _go_on(services: Services, intake_id: int) -> None:
    try:
        for _ in range(MOST_STEPS):
            with services.database.unit() as session:
                more = taking.advance(session, intake_id, now=clock.now())
            if not more:
                return
    except SQLAlchemyError:  # a race, or Postgres is away: nothing of the batch was done
        log.exception("a step of an intake failed", extra={"action": "intake.fail", "intake_id": intake_id})
