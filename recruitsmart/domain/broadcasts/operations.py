"""Writing, starting, pausing, resuming and stopping a broadcast. Each takes the lock of the broadcast's row first."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import case, exists, insert, literal, select, text, update
from sqlalchemy.orm import Session

from recruitsmart.domain.broadcasts import queries
from recruitsmart.domain.broadcasts.models import (
    Broadcast,
    BroadcastRecipient,
    BroadcastState,
    RecipientState,
    SkipReason,
)
from recruitsmart.domain.broadcasts.rules import as_json, checked_bodies, is_new_step
from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.queries import Wanted
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.errors import BadInput, Changed
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.messaging import bulk
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage

SETTLED = (MessageState.SENT, MessageState.FAILED, MessageState.UNKNOWN, MessageState.SKIPPED)


def draft(
    session: Session, bodies: Mapping[str, str], wanted: Wanted, *, scope: Scope, actor: Actor, now: datetime
) -> Broadcast:
    """Write a broadcast down; nobody gets anything yet.

    Raises:
        BadText: one of the texts could not be sent.
        BadInput: the filter reaches no city of the scope.
    """
    broadcast = Broadcast(account_id=actor.id, created_at=now)
    _word(broadcast, bodies, wanted, scope)
    session.add(broadcast)
    session.flush()
    record(session, "broadcast.drafted", actor=actor, now=now, subject_id=broadcast.id)
    return broadcast


def redraft(
    session: Session, broadcast_id: int, bodies: Mapping[str, str], wanted: Wanted, *, revision: int, scope: Scope
) -> Broadcast:
    """Change a draft, when it is still the one that was looked at.

    Raises:
        Changed: somebody changed or started it meanwhile.
        BadText, BadInput: as for `draft`.
    """
    broadcast = queries.by_id(session, broadcast_id, scope, lock=True)
    if broadcast.state != BroadcastState.DRAFT or broadcast.revision != revision:
        raise Changed
    _word(broadcast, bodies, wanted, scope)
    return broadcast


def _word(broadcast: Broadcast, bodies: Mapping[str, str], wanted: Wanted, scope: Scope) -> None:
    broadcast.bodies, broadcast.wanted = checked_bodies(bodies), as_json(wanted)
    broadcast.city_ids = _reachable(wanted, scope)


def _reachable(wanted: Wanted, scope: Scope) -> list[int] | None:
    if wanted.city_id is not None and scope.includes(wanted.city_id):
        return [wanted.city_id]
    if scope.city_ids is None:
        return None
    if wanted.city_id is not None or not scope.city_ids:
        raise BadInput("This reaches no city of yours.")
    return sorted(scope.city_ids)


def discard(session: Session, broadcast_id: int, *, scope: Scope) -> None:
    """Throw a draft away.

    Raises:
        Changed: it has been started.
    """
    broadcast = queries.by_id(session, broadcast_id, scope, lock=True)
    if broadcast.state != BroadcastState.DRAFT:
        raise Changed
    session.delete(broadcast)


def start(
    session: Session, broadcast_id: int, *, revision: int, scope: Scope, actor: Actor, now: datetime
) -> Broadcast:
    """Freeze the list and begin to send; one that has been started already stays as it is.

    Raises:
        Changed: the draft is another one than was looked at.
        BadInput: nobody would get it.
    """
    broadcast = queries.by_id(session, broadcast_id, scope, lock=True)
    if broadcast.state != BroadcastState.DRAFT:
        return broadcast
    if broadcast.revision != revision:
        raise Changed
    _freeze(session, broadcast)
    frozen = queries.progress(session, [broadcast.id])[broadcast.id]
    waiting = frozen.count(RecipientState.WAITING)
    if not waiting:
        raise BadInput("Nobody would get this.")
    broadcast.state, broadcast.started_at, broadcast.total = BroadcastState.RUNNING, now, frozen.total
    record(session, "broadcast.started", actor=actor, now=now, subject_id=broadcast.id, people=waiting)
    return broadcast


def _freeze(session: Session, broadcast: Broadcast) -> None:
    """Write everybody who matches now into the list, in one statement; who cannot get it is skipped at once."""
    session.execute(_TAKE_TIME)
    reason, needed = queries.list_of(broadcast)
    kind = BroadcastRecipient.state.type
    waiting, skipped = literal(RecipientState.WAITING, kind), literal(RecipientState.SKIPPED, kind)
    state = case((reason.is_(None), waiting), else_=skipped)
    matching = select(literal(broadcast.id), Candidate.id, state, reason).outerjoin(Candidate.contact).where(*needed)
    session.execute(
        insert(BroadcastRecipient).from_select(["broadcast_id", "candidate_id", "state", "reason"], matching)
    )


_TAKE_TIME = text("set local statement_timeout = '25s'")  # below gunicorn's own limit; 100,000 people take seconds


def pause(session: Session, broadcast_id: int, *, scope: Scope, actor: Actor, now: datetime) -> Broadcast:
    """Hold what has not been sent; what is being sent this moment still arrives. Pausing twice changes nothing.

    Raises:
        Changed: it is not running any more.
    """
    broadcast = queries.by_id(session, broadcast_id, scope, lock=True)
    if is_new_step(broadcast.state, BroadcastState.PAUSED):
        broadcast.state = BroadcastState.PAUSED
        note_settled(session, broadcast)
        put_back(session, broadcast, now=now)
        _note(session, broadcast, "broadcast.paused", actor=actor, now=now)
    return broadcast


def resume(session: Session, broadcast_id: int, *, scope: Scope, actor: Actor, now: datetime) -> Broadcast:
    """Go on where it was paused. Resuming twice changes nothing.

    Raises:
        Changed: it is not paused any more.
    """
    broadcast = queries.by_id(session, broadcast_id, scope, lock=True)
    if is_new_step(broadcast.state, BroadcastState.RUNNING):
        broadcast.state = BroadcastState.RUNNING
        _note(session, broadcast, "broadcast.resumed", actor=actor, now=now)
    return broadcast


def stop(session: Session, broadcast_id: int, *, scope: Scope, actor: Actor, now: datetime) -> Broadcast:
    """End it: whoever has not got it yet will not. Stopping twice changes nothing.

    Raises:
        Changed: it has finished.
    """
    broadcast = queries.by_id(session, broadcast_id, scope, lock=True)
    if is_new_step(broadcast.state, BroadcastState.STOPPED):
        broadcast.state, broadcast.ended_at = BroadcastState.STOPPED, now
        note_settled(session, broadcast)
        _note(session, broadcast, "broadcast.stopped", actor=actor, now=now)
        put_back(session, broadcast, now=now)
    return broadcast


def _note(session: Session, broadcast: Broadcast, kind: str, *, actor: Actor, now: datetime) -> None:
    people = queries.progress(session, [broadcast.id])[broadcast.id].unsent
    record(session, kind, actor=actor, now=now, subject_id=broadcast.id, people=people)


def note_settled(session: Session, broadcast: Broadcast) -> None:
    """Copy what became of messages that were queued. One the outbox skipped could not reach the person any more.

    Whom another account still reaches waits again, for a message there.
    """
    person = BroadcastRecipient
    _wait_for_other_account(session, broadcast)
    skipped = OutboxMessage.state == MessageState.SKIPPED
    copied = {
        "state": OutboxMessage.state,
        "reason": case((skipped, literal(SkipReason.UNREACHABLE, person.reason.type))),
    }
    settled = (
        update(person)
        .where(
            person.broadcast_id == broadcast.id,
            person.state == RecipientState.QUEUED,
            OutboxMessage.id == person.outbox_id,
            OutboxMessage.state.in_(SETTLED),
        )
        .values(copied)
    )
    session.execute(settled.execution_options(synchronize_session=False))
    gone = ~exists().where(OutboxMessage.id == person.outbox_id)  # erased along with what we held of the person
    queued = (person.broadcast_id == broadcast.id, person.state == RecipientState.QUEUED)
    erased = update(person).where(*queued, gone).values(state=RecipientState.SKIPPED, reason=SkipReason.NO_CONTACT)
    session.execute(erased.execution_options(synchronize_session=False))


def _wait_for_other_account(session: Session, broadcast: Broadcast) -> None:
    person = BroadcastRecipient
    queued = (person.broadcast_id == broadcast.id, person.state == RecipientState.QUEUED)
    lost = (OutboxMessage.id == person.outbox_id, OutboxMessage.state == MessageState.SKIPPED)
    other = exists().where(
        Contact.candidate_id == person.candidate_id, Contact.main, Contact.unreachable_since.is_(None),
        Contact.chat_id != OutboxMessage.chat_id,
    ).correlate(person, OutboxMessage)  # fmt: skip
    again = update(person).where(*queued, *lost, other).values(state=RecipientState.WAITING)
    session.execute(again.execution_options(synchronize_session=False))


def put_back(session: Session, broadcast: Broadcast, *, now: datetime) -> None:
    """Take what nobody has sent yet out of the outbox: those people wait again, or are skipped when it was stopped."""
    person = BroadcastRecipient
    queued = (person.broadcast_id == broadcast.id, person.state == RecipientState.QUEUED)
    ids = session.scalars(select(person.outbox_id).where(*queued)).all()
    taken = bulk.take_back(session, [each for each in ids if each is not None], now=now)
    wait_again = update(person).where(*queued, person.outbox_id.in_(taken)).values(state=RecipientState.WAITING)
    session.execute(wait_again.execution_options(synchronize_session=False))
    if broadcast.state == BroadcastState.STOPPED:
        skip(session, broadcast, SkipReason.STOPPED)


def skip(
    session: Session, broadcast: Broadcast, reason: SkipReason, candidate_ids: Sequence[int] | None = None
) -> None:
    """Pass over these people of the list who still wait; None means all of them."""
    person = BroadcastRecipient
    passed = update(person).where(person.broadcast_id == broadcast.id, person.state == RecipientState.WAITING)
    if candidate_ids is not None:
        passed = passed.where(person.candidate_id.in_(candidate_ids))
    passed = passed.values(state=RecipientState.SKIPPED, reason=reason)
    session.execute(passed.execution_options(synchronize_session=False))
