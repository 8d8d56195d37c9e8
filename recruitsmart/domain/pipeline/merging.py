"""Two cards of one person become one: the application of one goes on, everything that belongs to the other moves there.

Nothing is lost but the card itself: its address leads to the one that goes on, its words are in the journal. Locks are
taken in the one order: lists of broadcasts, batches and files, conversations, slots, bookings, the candidates by id.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.assessments.models import Attempt
from recruitsmart.domain.candidates.models import Candidate, MergedCard
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.errors import BadInput, Changed
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.pipeline import belongings
from recruitsmart.domain.pipeline.assigning import relocate
from recruitsmart.domain.pipeline.rejections import hand_on_telling
from recruitsmart.domain.slots import waiting
from recruitsmart.domain.slots.models import LIVE, Booking, Purpose
from recruitsmart.domain.slots.seats import lock_slots

_STAGES = list(Stage)
_GOES_BEFORE = {Outcome.HIRED: 2, Outcome.ACTIVE: 1}


class Choice(StrEnum):
    """What is chosen when two cards say different things."""

    NAME = "full_name"
    PHONE = "phone"
    CITY = "city"
    SOURCE = "source"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """What two cards say about the same thing; `taken` is from the card that is given up."""

    choice: Choice
    kept: str
    given_up: str
    taken: bool


@dataclass(frozen=True, kw_only=True)
class Amount:
    """How much there is about somebody."""

    bookings: int
    attempts: int
    messages: int


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a merge would do. `in_the_way` are live bookings that must be ended first, of both where both have one."""

    survivor: Candidate
    given_up: Candidate
    differences: Sequence[Difference]
    in_the_way: Sequence[Booking]
    moves: Amount


def goes_on(one: Candidate, other: Candidate) -> Candidate:
    """Whose application should go on: who was hired before who is under way before who ended, then who came further.

    Of two who came equally far it is who can be written to, then who agreed to data processing, then the older card.
    """
    return max(one, other, key=_precedence)


def _precedence(candidate: Candidate) -> tuple[int, int, bool, bool, int]:
    return (
        _GOES_BEFORE.get(candidate.outcome, 0), _STAGES.index(candidate.stage), candidate.contact is not None,
        candidate.consent_at is not None, -candidate.id,
    )  # fmt: skip


def plan(session: Session, survivor: Candidate, given_up: Candidate, *, take: Collection[Choice] = ()) -> Plan:
    """What would come of it; nothing is changed.

    Raises:
        BadInput: it is one and the same card.
    """
    _refuse_same(survivor, given_up)
    return Plan(
        survivor=survivor,
        given_up=given_up,
        differences=_differences(survivor, given_up, take),
        in_the_way=_in_the_way(_live_bookings(session, survivor, given_up), given_up),
        moves=_amount(session, given_up.id),
    )


def _amount(session: Session, candidate_id: int) -> Amount:
    tables = (Booking, Attempt, OutboxMessage)
    counts = [select(func.count()).where(table.candidate_id == candidate_id).scalar_subquery() for table in tables]
    bookings, attempts, messages = session.execute(select(*counts)).one()
    return Amount(bookings=bookings, attempts=attempts, messages=messages)


def _refuse_same(survivor: Candidate, given_up: Candidate) -> None:
    if survivor.id == given_up.id:
        raise BadInput("This is one and the same card.")


def _differences(survivor: Candidate, given_up: Candidate, take: Collection[Choice]) -> list[Difference]:
    pairs = ((choice, _said(survivor, choice), _said(given_up, choice)) for choice in Choice)
    return [
        Difference(choice=choice, kept=kept, given_up=other, taken=not kept or choice in take)
        for choice, kept, other in pairs
        if other and kept != other
    ]


def _said(candidate: Candidate, choice: Choice) -> str:
    return str(getattr(candidate, choice.value) or "")


def _live_bookings(session: Session, *candidates: Candidate) -> Sequence[Booking]:
    ids = [candidate.id for candidate in candidates]
    live = select(Booking).where(Booking.candidate_id.in_(ids), Booking.status.in_(LIVE)).order_by(Booking.id)
    return session.scalars(live.options(joinedload(Booking.slot), joinedload(Booking.candidate))).all()


def _in_the_way(live: Sequence[Booking], given_up: Candidate) -> list[Booking]:
    """A booked hour cannot go to somebody who stands elsewhere. Where both are booked, either may be ended."""
    purposes = {booking.purpose for booking in live if booking.candidate_id == given_up.id}
    return [booking for booking in live if booking.purpose in purposes]


