"""Doing one act to many people, each in a transaction of its own."""

import logging
from functools import partial

from psycopg2.errors import DeadlockDetected, SerializationFailure
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from recruitsmart import clock
from recruitsmart.domain.batches import acting, queries
from workers import contract
from workers.registry import answers
from workers.services import Services
from workers.stints import work_in_turn

log = logging.getLogger(__name__)

MOST_STEPS = 200  # then other tasks get their turn; the next sweep goes on
MOST_RACES = 3
RACES = (StaleDataError, DeadlockDetected, SerializationFailure)


@answers(contract.AdvanceBatches)
def advance(services: Services, message: contract.AdvanceBatches) -> None:
    """Whatever a worker that died has left behind is found here again: its rows still wait."""
    with services.database.unit() as session:
        ids = queries.under_way(session)
    work_in_turn(ids, partial(_step, services), most_steps=MOST_STEPS)


def _step(services: Services, batch_id: int) -> bool:
    """The next person; whether there may be another one after."""
    for race in range(MOST_RACES):
        turn = None
        try:
            with services.database.unit() as session:
                turn = acting.next_turn(session, batch_id, now=clock.now())
                if turn is not None:
                    acting.act(session, turn, now=clock.now())
                return turn is not None
        except Exception as error:
            if _is_race(error) and race + 1 < MOST_RACES:
                continue
            # One person's defect must not hold up the others.
            log.exception("a step of a batch failed", extra={"action": "batches.fail", "batch_id": batch_id})
            return turn is not None and _is_theirs(error) and _note_failure(services, turn)
    return False


def _is_theirs(error: Exception) -> bool:
    """Whether the person is at fault; a Postgres that is away or busy is not: the next sweep goes on."""
    return _is_race(error) or not isinstance(error, OperationalError | InterfaceError)


def _note_failure(services: Services, turn: acting.Turn) -> bool:
    with services.database.unit() as session:
        acting.note_failure(session, turn.batch_id, turn.candidate_id, now=clock.now())
    return True


def _is_race(error: Exception) -> bool:
    return isinstance(error, RACES) or isinstance(getattr(error, "orig", None), RACES)
