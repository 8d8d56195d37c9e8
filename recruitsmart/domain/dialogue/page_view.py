"""What the Mini App's page shows somebody: the same as the chat would say to them now, as JSON values."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.models import AttemptStatus
from recruitsmart.domain.assessments.queries import newest_attempt
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.dialogue.hours import purpose_of, recruiters_to_choose
from recruitsmart.domain.dialogue.machine import Prompt, next_prompt
from recruitsmart.domain.dialogue.turn import facts_of
from recruitsmart.domain.messaging import local_time
from recruitsmart.domain.pipeline.rejections import rejection_told_at
from recruitsmart.domain.pipeline.testing import TEST2
from recruitsmart.domain.slots.free_hours import free_starts
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose
from recruitsmart.domain.slots.queries import held_for, is_in_time, live_booking
from recruitsmart.domain.slots.rules import FreeHour
from recruitsmart.domain.slots.wording import values_of

Shown = dict[str, Any]


class Step(StrEnum):
    """Where the page says that somebody stands. What is only asked in the chat is done in the chat."""

    REGISTRATION = "registration"
    QUESTIONS = "questions"
    REVIEW = "review"
    HOUR = "hour"
    BOOKED = "booked"
    EXAM = "exam"
    NOTHING = "nothing"
    ENDED = "ended"


_STEPS = {
    Prompt.NAME: Step.REGISTRATION,
    Prompt.CITY: Step.REGISTRATION,
    Prompt.PHONE: Step.REGISTRATION,
    Prompt.QUESTION: Step.QUESTIONS,
    Prompt.REVIEW: Step.REVIEW,
    Prompt.HOUR: Step.HOUR,
    Prompt.BOOKED: Step.BOOKED,
}


def step_of(session: Session, candidate: Candidate) -> Step:
    """Where somebody who has agreed to data processing stands, as far as they have been told."""
    prompt = next_prompt(facts_of(candidate))
    if prompt == Prompt.ENDED:
        waits = rejection_told_at(session, candidate) is not None  # it may be taken back before it is told
        return Step.NOTHING if waits else Step.ENDED
    return _exam(session, candidate) if prompt == Prompt.EXAM else _STEPS.get(prompt, Step.NOTHING)


def _exam(session: Session, candidate: Candidate) -> Step:
    attempt = newest_attempt(session, candidate.id, TEST2)
    if attempt is None:
        return Step.NOTHING
    return Step.REVIEW if attempt.status == AttemptStatus.FINISHED else Step.EXAM


def my_application(session: Session, candidate: Candidate, *, now: datetime) -> Shown:
    """Where the application stands, and the hour that is booked, if any."""
    step, booking = step_of(session, candidate), None
    if step == Step.BOOKED:
        booking = live_booking(session, candidate.id, purpose_of(candidate))
    if step == Step.BOOKED and booking is None:
        step = Step.NOTHING
    first_name = "" if candidate.contact is None else candidate.contact.first_name
    return {
        "name": candidate.full_name or first_name,
        "language": candidate.language,
        "step": step.value,
        **_place(candidate, now=now),
        "booking": None if booking is None else booking_shown(booking, candidate.language, now=now),
    }


def hours_to_choose(
    session: Session,
    candidate: Candidate,
    *,
    first_on: date | None = None,
    last_on: date | None = None,
    recruiter_id: int | None = None,
    now: datetime,
) -> Shown:
    """The hours this person may book, or move to, from one local day to another; nothing where none is chosen now."""
    city, purpose = candidate.city, purpose_of(candidate)
    shown = {**_place(candidate, now=now), "recruiters": [], "held": [], "slots": []}
    if city is None or step_of(session, candidate) not in (Step.HOUR, Step.BOOKED):
        return shown
    booking = live_booking(session, candidate.id, purpose)
    has = None if booking is None else booking.slot.starts_at
    recruiters = recruiters_to_choose(session, city, purpose, but=has, mover=candidate.id, now=now)
    wanted = recruiter_id if recruiters else None
    free = free_starts(
        session, city, purpose=purpose, recruiter_id=wanted, but=has, mover=candidate.id, now=now
    )  # fmt: skip
    held = held_for(session, candidate.id, purpose, now=now)
    zone = ZoneInfo(city.time_zone)
    return shown | {
        "recruiters": [{"id": recruiter.id, "name": recruiter.name} for recruiter in recruiters],
        "held": [hour_shown(hour, zone) | {"held_until": instant(until)} for hour, until in held],
        "slots": [hour_shown(hour, zone) for hour in _between(free, zone, first_on, last_on)],
    }


def _between(
    hours: Iterable[FreeHour], zone: ZoneInfo, first_on: date | None, last_on: date | None
) -> Iterable[FreeHour]:
    for hour in hours:
        day = hour.starts_at.astimezone(zone).date()
        if (first_on is None or day >= first_on) and (last_on is None or day <= last_on):
            yield hour


def hour_shown(hour: FreeHour, zone: ZoneInfo) -> Shown:
    """An hour to choose, with the distance from UTC that its clocks have: they may change until then."""
    return {"id": hour.slot_id, "starts_at": instant(hour.starts_at), "zone": local_time.offset(hour.starts_at, zone)}


def intro_day(session: Session, candidate: Candidate, *, now: datetime) -> Shown | None:
    """The introductory day that is booked, with all there is to know before one comes; None without one."""
    if step_of(session, candidate) != Step.BOOKED:
        return None
    booking = live_booking(session, candidate.id, Purpose.INTRO_DAY)
    return None if booking is None else booking_shown(booking, candidate.language, now=now)


def booking_shown(booking: Booking, language: str, *, now: datetime) -> Shown:
    """A live booking as the chat tells it: where to go is said when it stands."""
    said, is_day = values_of(booking, language), booking.purpose == Purpose.INTRO_DAY
    stands = booking.status != BookingStatus.PENDING
    link = said["link"] if stands else ""
    goes_there = stands and not link
    may_move = is_in_time(booking, now=now)
    return {
        "id": booking.id,
        "purpose": booking.purpose.value,
        "status": booking.status.value,
        "starts_at": instant(booking.slot.starts_at),
        "ends_at": instant(booking.slot.ends_at),
        "time_zone": booking.time_zone,
        "zone": said["zone"],
        "city": said["city"],
        "recruiter": None if is_day else said["recruiter"],
        "link": link or None,
        "address": (said["address"] or None) if goes_there else None,
        "map_url": (said["map"] or None) if goes_there else None,
        "contact": (said["contact"] or None) if goes_there and is_day else None,
        "bring": (said["bring"] or None) if goes_there and is_day else None,
        "may_move": may_move,
        "may_cancel": may_move or is_day,  # who no longer wants the job may say so at any time
    }


def _place(candidate: Candidate, *, now: datetime) -> Shown:
    city, purpose = candidate.city, purpose_of(candidate).value
    if city is None:
        return {"purpose": purpose, "city": None, "time_zone": "UTC", "zone": "UTC+0"}
    zone = local_time.offset(now, ZoneInfo(city.time_zone))
    return {"purpose": purpose, "city": city.name, "time_zone": city.time_zone, "zone": zone}


def instant(at: datetime) -> str:
    """`2026-11-24T12:00:00Z`."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
