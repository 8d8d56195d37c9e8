"""An introductory day in Telegram: the list of its people, ticked with a thumb; every press is checked anew."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from recruitsmart.domain.dialogue.staff import StaffTurn
from recruitsmart.domain.dialogue.staff_bookings import carry_out, note_outcome
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.messaging import local_time
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard, page_turner
from recruitsmart.domain.slots import groups
from recruitsmart.domain.slots.groups import Group, ListedGroup
from recruitsmart.domain.slots.models import APPROVED, CAME, Booking, BookingStatus, Purpose
from recruitsmart.domain.slots.rules import notable

PEOPLE_ON_A_PAGE = 8
SIGNS = {
    BookingStatus.PENDING: "?",
    BookingStatus.BOOKED: "·",
    BookingStatus.CONFIRMED: "✓",
    BookingStatus.ATTENDED: "✅",
    BookingStatus.LATE: "🕒",
    BookingStatus.NO_SHOW: "❌",
}


def group_opener(turn: StaffTurn, listed: ListedGroup, zone: ZoneInfo) -> Button:
    """The way to the list of a day: `10:00 intro day · 12`."""
    hour = local_time.hour(listed.slot.starts_at, zone)
    label = f"{hour} {turn.label(f'stage.{Purpose.INTRO_DAY}')} · {listed.people}"
    return Button(label=label, action=Action.STAFF_GROUP, args=(0, listed.slot.id))


def show_group(turn: StaffTurn, slot_id: int, page: int, *, replace: bool = True) -> None:
    """The people of a day, a page at a time; those not noted yet with a button for each outcome."""
    group = _group(turn, slot_id)
    if group is None:
        return
    people = [*group.people, *group.requests]
    start = page * PEOPLE_ON_A_PAGE if page * PEOPLE_ON_A_PAGE < len(people) else 0
    shown = people[start : start + PEOPLE_ON_A_PAGE]
    turner = page_turner(Action.STAFF_GROUP, (slot_id,), start=start, total=len(people), size=PEOPLE_ON_A_PAGE)
    keyboard = _people(turn, shown, start // PEOPLE_ON_A_PAGE) + turner + _everybody(turn, group)
    turn.reply("staff.group", keyboard, replace=replace, **_values(turn, group, shown))


def _group(turn: StaffTurn, slot_id: int) -> Group | None:
    if turn.account is None:
        turn.reply("staff.not_linked")
        return None
    try:
        return groups.group_in(turn.session, slot_id, turn.scope)
    except NotFound as error:
        turn.reply(error.key)
        return None


def _people(turn: StaffTurn, shown: Sequence[Booking], page: int) -> Keyboard:
    """A row with the name, which leads to the details; under who is not noted yet a row of outcomes."""
    keyboard: Keyboard = []
    for booking in shown:
        label = f"{SIGNS[booking.status]} {(booking.candidate.full_name or '—')[:40]}"
        keyboard.append([Button(label=label, action=Action.STAFF_SHOW, args=(booking.id,))])
        if booking.status in APPROVED and turn.may_work:
            keyboard += _ticks(turn, booking, page)
    return keyboard


def _ticks(turn: StaffTurn, booking: Booking, page: int) -> Keyboard:
    row = [
        Button(label=f"{SIGNS[result]} {turn.label(f'button.tick_{result}')}", action=Action.STAFF_TICK,
               args=(booking.id, result, page))
        for result in notable(booking.purpose, booking.slot.starts_at, now=turn.now)
    ]  # fmt: skip
    return [row] if row else []


def _everybody(turn: StaffTurn, group: Group) -> Keyboard:
    may_tick = turn.may_work and notable(group.slot.purpose, group.slot.starts_at, now=turn.now)
    if not may_tick or not group.expected:
        return []
    label = f"{turn.label('button.all_came')} ({len(group.expected)})"
    return [[Button(label=label, action=Action.STAFF_ALL_CAME, args=(group.slot.id,))]]


def _values(turn: StaffTurn, group: Group, shown: Sequence[Booking]) -> dict[str, str | int]:
    slot = group.slot
    zone = ZoneInfo(slot.recruiter.time_zone)
    return {
        "day": local_time.day_in_words(slot.starts_at.astimezone(zone).date(), turn.language),
        "hour": local_time.hour(slot.starts_at, zone),
        "zone": local_time.offset(slot.starts_at, zone),
        "city": slot.city.name if slot.city else "",
        "count": len(group.people),
        "came": group.count(CAME),
        "missed": group.count((BookingStatus.NO_SHOW,)),
        "people": "\n".join(_line(booking) for booking in shown),
    }


def _line(booking: Booking) -> str:
    """`✓ Anna Miller, +7912…`"""
    known = (booking.candidate.full_name or "—", booking.candidate.phone)
    return f"{SIGNS[booking.status]} {', '.join(part for part in known if part)}"


def tick(turn: StaffTurn, booking_id: int, result: str, page: int) -> None:
    """“Came”, “late”, “did not come” in the list, which comes back at the same page."""
    note_outcome(turn, booking_id, result, then=lambda booking: show_group(turn, booking.slot_id, page))


def tick_all(turn: StaffTurn, slot_id: int) -> None:
    """“All came”: everybody not noted yet."""
    if _group(turn, slot_id) is not None:
        carry_out(
            turn,
            lambda: groups.all_came(turn.session, slot_id, turn.scope, actor=turn.actor, now=turn.now),
            show=lambda: show_group(turn, slot_id, 0),
        )
