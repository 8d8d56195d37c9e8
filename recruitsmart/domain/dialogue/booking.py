"""Choosing, confirming, moving and giving up an hour in the chat."""

from datetime import date
from zoneinfo import ZoneInfo

from recruitsmart.domain.candidates.operations import actor_of
from recruitsmart.domain.dialogue.asking import ask, ask_again, put_booking
from recruitsmart.domain.dialogue.hours import (
    ANYONE,
    Errand,
    choosing,
    dated_buttons,
    moving,
    purpose_now,
    put_days,
    put_first,
    put_hours,
    way_to_days,
)
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.errors import AlreadyBooked, BookingGone, HourUnavailable, NotInThisStage, TooLate
from recruitsmart.domain.messaging import local_time, texts
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard
from recruitsmart.domain.pipeline.decisions import let_go
from recruitsmart.domain.slots import ending
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.announcements import ways_out
from recruitsmart.domain.slots.free_hours import nearest_free
from recruitsmart.domain.slots.models import Booking, Purpose, Slot
from recruitsmart.domain.slots.queries import is_in_time, live_booking
from recruitsmart.domain.slots.wording import REASONS, key_of, reason_in_words

LONGEST_REASON = 500
FAREWELLS = ("job", "mind")  # who gives up an hour for this does not want another


def show_days(turn: Turn, page: int, recruiter_id: int) -> None:
    """The days again, in place of the pressed message."""
    if not _chooses(turn):
        ask_again(turn)
    elif page == 0 and recruiter_id == ANYONE:
        put_first(turn, choosing(turn), replace=True)
    else:
        put_days(turn, choosing(turn, recruiter_id), page=page, replace=True)


def choose_recruiter(turn: Turn, recruiter_id: int) -> None:
    """A pressed recruiter: their days."""
    if _chooses(turn):
        put_days(turn, choosing(turn, recruiter_id), page=0, replace=True)
    else:
        ask_again(turn)


def show_hours(turn: Turn, day: str, recruiter_id: int, page: int = 0) -> None:
    """A page of the free hours of a pressed day; the days again when none is left."""
    if not _chooses(turn):
        ask_again(turn)
    elif not put_hours(turn, choosing(turn, recruiter_id), date.fromisoformat(day), page=page):
        put_days(turn, choosing(turn, recruiter_id), page=0, replace=True)


def _chooses(turn: Turn) -> bool:
    """Whether an hour is to be chosen now; typed words then mean an hour."""
    if turn.due_prompt() != Prompt.HOUR:
        return False
    turn.opens(Prompt.HOUR)
    return True


def reserve(turn: Turn, slot_id: int) -> None:
    """A pressed hour. Taken meanwhile: said so, with the nearest free hours in the same reply."""
    pressed = turn.pressed_and_newest
    try:
        slots.reserve(turn.session, turn.candidate, slot_id, now=turn.now, replaces_message_id=pressed)
    except AlreadyBooked:
        _say_already(turn)
    except HourUnavailable as error:
        if _chooses(turn):
            _offer_others(turn, error.key, slot_id, choosing(turn))
        else:
            ask_again(turn)
    except NotInThisStage:
        ask_again(turn)
    else:
        turn.opens(Prompt.BOOKED)


def _say_already(turn: Turn) -> None:
    booking = live_booking(turn.session, turn.candidate.id, purpose_now(turn))
    if booking is None:
        ask_again(turn)
    else:
        put_booking(turn, booking)


def _offer_others(turn: Turn, key: str, slot_id: int, errand: Errand) -> None:
    city, slot = turn.candidate.city, turn.session.get(Slot, slot_id)
    if city is None:
        ask_again(turn)
        return
    zone = ZoneInfo(city.time_zone)
    around = turn.now if slot is None else slot.starts_at
    who, now = turn.candidate.id, turn.now
    nearest = nearest_free(turn.session, city, around, purpose=errand.purpose, but=errand.has, mover=who, now=now)
    keyboard = dated_buttons(turn, nearest, zone, errand)
    keyboard.append(way_to_days(turn, "button.choose_hour", errand))
    turn.reply(key_of(key, errand.purpose), keyboard, replace=True)


def confirm(turn: Turn, booking_id: int) -> None:
    """“I will come.”"""
    try:
        booking = slots.confirm(turn.session, turn.candidate, booking_id, now=turn.now)
    except BookingGone as error:
        turn.reply(error.key)
    else:
        put_booking(turn, booking, replace=True)


def run_late(turn: Turn, booking_id: int, minutes: int) -> None:
    """“10 minutes late.”"""
    try:
        slots.run_late(turn.session, turn.candidate, booking_id, max(1, min(minutes, 120)), now=turn.now)
    except BookingGone as error:
        turn.reply(error.key)
    except TooLate:
        turn.reply("booking.late_far")
    else:
        turn.reply("booking.late_noted", minutes=minutes)


def show_days_to_move(
    turn: Turn, booking_id: int, page: int, recruiter_id: int | None = None, *, replace: bool
) -> None:
    """“Move”: the days of a recruiter or (0) of anyone, while the old hour stays; first (None) whose, where one may."""
    booking = _own_live(turn, booking_id)
    if booking is None:
        turn.reply(BookingGone.key)
    elif not is_in_time(booking, now=turn.now):
        turn.reply(TooLate.key, [turn.way_to_human])
    elif page == 0 and recruiter_id is None:
        put_first(turn, moving(booking), replace=replace, **_when(turn, booking))
    else:
        put_days(turn, moving(booking, recruiter_id or ANYONE), page=page, replace=replace, **_when(turn, booking))


