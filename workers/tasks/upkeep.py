"""Keeping house: heartbeats and forgetting."""

from datetime import UTC, datetime, timedelta

from recruitsmart import clock
from recruitsmart.domain.dialogue.page import forget_requests
from recruitsmart.domain.dialogue.turn import forget_seen
from recruitsmart.domain.directory.deep_links import introduce
from recruitsmart.domain.directory.signing_in import forget_failures
from recruitsmart.domain.journal.operations import beat, forget_lives
from recruitsmart.domain.pipeline.watching import keep_watch
from recruitsmart.domain.slots.digests import arm_digests
from workers import contract
from workers.registry import answers
from workers.services import Services

REMEMBERED = timedelta(hours=48)  # Telegram keeps an update for 24 h; its numbers may restart after a quiet week
LIVES_KEPT = timedelta(days=30)  # longer than any test lasts, whose clock stands still while we are away
FAILURES_KEPT = timedelta(days=30)  # of attempts to sign in: the throttle looks back a day, people a little longer


@answers(contract.ForgetSeenUpdates)
def forget_seen_updates(services: Services, message: contract.ForgetSeenUpdates) -> None:
    with services.database.unit() as session:
        forget_seen(session, before=clock.now() - REMEMBERED)
        forget_failures(session, before=clock.now() - FAILURES_KEPT)
        forget_requests(session, before=clock.now() - REMEMBERED)
        forget_lives(session, before=clock.now() - LIVES_KEPT)


@answers(contract.PlanDigests)
def plan_digests(services: Services, message: contract.PlanDigests) -> None:
    """What plans itself again and again must have begun once: the recruiters' lists and the watch over the outbox."""
    with services.database.unit() as session:
        arm_digests(session, now=clock.now())
        keep_watch(session, now=clock.now())


@answers(contract.BeatOther)
def beat_other(services: Services, message: contract.BeatOther) -> None:
    sent_at = datetime.fromtimestamp(message.sent_at, UTC)
    with services.database.unit() as session:
        beat(session, message.process, message.instance, version=message.version, now=sent_at, starts=message.starts)


@answers(contract.IntroduceBot)
def introduce_bot(services: Services, message: contract.IntroduceBot) -> None:
    with services.database.unit() as session:
        introduce(session, message.bot_id, message.username, now=clock.now())


@answers(contract.BeatSchedule)
def beat_schedule(services: Services, message: contract.BeatSchedule) -> None:
    with services.database.unit() as session:
        beat(session, "beat", message.instance, version=message.version, now=clock.now())
