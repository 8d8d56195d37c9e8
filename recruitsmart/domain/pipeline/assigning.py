"""Giving a person to a recruiter, or to another city."""

from datetime import datetime

from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.slots import waiting
from recruitsmart.domain.slots.models import Purpose
from recruitsmart.domain.slots.queries import live_booking

ELSEWHERE = "This recruiter does not work in the candidate’s city."
BOOKED = "The candidate has a booking in the present city: cancel it first."


def assign(session: Session, candidate: Candidate, recruiter: Recruiter, *, actor: Actor, now: datetime) -> None:
    """This recruiter looks after the person from now on. Assigning twice changes nothing.

    Raises:
        BadInput: the recruiter is not active, or does not work in the person's city.
    """
    if candidate.recruiter_id == recruiter.id:
        return
    if not recruiter.active or candidate.city not in recruiter.cities:
        raise BadInput(ELSEWHERE)
    candidate.recruiter_id = recruiter.id
    record(
        session, "candidate.assigned", actor=actor, now=now, candidate_id=candidate.id, recruiter=recruiter.name
    )  # fmt: skip


def relocate(session: Session, candidate: Candidate, city: City, *, actor: Actor, now: datetime) -> None:
    """The person applies in this city from now on; who waits for an hour waits there. Twice changes nothing.

    Whoever looked after the person does so no longer, unless they work in that city too.

    Raises:
        BadInput: there is a live booking in the city before.
    """
    if candidate.city_id == city.id:
        return
    if any(live_booking(session, candidate.id, purpose) for purpose in Purpose):
        raise BadInput(BOOKED)
    before = None if candidate.city is None else candidate.city.name
    candidate.city_id, candidate.city = city.id, city
    recruiter = None if candidate.recruiter_id is None else session.get(Recruiter, candidate.recruiter_id)
    if recruiter is not None and city not in recruiter.cities:
        candidate.recruiter_id = None
    waiting.follow(session, candidate.id, city.id, now=now)
    record(
        session, "candidate.relocated", actor=actor, now=now, candidate_id=candidate.id, before=before, after=city.name
    )  # fmt: skip
