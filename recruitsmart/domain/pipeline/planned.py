"""What timers will bring to people, and to recruiters about them: a page for all, a person's own, and the words.

A timer whose firing would find nothing to do any more is not planned: its booking or offer has ended, its test is over.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Row,
    Select,
    SQLColumnExpression,
    and_,
    func,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy import cast as cast_to
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.assessments.models import Attempt, AttemptStatus, Test
from recruitsmart.domain.assessments.queries import newest_attempt
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.queries import override_for
from recruitsmart.domain.pipeline.rejections import TELLS_REJECTION, rejection_key
from recruitsmart.domain.pipeline.testing import INVITES, STAGES, TEST2, UNFINISHED_NUDGES, invitation_to
from recruitsmart.domain.slots.announcements import reminder_key
from recruitsmart.domain.slots.approvals import PENDING_EXPIRES, PENDING_NUDGES
from recruitsmart.domain.slots.ladder import OFFER_EXPIRES
from recruitsmart.domain.slots.listing import live_of
from recruitsmart.domain.slots.models import LIVE, Booking, BookingStatus, Offer, OfferStatus, Slot, Waiting
from recruitsmart.domain.slots.reminders import Reminder
from recruitsmart.domain.slots.reminding import ASKS_OUTCOME, TIMER_OF, Expected, planned_for
from recruitsmart.domain.slots.wording import values_for_recruiter, values_of
from recruitsmart.domain.timers.models import Timer, TimerState

Found = TypeVar("Found", Candidate, Booking, Offer)
Rows = Sequence[Row[int, str, datetime, int, int, int]]
Timers = Select[int, str, datetime, int, int, int]  # id, kind, moment; ids of candidate, booking and offer


class Coming(StrEnum):
    """What a timer about a person brings."""

    FIRST_REMINDER = "first_reminder"
    SECOND_REMINDER = "second_reminder"
    LAST_REMINDER = "last_reminder"
    OUTCOME_ASKED = "outcome_asked"
    REQUEST_WAITS = "request_waits"
    REQUEST_ENDS = "request_ends"
    TEST_UNFINISHED = "test_unfinished"
    TEST_INVITED = "test_invited"
    REJECTION_TOLD = "rejection_told"
    OFFER_ENDS = "offer_ends"


REMINDERS = {
    Coming.FIRST_REMINDER: Reminder.FIRST,
    Coming.SECOND_REMINDER: Reminder.SECOND,
    Coming.LAST_REMINDER: Reminder.LAST,
}
_OF_BOOKING = {
    **{TIMER_OF[reminder]: coming for coming, reminder in REMINDERS.items()},
    ASKS_OUTCOME: Coming.OUTCOME_ASKED,
    **dict.fromkeys(PENDING_NUDGES, Coming.REQUEST_WAITS),
    PENDING_EXPIRES: Coming.REQUEST_ENDS,
}
_OF_ATTEMPT = {INVITES: Coming.TEST_INVITED, **dict.fromkeys(UNFINISHED_NUDGES, Coming.TEST_UNFINISHED)}
_KINDS = {
    **_OF_BOOKING,
    **_OF_ATTEMPT,
    TELLS_REJECTION: Coming.REJECTION_TOLD,
    OFFER_EXPIRES: Coming.OFFER_ENDS,
}
_OF_REQUEST = (*PENDING_NUDGES, PENDING_EXPIRES)
_TEXTS = {
    Coming.OUTCOME_ASKED: "staff.ask_outcome",
    Coming.REQUEST_WAITS: "staff.request_waits",
    Coming.REQUEST_ENDS: "booking.refused",
    Coming.TEST_UNFINISHED: "test.unfinished",
    Coming.TEST_INVITED: "exam.invite",
}


@dataclass(frozen=True, kw_only=True)
class Planned:
    """One timer: when it fires, what it brings, and what it is about."""

    timer_id: int
    at: datetime
    kind: Coming
    candidate: Candidate
    booking: Booking | None
    offer: Offer | None

    @property
    def key(self) -> str | None:
        """The text that is sent; None when an hour goes to the next person, and nothing is said."""
        if self.booking is not None and self.kind in REMINDERS:
            return reminder_key(self.booking.purpose, REMINDERS[self.kind])
        return rejection_key(self.candidate) if self.kind == Coming.REJECTION_TOLD else _TEXTS.get(self.kind)

    @property
    def is_for_staff(self) -> bool:
        """Whether the recruiter reads it."""
        return self.key is not None and texts.is_for_staff(self.key)

    @property
    def language(self) -> str:
        """The language of whoever reads it."""
        if self.booking is not None and self.is_for_staff:
            return self.booking.slot.recruiter.language
        return self.candidate.language

    @property
    def time_zone(self) -> str | None:
        """The zone of whoever reads it; None when a candidate has no city."""
        if self.booking is not None:
            return self.booking.slot.recruiter.time_zone if self.is_for_staff else self.booking.time_zone
        return None if self.candidate.city is None else self.candidate.city.time_zone


def planned_page(session: Session, scope: Scope, *, limit: int, offset: int = 0) -> list[Planned]:
    """What is planned about the candidates of a scope, the next first; at most four queries."""
    narrow = () if scope.city_ids is None else (Candidate.city_id.in_(scope.city_ids),)
    first = (found.order_by(Timer.due_at, Timer.id).limit(offset + limit) for found in _found(*narrow))
    together = union_all(*first).subquery()
    page = select(together).order_by(together.c.due_at, together.c.id).limit(limit).offset(offset)
    return _read(session, session.execute(page).all())


def planned_of(session: Session, candidate: Candidate, live: Iterable[Booking]) -> list[Planned]:
    """What is planned about one person with these live bookings, the next first; at most two queries."""
    together = union_all(*_found(Candidate.id == candidate.id)).subquery()
    rows = session.execute(select(together).order_by(together.c.due_at, together.c.id)).all()
    return _put_together(session, rows, {candidate.id: candidate}, {booking.id: booking for booking in live})


def planned_one(session: Session, timer_id: int, scope: Scope) -> Planned:
    """One of them.

    Raises:
        NotFound: it is planned no longer, or out of the scope.
    """
    for planned in _read(session, session.execute(union_all(*_found(Timer.id == timer_id))).all()):
        if scope.includes(planned.candidate.city_id):
            return planned
    raise NotFound


def words_of(session: Session, planned: Planned) -> str | None:
    """What would be read if it came now, as Telegram HTML; None when nothing is said. Writes nothing."""
    key, candidate, booking = planned.key, planned.candidate, planned.booking
    if key is None:
        return None
    language, city_id = planned.language, None if planned.is_for_staff else candidate.city_id
    values: dict[str, str | int | None] = {}
    if booking is not None:
        values |= values_for_recruiter(booking) if planned.is_for_staff else values_of(booking, language)
    if planned.kind == Coming.TEST_INVITED and (attempt := newest_attempt(session, candidate.id, TEST2)) is not None:
        values |= invitation_to(session, attempt).values
    own = override_for(session, key, language=language, city_id=city_id)
    return texts.render(key, language, values, override=own)


@dataclass(frozen=True, kw_only=True)
class Next:
    """When somebody gets a text next, in the zone of whoever reads it; or `at` None: it does not come, and why not.

    `was_sent`: it came then, and comes no more. `once_approved`: as it will be, should the recruiter approve now.
    """

    at: datetime | None
    time_zone: str | None
    reason: str | None = None
    once_approved: bool = False
    was_sent: bool = False


def next_of(session: Session, candidate: Candidate, key: str, *, now: datetime) -> Next | None:
    """When this person (or a recruiter about them) gets this text next; None when no moment is planned for it."""
    live = live_of(session, candidate.id)
    for planned in planned_of(session, candidate, live):
        if planned.key == key:
            return Next(at=planned.at, time_zone=planned.time_zone)
    for booking in live:
        for one in planned_for(session, booking, now=now):
            if reminder_key(booking.purpose, one.kind) == key:
                return _as_next(booking, one)
    return None


def _as_next(booking: Booking, one: Expected) -> Next:
    was_sent = one.state == TimerState.DONE
    comes = was_sent or (one.state is None and one.reason is None)
    return Next(
        at=one.at if comes else None,
        time_zone=booking.time_zone,
        reason=one.reason,
        once_approved=booking.status == BookingStatus.PENDING,
        was_sent=was_sent,
    )


def _found(*narrow: ColumnElement[bool]) -> list[Timers]:
    """By what they are about, so that each is found by its own indexes; without what would come to nothing.

    Who was brought back is not told of a rejection, and who was rejected is told of nothing else; who was moved on, of
    no test.
    """
    pending, is_active = Timer.state == TimerState.PENDING, Candidate.outcome == Outcome.ACTIVE
    waits_for_answer = (Booking.status == BookingStatus.PENDING) == Timer.kind.in_(_OF_REQUEST)
    stands_there = (and_(Test.key == key, Candidate.stage == stage) for key, stage in STAGES.items())
    return [
        _columns(Booking.id, _NOTHING)
        .join(Booking, Booking.id == Timer.subject_id)
        .join(Candidate, Candidate.id == Booking.candidate_id)
        .where(pending, Timer.kind.in_(_OF_BOOKING), Booking.status.in_(LIVE), waits_for_answer, is_active, *narrow),
        _columns(_NOTHING, _NOTHING)
        .join(Attempt, Attempt.id == Timer.subject_id)
        .join(Candidate, Candidate.id == Attempt.candidate_id)
        .where(pending, Timer.kind.in_(_OF_ATTEMPT), Attempt.status != AttemptStatus.FINISHED, is_active, *narrow)
        .join(Test, Test.id == Attempt.test_id)
        .where(Attempt.merged_at.is_(None), or_(*stands_there)),
        _columns(_NOTHING, Offer.id)
        .join(Offer, Offer.id == Timer.subject_id)
        .outerjoin(Waiting, Waiting.id == Offer.waiting_id)
        .outerjoin(Booking, Booking.id == Offer.booking_id)
        .join(Candidate, Candidate.id == func.coalesce(Waiting.candidate_id, Booking.candidate_id))
        .where(pending, Timer.kind == OFFER_EXPIRES, Offer.status == OfferStatus.OPEN, is_active, *narrow),
        _columns(_NOTHING, _NOTHING)
        .join(Candidate, Candidate.id == Timer.subject_id)
        .where(pending, Timer.kind == TELLS_REJECTION, Candidate.outcome == Outcome.REJECTED, *narrow),
    ]


_NOTHING = cast_to(null(), BigInteger)


def _columns(booking_id: SQLColumnExpression[int], offer_id: SQLColumnExpression[int]) -> Timers:
    return select(
        Timer.id, Timer.kind, Timer.due_at, Candidate.id.label("candidate_id"), booking_id.label("booking_id"),
        offer_id.label("offer_id"),
    ).select_from(Timer)  # fmt: skip


def _read(session: Session, rows: Rows) -> list[Planned]:
    if not rows:
        return []
    people = {row.candidate_id for row in rows}
    candidates = _by_id(session, select(Candidate).options(joinedload(Candidate.city)).where(Candidate.id.in_(people)))
    with_hour = joinedload(Booking.slot).joinedload(Slot.recruiter)
    ids = {row.booking_id for row in rows if row.booking_id is not None}
    bookings = _by_id(session, select(Booking).options(with_hour).where(Booking.id.in_(ids))) if ids else {}
    return _put_together(session, rows, candidates, bookings)


def _put_together(
    session: Session, rows: Rows, candidates: Mapping[int, Candidate], bookings: Mapping[int, Booking]
) -> list[Planned]:
    """Without what is about a booking that has ended since."""
    ids = {row.offer_id for row in rows if row.offer_id is not None}
    offers = _by_id(session, select(Offer).options(joinedload(Offer.slot)).where(Offer.id.in_(ids))) if ids else {}
    return [
        Planned(
            timer_id=row.id, at=row.due_at, kind=_KINDS[row.kind], candidate=candidates[row.candidate_id],
            booking=bookings.get(row.booking_id), offer=offers.get(row.offer_id),
        )
        for row in rows
        if row.booking_id is None or row.booking_id in bookings
    ]  # fmt: skip


def _by_id(session: Session, found: Select[Found]) -> dict[int, Found]:
    return {row.id: row for row in session.scalars(found)}
