"""What staff can ask for in Telegram: a day's meetings, who waits, a person by name."""

from collections.abc import Callable
from datetime import timedelta
from zoneinfo import ZoneInfo

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Wanted, list_page, matching
from recruitsmart.domain.dialogue.staff import StaffTurn, help_staff, unlink_account
from recruitsmart.domain.dialogue.staff_groups import group_opener
from recruitsmart.domain.messaging import local_time, texts
from recruitsmart.domain.messaging.buttons import Action, Button
from recruitsmart.domain.messaging.markup import lines_that_fit
from recruitsmart.domain.slots import desk
from recruitsmart.domain.slots.groups import groups_between
from recruitsmart.domain.slots.listing import meetings_between
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose
from recruitsmart.domain.slots.rules import bounds_of

MOST_LISTED = 30
MOST_FOUND = 10


def obey(turn: StaffTurn, name: str, words: str) -> None:
    """A command of staff; from a stranger, and one that nobody knows, what can be done."""
    if turn.account is None:
        help_staff(turn)
    elif name == "find":
        _find(turn, words)
    else:
        _COMMANDS.get(name, help_staff)(turn)


def _list_day(turn: StaffTurn, *, ahead: int) -> None:
    """`/today`, `/tomorrow`: whom this recruiter meets on a day of their own zone, in order."""
    recruiter = turn.account.recruiter if turn.account else None
    if recruiter is None:
        turn.reply("staff.no_recruiter")
        return
    zone = ZoneInfo(recruiter.time_zone)
    day = turn.now.astimezone(zone).date() + timedelta(days=ahead)
    start, end = bounds_of(day, zone)
    groups = groups_between(turn.session, turn.scope, start, end, recruiter_id=recruiter.id, limit=MOST_LISTED)
    interviews = meetings_between(turn.session, recruiter.id, start, end, purpose=Purpose.INTERVIEW)
    openers = [group_opener(turn, group, zone) for group in groups]
    openers += [_opener(meeting, zone) for meeting in interviews[:MOST_LISTED]]
    turn.reply(
        "staff.day",
        [[button] for button in openers] or None,
        day=local_time.day_in_words(day, turn.language),
        count=len(groups) + len(interviews),
    )


def _opener(meeting: Booking, zone: ZoneInfo) -> Button:
    name = (meeting.candidate.full_name or "")[:40]
    mark = {BookingStatus.PENDING: "?", BookingStatus.CONFIRMED: "✓"}.get(meeting.status, "")
    label = f"{local_time.hour(meeting.slot.starts_at, zone)} {name} {mark}".strip()
    return Button(label=label, action=Action.STAFF_SHOW, args=(meeting.id,))


def _list_waiting(turn: StaffTurn) -> None:
    """`/waiting`: who waits for an hour, the longest first."""
    entries = desk.waiting_in(turn.session, turn.scope, limit=MOST_LISTED)
    people = [_line(entry.candidate, local_time.lasting(turn.now - entry.since, turn.language)) for entry in entries]
    turn.reply("staff.waiting", people=_joined(people))


def _find(turn: StaffTurn, words: str) -> None:
    """`/find anna`: people of this account's cities by name, phone or username."""
    found = [] if not words else list_page(
        turn.session, matching(turn.scope, Wanted(words=words)), after=None, limit=MOST_FOUND
    )  # fmt: skip
    people = [_line(candidate, turn.label(f"stage.{candidate.stage}"), candidate.phone) for candidate in found]
    turn.reply("staff.found", people=_joined(people))


def _joined(people: list[str]) -> str:
    return "\n".join(lines_that_fit(people, texts.LONGEST_LIST))


def _line(candidate: Candidate, *more: str | None) -> str:
    """`• Anna Miller, Moscow, interview, +7912…, @anna`; what is not known is left out."""
    city = candidate.city.name if candidate.city else None
    username = f"@{candidate.contact.username}" if candidate.contact and candidate.contact.username else None
    return "• " + ", ".join(part for part in (candidate.full_name, city, *more, username) if part)


_COMMANDS: dict[str, Callable[[StaffTurn], None]] = {
    "today": lambda turn: _list_day(turn, ahead=0),
    "tomorrow": lambda turn: _list_day(turn, ahead=1),
    "waiting": _list_waiting,
    "unlink": unlink_account,
}
