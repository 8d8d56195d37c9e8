"""Laying out free hours as buttons: recruiters where candidates choose them, then days, then hours."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.directory.models import City, Recruiter, RecruiterChoice
from recruitsmart.domain.messaging import local_time
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard, in_rows, page_turner
from recruitsmart.domain.slots import waiting
from recruitsmart.domain.slots.free_hours import free_recruiters, free_starts
from recruitsmart.domain.slots.models import Booking, Purpose
from recruitsmart.domain.slots.rules import BOOKED_AT, CHOOSES_AT, FreeHour, by_day
from recruitsmart.domain.slots.wording import key_of

DAYS_ON_A_PAGE = 8
HOURS_ON_A_PAGE = 24
ANYONE = 0


@dataclass(frozen=True, kw_only=True)
class Errand:
    """What the hours are chosen for: the actions of the buttons, and the argument that goes along.

    Choosing carries a recruiter's id (0: anyone); moving carries the booking's, which leads out of the hour one `has`,
    and the recruiter's as well once one is `named`.
    """

    days: Action
    day: Action
    hour: Action
    subject: int
    purpose: Purpose
    recruiter_id: int | None = None
    has: datetime | None = None
    shows: str = "hour.days"
    named: tuple[int, ...] = ()

    def days_args(self, page: int) -> tuple[int, ...]:
        """The arguments of a button that leads to a page of days."""
        return page, self.subject, *self.named

    def day_args(self, day: date, *pages: int) -> tuple[int | str, ...]:
        """Those of one that leads to the hours of a day, perhaps to a page of them."""
        return day.isoformat(), self.subject, *(pages or (0,) * len(self.named)), *self.named


def purpose_now(turn: Turn) -> Purpose:
    """What an hour is chosen for where the person stands now, whatever an old button was about."""
    return purpose_of(turn.candidate)


def purpose_of(candidate: Candidate) -> Purpose:
    """The same of somebody who is not in the chat just now."""
    has_passed = candidate.stage in (CHOOSES_AT[Purpose.INTRO_DAY], BOOKED_AT[Purpose.INTRO_DAY])
    return Purpose.INTRO_DAY if has_passed else Purpose.INTERVIEW


def choosing(turn: Turn, recruiter_id: int = ANYONE) -> Errand:
    """A first hour, with one recruiter or (0) with anyone; nobody chooses who leads an introductory day."""
    purpose = purpose_now(turn)
    wanted = recruiter_id if purpose == Purpose.INTERVIEW else ANYONE
    return Errand(
        days=Action.DAYS, day=Action.DAY, hour=Action.RESERVE, subject=wanted, recruiter_id=wanted or None,
        purpose=purpose,
    )  # fmt: skip


def moving(booking: Booking, recruiter_id: int = ANYONE) -> Errand:
    """Another hour for a booking, with one recruiter or (0) with anyone."""
    wanted = recruiter_id if booking.purpose == Purpose.INTERVIEW else ANYONE
    return Errand(
        days=Action.MOVE_DAYS, day=Action.MOVE_DAY, hour=Action.MOVE_TO, subject=booking.id, shows="booking.move_ask",
        purpose=booking.purpose, has=booking.slot.starts_at, recruiter_id=wanted or None,
        named=(wanted,) if wanted else (),
    )  # fmt: skip


def put_first(turn: Turn, errand: Errand, *, replace: bool, **values: Any) -> None:
    """The first step of choosing an hour: the recruiter where the city wants it and there are several, else the day."""
    city, but = turn.candidate.city, errand.has
    who, now = turn.candidate.id, turn.now
    recruiters = (
        [] if city is None else recruiters_to_choose(turn.session, city, errand.purpose, but=but, mover=who, now=now)
    )
    if not recruiters:
        put_days(turn, errand, page=0, replace=replace, **values)
        return
    choices = [(recruiter.name, recruiter.id) for recruiter in recruiters]
    choices.append((turn.label("button.any_recruiter"), ANYONE))
    turn.reply("hour.recruiters", [[_recruiter_button(errand, *choice)] for choice in choices], replace=replace)


def _recruiter_button(errand: Errand, name: str, recruiter_id: int) -> Button:
    if errand.hour == Action.RESERVE:
        return Button(label=name, action=Action.RECRUITER, args=(recruiter_id,))
    return Button(label=name, action=errand.days, args=(0, errand.subject, recruiter_id))


def recruiters_to_choose(
    session: Session, city: City, purpose: Purpose, *, but: datetime | None = None, mover: int, now: datetime
) -> Sequence[Recruiter]:
    """The recruiters with a free hour between whom a candidate chooses, by name; none where there is no choice.

    An hour that begins when the one does that the person has (`but`) is none to move to.
    """
    if city.recruiter_choice == RecruiterChoice.SYSTEM or purpose == Purpose.INTRO_DAY:
        return []
    free = free_recruiters(session, city, but=but, mover=mover, now=now)
    return free if len(free) > 1 else []


def put_days(turn: Turn, errand: Errand, *, page: int, replace: bool, **values: Any) -> None:
    """Days with free hours, in the candidate's zone. None free: the person is put into the queue and told so.

    `values` say which hour one has who moves.
    """
    zone, days = _free_days(turn, errand)
    if not days:
        waiting.wait(turn.session, turn.candidate, errand.purpose, now=turn.now)
        if errand.has is None:
            turn.reply(key_of("hour.none", errand.purpose), _other_time(turn), replace=replace)
        else:
            turn.reply("hour.none_to_move", _other_time(turn), replace=replace, **values)
        return
    start = max(0, page) * DAYS_ON_A_PAGE
    start = start if start < len(days) else 0
    buttons = [
        Button(label=local_time.short_day(day, turn.language), action=errand.day, args=errand.day_args(day))
        for day in sorted(days)[start : start + DAYS_ON_A_PAGE]
    ]
    turner = page_turner(errand.days, errand.days_args(0)[1:], start=start, total=len(days), size=DAYS_ON_A_PAGE)
    calendar = _way_to_page(turn) if errand.has is None else []
    keyboard = in_rows(buttons, width=2) + turner + calendar + _other_time(turn)
    shows = key_of(errand.shows, errand.purpose)
    turn.reply(shows, keyboard, replace=replace, **{**place(turn, zone, at=turn.now), **values})


def put_hours(turn: Turn, errand: Errand, day: date, *, page: int) -> bool:
    """A page of the free hours of one day; False when none is left."""
    zone, days = _free_days(turn, errand)
    free = days.get(day, [])
    start = page * HOURS_ON_A_PAGE
    start = start if start < len(free) else 0
    hours = free[start : start + HOURS_ON_A_PAGE]
    if not hours:
        return False
    keyboard = in_rows(hour_buttons(hours, zone, errand), width=4)
    keyboard += _hour_turner(errand, day, start=start, total=len(free))
    keyboard.append(way_to_days(turn, "button.other_day", errand))
    words = local_time.day_in_words(day, turn.language)
    turn.reply("hour.hours", keyboard, replace=True, day=words, **place(turn, zone, at=hours[0].starts_at))
    return True


def _hour_turner(errand: Errand, day: date, *, start: int, total: int) -> Keyboard:
    """To the other pages of a day; the buttons of days, which live for ever, begin with the day."""
    turner = page_turner(errand.day, (), start=start, total=total, size=HOURS_ON_A_PAGE)
    return [[replace(way, args=errand.day_args(day, int(way.args[0]))) for way in row] for row in turner]


def hour_buttons(hours: Sequence[FreeHour], zone: ZoneInfo, errand: Errand) -> list[Button]:
    """Hours as buttons with their local time."""
    return [
        Button(label=local_time.hour(hour.starts_at, zone), action=errand.hour, args=_hour_args(hour, errand))
        for hour in hours
    ]


def dated_buttons(turn: Turn, hours: Sequence[FreeHour], zone: ZoneInfo, errand: Errand) -> Keyboard:
    """Hours of different days, one a row, with day and local time."""
    days = [local_time.short_day(hour.starts_at.astimezone(zone).date(), turn.language) for hour in hours]
    return [
        [Button(label=f"{day} {button.label}", action=button.action, args=button.args)]
        for day, button in zip(days, hour_buttons(hours, zone, errand), strict=True)
    ]


def _hour_args(hour: FreeHour, errand: Errand) -> tuple[int, ...]:
    return (hour.slot_id,) if errand.hour == Action.RESERVE else (hour.slot_id, errand.subject)


def _free_days(turn: Turn, errand: Errand) -> tuple[ZoneInfo, dict[date, list[FreeHour]]]:
    city = turn.candidate.city
    if city is None:
        return ZoneInfo("UTC"), {}
    zone = ZoneInfo(city.time_zone)
    free = free_starts(
        turn.session, city, recruiter_id=errand.recruiter_id, purpose=errand.purpose, but=errand.has,
        mover=turn.candidate.id, now=turn.now,
    )  # fmt: skip
    return zone, by_day(free, zone)


def place(turn: Turn, zone: ZoneInfo, *, at: datetime) -> dict[str, Any]:
    """The city and the zone, as every list of hours states them; `at` is the first: clocks may change until then."""
    return place_values(turn.candidate.city, zone, at=at)


def place_values(city: City | None, zone: ZoneInfo, *, at: datetime) -> dict[str, str]:
    """The variables of a place: its name, and how far its clocks are from UTC at that moment."""
    return {"city": "" if city is None else city.name, "zone": local_time.offset(at, zone)}


def _way_to_page(turn: Turn) -> Keyboard:
    return [[Button(label=turn.label("button.calendar"), opens_page=True)]]


def _other_time(turn: Turn) -> Keyboard:
    return [[Button(label=turn.label("button.other_time"), action=Action.OTHER_TIME)], turn.way_to_human]


def ask_wish(turn: Turn, errand: Errand) -> None:
    """“Another time”: the next typed words are a wish."""
    turn.opens(Prompt.WISH)
    turn.reply("hour.wish_ask", [way_to_days(turn, "button.other_day", errand)])


def way_to_days(turn: Turn, label: str, errand: Errand) -> list[Button]:
    """A row that leads to the days again."""
    return [Button(label=turn.label(label), action=errand.days, args=errand.days_args(0))]
