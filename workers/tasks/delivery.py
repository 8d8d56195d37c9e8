"""Sending the outbox to Telegram: claim (commit), send, settle (commit)."""

import logging
import random
from contextlib import suppress
from datetime import timedelta
from functools import partial
from time import monotonic, sleep

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from recruitsmart import clock
from recruitsmart.domain.messaging import delivery
from recruitsmart.domain.messaging.sending import TOO_LATE, Claimed, Lane, Outcome, Verdict
from recruitsmart.metrics import count_sending
from recruitsmart.telegram.client import CONNECT_SECONDS, READ_SECONDS, Telegram
from recruitsmart.telegram.limits import Room
from workers import contract
from workers.nudges import WINDOW, nudge, nudge_delivery
from workers.registry import answers
from workers.services import Services
from workers.settling import NotTried, Tried, is_plain, note_sent, settle_sent_and_claim, settle_then_claim

log = logging.getLogger(__name__)

EVERYONE = "everyone"
NO_ROOM = Room(lowest_lane=None)
TURNS_OF_THE_PATIENT = 0.1
MOST_IN_A_ROW = 200  # then another task goes on, so that a heartbeat or a shutdown gets its turn
LONGEST_CALL = timedelta(seconds=CONNECT_SECONDS + READ_SECONDS)
ASK_AGAIN = timedelta(seconds=0.5)
LONGEST_TASK_SECONDS = 5.0  # then nobody listens on, so that a process that is ending need not wait
LONGEST_MOMENT = timedelta(seconds=1)
LONGEST_RUN_SECONDS = 10.0  # and so it does when Telegram is slow: a shutdown has 30 s


@answers(contract.Deliver)
def send(services: Services, message: contract.Deliver) -> None:
    """Send until nothing is due and nobody rings any more, or the limits say wait; after more than a moment a nudge
    comes back.
    """
    if services.telegram is None:
        return
    sender, give_up_at = _Sender(services, services.telegram), monotonic() + LONGEST_TASK_SECONDS
    while _goes_on(services, sender.run(), may_stay=monotonic() < give_up_at):
        pass


def _goes_on(services: Services, pauses: dict[str, timedelta], *, may_stay: bool) -> bool:
    """Whether the same task looks again: after a ring, or after a moment in which the limits let nobody send.

    One of all senders waits such a moment out: in a broadcast each message has one, and a task for each of them cost
    twice what sending costs.
    """
    moment = pauses.pop(EVERYONE, None)
    for chat, pause in pauses.items():
        if _comes_back(services, chat, pause):
            nudge(services.celery, contract.Deliver(), after=pause)
    if moment is None:
        return may_stay and not pauses and services.bell.listen()
    may_stay = may_stay and moment <= LONGEST_MOMENT
    if not _comes_back(services, EVERYONE, moment):
        return may_stay and services.bell.listen()
    if may_stay and services.bell.rest(moment):
        return True
    nudge(services.celery, contract.Deliver(), after=moment)
    return False


def _comes_back(services: Services, for_whom: str, pause: timedelta) -> bool:
    """Whether this one has to see to it that somebody looks after the pause; after longer ones the sweep does."""
    return pause <= WINDOW and services.limits.is_first_to_wait(for_whom, pause)


def send_alone(services: Services) -> timedelta | None:
    """Redis is away and no task comes: send what is due, at one process's own pace. Answers how long to wait then."""
    if services.telegram is None:
        return None
    with services.database.unit() as session:
        _recover(session)
    return _Sender(services, services.telegram, alone=True).run().get(EVERYONE)


@answers(contract.SweepDelivery)
def sweep(services: Services, message: contract.SweepDelivery) -> None:
    """Find what a lost nudge or a dead sender left behind."""
    with services.database.unit() as session:
        _recover(session)
        if delivery.waiting_exists(session, now=clock.now()):
            nudge(services.celery, contract.Deliver())


def _recover(session: Session) -> None:
    for message in delivery.recover(session, now=clock.now()):
        note_sent(session, message.kind, message.about, message.state, now=clock.now())