def show_hours_to_move(turn: Turn, booking_id: int, day: str, page: int = 0, recruiter_id: int = ANYONE) -> None:
    """A page of the free hours of a pressed day."""
    booking = _own_live(turn, booking_id)
    if booking is None:
        turn.reply(BookingGone.key)
    elif not put_hours(turn, moving(booking, recruiter_id), date.fromisoformat(day), page=page):
        show_days_to_move(turn, booking_id, 0, recruiter_id, replace=True)


def move(turn: Turn, booking_id: int, slot_id: int) -> None:
    """A pressed new hour: old one given back and new one taken in one step, or nothing changes."""
    pressed, booking = turn.pressed_and_newest, _own_live(turn, booking_id)
    if booking is None:
        ask_again(turn)
        return
    try:
        moved = slots.move(turn.session, turn.candidate, booking_id, slot_id, now=turn.now, replaces_message_id=pressed)
    except HourUnavailable as error:
        _offer_others(turn, error.key, slot_id, moving(booking))
    except BookingGone:
        ask_again(turn)
    except TooLate as error:
        turn.reply(error.key, [turn.way_to_human])
    else:
        turn.opens(Prompt.BOOKED)
        if moved is booking:  # the hour one has, pressed again: it stands
            put_booking(turn, booking, replace=True)


def ask_what_instead(turn: Turn, booking_id: int) -> None:
    """Somebody will not come: another time, or none? Nothing changes before a button is pressed."""
    booking = _own_live(turn, booking_id)
    if booking is None or not is_in_time(booking, now=turn.now):
        ask_why_cancel(turn, booking_id)  # it says what can still be done
    else:
        keyboard = ways_out(booking, turn.language, now=turn.now)
        turn.reply("booking.not_coming", keyboard, replace=False, **_when(turn, booking))


def ask_why_cancel(turn: Turn, booking_id: int) -> None:
    """“Cancel” asks why, with buttons or words; that is also the second thought, because the hour is gone then.

    A goodbye to an introductory day is never too late; another day is.
    """
    booking = _own_live(turn, booking_id)
    if booking is None:
        turn.reply(BookingGone.key)
        return
    is_late = not is_in_time(booking, now=turn.now)
    if booking.purpose == Purpose.INTERVIEW and is_late:
        turn.reply(TooLate.key, [turn.way_to_human])
        return
    keyboard: Keyboard = [
        [Button(label=turn.label(f"button.reason_{word}"), action=Action.CANCEL_SURE, args=(booking_id, word))]
        for word in (FAREWELLS if is_late else REASONS)
    ]
    keyboard.append([Button(label=turn.label("button.keep"), action=Action.MY)])
    if is_late:
        keyboard.append(turn.way_to_human)
    turn.opens(Prompt.REASON, booking_id=booking_id)
    key = "intro_day.decline_late" if is_late else key_of("booking.cancel_why", booking.purpose)
    turn.reply(key, keyboard, replace=True, **_when(turn, booking))


def ask_why_again(turn: Turn) -> None:
    """What “cancel” asked, once more; what is due where the booking has ended meanwhile."""
    booking_id = int(turn.conversation.data["booking_id"])
    if _own_live(turn, booking_id) is None:
        ask(turn)
    else:
        ask_why_cancel(turn, booking_id)


def cancel(turn: Turn, booking_id: int, reason: str) -> None:
    """A pressed reason; whoever has another job, or no interest, is not asked to another introductory day."""
    booking = _own_live(turn, booking_id)
    if booking is not None and booking.purpose == Purpose.INTRO_DAY and reason in FAREWELLS:
        say_goodbye(turn, reason)
    else:
        _give_up(turn, booking_id, reason)


def say_goodbye(turn: Turn, reason: str) -> None:
    """The application ends, which frees the seat; no deadline binds somebody who will not come anyway."""
    why = reason_in_words(reason, texts.DEFAULT_LANGUAGE) or reason
    let_go(turn.session, turn.candidate, reason=why, actor=actor_of(turn.candidate), now=turn.now)
    turn.opens(turn.due_prompt())
    turn.reply("intro_day.withdrawn", [], replace=True)


def _give_up(turn: Turn, booking_id: int, reason: str) -> None:
    try:
        give_back(turn, booking_id, reason)
    except (BookingGone, TooLate) as error:
        turn.opens(turn.due_prompt())
        turn.reply(error.key, [turn.way_to_human])


def give_back(turn: Turn, booking_id: int, reason: str) -> None:
    """The hour goes back and others are offered; who does not want the job any more finds them behind a button.

    Raises:
        BookingGone, TooLate: then nothing is said yet.
    """
    ending.cancel(turn.session, turn.candidate, booking_id, reason=reason[:LONGEST_REASON], now=turn.now)
    if reason in FAREWELLS:
        turn.opens(turn.due_prompt())
        turn.reply("booking.given_up", [way_to_days(turn, "button.choose_hour", choosing(turn))], replace=True)
        return
    turn.reply("booking.cancelled", [], replace=True)
    ask(turn)


def take_reason(turn: Turn, typed: str) -> None:
    """Typed words after “cancel” are the reason."""
    _give_up(turn, int(turn.conversation.data["booking_id"]), " ".join(typed.split()) or REASONS[0])


def _own_live(turn: Turn, booking_id: int) -> Booking | None:
    live = (live_booking(turn.session, turn.candidate.id, purpose) for purpose in Purpose)
    return next((booking for booking in live if booking is not None and booking.id == booking_id), None)


def _when(turn: Turn, booking: Booking) -> dict[str, str]:
    zone = ZoneInfo(booking.time_zone)
    day = local_time.day_in_words(booking.slot.starts_at.astimezone(zone).date(), turn.language)
    return {"day": day, "hour": local_time.hour(booking.slot.starts_at, zone)}
