"""Looking at files with people and taking them in, some lines at a time."""

from functools import partial

from recruitsmart import clock
from recruitsmart.domain.intake import queries, taking
from workers import contract
from workers.registry import answers
from workers.services import Services
from workers.stints import work_in_turn

MOST_STEPS = 20  # then other tasks get their turn; the next sweep goes on


@answers(contract.AdvanceIntakes)
def advance(services: Services, message: contract.AdvanceIntakes) -> None:
    """Each file a bounded part; whatever a worker that died has left behind still waits and is found here again."""
    with services.database.unit() as session:
        ids = queries.under_way(session)
    work_in_turn(ids, partial(_step, services), most_steps=MOST_STEPS)


def _step(services: Services, intake_id: int) -> bool:
    with services.database.unit() as session:
        return taking.advance(session, intake_id, now=clock.now())