class _Sender:
    """One run through the outbox. Holds at most one message at a time. `alone` it asks nobody for help, and ends when
    it has to wait.
    """

    def __init__(self, services: Services, telegram: Telegram, *, alone: bool = False) -> None:
        self._services, self._telegram, self._alone = services, telegram, alone
        self._room = self._left = NO_ROOM
        self._may_be_overdue = True  # until a claim of every lane has said that nothing else waits
        self._pauses: dict[str, timedelta] = {}

    def run(self) -> dict[str, timedelta]:
        """Who must wait how long before the next run makes sense; empty when nothing is left to do."""
        self._pauses = {}
        claimed = self._settle_and_claim(None)
        give_up_at = monotonic() + LONGEST_RUN_SECONDS
        for _ in range(MOST_IN_A_ROW):
            if claimed is None:
                return self._pauses
            if monotonic() > give_up_at or self._services.bell.is_closed:
                break
            tried = (claimed, self._attempt(claimed))
            claimed = self._settle_surely(tried, only_settle=self._alone and bool(self._pauses))
        if claimed is not None:
            self._wait_for("another run", timedelta(0))
            self._settle_surely((claimed, NotTried()), only_settle=True)
        return self._pauses

    def _settle_surely(self, tried: Tried, *, only_settle: bool) -> Claimed | None:
        """What became of a message is known only here, and forgetting it means a second copy: while the lease lasts
        Postgres is asked again.
        """
        try:
            return self._settle_and_claim(tried, only_settle=only_settle)
        except (OperationalError, InterfaceError) as error:
            log.warning(
                "Postgres did not take an outcome: %s", type(error.orig).__name__, extra={"action": "delivery.settle"}
            )
            while clock.now() + ASK_AGAIN < tried[0].leased_until:
                sleep(ASK_AGAIN.total_seconds())
                with suppress(OperationalError, InterfaceError):
                    return self._settle_and_claim(tried, only_settle=True)
            raise

    def _attempt(self, claimed: Claimed) -> Outcome | NotTried:
        self._left = NO_ROOM
        if not claimed.is_worth_sending(now=clock.now()):
            return TOO_LATE
        lane = Lane.INTERACTIVE if claimed.was_patient else claimed.lane
        answer = self._services.limits.wait(claimed.chat_id, lane)
        if answer.wait:
            self._wait_for(EVERYONE if answer.for_everyone else _chat(claimed), answer.wait)
            return NotTried(wait=answer.wait)
        if claimed.leased_until - clock.now() < LONGEST_CALL:  # somebody else would find it abandoned meanwhile
            return NotTried()
        if claimed.others_wait and not self._alone:
            self._call_for_help(lane, answer.room)
        outcome = self._telegram.deliver(claimed)
        count_sending(outcome.verdict, outcome.reason)
        if outcome.away:
            self._wait_for_telegram()
        elif self._room.in_trouble:
            self._services.limits.well()
        if outcome.verdict == Verdict.ACCEPTED and answer.room is not None:
            self._left = answer.room
        if outcome.verdict == Verdict.BUSY:
            everyone = self._services.limits.refuse(claimed.chat_id, outcome.wait)
            self._wait_for(EVERYONE if everyone else _chat(claimed), outcome.wait)
        return outcome

    def _call_for_help(self, lane: Lane, room: Room | None) -> None:
        """While this one waits for Telegram another may send, or wait for the moment when the limits allow it."""
        if room is None:  # Redis is away: nobody would hear
            return
        is_open = room.lowest_lane is not None and lane <= room.lowest_lane
        if is_open or not self._services.limits.somebody_waits(EVERYONE):
            nudge_delivery(self._services.celery, self._services.bell)

    def _settle_and_claim(self, tried: Tried | None, *, only_settle: bool = False) -> Claimed | None:
        """Settling one message and claiming the next are one transaction, mostly one statement.

        Only after trouble they are two: an outage must cost no message a try, so nothing is taken up before Telegram
        answers a question that nobody sees.
        """
        room = NO_ROOM if only_settle else self._look()
        if room.in_trouble and room.lowest_lane is not None:
            self._settle_and_claim(tried, only_settle=True)
            tried = None
            if not self._telegram_answers():
                room = NO_ROOM
        self._room = room
        if room.wait:
            self._wait_for(EVERYONE, room.wait)
        if tried is None and room.lowest_lane is None:
            return None
        patient = self._may_be_overdue and random.random() < TURNS_OF_THE_PATIENT
        claimed = self._settled_and_claimed(tried, room, patient=patient)
        saw_all = room.lowest_lane == Lane.BULK and not (claimed and claimed.was_patient)
        self._may_be_overdue = not saw_all or (claimed is not None and claimed.others_wait)
        return claimed

    def _settled_and_claimed(self, tried: Tried | None, room: Room, *, patient: bool) -> Claimed | None:
        database = self._services.database
        if room.lowest_lane is not None and not patient and is_plain(tried):
            return database.single(partial(settle_sent_and_claim, sent=tried, lowest_lane=room.lowest_lane))
        return database.run(partial(settle_then_claim, tried=tried, room=room, patient=patient))

    def _look(self) -> Room:
        """While Telegram takes what it is given and no limit is near, what was said with the last message holds."""
        return self._left if self._left.is_wide else self._services.limits.room()

    def _telegram_answers(self) -> bool:
        if self._services.bell.is_closed:  # this process is about to end; somebody else will ask
            return False
        if not self._telegram.answers():
            self._wait_for_telegram()
            return False
        return True

    def _wait_for_telegram(self) -> None:
        if wait := self._services.limits.trouble():
            self._wait_for(EVERYONE, wait)

    def _wait_for(self, whom: str, pause: timedelta) -> None:
        self._pauses[whom] = pause  # who looked last knows best


def _chat(claimed: Claimed) -> str:
    return f"chat:{claimed.chat_id}"
