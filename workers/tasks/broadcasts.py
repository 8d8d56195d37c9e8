"""Sending broadcasts, a few messages at a time."""

from functools import partial

from recruitsmart import clock
from recruitsmart.domain.broadcasts import queries, rules, sweeping
from workers import contract
from workers.registry import answers
from workers.services import Services
from workers.stints import work_in_turn

MOST_STEPS = 50  # then other tasks get their turn; the next sweep goes on


@answers(contract.AdvanceBroadcasts)
def advance(services: Services, message: contract.AdvanceBroadcasts) -> None:
    """Small batches, each in a transaction of its own; those under way share the outbox evenly."""
    with services.database.unit() as session:
        ids = queries.under_way(session)
    most = rules.most_queued(services.settings.telegram_messages_per_second) // max(1, len(ids))
    work_in_turn(ids, partial(_step, services, most_queued=max(1, most)), most_steps=MOST_STEPS)


def _step(services: Services, broadcast_id: int, *, most_queued: int) -> bool:
    with services.database.unit() as session:
        return sweeping.advance(session, broadcast_id, most_queued=most_queued, now=clock.now())
