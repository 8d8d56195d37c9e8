"""What a tap on the Mini App's page does: the operations of the chat, in its order, with an answer that is kept."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate, Channel, Contact
from recruitsmart.domain.candidates.operations import find_by_chat
from recruitsmart.domain.dialogue.booking import FAREWELLS, give_back, say_goodbye
from recruitsmart.domain.dialogue.hours import purpose_of
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.dialogue.models import PageOutcome, PageRequest
from recruitsmart.domain.dialogue.page_view import booking_shown, hour_shown
from recruitsmart.domain.dialogue.turn import Turn, take_turn
from recruitsmart.domain.errors import (
    AlreadyBooked,
    BookingGone,
    DomainError,
    HourUnavailable,
    NotInThisStage,
    SlotClosed,
    SlotTaken,
    SlotTooSoon,
    TooLate,
)
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.free_hours import nearest_free
from recruitsmart.domain.slots.models import Booking, BookingStatus, EndedBy, Purpose, Slot
from recruitsmart.domain.slots.queries import slot_serving

# Whoever tapped has long been told that it did not work; an hour booked now would surprise them.
STALE_AFTER = timedelta(seconds=60)

_OUTCOMES: dict[type[DomainError], PageOutcome] = {
    SlotTaken: PageOutcome.TAKEN,
    SlotClosed: PageOutcome.CLOSED,
    SlotTooSoon: PageOutcome.TOO_SOON,
    AlreadyBooked: PageOutcome.ALREADY_BOOKED,
    BookingGone: PageOutcome.BOOKING_GONE,
    TooLate: PageOutcome.TOO_LATE,
    NotInThisStage: PageOutcome.WRONG_STAGE,
}
REFUSALS = (HourUnavailable, AlreadyBooked, BookingGone, TooLate, NotInThisStage)


@dataclass(frozen=True, kw_only=True)
class Tap:
    """Who tapped, under which key, and what that meant (`fingerprint`)."""

    chat_id: int
    key: str
    fingerprint: str
    received_at: datetime


@dataclass(frozen=True, kw_only=True)
class PageTurn:
    """One tap inside one transaction. What it ends in is written into `request`."""

    turn: Turn
    request: PageRequest

    def answer(self, outcome: PageOutcome, **details: Any) -> None:
        """What the page is told."""
        self.request.outcome, self.request.details = outcome, details

    def refuse(self, error: DomainError, **details: Any) -> None:
        """Why it cannot be done."""
        self.answer(_OUTCOMES[type(error)], **details)


def applicant(session: Session, chat_id: int) -> Candidate | None:
    """Who may use the page: somebody who has agreed to data processing, with contact and city loaded."""
    candidate = find_by_chat(session, chat_id)
    return None if candidate is None or candidate.consent_at is None else candidate


def answered(session: Session, chat_id: int, key: str) -> PageRequest | None:
    """What became of a tap; None while nothing has."""
    return session.scalar(_ANSWERED, {"chat_id": chat_id, "key": key})


_ANSWERED = (
    select(PageRequest)
    .join(Contact, Contact.candidate_id == PageRequest.candidate_id)
    .where(
        Contact.channel == Channel.TELEGRAM,
        Contact.chat_id == bindparam("chat_id"),
        PageRequest.key == bindparam("key"),
    )
)


def open_page_turn(session: Session, tap: Tap, *, now: datetime) -> PageTurn | None:
    """Begin answering a tap; None when there is nothing to do: answered before, too old, or nobody's any more.

    Locks the person's conversation first, as an update of theirs does: so a tap and a button follow one another, and
    of two taps with one key the second finds the answer of the first.
    """
    candidate = applicant(session, tap.chat_id)
    if candidate is None or now - tap.received_at > STALE_AFTER:
        return None
    turn = take_turn(session, candidate.id, about="page", now=now)
    request_id = _write_down(session, turn.candidate.id, tap)
    if request_id is None:
        return None
    turn.about, turn.received_at = f"page:{request_id}", tap.received_at
    return PageTurn(turn=turn, request=session.get_one(PageRequest, request_id))


def note_trouble(session: Session, tap: Tap) -> None:
    """A tap that cannot be answered: remembered as such, so that whoever waits is told."""
    candidate = applicant(session, tap.chat_id)
    if candidate is not None:
        _write_down(session, candidate.id, tap)


def _write_down(session: Session, candidate_id: int, tap: Tap) -> int | None:
    row = {
        "candidate_id": candidate_id, "key": tap.key, "fingerprint": tap.fingerprint, "received_at": tap.received_at,
        "outcome": PageOutcome.TROUBLE,
    }  # fmt: skip
    return cast("int | None", session.scalar(_WRITE_DOWN, row))


_requests = cast(Table, PageRequest.__table__)
_WRITE_DOWN = insert(_requests).on_conflict_do_nothing().returning(_requests.c.id)


def reserve(tapped: PageTurn, slot_id: int) -> None:
    """An hour is taken; the chat confirms it."""
    turn = tapped.turn
    slot = _slot(turn, slot_id)
    if slot is None:
        tapped.answer(PageOutcome.NOT_FOUND)
        return
    try:
        booking = slots.reserve(turn.session, turn.candidate, slot_id, now=turn.now)
    except HourUnavailable as error:
        tapped.refuse(error, nearest=_nearest(turn, slot))
    except REFUSALS as error:
        tapped.refuse(error)
    else:
        _stands(tapped, booking, PageOutcome.BOOKED)


def move(tapped: PageTurn, booking_id: int, slot_id: int) -> None:
    """Another hour instead of the booked one, in one step or not at all; the chat confirms it."""
    turn = tapped.turn
    booking, slot = _own(turn, booking_id), _slot(turn, slot_id)
    if booking is None or slot is None:
        tapped.answer(PageOutcome.NOT_FOUND)
        return
    try:
        moved = slots.move(turn.session, turn.candidate, booking_id, slot_id, now=turn.now)
    except HourUnavailable as error:
        tapped.refuse(error, nearest=_nearest(turn, slot, but=booking.slot.starts_at))
    except REFUSALS as error:
        tapped.refuse(error)
    else:
        _stands(tapped, moved, PageOutcome.MOVED)


def cancel(tapped: PageTurn, booking_id: int, reason: str) -> None:
    """The hour is given back, for a reason of the chat's buttons or in own words; the chat says so and goes on."""
    turn = tapped.turn
    booking = _own(turn, booking_id)
    if booking is None:
        tapped.answer(PageOutcome.NOT_FOUND)
        return
    if booking.status == BookingStatus.CANCELLED and booking.ended_by == EndedBy.CANDIDATE:
        tapped.answer(PageOutcome.CANCELLED)
        return
    try:
        if booking.is_live and booking.purpose == Purpose.INTRO_DAY and reason in FAREWELLS:
            say_goodbye(turn, reason)
        else:
            give_back(turn, booking_id, reason)
    except REFUSALS as error:
        tapped.refuse(error)
    else:
        tapped.answer(PageOutcome.CANCELLED)


