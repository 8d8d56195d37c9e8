"""Choosing people for a batch, starting and stopping it. Each takes the lock of the batch's row first."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, literal, select, text, update
from sqlalchemy.orm import Session

from recruitsmart.domain.batches import queries
from recruitsmart.domain.batches.models import Act, Batch, BatchPerson, BatchState, PersonState
from recruitsmart.domain.batches.rules import STAGES, checked_reason
from recruitsmart.domain.broadcasts.rules import as_json
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Wanted, conditions
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.queries import cities_in, recruiters_in
from recruitsmart.domain.errors import BadInput, Changed, NotFound
from recruitsmart.domain.journal.operations import Actor, record

DRAFTS_STAY = timedelta(days=1)


def draft(
    session: Session, act: Act, details: Mapping[str, Any], wanted: Wanted, *, scope: Scope, actor: Actor, now: datetime
) -> Batch:
    """Choose everybody of the scope who matches now; nothing is done to them yet. Old drafts go.

    What is started later is exactly this list, so that whoever says “yes” knows how many people that concerns.

    Raises:
        BadInput: nobody matches, or the act is incomplete.
        NotFound: the recruiter or the city is not among those of the scope.
    """
    session.execute(
        delete(Batch).where(Batch.state == BatchState.DRAFT, Batch.created_at < now - DRAFTS_STAY)
    )  # fmt: skip
    city_ids = None if scope.city_ids is None else sorted(scope.city_ids)
    if city_ids == []:
        raise BadInput("Nobody matches.")
    batch = Batch(
        account_id=actor.id, act=act, details=_checked(session, act, details, scope), wanted=as_json(wanted),
        city_ids=city_ids, created_at=now,
    )  # fmt: skip
    session.add(batch)
    session.flush()
    _choose(session, batch, wanted, scope)
    if not batch.total:
        raise BadInput("Nobody matches.")
    return batch


def _checked(session: Session, act: Act, details: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    match act:
        case Act.REJECT:
            return {"reason": checked_reason(details.get("reason") or "")}
        case Act.MOVE:
            if details.get("stage") not in STAGES:
                raise BadInput("Choose where to move the candidates.")
            return {"stage": details["stage"]}
        case Act.RECRUITER:
            if details.get("recruiter_id") is None:
                raise BadInput("Choose a recruiter.")
            return {
                "recruiter_id": _among({each.id for each in recruiters_in(session, scope)}, details["recruiter_id"])
            }
        case Act.CITY:
            if details.get("city_id") is None:
                raise BadInput("Choose a city.")
            return {"city_id": _among({each.id for each in cities_in(session, scope)}, details["city_id"])}


def _among(ids: set[int], chosen: int) -> int:
    if chosen not in ids:
        raise NotFound
    return chosen


def _choose(session: Session, batch: Batch, wanted: Wanted, scope: Scope) -> None:
    """Write the list in one statement, with where each person stands now."""
    session.execute(_TAKE_TIME)
    needed = conditions(scope, wanted)
    matching = select(literal(batch.id), Candidate.id, Candidate.stage, Candidate.outcome)
    matching = matching.outerjoin(Candidate.contact).where(*needed)
    session.execute(insert(BatchPerson).from_select(["batch_id", "candidate_id", "stage", "outcome"], matching))
    chosen = select(func.count()).select_from(BatchPerson).where(BatchPerson.batch_id == batch.id)
    batch.total = session.scalar(chosen) or 0


_TAKE_TIME = text("set local statement_timeout = '25s'")  # below gunicorn's own limit; 100,000 people take seconds


def discard(session: Session, batch_id: int, *, scope: Scope) -> None:
    """Throw a draft away.

    Raises:
        Changed: it has been started.
    """
    batch = queries.by_id(session, batch_id, scope, lock=True)
    if batch.state != BatchState.DRAFT:
        raise Changed
    session.delete(batch)


def start(session: Session, batch_id: int, *, scope: Scope, actor: Actor, now: datetime) -> Batch:
    """Begin; who starts it is who acts from now on. One that has been started already stays as it is."""
    batch = queries.by_id(session, batch_id, scope, lock=True)
    if batch.state != BatchState.DRAFT:
        return batch
    batch.state, batch.started_at, batch.account_id = BatchState.RUNNING, now, actor.id
    record(session, "batch.started", actor=actor, now=now, subject_id=batch.id, people=batch.total)
    return batch


def stop(session: Session, batch_id: int, *, scope: Scope, actor: Actor, now: datetime) -> Batch:
    """End it: whose turn has not come yet stays as they are. Stopping twice changes nothing.

    Raises:
        Changed: it is through already, or was never started.
    """
    batch = queries.by_id(session, batch_id, scope, lock=True)
    if batch.state == BatchState.STOPPED:
        return batch
    if batch.state != BatchState.RUNNING:
        raise Changed
    batch.state, batch.ended_at = BatchState.STOPPED, now
    left = update(BatchPerson).where(BatchPerson.batch_id == batch.id, BatchPerson.state == PersonState.WAITING)
    left = left.values(state=PersonState.STOPPED, settled_at=now).returning(BatchPerson.candidate_id)
    people = len(session.scalars(left.execution_options(synchronize_session=False)).all())
    record(session, "batch.stopped", actor=actor, now=now, subject_id=batch.id, people=people)
    return batch
