"""Looking at files with people and taking them in, some lines at a time."""

import logging
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from recruitsmart import clock
from recruitsmart.domain.intake import queries, taking
from workers import contract
from workers.registry import answers
from workers.services import Services
from workers.stints import work_in_turn

log = logging.getLogger(__name__)

MOST_STEPS = 20  # then other tasks get their turn; the next sweep goes on


@answers(contract.AdvanceIntakes)
def advance(services: Services, message: contract.AdvanceIntakes) -> None:
    """Each file a bounded part; whatever a worker that died has left behind still waits and is found here again."""
    with services.database.unit() as session:
        ids = queries.under_way(session)
    work_in_turn(ids, partial(_step, services), most_steps=MOST_STEPS)


def _step(services: Services, intake_id: int) -> bool:
    try:
        with services.database.unit() as session:
            return taking.advance(session, intake_id, now=clock.now())
    except SQLAlchemyError:  # a race, or Postgres is away: nothing of the batch was done
        log.exception("a step of an intake failed", extra={"action": "intake.fail", "intake_id": intake_id})
        return False
