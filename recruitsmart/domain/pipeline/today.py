"""What a recruiter begins the day with: each number of the page Today is defined here, within a scope.

The lists are bounded: `Some` says when there are more. Days are local days of a zone, half-open.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, select
from sqlalchemy.orm import Session, contains_eager

from recruitsmart.domain.assessments.undecided import after_exam, to_decide
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import ledger
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.notes.models import FollowUp
from recruitsmart.domain.notes.queries import to_follow_up
from recruitsmart.domain.slots.calling import Call, calls_page, to_call
from recruitsmart.domain.slots.desk import waiting_in
from recruitsmart.domain.slots.groups import ListedGroup, groups_between
from recruitsmart.domain.slots.listing import pending_in
from recruitsmart.domain.slots.models import SEATED, Booking, BookingStatus, Purpose, Slot, Waiting
from recruitsmart.domain.slots.rules import bounds_of, midnight
from recruitsmart.domain.timers.queries import given_up_since

Row = TypeVar("Row")

MOST_MEETINGS = 30
MOST_REQUESTS = 12
MOST_OF_OTHERS = 8
MOST_COUNTED = 1000
RECENT = timedelta(days=1)
STUCK = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class Some(Generic[Row]):
    """The first rows of a list, and whether there are more."""

    rows: Sequence[Row]
    more: bool

    def __str__(self) -> str:
        return f"{len(self.rows)}{'+' if self.more else ''}"


@dataclass(frozen=True, kw_only=True)
class Whose:
    """Whose meetings: one recruiter's, or (none given) everybody's within the scope."""

    scope: Scope
    recruiter_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Undecided:
    """Whose questionnaire, and whose exam, waits for a recruiter's word; each counted up to 1,000."""

    questionnaires: int
    exams: int

    def __str__(self) -> str:
        is_more = MOST_COUNTED in (self.questionnaires, self.exams)
        return f"{self.questionnaires + self.exams}{'+' if is_more else ''}"


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Messages that need a look, each counted up to 1,000."""

    failed: int
    unknown: int
    stuck: int
    given_up: int = 0

    @property
    def is_none(self) -> bool:
        """Whether all is well."""
        return not (self.failed or self.unknown or self.stuck or self.given_up)


def meetings_today(session: Session, whose: Whose, zone: ZoneInfo, *, now: datetime) -> Some[Booking]:
    """Whom one meets or met on this local day, by the hour: approved interviews and those with an outcome.

    Everybody's are too many for the page: those that are over come last, the latest of them first.
    """
    wanted = Booking.status.in_(SEATED)
    met = _meetings(whose, wanted, *_local_day(zone, now=now)).where(Booking.purpose == Purpose.INTERVIEW)
    if whose.recruiter_id is None:
        is_over = Slot.ends_at <= now
        still = case((~is_over, Slot.starts_at))
        met = met.order_by(None).order_by(is_over, still, Slot.starts_at.desc(), Booking.id)
    return _some(session.scalars(met.limit(MOST_MEETINGS + 1)).all(), MOST_MEETINGS)


def groups_today(session: Session, whose: Whose, zone: ZoneInfo, *, now: datetime) -> Some[ListedGroup]:
    """The introductory days that begin on this local day, with their numbers."""
    start, until = _local_day(zone, now=now)
    listed = groups_between(
        session, whose.scope, start, until, recruiter_id=whose.recruiter_id, limit=MOST_OF_OTHERS + 1
    )
    return _some(listed, MOST_OF_OTHERS)


def _local_day(zone: ZoneInfo, *, now: datetime) -> tuple[datetime, datetime]:
    return bounds_of(now.astimezone(zone).date(), zone)


def unconfirmed(session: Session, whose: Whose, zone: ZoneInfo, *, now: datetime) -> Some[Booking]:
    """Approved bookings that begin between now and the end of tomorrow whose candidate has not said “I will come”."""
    until = midnight(now.astimezone(zone).date() + timedelta(days=2), zone)
    silent = _meetings(whose, Booking.status == BookingStatus.BOOKED, now, until)
    return _some(session.scalars(silent.limit(MOST_OF_OTHERS + 1)).all(), MOST_OF_OTHERS)


def _meetings(whose: Whose, wanted: ColumnElement[bool], start: datetime, until: datetime) -> Select[Booking]:
    met = (
        select(Booking)
        .join(Booking.slot)
        .join(Booking.candidate)
        .options(contains_eager(Booking.slot).joinedload(Slot.recruiter))
        .options(contains_eager(Booking.candidate).joinedload(Candidate.city))
        .where(wanted, Slot.starts_at >= start, Slot.starts_at < until)
        .order_by(Slot.starts_at, Booking.id)
    )
    if whose.scope.city_ids is not None:
        met = met.where(Candidate.city_id.in_(whose.scope.city_ids))
    return met if whose.recruiter_id is None else met.where(Slot.recruiter_id == whose.recruiter_id)


def requests(session: Session, scope: Scope) -> Some[Booking]:
    """Bookings that wait for a yes or no, the oldest first."""
    return _some(pending_in(session, scope, limit=MOST_REQUESTS + 1), MOST_REQUESTS)


def undecided(session: Session, scope: Scope) -> Undecided:
    """How many people wait for a recruiter's word: in screening, and after an exam that did not lead on."""
    looked_for = {"questionnaires": to_decide(scope), "exams": after_exam(scope)}
    ids = {name: found.with_only_columns(Candidate.id).order_by(None) for name, found in looked_for.items()}
    counted = select(*(_counted(each).label(name) for name, each in ids.items()))
    return Undecided(**session.execute(counted).mappings().one())


