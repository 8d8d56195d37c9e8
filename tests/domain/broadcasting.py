"""Acts around one broadcast that tests have in common."""

from collections import Counter

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.broadcasts import operations, sweeping
from recruitsmart.domain.broadcasts.models import Broadcast, BroadcastRecipient, BroadcastState, RecipientState
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Wanted
from recruitsmart.domain.directory.access import EVERYTHING, Scope
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.domain.messaging import delivery
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.messaging.sending import Outcome as Came
from recruitsmart.domain.messaging.sending import Verdict
from tests.factories import NOW, add_candidate

OLGA = Actor(kind=ActorKind.STAFF, id=None)
BODIES = {"ru": "Привет, {{ first_name }}!", "en": "Hello, {{ first_name }}!"}
ACCEPTED = Came(verdict=Verdict.ACCEPTED, telegram_message_id=7)
EVERYBODY = Wanted()
S = RecipientState


def add_person(session: Session, **values) -> Candidate:
    return add_candidate(session, **{"consent_at": NOW, "consent_version": "1", **values})


def drafted(session: Session, wanted: Wanted = EVERYBODY, scope: Scope = EVERYTHING, bodies=BODIES) -> Broadcast:
    return operations.draft(session, bodies, wanted, scope=scope, actor=OLGA, now=NOW)


def started(session: Session, wanted: Wanted = EVERYBODY, scope: Scope = EVERYTHING, bodies=BODIES) -> Broadcast:
    broadcast = drafted(session, wanted, scope, bodies)
    return press(session, broadcast, operations.start, revision=broadcast.revision)


def press(session: Session, broadcast: Broadcast, step, **more) -> Broadcast:
    return step(session, broadcast.id, scope=EVERYTHING, actor=OLGA, now=NOW, **more)


def advance(session: Session, broadcast: Broadcast, *, most_queued: int = 100, **more) -> bool:
    session.flush()
    return sweeping.advance(session, broadcast.id, most_queued=most_queued, now=NOW, **more)


def deliver(session: Session, outcome: Came = ACCEPTED, *, most: int = 1000) -> list[int]:
    """The chats that delivery sends to until nothing is due."""
    chats = []
    while len(chats) < most and (claimed := delivery.claim(session, now=NOW)):
        delivery.settle(session, claimed, outcome, spread=0.5, now=NOW)
        chats.append(claimed.chat_id)
    return chats


def states(session: Session, broadcast: Broadcast) -> dict[int, tuple[str, str | None]]:
    people = select(BroadcastRecipient).where(BroadcastRecipient.broadcast_id == broadcast.id)
    rows = session.scalars(people.execution_options(populate_existing=True))
    return {row.candidate_id: (row.state, row.reason) for row in rows}


def counts(session: Session, broadcast: Broadcast) -> dict[str, int]:
    return dict(Counter(state for state, _ in states(session, broadcast).values()))


def state_of(session: Session, broadcast: Broadcast) -> BroadcastState:
    session.flush()
    session.refresh(broadcast)
    return broadcast.state


def outbox(session: Session) -> list[tuple[int, str]]:
    return [tuple(row) for row in session.execute(select(OutboxMessage.chat_id, OutboxMessage.state))]
