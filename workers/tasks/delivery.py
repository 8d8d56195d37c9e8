"""Sending the outbox to Telegram: claim (commit), send, settle (commit)."""

import random
from datetime import timedelta

from recruitsmart import clock
from recruitsmart.domain.candidates.operations import mark_unreachable
from recruitsmart.domain.messaging import delivery
from recruitsmart.domain.messaging.sending import Claimed, Lane, Outcome
from recruitsmart.telegram.client import Telegram
from workers import contract
from workers.nudges import nudge
from workers.registry import answers
from workers.services import Services

MOST_IN_A_ROW = 200  # then another task goes on, so that a heartbeat or a shutdown gets its turn


@answers(contract.Deliver)
def send(services: Services, message: contract.Deliver) -> None:
    """Send until nothing is due, or the limits say wait; then a nudge comes back after exactly that wait."""
    if services.telegram is None:
        return
    sender = _Sender(services, services.telegram)
    pause = sender.run()
    if pause is not None:
        nudge(services.celery, contract.Deliver(), after=pause)


@answers(contract.SweepDelivery)
def sweep(services: Services, message: contract.SweepDelivery) -> None:
    """Find what a lost nudge or a dead sender left behind."""
    with services.database.unit() as session:
        delivery.recover(session, now=clock.now())
        if delivery.waiting_exists(session, now=clock.now()):
            nudge(services.celery, contract.Deliver())


class _Sender:
    """One run through the outbox. Holds at most one message at a time."""

    def __init__(self, services: Services, telegram: Telegram) -> None:
        self._services, self._telegram = services, telegram
        self._lowest_lane = Lane.BULK
        self._pause: timedelta | None = None

    def run(self) -> timedelta | None:
        """How long after this run the next one makes sense; None when nothing is left to do."""
        claimed = self._claim()
        for _ in range(MOST_IN_A_ROW):
            if claimed is None:
                return self._pause
            wait, for_everyone = self._services.limits.wait(claimed.chat_id, claimed.lane)
            if not wait:
                claimed = self._settle_and_claim(claimed, self._telegram.deliver(claimed))
            elif for_everyone and claimed.lane == Lane.INTERACTIVE:
                self._hand_back(claimed, wait)
                return self._pause
            else:
                claimed = self._pass_over(claimed, wait, for_everyone=for_everyone)
        if claimed is not None:
            self._hand_back(claimed, timedelta(0))
        return timedelta(0)

    def _claim(self) -> Claimed | None:
        with self._services.database.unit() as session:
            return delivery.claim(session, now=clock.now(), lowest_lane=self._lowest_lane)

    def _settle_and_claim(self, claimed: Claimed, outcome: Outcome) -> Claimed | None:
        """Settling one message and claiming the next are one transaction: half the commits."""
        now = clock.now()
        with self._services.database.unit() as session:
            delivery.settle(session, claimed, outcome, spread=random.random(), now=now)
            if outcome.unreachable:
                reason = outcome.reason or "unreachable"
                mark_unreachable(session, claimed.chat_id, reason=reason, now=now)
                delivery.skip_queued(session, claimed.chat_id, reason=reason, now=now)
            return delivery.claim(session, now=now, lowest_lane=self._lowest_lane)

    def _pass_over(self, claimed: Claimed, wait: timedelta, *, for_everyone: bool) -> Claimed | None:
        """This one must wait; when the whole bot must, its lane and those below wait with it."""
        self._hand_back(claimed, wait)
        if for_everyone:
            self._lowest_lane = Lane(claimed.lane - 1)
        return self._claim()

    def _hand_back(self, claimed: Claimed, wait: timedelta) -> None:
        self._pause = wait if self._pause is None else min(wait, self._pause)
        with self._services.database.unit() as session:
            delivery.hand_back(session, claimed, due_at=clock.now() + wait)
