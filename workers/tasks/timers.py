"""Firing timers, and nudging for those that fall due before the next sweep."""

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import cast

from redis import Redis
from redis.exceptions import RedisError
from sqlalchemy.orm import Session

from recruitsmart import clock
from recruitsmart.domain.assessments.clocks import COUNTS_DOWN, QUESTION_EXPIRES
from recruitsmart.domain.chats.operations import TALK_ENDS
from recruitsmart.domain.dialogue.clock import count_down, expire_question
from recruitsmart.domain.dialogue.talking import end_talk
from recruitsmart.domain.intake import operations as intake
from recruitsmart.domain.pipeline.rejections import TELLS_REJECTION, tell_rejection
from recruitsmart.domain.pipeline.testing import INVITES, UNFINISHED_NUDGES, invite_later, nudge_unfinished
from recruitsmart.domain.pipeline.watching import WATCH, look_for_stuck
from recruitsmart.domain.slots import reminding
from recruitsmart.domain.slots.approvals import PENDING_EXPIRES, PENDING_NUDGES, nudge_recruiter
from recruitsmart.domain.slots.digests import DIGEST, send_digest
from recruitsmart.domain.slots.ending import expire_pending
from recruitsmart.domain.slots.ladder import OFFER_EXPIRES
from recruitsmart.domain.slots.waiting import LOOK_FOR_TAKERS, expire_offer, offer_to_waiting
from recruitsmart.domain.timers.operations import Firing, run_due
from recruitsmart.domain.timers.queries import due_between
from recruitsmart.metrics import count_late_timer
from workers import contract
from workers.nudges import WINDOW, nudge
from workers.registry import answers
from workers.services import Services

FIRINGS: dict[str, Firing] = {
    PENDING_EXPIRES: expire_pending,
    **dict.fromkeys(PENDING_NUDGES, nudge_recruiter),
    LOOK_FOR_TAKERS: offer_to_waiting,
    OFFER_EXPIRES: expire_offer,
    QUESTION_EXPIRES: expire_question,
    COUNTS_DOWN: count_down,
    TELLS_REJECTION: tell_rejection,
    INVITES: invite_later,
    **{kind: partial(nudge_unfinished, kind=kind) for kind in UNFINISHED_NUDGES},
    **reminding.FIRINGS,
    DIGEST: send_digest,
    WATCH: look_for_stuck,
    TALK_ENDS: end_talk,
    intake.FORGETS: intake.forget,
}
BATCH = 20  # until the commit nobody sees a question close, and the people of the whole batch cannot be answered


ANNOUNCED = "timers:announced_until"


def _measured(firing: Firing) -> Firing:
    def fire(session: Session, subject_id: int, planned_at: datetime, now: datetime) -> str | None:
        count_late_timer(now - planned_at)
        return firing(session, subject_id, planned_at, now)

    return fire


@answers(contract.RunDueTimers)
def run_due_timers(services: Services, message: contract.RunDueTimers) -> None:
    """One batch in one transaction; a full batch asks for another run."""
    now = clock.now()
    start = _not_announced_yet(services.redis, now=now)
    with services.database.unit() as session:
        fired = run_due(session, {kind: _measured(firing) for kind, firing in FIRINGS.items()}, now=now, limit=BATCH)
        ahead = due_between(session, start, now + WINDOW) if start is not None else []
    if fired == BATCH:
        nudge(services.celery, contract.RunDueTimers())
    for due_at in ahead:
        nudge(services.celery, contract.RunDueTimers(), after=max(due_at - clock.now(), timedelta(milliseconds=1)))


def _not_announced_yet(redis: Redis, *, now: datetime) -> datetime | None:
    """From when on moments are to be announced; None while half a window ahead has been.

    Each moment is announced once, by whichever run comes first. Losing the mark costs doubled nudges, no more.
    """
    try:
        marked = float(cast(bytes | None, redis.get(ANNOUNCED)) or 0)
        if marked > (now + WINDOW / 2).timestamp():
            return None
        redis.set(ANNOUNCED, (now + WINDOW).timestamp(), px=WINDOW)
    except RedisError:
        return None
    return max(now, datetime.fromtimestamp(marked, UTC))
