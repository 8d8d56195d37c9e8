"""Taking back the last move of a person, where the table of stages has the way back and nothing has come of it."""

from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import move
from recruitsmart.domain.candidates.stages import Outcome, Stage, may_move
from recruitsmart.domain.errors import NotInThisStage
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.domain.slots.models import LIVE, Booking, Waiting, WaitingStatus


def way_back(session: Session, candidate: Candidate, *, actor: Actor) -> Stage | None:
    """The stage to which this actor could take the person back; None when there is no way.

    Only a move by hand can be taken back, by whom it was made, as long as it is the last one: not one that followed
    from the end of a booking, and not when the person has begun to wait for an hour or has booked one.
    """
    last = session.scalar(
        select(Entry)
        .where(Entry.candidate_id == candidate.id, Entry.kind == "candidate.moved")
        .order_by(Entry.id.desc())
        .limit(1)
    )
    if last is None or (last.actor_kind, last.actor_id) != (actor.kind, actor.id):
        return None
    before, after = Stage(last.details["before"]), Stage(last.details["after"])
    if candidate.outcome != Outcome.ACTIVE or candidate.stage != after or not may_move(after, before):
        return None
    return None if _came_of_it(session, candidate.id, last.at) else before


def _came_of_it(session: Session, candidate_id: int, at: datetime) -> bool:
    ended = (Booking.ended_at >= at) | Booking.status.in_(LIVE)
    booked = exists().where(Booking.candidate_id == candidate_id, ended)
    waits = exists().where(Waiting.candidate_id == candidate_id, Waiting.status == WaitingStatus.WAITING)
    return bool(session.scalar(select(booked | waits)))


def take_back(session: Session, candidate: Candidate, *, actor: Actor, now: datetime) -> None:
    """Move the person back to where they stood before the last move.

    Raises:
        NotInThisStage: there is no way back, or not any more.
    """
    before = way_back(session, candidate, actor=actor)
    if before is None:
        raise NotInThisStage
    move(session, candidate, before, actor=actor, now=now)
