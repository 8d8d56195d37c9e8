"""The beat schedule: idempotent sweeps at even intervals, seconds each. Two beats do no harm."""

from workers.contract import (
    AdvanceBroadcasts,
    BeatDelivery,
    BeatWorker,
    ForgetSeenUpdates,
    Message,
    PlanDigests,
    RunDueTimers,
    SweepDelivery,
)

EVERY_SECONDS: dict[type[Message], float] = {
    RunDueTimers: 2,
    SweepDelivery: 2,
    AdvanceBroadcasts: 2,
    BeatWorker: 10,
    BeatDelivery: 10,
    ForgetSeenUpdates: 3600,
    PlanDigests: 300,
}


def beat_schedule() -> dict[str, dict[str, object]]:
    """The schedule as Celery wants it. A sweep that waited longer than two intervals is dropped: the next one does."""
    return {
        kind.task: {
            "task": kind.task,
            "schedule": seconds,
            "options": {"queue": kind.queue, "expires": max(2 * seconds, 10)},
        }
        for kind, seconds in EVERY_SECONDS.items()
    }