def merge(
    session: Session,
    survivor_id: int,
    given_up_id: int,
    *,
    take: Collection[Choice] = (),
    actor: Actor,
    now: datetime,
) -> Candidate:
    """Carry it out: one card is left. What the survivor lacks it gets; `take` names what it takes besides.

    Raises:
        Changed: one of them is gone, for somebody merged or erased it meanwhile.
        BadInput: it is one card, a live booking is in the way, or the city cannot change for one.
    """
    survivor, given_up = _locked(session, survivor_id, given_up_id)
    _refuse_same(survivor, given_up)
    _refuse_live_bookings(_live_bookings(session, survivor, given_up), given_up)
    goes_on_waiting = _goes_on_waiting(session, survivor, given_up)
    if not goes_on_waiting:
        waiting.leave(session, given_up.id, now=now)
    lost = _take_over(session, survivor, given_up, take, actor=actor, now=now)
    hand_on_telling(session, given_up, survivor, now=now)
    record(
        session, "candidate.merged", actor=actor, now=now, candidate_id=survivor.id, reference=given_up.reference,
        stage=given_up.stage, outcome=given_up.outcome, **lost,
    )  # fmt: skip
    session.add(
        MergedCard(candidate_id=given_up.id, reference=given_up.reference, survivor_id=survivor.id, merged_at=now)
    )
    session.flush()
    belongings.move(session, given_up.id, survivor.id, now=now)
    if goes_on_waiting and survivor.city_id is not None:
        waiting.follow(session, survivor.id, survivor.city_id, now=now)
    session.execute(delete(Candidate).where(Candidate.id == given_up.id).execution_options(synchronize_session=False))
    session.expunge(given_up)
    session.expire_all()
    return survivor


def _goes_on_waiting(session: Session, survivor: Candidate, given_up: Candidate) -> bool:
    """Whether the place in the queue is the survivor's now: who stands elsewhere or waits already does not need it."""
    stands_there = (survivor.stage, survivor.outcome) == (given_up.stage, given_up.outcome)
    return stands_there and not any(waiting.is_waiting(session, survivor.id, purpose) for purpose in Purpose)


def _locked(session: Session, survivor_id: int, given_up_id: int) -> tuple[Candidate, Candidate]:
    ids = sorted({survivor_id, given_up_id})
    belongings.lock(session, ids)
    of_both = Booking.candidate_id.in_(ids)
    lock_slots(session, session.scalars(select(Booking.slot_id).where(of_both)).all())
    session.execute(select(Booking.id).where(of_both).order_by(Booking.id).with_for_update())
    people = select(Candidate).where(Candidate.id.in_(ids)).order_by(Candidate.id)
    rows = session.scalars(people.with_for_update().execution_options(populate_existing=True)).all()
    found = {candidate.id: candidate for candidate in rows}
    if len(found) < len(ids) or any(candidate.erased_at is not None for candidate in rows):
        raise Changed
    return found[survivor_id], found[given_up_id]


def _refuse_live_bookings(live: Sequence[Booking], given_up: Candidate) -> None:
    in_the_way = _in_the_way(live, given_up)
    if len(in_the_way) > len({booking.purpose for booking in in_the_way}):
        raise BadInput("Both cards have a booked hour for the same purpose: end one of the two first.")
    if in_the_way:
        raise BadInput("The card that is given up has a booked hour: let that card go on, or end the booking first.")


def _take_over(
    session: Session, survivor: Candidate, given_up: Candidate, take: Collection[Choice], *, actor: Actor, now: datetime
) -> dict[str, Any]:
    """Fill and replace what the survivor says of itself; returns what is left unsaid then, for the journal."""
    lost = {}
    for each in _differences(survivor, given_up, take):
        if not each.taken:
            lost[each.choice.value] = each.given_up
            continue
        if each.kept:
            lost[each.choice.value] = each.kept
        if each.choice == Choice.CITY:
            _take_city(session, survivor, given_up, actor=actor, now=now)
        else:
            setattr(survivor, each.choice.value, getattr(given_up, each.choice.value))
    _take_rest(session, survivor, given_up)
    return lost


def _take_city(session: Session, survivor: Candidate, given_up: Candidate, *, actor: Actor, now: datetime) -> None:
    if given_up.city is None:
        return
    if survivor.city_id is not None or _live_bookings(session, survivor):
        relocate(session, survivor, given_up.city, actor=actor, now=now)
    else:
        survivor.city, survivor.city_id = given_up.city, given_up.city_id


def _take_rest(session: Session, survivor: Candidate, given_up: Candidate) -> None:
    """What nobody chooses: the earlier beginning, the earlier consent, the longer time in tests, the duty to keep."""
    survivor.hold_reason = survivor.hold_reason or given_up.hold_reason
    if given_up.consent_at is not None and (survivor.consent_at is None or given_up.consent_at < survivor.consent_at):
        survivor.consent_at, survivor.consent_version = given_up.consent_at, given_up.consent_version
    survivor.created_at = min(survivor.created_at, given_up.created_at)
    survivor.registered_at = survivor.registered_at or given_up.registered_at
    survivor.extra_time_percent = max(survivor.extra_time_percent, given_up.extra_time_percent)
    survivor.phone_declined = survivor.phone is None and (survivor.phone_declined or given_up.phone_declined)
    if survivor.contact is None:
        survivor.language = given_up.language
    if survivor.recruiter_id is None and _serves(session, given_up.recruiter_id, survivor.city_id):
        survivor.recruiter_id = given_up.recruiter_id


def _serves(session: Session, recruiter_id: int | None, city_id: int | None) -> bool:
    recruiter = None if recruiter_id is None else session.get(Recruiter, recruiter_id)
    return recruiter is not None and city_id in {city.id for city in recruiter.cities}
