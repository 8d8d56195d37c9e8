"""Erasing people whose data has been kept long enough, each in a transaction of their own."""

from functools import partial

from recruitsmart import clock
from recruitsmart.domain.pipeline import erasing
from workers import contract
from workers.registry import answers
from workers.services import Services
from workers.stints import work_in_turn

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
    with services.database.unit() as session:
        erasing.erase_when_due(session, candidate_id, now=clock.now())
    return False