def longest_waiting(session: Session, scope: Scope) -> Some[Waiting]:
    """Active candidates in the queue for an hour, who has waited longest first."""
    return _some(waiting_in(session, scope, limit=MOST_OF_OTHERS + 1), MOST_OF_OTHERS)


def looks_again(session: Session, scope: Scope, zone: ZoneInfo, *, now: datetime) -> Some[FollowUp]:
    """Whom somebody wanted to look at again by this local day: the longest overdue first."""
    due = to_follow_up(session, scope, until=now.astimezone(zone).date(), limit=MOST_OF_OTHERS + 1)
    return _some(due, MOST_OF_OTHERS)


def first_to_call(session: Session, scope: Scope, *, now: datetime) -> Some[Call]:
    """Active candidates whom our messages no longer reach: who has the nearest hour first."""
    calls = calls_page(session, to_call(scope, now=now), offset=0, limit=MOST_OF_OTHERS + 1)
    return _some(calls, MOST_OF_OTHERS)


def trouble(session: Session, scope: Scope, *, now: datetime) -> Trouble:
    """Messages that failed, or whose fate is unknown, in the last day; and those that should have left 10 min ago.

    Broadcasts may wait as long as they need to, so they are never stuck. Timers that were given up belong to no city:
    only who sees everything sees them.
    """
    late = (OutboxMessage.due_at < now - STUCK, OutboxMessage.lane != Lane.BULK)
    looked_for = {
        "failed": _ended(scope, MessageState.FAILED, since=now - RECENT),
        "unknown": _ended(scope, MessageState.UNKNOWN, since=now - RECENT),
        "stuck": _ids(scope, MessageState.QUEUED).where(*late),
    }
    if scope.is_everything:
        looked_for["given_up"] = given_up_since(now - RECENT)
    counted = select(*(_counted(ids).label(name) for name, ids in looked_for.items()))
    return Trouble(**session.execute(counted).mappings().one())


def _ended(scope: Scope, state: MessageState, *, since: datetime) -> Select[int]:
    return _ids(scope, state).where(OutboxMessage.settled_at >= since)


def _ids(scope: Scope, state: MessageState) -> Select[int]:
    return ledger(scope, state=state, candidate_id=None).with_only_columns(OutboxMessage.id).order_by(None)


def _counted(ids: Select[int]) -> ScalarSelect[int]:
    return select(func.count()).select_from(ids.limit(MOST_COUNTED).subquery()).scalar_subquery()


def _some(found: Sequence[Row], most: int) -> Some[Row]:
    return Some(rows=found[:most], more=len(found) > most)
