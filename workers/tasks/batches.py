"""Doing one act to many people, each in a transaction of its own."""

import logging
from functools import partial

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from recruitsmart import clock
from recruitsmart.db import is_race
from recruitsmart.domain.batches import acting, queries
from workers import contract
from workers.registry import answers
from workers.services import Services
from workers.stints import work_in_turn

log = logging.getLogger(__name__)

MOST_STEPS = 200  # then other tasks get their turn; the next sweep goes on


@answers(contract.AdvanceBatches)
def advance(services: Services, message: contract.AdvanceBatches) -> None:
    """Whatever a worker that died has left behind is found here again: its rows still wait."""
    with services.database.unit() as session:
        ids = queries.under_way(session)
    work_in_turn(ids, partial(_step, services), most_steps=MOST_STEPS)


def _step(services: Services, batch_id: int) -> bool:
    """The next person; whether there may be another one after."""
    turn: acting.Turn | None = None

    def act(session: Session) -> bool:
        nonlocal turn
        turn = None  # of an earlier try
        turn = acting.next_turn(session, batch_id, now=clock.now())
        if turn is not None:
            acting.act(session, turn, now=clock.now())
        return turn is not None

    try:
        return services.database.run(act)
    except Exception as error:
        if turn is None or not _is_theirs(error):
            raise
        # One person's defect must not hold up the others of the batch.
        log.exception("a step of a batch failed", extra={"action": "batches.fail", "batch_id": batch_id})
        return _note_failure(services, turn)


def _is_theirs(error: Exception) -> bool:
    """Whether the person is at fault; a Postgres that is away or busy is not: the next sweep goes on."""
    return is_race(error) or not isinstance(error, OperationalError | InterfaceError)


def _note_failure(services: Services, turn: acting.Turn) -> bool:
    with services.database.unit() as session:
        acting.note_failure(session, turn.batch_id, turn.candidate_id, now=clock.now())
    return True
