"""Sending the outbox to Telegram: claim (commit), send, settle (commit)."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from recruitsmart import clock
from recruitsmart.domain.assessments.answering import start_clock
from recruitsmart.domain.candidates.operations import mark_unreachable
from recruitsmart.domain.dialogue.questions import TIMED
from recruitsmart.domain.messaging import delivery
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.domain.messaging.sending import TOO_LATE, Claimed, Lane, Outcome
from recruitsmart.telegram.client import Telegram
from workers import contract
from workers.nudges import nudge
from workers.registry import answers
from workers.services import Services

Sent = Callable[[Session, str, datetime], None]
# By kind: what else is true once the message is out, or nobody knows.
WHEN_SENT: dict[str, Sent] = {TIMED: start_clock}
EVERYONE = "everyone"
MOST_IN_A_ROW = 200  # then another task goes on, so that a heartbeat or a shutdown gets its turn


@answers(contract.Deliver)
def send(services: Services, message: contract.Deliver) -> None:
    """Send until nothing is due, or the limits say wait; then a nudge comes back after exactly that wait."""
    if services.telegram is None:
        return
    pauses = _Sender(services, services.telegram).run()
    for for_whom, pause in pauses.items():
        if services.limits.is_first_to_wait(for_whom, pause):
            nudge(services.celery, contract.Deliver(), after=pause)


@answers(contract.SweepDelivery)
def sweep(services: Services, message: contract.SweepDelivery) -> None:
    """Find what a lost nudge or a dead sender left behind."""
    with services.database.unit() as session:
        for message in delivery.recover(session, now=clock.now()):
            _note_sent(session, message.kind, message.about, message.state, now=clock.now())
        if delivery.waiting_exists(session, now=clock.now()):
            nudge(services.celery, contract.Deliver())


def _note_sent(session: Session, kind: str, about: str, state: MessageState | None, *, now: datetime) -> None:
    """The person may have the message before them: tell whoever planned something for that moment."""
    if kind in WHEN_SENT and state in (MessageState.SENT, MessageState.UNKNOWN):
        WHEN_SENT[kind](session, about, now)


class _Sender:
    """One run through the outbox. Holds at most one message at a time."""

    def __init__(self, services: Services, telegram: Telegram) -> None:
        self._services, self._telegram = services, telegram
        self._lowest_lane = Lane.BULK
        self._pauses: dict[str, timedelta] = {}

    def run(self) -> dict[str, timedelta]:
        """Who must wait how long before the next run makes sense; empty when nothing is left to do."""
        claimed = self._claim()
        for _ in range(MOST_IN_A_ROW):
            if claimed is None:
                return self._pauses
            if not claimed.is_worth_sending(now=clock.now()):
                claimed = self._settle_and_claim(claimed, TOO_LATE)
                continue
            wait, for_everyone = self._services.limits.wait(claimed.chat_id, claimed.lane)
            if not wait:
                claimed = self._settle_and_claim(claimed, self._telegram.deliver(claimed))
                continue
            self._hand_back(claimed, wait, for_whom=EVERYONE if for_everyone else f"chat:{claimed.chat_id}")
            if for_everyone and claimed.lane == Lane.INTERACTIVE:
                return self._pauses
            if for_everyone:
                self._lowest_lane = Lane(claimed.lane - 1)  # when the whole bot must wait, so must the lanes below
            claimed = self._claim()
        if claimed is not None:
            self._hand_back(claimed, timedelta(0), for_whom="another run")
        return self._pauses

    def _claim(self) -> Claimed | None:
        with self._services.database.unit() as session:
            return delivery.claim(session, now=clock.now(), lowest_lane=self._lowest_lane)

    def _settle_and_claim(self, claimed: Claimed, outcome: Outcome) -> Claimed | None:
        """Settling one message and claiming the next are one transaction: half the commits."""
        now = clock.now()
        with self._services.database.unit() as session:
            state = delivery.settle(session, claimed, outcome, spread=random.random(), now=now)
            _note_sent(session, claimed.kind, claimed.about, state, now=now)
            if outcome.unreachable:
                reason = outcome.reason or "unreachable"
                mark_unreachable(session, claimed.chat_id, reason=reason, now=now)
                delivery.skip_queued(session, claimed.chat_id, reason=reason, now=now)
            return delivery.claim(session, now=now, lowest_lane=self._lowest_lane)

    def _hand_back(self, claimed: Claimed, wait: timedelta, *, for_whom: str) -> None:
        self._pauses[for_whom] = min(wait, self._pauses.get(for_whom, wait))
        with self._services.database.unit() as session:
            delivery.hand_back(session, claimed, due_at=clock.now() + wait)
