"""What recruiters are told about bookings and the queue, and what they can do about them in Telegram."""

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.models import City
from recruitsmart.domain.directory.queries import recruiters_of_city
from recruitsmart.domain.messaging import local_time, texts
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.messaging.operations import Wording, post, staff_recipient
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose, Slot
from recruitsmart.domain.slots.rules import notable
from recruitsmart.domain.slots.wording import values_for_recruiter


def request_waits(session: Session, booking: Booking, *, planned_at: datetime, now: datetime) -> None:
    """The recruiter is reminded of a request that still waits; each planned moment once."""
    part, keyboard = f"@{planned_at:%H%M}", request_keyboard(booking, booking.slot.recruiter.language)
    tell_recruiter(session, booking, "staff.request_waits", part=part, keyboard=keyboard, now=now)


def cancelled_by_candidate(session: Session, booking: Booking, *, now: datetime) -> None:
    """The recruiter learns that the hour is free again; the candidate is answered by the dialogue."""
    tell_recruiter(session, booking, "staff.cancelled", now=now)


def confirmed(session: Session, booking: Booking, *, now: datetime) -> None:
    """The recruiter learns that the candidate will come."""
    tell_recruiter(session, booking, "staff.confirmed", now=now)


def left(session: Session, booking: Booking, *, now: datetime) -> None:
    """The recruiter of the hour that was moved away from learns that it is free again."""
    tell_recruiter(session, booking, "staff.moved_away", now=now)


def runs_late(session: Session, booking: Booking, *, now: datetime) -> None:
    """The recruiter learns how late the candidate will be; each time the estimate changes, also back."""
    part = f"@{booking.late_minutes}@{now:%d%H%M%S}"
    tell_recruiter(session, booking, "staff.runs_late", part=part, now=now)


def lost(session: Session, booking: Booking, *, now: datetime) -> None:
    """The recruiter learns that the candidate cannot be written to any more, and should call; each time once."""
    phone = booking.candidate.phone or ""
    tell_recruiter(session, booking, "staff.unreachable", part=f"@{now:%Y%m%d%H%M}", phone=phone, now=now)


def how_did_it_go(session: Session, booking: Booking, *, now: datetime) -> None:
    """The recruiter is asked how the meeting went, with buttons."""
    keyboard = outcome_keyboard(booking, booking.slot.recruiter.language, now=now)
    tell_recruiter(session, booking, "staff.ask_outcome", keyboard=keyboard, now=now)


def group_begins(session: Session, slot: Slot, *, expected: int, now: datetime) -> None:
    """The recruiter of an introductory day gets the list to tick; once."""
    recruiter, recipient = slot.recruiter, staff_recipient(slot.recruiter)
    if recipient is None:
        return
    language = recipient.language
    way = Button(label=texts.label("button.open_group", language), action=Action.STAFF_GROUP, args=(0, slot.id))
    values = {"hour": local_time.hour(slot.starts_at, ZoneInfo(recruiter.time_zone)), "count": expected}
    wording = Wording(key="staff.group_begins", values=values, keyboard=[[way]])
    post(session, wording, recipient, about=f"slot:{slot.id}", lane=Lane.PROMISED, now=now, valid_until=slot.ends_at)


def is_told_of_queue(session: Session, city: City, *, now: datetime) -> bool:
    """Whether recruiters of the city have been told on this local day that people wait."""
    about = (OutboxMessage.about == _about_queue(city, now=now), OutboxMessage.kind == "staff.people_wait")
    return bool(session.scalar(select(exists().where(*about))))


def people_wait(session: Session, city: City, *, count: int, now: datetime) -> None:
    """Every recruiter of the city learns that people wait and nobody has free hours; once a local day."""
    wording = Wording(key="staff.people_wait", values={"city": city.name, "count": count})
    for recruiter in recruiters_of_city(session, city.id):
        recipient = staff_recipient(recruiter)
        if recipient is not None:
            post(session, wording, recipient, about=_about_queue(city, now=now), lane=Lane.PROMISED, now=now)


def _about_queue(city: City, *, now: datetime) -> str:
    return f"queue:{city.id}@{now.astimezone(ZoneInfo(city.time_zone)).date()}"


def request_keyboard(booking: Booking, language: str) -> Keyboard:
    """What a recruiter can do with a request in Telegram."""
    approve, refuse, propose = (
        Button(label=texts.label(key, language), action=action, args=(booking.id,))
        for key, action in (
            ("button.approve", Action.STAFF_APPROVE),
            ("button.refuse", Action.STAFF_ASK_REFUSAL),
            ("button.propose", Action.STAFF_ASK_HOURS),
        )
    )
    return [[approve, refuse], [propose]]


def outcome_keyboard(booking: Booking, language: str, *, now: datetime) -> Keyboard:
    """How a meeting went, as far as that can be said now; what is noted already is left out."""
    row = [
        Button(label=texts.label(_OUTCOMES[result], language), action=Action.STAFF_OUTCOME, args=(booking.id, result))
        for result in notable(booking.purpose, booking.slot.starts_at, now=now)
        if result != booking.status
    ]
    if not row:
        return []
    passed = Button(label=texts.label("button.passed", language), action=Action.STAFF_PASS, args=(booking.id,))
    may_pass = booking.purpose == Purpose.INTERVIEW and booking.status != BookingStatus.NO_SHOW
    return [row, [passed]] if may_pass else [row]


_OUTCOMES = {
    BookingStatus.ATTENDED: "button.attended",
    BookingStatus.LATE: "button.late_outcome",
    BookingStatus.NO_SHOW: "button.no_show",
}


def tell_recruiter(
    session: Session,
    booking: Booking,
    key: str,
    *,
    part: str = "",
    keyboard: Keyboard | None = None,
    now: datetime,
    **values_too: str,
) -> None:
    recipient = staff_recipient(booking.slot.recruiter)
    if recipient is None:
        return
    wording = Wording(key=key, values=values_for_recruiter(booking) | values_too, keyboard=keyboard)
    post(session, wording, recipient, about=f"booking:{booking.id}{part}", lane=Lane.PROMISED, now=now)
