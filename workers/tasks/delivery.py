"""Sending the outbox to Telegram: claim (commit), send, settle (commit)."""

import logging
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from time import monotonic, sleep
from typing import TypeGuard

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from recruitsmart import clock
from recruitsmart.domain.assessments.clocks import start_clock
from recruitsmart.domain.dialogue.questions import TIMED
from recruitsmart.domain.messaging import delivery
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.domain.messaging.sending import TOO_LATE, Claimed, Lane, Outcome, Verdict
from recruitsmart.domain.slots.reaching import lose_contact
from recruitsmart.metrics import count_sending
from recruitsmart.telegram.client import CONNECT_SECONDS, READ_SECONDS, Telegram
from recruitsmart.telegram.limits import Room
from workers import contract
from workers.nudges import WINDOW, nudge, nudge_delivery
from workers.registry import answers
from workers.services import Services

log = logging.getLogger(__name__)

Follow = Callable[[Session, str, datetime], None]
# By kind: what else is true once the message is out, or nobody knows.
WHEN_SENT: dict[str, Follow] = {TIMED: start_clock}
EVERYONE = "everyone"
NO_ROOM = Room(lowest_lane=None)
TURNS_OF_THE_PATIENT = 0.1
MOST_IN_A_ROW = 200  # then another task goes on, so that a heartbeat or a shutdown gets its turn
LONGEST_CALL = timedelta(seconds=CONNECT_SECONDS + READ_SECONDS)
ASK_AGAIN = timedelta(seconds=0.5)
LONGEST_TASK_SECONDS = 5.0  # then nobody listens on, so that a process that is ending need not wait
LONGEST_RUN_SECONDS = 10.0  # and so it does when Telegram is slow: a shutdown has 30 s


@dataclass(frozen=True, kw_only=True)
class _NotTried:
    """Our own limits said wait, or the run is over."""

    wait: timedelta = timedelta(0)


Sent = tuple[Claimed, Outcome]
Tried = tuple[Claimed, Outcome | _NotTried]


@answers(contract.Deliver)
def send(services: Services, message: contract.Deliver) -> None:
    """Send until nothing is due and nobody rings any more, or the limits say wait; then a nudge comes back after it."""
    if services.telegram is None:
        return
    sender, give_up_at = _Sender(services, services.telegram), monotonic() + LONGEST_TASK_SECONDS
    pauses = sender.run()
    while not pauses and monotonic() < give_up_at and services.bell.listen():
        pauses = sender.run()
    for for_whom, pause in pauses.items():
        if pause <= WINDOW and services.limits.is_first_to_wait(for_whom, pause):  # after longer ones the sweep comes
            nudge(services.celery, contract.Deliver(), after=pause)


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
        _note_sent(session, message.kind, message.about, message.state, now=clock.now())


def _note_sent(session: Session, kind: str, about: str, state: MessageState | None, *, now: datetime) -> None:
    """The person may have the message before them: tell whoever planned something for that moment."""
    if kind not in WHEN_SENT or state not in (MessageState.SENT, MessageState.UNKNOWN):
        return
    try:
        with session.begin_nested():
            WHEN_SENT[kind](session, about, now)
    except (OperationalError, InterfaceError):
        raise  # Postgres is away or busy: nothing is settled, and whoever tries again does both
    except Exception:  # the message has left, and must be written down as such
        log.exception("what follows a message failed", extra={"action": "delivery.sent", "kind": kind})


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
            self._settle_surely((claimed, _NotTried()), only_settle=True)
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

    def _attempt(self, claimed: Claimed) -> Outcome | _NotTried:
        self._left = NO_ROOM
        if not claimed.is_worth_sending(now=clock.now()):
            return TOO_LATE
        lane = Lane.INTERACTIVE if claimed.was_patient else claimed.lane
        if claimed.others_wait and not self._alone:
            self._call_for_help(after=self._room.next_in[lane])
        answer = self._services.limits.wait(claimed.chat_id, lane)
        if answer.wait:
            self._wait_for(EVERYONE if answer.for_everyone else _chat(claimed), answer.wait)
            return _NotTried(wait=answer.wait)
        if claimed.leased_until - clock.now() < LONGEST_CALL:  # somebody else would find it abandoned meanwhile
            return _NotTried()
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

    def _call_for_help(self, *, after: timedelta) -> None:
        """While this one waits for Telegram another may send, as soon as the limits allow."""
        if not after:
            nudge_delivery(self._services.celery, self._services.bell)
        elif self._services.limits.is_first_to_wait(EVERYONE, after):
            nudge(self._services.celery, contract.Deliver(), after=after)

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
        if room.lowest_lane is not None and not patient and _is_plain(tried):
            return database.single(partial(_settle_sent_and_claim, sent=tried, lowest_lane=room.lowest_lane))
        return database.run(partial(_settle_then_claim, tried=tried, room=room, patient=patient))

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


def _is_plain(tried: Tried | None) -> TypeGuard[Sent | None]:
    """Nothing is to be written but that it was sent, or not even that."""
    if tried is None:
        return True
    claimed, outcome = tried
    is_sent = isinstance(outcome, Outcome) and outcome.verdict == Verdict.ACCEPTED
    return is_sent and claimed.kind not in WHEN_SENT


def _settle_sent_and_claim(connection: Connection, *, sent: Sent | None, lowest_lane: Lane) -> Claimed | None:
    """What `_settle_then_claim` does for plain ones, in one statement."""
    now = clock.now()
    if sent is None:
        return delivery.claim(connection, now=now, lowest_lane=lowest_lane)
    claimed, outcome = sent
    following = delivery.settle_sent_and_claim(connection, claimed, outcome, now=now, lowest_lane=lowest_lane)
    _log(claimed, outcome)
    return following


def _settle_then_claim(session: Session, *, tried: Tried | None, room: Room, patient: bool) -> Claimed | None:
    """May be run again: a lease is settled once. A claim that was lost with its connection ends as a doubt."""
    now = clock.now()
    if tried is not None:
        _settle(session, *tried, now=now)
    if room.lowest_lane is None:
        return None
    if patient and (waited := delivery.claim_patient(session, now=now)):
        return waited
    return delivery.claim(session, now=now, lowest_lane=room.lowest_lane)


def _settle(session: Session, claimed: Claimed, outcome: Outcome | _NotTried, *, now: datetime) -> None:
    if isinstance(outcome, _NotTried):
        delivery.hand_back(session, claimed, due_at=now + outcome.wait)
        return
    state = delivery.settle(session, claimed, outcome, spread=random.random(), now=now)
    _note_sent(session, claimed.kind, claimed.about, state, now=now)
    _log(claimed, outcome)
    if outcome.unreachable:
        reason = outcome.reason or "unreachable"
        lose_contact(session, claimed.chat_id, reason=reason, now=now)


def _log(claimed: Claimed, outcome: Outcome) -> None:
    told = {"action": "delivery.settle", "message_id": claimed.id, "kind": claimed.kind, "status": outcome.verdict}
    log.info("a message was tried", extra=told)


def _chat(claimed: Claimed) -> str:
    return f"chat:{claimed.chat_id}"
