"""Erasing people whose data has been kept long enough, each in a transaction of their own."""

import logging
from functools import partial

from recruitsmart import clock
from recruitsmart.domain.pipeline import erasing
from workers import contract
from workers.registry import answers
from workers.services import Services
from workers.stints import work_in_turn

log = logging.getLogger(__name__)

MOST_AT_ONCE = 200  # the next sweep goes on


@answers(contract.ErasePeople)
def erase_people(services: Services, message: contract.ErasePeople) -> None:
    settings, now = services.settings, clock.now()
    with services.database.unit() as session:
        erasing.forget_what_staff_read(session, now=now)
        due = erasing.due_to_be_erased(
            session, rejected_days=settings.retention_rejected_days,
            withdrawn_days=settings.retention_withdrawn_days, limit=MOST_AT_ONCE, now=now,
        )  # fmt: skip
    work_in_turn(due, partial(_erase, services), most_steps=1)


def _erase(services: Services, candidate_id: int) -> bool:
    """One person's defect must not keep the others' data; the next sweep tries again."""
    try:
        with services.database.unit() as session:
            erasing.erase_when_due(session, candidate_id, now=clock.now())
    except Exception:
        log.exception("a person could not be erased", extra={"action": "privacy.fail", "candidate_id": candidate_id})
    return False
