"""What candidates are told about bookings, and the recruiter along with them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.messaging import local_time, texts
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard, in_rows
from recruitsmart.domain.messaging.operations import Wording, post, say_after_all
from recruitsmart.domain.messaging.queries import sent_message_id
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.messaging.withdrawing import withdraw_messages, withdraw_messages_of_many
from recruitsmart.domain.slots import notices
from recruitsmart.domain.slots.calendar_file import Entry, calendar_file
from recruitsmart.domain.slots.models import Booking, BookingStatus, Offer, Purpose
from recruitsmart.domain.slots.queries import is_in_time
from recruitsmart.domain.slots.reminders import Reminder
from recruitsmart.domain.slots.rules import FreeHour, is_soon
from recruitsmart.domain.slots.wording import about_booking, key_of, values_of, values_of_move, values_of_offer

LATE_MINUTES = (10, 20, 30)
CAME_AFTER_ALL = "the person came"
APPROVED, MOVED, CANCELLED = "approved", "moved", "cancelled"  # why what was planned for a booking is not said any more
OVER, OFFER_ENDED = "the meeting is over", "the offer has ended"

_CONFIRMATIONS = ("booking.pending", "booking.booked", "booking.moved_by_us")


def _about_calendar(booking: Booking) -> str:
    return f"booking:{booking.id}#{booking.calendar_sequence}"


def requested(session: Session, booking: Booking, *, now: datetime, replaces_message_id: int | None = None) -> None:
    """The candidate learns that the recruiter must approve; the recruiter learns of the request."""
    _tell_candidate(session, booking, "booking.pending", Lane.INTERACTIVE, now=now, edits=replaces_message_id)
    keyboard = notices.request_keyboard(booking, booking.slot.recruiter.language)
    notices.tell_recruiter(session, booking, "staff.new_request", keyboard=keyboard, now=now)


def booked(session: Session, booking: Booking, *, now: datetime, replaces_message_id: int | None = None) -> None:
    """The hour stands: the confirmation and a calendar file; a recruiter who did not approve it is told."""
    _tell_candidate(session, booking, "booking.booked", Lane.PROMISED, now=now, edits=replaces_message_id)
    _stands(session, booking, now=now)


def moved_by_us(session: Session, booking: Booking, old: Booking, *, now: datetime) -> None:
    """A recruiter gave the candidate another hour: what it was and what it is now, and a calendar file."""
    _tell_candidate(session, booking, "booking.moved_by_us", Lane.PROMISED, now=now, old=old)
    _stands(session, booking, now=now)


def _stands(session: Session, booking: Booking, *, now: datetime) -> None:
    _send_calendar(session, booking, "booking.calendar", cancelled=False, now=now)
    if booking.decided_at is None:
        notices.tell_recruiter(session, booking, "staff.booked", now=now)


def refused(session: Session, booking: Booking, *, instead: Sequence[FreeHour] = (), now: datetime) -> None:
    """The request came to nothing; new hours are one tap away, those that the recruiter names `instead` at once."""
    key = "booking.proposed" if instead else "booking.refused"
    _tell_candidate(session, booking, key, Lane.PROMISED, instead=instead, now=now)


def called_off(session: Session, booking: Booking, *, now: datetime) -> None:
    """A recruiter called the hour off; new hours are one tap away."""
    _tell_candidate(session, booking, "booking.called_off", Lane.PROMISED, now=now)


def out_of_calendar(session: Session, booking: Booking, *, now: datetime) -> None:
    """A calendar file that removes the meeting the candidate may have added."""
    _send_calendar(session, booking, "booking.calendar_cancelled", cancelled=True, now=now)


def out_of_calendar_if_in(session: Session, booking: Booking, *, now: datetime) -> None:
    """The same some time after the end, once: for who was sent the file that adds the meeting, while it is ahead."""
    contact, added = booking.candidate.contact, f"booking:{booking.id}#{booking.calendar_sequence - 1}"
    if contact is None or booking.is_live or booking.slot.starts_at <= now:
        return
    if sent_message_id(session, added, "booking.calendar", contact.chat_id) is not None:
        out_of_calendar(session, booking, now=now)


def reminded(
    session: Session, booking: Booking, kind: Reminder, *, asks: bool, valid_until: datetime, now: datetime
) -> None:
    """One of the reminders; `asks` whether the person will come. It leaves by `valid_until` or not at all."""
    recipient = booking.candidate.recipient
    language = recipient.language
    keyboard = _reminder_keyboard(booking, language, now=now)
    if asks:
        keyboard.insert(0, _yes(booking, language))
    wording = Wording(key=reminder_key(booking.purpose, kind), values=values_of(booking, language), keyboard=keyboard)
    about = about_booking(booking)
    post(session, wording, recipient, about=about, lane=Lane.PROMISED, now=now, valid_until=valid_until)


def reminder_key(purpose: Purpose, kind: Reminder) -> str:
    """The text of a reminder."""
    return key_of(f"reminder.{kind}", purpose)


def _yes(booking: Booking, language: str) -> list[Button]:
    return [Button(label=texts.label("button.confirm", language), action=Action.CONFIRM, args=(booking.id,))]


def _reminder_keyboard(booking: Booking, language: str, *, now: datetime) -> Keyboard:
    """What can still be done: come late when the hour is near, and the ways out."""
    is_near = is_soon(booking.slot.starts_at, booking.slot.ends_at, now=now)
    return (late_buttons(booking, language) if is_near else []) + ways_out(booking, language, now=now)


def late_buttons(booking: Booking, language: str) -> Keyboard:
    """“10 min late” and more, one a row."""
    buttons = [
        Button(
            label=texts.label("button.late", language, minutes=minutes), action=Action.LATE, args=(booking.id, minutes)
        )
        for minutes in LATE_MINUTES
    ]
    return in_rows(buttons, width=1)


def take_back(session: Session, *bookings: Booking, reason: str, now: datetime) -> None:
    """These bookings, of one purpose, end or move: what was promised about them and has not left yet is skipped.

    To be called before the calendar's sequence grows.
    """
    purpose = bookings[0].purpose
    confirmations = (key_of(key, purpose) for key in _CONFIRMATIONS)
    kinds = [*confirmations, *(reminder_key(purpose, kind) for kind in Reminder)]
    withdraw_messages_of_many(session, [about_booking(one) for one in bookings], kinds, reason=reason, now=now)
    files = [_about_calendar(one) for one in bookings]
    withdraw_messages_of_many(session, files, ["booking.calendar"], reason=reason, now=now)


def take_back_questions(session: Session, booking: Booking, *, reason: str, now: datetime) -> None:
    """The person has said that they will come: reminders that ask for it and have not left yet are skipped."""
    asking = [reminder_key(booking.purpose, kind) for kind in (Reminder.FIRST, Reminder.SECOND)]
    withdraw_messages(session, about_booking(booking), asking, reason=reason, now=now)


def take_back_request(session: Session, booking: Booking, *, reason: str, now: datetime) -> None:
    """The request is approved: “you must wait” is not said any more."""
    asked = key_of("booking.pending", booking.purpose)
    withdraw_messages(session, about_booking(booking), [asked], reason=reason, now=now)


def take_back_missed(session: Session, booking: Booking, *, now: datetime) -> None:
    """The person came after all: “we waited for you” is not said any more."""
    withdraw_messages(session, about_booking(booking), [_missed_key(booking)], reason=CAME_AFTER_ALL, now=now)


def missed(session: Session, booking: Booking, *, now: datetime) -> None:
    """One kind message after a no-show, with new hours; also when the no-show was corrected before it had left."""
    if booking.candidate.contact is not None:
        about, key, recipient = about_booking(booking), _missed_key(booking), booking.candidate.recipient
        say_after_all(session, recipient, about=about, kind=key, withdrawn_for=CAME_AFTER_ALL, now=now)
    _tell_candidate(session, booking, "booking.missed", Lane.PROMISED, now=now)


def _missed_key(booking: Booking) -> str:
    return key_of("booking.missed", booking.purpose)


def offered(session: Session, offer: Offer, candidate: Candidate, *, instead_of: Booking | None, now: datetime) -> None:
    """Somebody is offered an hour that is held for them, with a button to take it and one to pass.

    Who has another hour already (`instead_of`) takes it by moving; who waits for none reads that it is an earlier one.
    """
    city = candidate.city
    if candidate.contact is None or city is None:
        return
    recipient = candidate.recipient
    language = recipient.language
    take = _take_button(offer, instead_of, language)
    pass_on = Button(label=texts.label("button.pass", language), action=Action.DECLINE, args=(offer.id,))
    values = values_of_offer(offer, city, language)
    key = key_of("slot.offered" if offer.booking is None else "slot.earlier", offer.slot.purpose)
    wording = Wording(key=key, values=values, keyboard=[[take], [pass_on]])
    about, until = f"offer:{offer.id}", offer.expires_at
    post(session, wording, recipient, about=about, lane=Lane.PROMISED, now=now, valid_until=until)


def take_back_offer(session: Session, offer_id: int, *, now: datetime) -> None:
    """The hour is held no longer: what has not left yet is skipped."""
    kinds = [key_of(key, purpose) for key in ("slot.offered", "slot.earlier") for purpose in Purpose]
    withdraw_messages(session, f"offer:{offer_id}", kinds, reason=OFFER_ENDED, now=now)


def _take_button(offer: Offer, instead_of: Booking | None, language: str) -> Button:
    label = texts.label("button.take", language)
    if instead_of is None:
        return Button(label=label, action=Action.RESERVE, args=(offer.slot_id,))
    return Button(label=label, action=Action.MOVE_TO, args=(offer.slot_id, instead_of.id))


def _send_calendar(session: Session, booking: Booking, key: str, *, cancelled: bool, now: datetime) -> None:
    """A calendar file of the booking as it is now; each sequence number once."""
    if booking.candidate.contact is None:
        return
    recipient = booking.candidate.recipient
    values = values_of(booking, recipient.language)
    entry = Entry(
        uid=booking.calendar_uid,
        sequence=booking.calendar_sequence,
        starts_at=booking.slot.starts_at,
        ends_at=booking.slot.ends_at,
        title=texts.label(key_of("calendar.title", booking.purpose), recipient.language),
        place=values["link"] or values["address"],
        description=_what_to_know(booking, values),
        cancelled=cancelled,
    )
    name = f"{booking.purpose.replace('_', '-')}.ics"
    wording = Wording(key=key, values=values, file_name=name, file_text=calendar_file(entry, now=now))
    about, until = _about_calendar(booking), booking.slot.starts_at
    post(session, wording, recipient, about=about, lane=Lane.PROMISED, now=now, valid_until=until)


def _what_to_know(booking: Booking, values: Mapping[str, str]) -> str:
    if booking.purpose == Purpose.INTERVIEW:
        return values["recruiter"]
    return "\n".join(filter(None, (values["contact"], values["bring"], values["map"])))


def booking_keyboard(booking: Booking, language: str, *, now: datetime) -> Keyboard:
    """The buttons under a live booking; an invitation to an introductory day asks for an answer at once."""
    asks = booking.purpose == Purpose.INTRO_DAY and booking.status == BookingStatus.BOOKED
    keyboard = ways_out(booking, language, now=now)
    if is_in_time(booking, now=now):
        keyboard.insert(1, _earlier(booking, language))
    return [_yes(booking, language), *keyboard] if asks else keyboard


def _earlier(booking: Booking, language: str) -> list[Button]:
    key, action = ("earlier", Action.EARLIER) if booking.earlier_since is None else ("keep_hour", Action.KEEP_HOUR)
    return [Button(label=texts.label(f"button.{key}", language), action=action, args=(booking.id,))]


def ways_out(booking: Booking, language: str, *, now: datetime) -> Keyboard:
    """Move and cancel until the city's deadline; a goodbye to an introductory day is never too late."""
    in_time = is_in_time(booking, now=now)
    ways = [
        (in_time, "button.move", Action.MOVE),
        (in_time or booking.purpose == Purpose.INTRO_DAY, key_of("button.cancel", booking.purpose), Action.CANCEL),
    ]
    row = [
        Button(label=texts.label(key, language), action=action, args=(booking.id,))
        for shown, key, action in ways
        if shown
    ]
    my = [Button(label=texts.label("button.my", language), action=Action.MY)]
    return [row, my] if row else [my]


