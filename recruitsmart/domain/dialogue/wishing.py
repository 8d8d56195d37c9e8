"""“Another time”: hours that fit what somebody types, the queue when none does, a human when it is no time at all."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from recruitsmart.domain.chats.rules import is_question
from recruitsmart.domain.dialogue.asking import ask, ask_again
from recruitsmart.domain.dialogue.booking import LONGEST_REASON
from recruitsmart.domain.dialogue.hours import (
    HOURS_ON_A_PAGE,
    Errand,
    choosing,
    dated_buttons,
    moving,
    place,
    purpose_now,
    way_to_days,
)
from recruitsmart.domain.dialogue.hours import ask_wish as put_wish
from recruitsmart.domain.dialogue.human import refuse
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.queries import newest_buttons
from recruitsmart.domain.slots import waiting
from recruitsmart.domain.slots.free_hours import free_starts
from recruitsmart.domain.slots.queries import live_booking
from recruitsmart.domain.slots.wishes import Window, is_within, read_refusal, read_wish


def ask_wish(turn: Turn) -> None:
    """“Another time.”"""
    if _may_wish(turn):
        put_wish(turn, _errand_now(turn))
    else:
        ask_again(turn)


def _may_wish(turn: Turn) -> bool:
    return turn.due_prompt() in (Prompt.HOUR, Prompt.BOOKED)


def names_another_hour(turn: Turn, typed: str) -> bool:
    """Whether somebody types a time that suits, or one that does not, right below the days or hours to move to; later,
    or as other words, it is none.
    """
    city = turn.candidate.city
    if city is None or not _may_wish(turn):
        return False
    buttons = newest_buttons(turn.session, turn.candidate.id)
    offered = Action.MOVE_DAY in buttons or Action.MOVE_TO in buttons
    wish = read_wish(typed, ZoneInfo(city.time_zone), now=turn.now)
    return offered and (wish is not None or read_refusal(typed) is not None)


def take_wish(turn: Turn, typed: str) -> None:
    """Typed words about a time: hours that fit, else the queue. A question is for a human; what else is no time is kept
    as a note for the recruiter.

    Since the wish was asked for a recruiter may have moved the person on, or ended the application.
    """
    city = turn.candidate.city
    if city is None or not _may_wish(turn):
        ask(turn)
        return
    zone = ZoneInfo(city.time_zone)
    window = read_wish(typed, zone, now=turn.now)
    refused = read_refusal(typed) if window is None else None
    is_read = window is not None or refused is not None
    errand = _errand_now(turn)
    who = turn.candidate.id
    free = free_starts(turn.session, city, purpose=errand.purpose, but=errand.has, mover=who, now=turn.now)
    fitting = [hour for hour in free if is_read and _suits(hour.starts_at, window, refused, zone)]
    others = [way_to_days(turn, "button.choose_day", errand)] if free else []
    if fitting:
        keyboard = dated_buttons(turn, fitting[:HOURS_ON_A_PAGE], zone, errand)
        turn.reply("hour.wish_found", keyboard + others, **place(turn, zone, at=fitting[0].starts_at))
    elif not is_read and is_question(typed):
        refuse(turn, typed, "hour.wish_question", others)
    else:
        note = " ".join(typed.split())[:LONGEST_REASON]
        waiting.wait(turn.session, turn.candidate, purpose_now(turn), window=window, note=note, now=turn.now)
        turn.reply("hour.wish_waiting" if is_read else "hour.wish_noted", others)


def _suits(starts_at: datetime, window: Window | None, refused: tuple[time, time] | None, zone: ZoneInfo) -> bool:
    if window is not None:
        return window.starts_at <= starts_at < window.ends_at
    return refused is None or not is_within(starts_at, refused, zone)


def _errand_now(turn: Turn) -> Errand:
    booking = live_booking(turn.session, turn.candidate.id, purpose_now(turn))
    return choosing(turn) if booking is None else moving(booking)