def _stands(tapped: PageTurn, booking: Booking, outcome: PageOutcome) -> None:
    turn = tapped.turn
    turn.opens(Prompt.BOOKED)
    tapped.answer(outcome, booking=booking_shown(booking, turn.language, now=turn.now))


def _slot(turn: Turn, slot_id: int) -> Slot | None:
    """An hour of the person's city; of others they need not know."""
    city = turn.candidate.city
    return None if city is None else slot_serving(turn.session, slot_id, city)


def _own(turn: Turn, booking_id: int) -> Booking | None:
    booking = turn.session.get(Booking, booking_id)
    return booking if booking is not None and booking.candidate_id == turn.candidate.id else None


def _nearest(turn: Turn, slot: Slot, *, but: datetime | None = None) -> list[dict[str, Any]]:
    city, purpose = turn.candidate.city, purpose_of(turn.candidate)
    if city is None:
        return []
    who, now = turn.candidate.id, turn.now
    nearest = nearest_free(turn.session, city, slot.starts_at, purpose=purpose, but=but, mover=who, now=now)
    return [hour_shown(hour, ZoneInfo(city.time_zone)) for hour in nearest]


def forget_requests(session: Session, *, before: datetime) -> None:
    """Drop the answers to taps before a moment."""
    session.execute(delete(PageRequest).where(PageRequest.received_at < before))
