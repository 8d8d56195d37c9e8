"""The beat schedule: idempotent sweeps at even intervals, seconds each. Two beats do no harm.

A beat that begins sends each at once, so it need not remember when it did last and keeps no file: a full disk must not
stop the reminders.
"""

from dataclasses import asdict
from datetime import UTC, datetime

from recruitsmart import __version__
from workers.beating import own_name
from workers.contract import (
    AdvanceBatches,
    AdvanceBroadcasts,
    AdvanceIntakes,
    BeatSchedule,
    ErasePeople,
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
    AdvanceBatches: 2,
    AdvanceIntakes: 2,
    ForgetSeenUpdates: 3600,
    ErasePeople: 600,
    PlanDigests: 300,
}


BEAT_SECONDS = 10.0
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def beat_schedule() -> dict[str, dict[str, object]]:
    """The schedule as Celery wants it. A sweep that waited longer than two intervals is dropped: the next one does."""
    sweeps = {kind.task: _entry(kind, seconds) for kind, seconds in EVERY_SECONDS.items()}
    # Beat makes its own schedule, so this is its own name; that it arrives proves that beat works.
    own = BeatSchedule(instance=own_name(), version=__version__)
    return {**sweeps, own.task: {**_entry(BeatSchedule, BEAT_SECONDS), "kwargs": asdict(own)}}


def _entry(kind: type[Message], seconds: float) -> dict[str, object]:
    return {
        "task": kind.task,
        "schedule": seconds,
        "last_run_at": LONG_AGO,
        "options": {"queue": kind.queue, "expires": max(2 * seconds, 10)},
    }
