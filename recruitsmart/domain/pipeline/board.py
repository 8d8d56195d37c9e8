"""The board: who stands at which stage, the longest first, a bounded number of cards a column."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, union_all
from sqlalchemy.orm import Session, contains_eager, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Wanted, conditions
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.slots.models import LIVE, Booking, Slot

HIRED_STAY = timedelta(days=14)
CARDS, MORE_CARDS = 12, 200


@dataclass(frozen=True, kw_only=True)
class Card:
    """A person at a stage, with the nearest live booking."""

    candidate: Candidate
    booking: Booking | None


@dataclass(frozen=True, kw_only=True)
class Column:
    """A stage: how many stand there, since when the first of them, and the cards of those who stand longest."""

    stage: Stage
    total: int
    oldest_since: datetime | None
    cards: Sequence[Card]


def columns(session: Session, scope: Scope, wanted: Wanted, *, opened: Stage | None, now: datetime) -> list[Column]:
    """A column for each stage, in the order of the pipeline; the opened one with more cards. Four queries.

    Shown are active people, and who was hired in the last two weeks; an outcome that is wanted does not matter here.
    """
    needed = conditions(scope, replace(wanted, outcome=None))
    people = _people(session, needed, opened, now=now)
    bookings = _nearest_bookings(session, [person.id for person in people])
    cards = [Card(candidate=person, booking=bookings.get(person.id)) for person in people]
    counted = _counted(session, needed, now=now)
    return [
        Column(
            stage=stage,
            total=counted.get(stage, (0, None))[0],
            oldest_since=counted.get(stage, (0, None))[1],
            cards=[card for card in cards if card.candidate.stage == stage],
        )
        for stage in Stage
        if wanted.stage in (None, stage)
    ]


def _counted(
    session: Session, needed: Sequence[ColumnElement[bool]], *, now: datetime
) -> dict[Stage, tuple[int, datetime | None]]:
    """Who is under way and who was hired are counted apart: each by an index of its own, and mostly from it alone."""
    group = select(Candidate.stage, func.count(), func.min(Candidate.stage_since)).where(*needed)
    active = group.where(Candidate.outcome == Outcome.ACTIVE).group_by(Candidate.stage)
    hired = group.where(Candidate.stage == Stage.HIRED, *_standing_at(Stage.HIRED, now)).group_by(Candidate.stage)
    return {stage: (total, oldest) for stage, total, oldest in session.execute(union_all(active, hired))}


def _people(
    session: Session, needed: Sequence[ColumnElement[bool]], opened: Stage | None, *, now: datetime
) -> Sequence[Candidate]:
    longest = [
        select(Candidate.id)
        .where(*needed, Candidate.stage == stage, *_standing_at(stage, now))
        .order_by(Candidate.stage_since, Candidate.id)
        .limit(MORE_CARDS if stage == opened else CARDS)
        for stage in Stage
    ]
    ids = session.scalars(union_all(*(each.subquery().select() for each in longest))).all()
    people = (
        select(Candidate)
        .outerjoin(Candidate.contact)
        .options(contains_eager(Candidate.contact), joinedload(Candidate.city))
        .where(Candidate.id.in_(ids))
    )
    return session.scalars(people.order_by(Candidate.stage_since, Candidate.id)).all()


def _standing_at(stage: Stage, now: datetime) -> list[ColumnElement[bool]]:
    """Who of a stage is on the board, said so that the indexes of a stage are used."""
    if stage == Stage.HIRED:
        return [Candidate.outcome == Outcome.HIRED, Candidate.stage_since >= now - HIRED_STAY]
    return [Candidate.outcome == Outcome.ACTIVE]


def _nearest_bookings(session: Session, candidate_ids: Sequence[int]) -> Mapping[int, Booking]:
    live = (
        select(Booking)
        .join(Booking.slot)
        .options(contains_eager(Booking.slot).joinedload(Slot.recruiter))
        .where(Booking.candidate_id.in_(candidate_ids), Booking.status.in_(LIVE))
        .order_by(Slot.starts_at.desc())
    )
    return {booking.candidate_id: booking for booking in session.scalars(live)}
