"""What becomes of a message in Postgres once it was tried, and which one is next."""

import logging
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeGuard

from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from recruitsmart import clock
from recruitsmart.domain.assessments.clocks import start_clock
from recruitsmart.domain.dialogue.questions import TIMED
from recruitsmart.domain.messaging import delivery
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.domain.messaging.sending import Claimed, Lane, Outcome, Verdict
from recruitsmart.domain.slots.reaching import lose_contact
from recruitsmart.telegram.limits import Room

log = logging.getLogger(__name__)

Follow = Callable[[Session, str, datetime], None]
# By kind: what else is true once the message is out, or nobody knows.
WHEN_SENT: dict[str, Follow] = {TIMED: start_clock}


@dataclass(frozen=True, kw_only=True)
class NotTried:
    """Our own limits said wait, or the run is over."""

    wait: timedelta = timedelta(0)


Sent = tuple[Claimed, Outcome]
Tried = tuple[Claimed, Outcome | NotTried]


def note_sent(session: Session, kind: str, about: str, state: MessageState | None, *, now: datetime) -> None:
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


def is_plain(tried: Tried | None) -> TypeGuard[Sent | None]:
    """Nothing is to be written but that it was sent, or not even that."""
    if tried is None:
        return True
    claimed, outcome = tried
    is_sent = isinstance(outcome, Outcome) and outcome.verdict == Verdict.ACCEPTED
    return is_sent and claimed.kind not in WHEN_SENT


def settle_sent_and_claim(connection: Connection, *, sent: Sent | None, lowest_lane: Lane) -> Claimed | None:
    """What `settle_then_claim` does for plain ones, in one statement."""
    now = clock.now()
    if sent is None:
        return delivery.claim(connection, now=now, lowest_lane=lowest_lane)
    claimed, outcome = sent
    following = delivery.settle_sent_and_claim(connection, claimed, outcome, now=now, lowest_lane=lowest_lane)
    _log(claimed, outcome)
    return following


def settle_then_claim(session: Session, *, tried: Tried | None, room: Room, patient: bool) -> Claimed | None:
    """May be run again: a lease is settled once. A claim that was lost with its connection ends as a doubt."""
    now = clock.now()
    if tried is not None:
        _settle(session, *tried, now=now)
    if room.lowest_lane is None:
        return None
    if patient and (waited := delivery.claim_patient(session, now=now)):
        return waited
    return delivery.claim(session, now=now, lowest_lane=room.lowest_lane)


def _settle(session: Session, claimed: Claimed, outcome: Outcome | NotTried, *, now: datetime) -> None:
    if isinstance(outcome, NotTried):
        delivery.hand_back(session, claimed, due_at=now + outcome.wait)
        return
    state = delivery.settle(session, claimed, outcome, spread=random.random(), now=now)
    note_sent(session, claimed.kind, claimed.about, state, now=now)
    _log(claimed, outcome)
    if outcome.unreachable:
        reason = outcome.reason or "unreachable"
        lose_contact(session, claimed.chat_id, reason=reason, now=now)


def _log(claimed: Claimed, outcome: Outcome) -> None:
    told = {"action": "delivery.settle", "message_id": claimed.id, "kind": claimed.kind, "status": outcome.verdict}
    log.info("a message was tried", extra=told)
