"""Doing it: one person of a batch in one transaction, so that a crash at any line leaves nobody half done.

The batch's row is locked first: two workers take turns, and a press of “stop” comes between two people. Then follow the
locks of the operation itself, and last the person's row, as when somebody is erased.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.batches.models import Act, Batch, BatchPerson, BatchState, PersonState
from recruitsmart.domain.batches.rules import GONE, stands_so
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.access import NOT_ANY_MORE, Scope
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.directory.queries import working_scope
from recruitsmart.domain.errors import OUR_DEFECT, BadInput, Changed, DomainError
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import SYSTEM, Actor, record
from recruitsmart.domain.pipeline.assigning import assign, relocate
from recruitsmart.domain.pipeline.decisions import move_by_hand, reject

Verdict = tuple[PersonState, str | None]


@dataclass(frozen=True, kw_only=True)
class Turn:
    """Whose turn it is; the batch is locked until the transaction ends. The ids can be read after that too."""

    batch: Batch
    batch_id: int
    candidate_id: int


def next_turn(session: Session, batch_id: int, *, now: datetime) -> Turn | None:
    """The next person of the list; None when the batch is through, stopped, or another worker holds it."""
    batch = _lock(session, batch_id)
    if batch is None:
        return None
    candidate_id = _next_person(session, batch_id)
    if candidate_id is None:
        _finish(session, batch, now=now)
        return None
    return Turn(batch=batch, batch_id=batch_id, candidate_id=candidate_id)


def act(session: Session, turn: Turn, *, now: datetime) -> None:
    """Do it to this person, or write down why not. Whoever acts has the rights of now, not of when it began."""
    verdict = _verdict(session, turn.batch, turn.candidate_id, now=now)
    _settle(session, turn.batch_id, turn.candidate_id, verdict, now=now)


def _lock(session: Session, batch_id: int) -> Batch | None:
    row = select(Batch).where(Batch.id == batch_id, Batch.state == BatchState.RUNNING)
    locked = row.with_for_update(skip_locked=True, of=Batch).execution_options(populate_existing=True)
    return session.scalar(locked)


def _next_person(session: Session, batch_id: int) -> int | None:
    waiting = (BatchPerson.batch_id == batch_id, BatchPerson.state == PersonState.WAITING)
    return session.scalar(
        select(BatchPerson.candidate_id).where(*waiting).order_by(BatchPerson.candidate_id).limit(1)
    )  # fmt: skip


def _settle(session: Session, batch_id: int, candidate_id: int, verdict: Verdict, *, now: datetime) -> None:
    person = (BatchPerson.batch_id == batch_id, BatchPerson.candidate_id == candidate_id)
    session.flush()
    session.execute(
        update(BatchPerson)
        .where(*person, BatchPerson.state == PersonState.WAITING)
        .values(state=verdict[0], why=verdict[1], settled_at=now)
        .execution_options(synchronize_session=False)
    )


def note_failure(session: Session, batch_id: int, candidate_id: int, *, now: datetime) -> None:
    """What was tried ended in a defect of ours: the others go on. Who was settled meanwhile stays so."""
    _settle(session, batch_id, candidate_id, (PersonState.FAILED, OUR_DEFECT), now=now)


def _verdict(session: Session, batch: Batch, candidate_id: int, *, now: datetime) -> Verdict:
    try:
        with session.begin_nested():
            changed = _do(session, batch, candidate_id, now=now)
    except DomainError as error:
        return PersonState.REFUSED, str(error)
    return (PersonState.DONE if changed else PersonState.UNCHANGED), None


def _do(session: Session, batch: Batch, candidate_id: int, *, now: datetime) -> bool:
    actor, scope = _rights(session, batch)
    candidate = _person(session, candidate_id, scope)
    if stands_so(batch.act, batch.details, candidate):
        return False
    _refuse_moved_on(session, batch, candidate)
    _carry_out(session, batch, candidate, scope, actor=actor, now=now)
    return True


def _rights(session: Session, batch: Batch) -> tuple[Actor, Scope]:
    """Who acts, and whose candidates they may touch now.

    Raises:
        BadInput: the account is gone, switched off, or may only look.
    """
    scope = working_scope(session, batch.account_id)
    if scope is None:
        raise BadInput(NOT_ANY_MORE)
    return Actor(kind=ActorKind.STAFF, id=batch.account_id), scope


def _person(session: Session, candidate_id: int, scope: Scope) -> Candidate:
    found = select(Candidate).options(joinedload(Candidate.city), joinedload(Candidate.contact))
    person = found.where(Candidate.id == candidate_id).execution_options(populate_existing=True)
    candidate = session.scalar(person)
    if candidate is None or candidate.erased_at is not None or not scope.includes(candidate.city_id):
        raise BadInput(GONE)
    return candidate


def _refuse_moved_on(session: Session, batch: Batch, candidate: Candidate) -> None:
    """Whoever has gone on since they were looked at is not the person that was meant.

    Raises:
        Changed: stage or outcome is another one.
    """
    if batch.act not in (Act.REJECT, Act.MOVE):
        return
    chosen = session.execute(
        select(BatchPerson.stage, BatchPerson.outcome).where(
            BatchPerson.batch_id == batch.id, BatchPerson.candidate_id == candidate.id
        )
    ).one()
    if (candidate.stage, candidate.outcome) != (chosen.stage, chosen.outcome):
        raise Changed


def _carry_out(
    session: Session, batch: Batch, candidate: Candidate, scope: Scope, *, actor: Actor, now: datetime
) -> None:
    details = batch.details
    match batch.act:
        case Act.REJECT:
            reject(session, candidate, reason=details["reason"], actor=actor, now=now)
        case Act.MOVE:
            move_by_hand(session, candidate, Stage(details["stage"]), actor=actor, now=now)
        case Act.RECRUITER:
            recruiter = session.get_one(Recruiter, details["recruiter_id"])
            assign(session, candidate, recruiter, actor=actor, now=now)
        case Act.CITY:
            if not scope.includes(details["city_id"]):
                raise BadInput(NOT_ANY_MORE)
            relocate(session, candidate, session.get_one(City, details["city_id"]), actor=actor, now=now)


def _finish(session: Session, batch: Batch, *, now: datetime) -> None:
    batch.state, batch.ended_at = BatchState.FINISHED, now
    record(session, "batch.finished", actor=SYSTEM, now=now, subject_id=batch.id)