def _tell_candidate(
    session: Session,
    booking: Booking,
    key: str,
    lane: Lane,
    *,
    now: datetime,
    edits: int | None = None,
    old: Booking | None = None,
    instead: Sequence[FreeHour] = (),
) -> None:
    if booking.candidate.contact is None:
        return
    recipient = booking.candidate.recipient
    language = recipient.language
    keyboard = (
        booking_keyboard(booking, language, now=now) if booking.is_live else _other_hours(booking, instead, language)
    )
    was = {} if old is None else values_of_move(old, booking, language)
    said = key_of(key, booking.purpose)
    wording = Wording(key=said, values=values_of(booking, language) | was, keyboard=keyboard)
    until = booking.slot.starts_at if key in _CONFIRMATIONS else None
    post(
        session, wording, recipient, about=about_booking(booking), lane=lane, now=now, replaces_message_id=edits,
        valid_until=until,
    )  # fmt: skip


def _other_hours(booking: Booking, named: Sequence[FreeHour], language: str) -> Keyboard:
    """Named hours, one a row in the candidate's zone, and the way to all others."""
    zone = ZoneInfo(booking.time_zone)
    rows = [
        [Button(label=local_time.day_and_hour(hour.starts_at, zone, language), action=Action.RESERVE,
                args=(hour.slot_id,))]
        for hour in named
    ]  # fmt: skip
    return [*rows, [Button(label=texts.label("button.choose_hour", language), action=Action.DAYS, args=(0,))]]
