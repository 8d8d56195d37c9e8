"""Sending broadcasts, a few messages at a time."""

from recruitsmart import clock
from recruitsmart.domain.broadcasts import queries, rules, sweeping
from workers import contract
from workers.registry import answers
from workers.services import Services

MOST_STEPS = 50  # then other tasks get their turn; the next sweep goes on


@answers(contract.AdvanceBroadcasts)
def advance(services: Services, message: contract.AdvanceBroadcasts) -> None:
    """Small batches, each in a transaction of its own; those under way share the outbox evenly."""
    with services.database.unit() as session:
        ids = queries.under_way(session)
    most = rules.most_queued(services.settings.telegram_messages_per_second) // max(1, len(ids))
    for broadcast_id in ids:
        _go_on(services, broadcast_id, most_queued=max(1, most))


def _go_on(services: Services, broadcast_id: int, *, most_queued: int) -> None:
    for _ in range(MOST_STEPS):
        if not _step(services, broadcast_id, most_queued=most_queued):
            return


def _step(services: Services, broadcast_id: int, *, most_queued: int) -> bool:
    with services.database.unit() as session:
        return sweeping.advance(session, broadcast_id, most_queued=most_queued, now=clock.now())
