"""The days of a calendar as its page shows them: each hour a block with its words, each in its place."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from markupsafe import Markup

from recruitsmart.admin.base import me
from recruitsmart.admin.calendar_views import View
from recruitsmart.admin.week_shape import Fold, Piece, Row, Sheet, folds_of, pieces_of, sheet_of
from recruitsmart.admin.words import word
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.messaging import local_time
from recruitsmart.domain.slots import weeks
from recruitsmart.domain.slots.models import BookingStatus, Slot, SlotStatus
from recruitsmart.domain.slots.rules import midnight
from recruitsmart.domain.slots.weeks import ShownHour
from recruitsmart.extensions import db

NAMED = 3  # people named in a block
MOST_LANES, MOST_LANES_OF_A_DAY = 5, 20
TONES = {
    BookingStatus.PENDING: "warn", BookingStatus.BOOKED: "good", BookingStatus.CONFIRMED: "good",
    BookingStatus.NO_SHOW: "bad",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Block:
    """An hour in its place, or the part of it that lies after midnight."""

    hour: ShownHour
    piece: Piece
    begins: str
    times: str
    elsewhere: str
    state: str
    tone: str
    is_past: bool
    is_ahead: bool
    initials: str


@dataclass(frozen=True, kw_only=True)
class Day:
    """A day with its blocks in the order of time; `closed` counts hours that are offered no longer."""

    day: date
    blocks: Sequence[Block]
    folds: Sequence[Fold]
    missing: Sequence[Row]
    closed: int
    is_today: bool
    is_past: bool

    @property
    def hours(self) -> int:
        """How many hours begin that day."""
        return sum(block.piece.is_first for block in self.blocks)

    @property
    def is_open(self) -> bool:
        """Whether an hour that begins that day is open and still ahead."""
        return any(block.piece.is_first and block.is_ahead for block in self.blocks)


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """The days, the sheet they lie on, and a style sheet that puts everything in its place.

    `view` is what was asked for, or one day of it; `is_cut` when even one day has more hours than a page holds.
    """

    view: View
    sheet: Sheet
    days: Sequence[Day]
    places: Markup
    is_cut: bool


def calendar_of(view: View, *, now: datetime) -> Drawing:
    """Read the days of a view and lay them out; of a week that does not fit on a page one day: today, or the first."""
    begins, ends = midnight(view.days[0], view.zone), midnight(view.days[-1] + timedelta(days=1), view.zone)
    if not view.is_one_day and weeks.are_too_many(db.session, view.hours(), begins, ends):
        today = now.astimezone(view.zone).date()
        return calendar_of(view.alone(today if today in view.days else view.days[0]), now=now)
    found = weeks.hours_between(db.session, view.hours(), begins, ends, scope=me().scope, named=NAMED, now=now)
    is_cut, found = len(found) > weeks.MOST_HOURS, found[: weeks.MOST_HOURS]
    hours = [hour for hour in found if not weeks.is_closed(hour)]
    closed = [hour.slot.starts_at.astimezone(view.zone).date() for hour in found if weeks.is_closed(hour)]
    spans = [(max(hour.slot.starts_at, begins), min(hour.slot.ends_at, ends)) for hour in hours]
    sheet = sheet_of(view.days, view.zone, spans)
    whole = [(hour.slot.starts_at, hour.slot.ends_at) for hour in hours]
    lanes = MOST_LANES_OF_A_DAY if view.is_one_day else MOST_LANES
    pieces = pieces_of(whole, view.days, sheet, most_lanes=lanes)
    blocks = [_block(piece, hours[piece.number], view.zone, now=now) for piece in pieces]
    days = [
        _day(day, [one for one in blocks if one.piece.day == day], sheet, closed=closed.count(day), now=now)
        for day in view.days
    ]
    return Drawing(view=view, sheet=sheet, days=days, places=_places(sheet, days, now=now), is_cut=is_cut)


def _places(sheet: Sheet, days: Sequence[Day], *, now: datetime) -> Markup:
    """Rules made of numbers and dates alone. A policy of the page forbids styles in the elements themselves."""
    rules = [f".week{{--days:{len(days)};--height:{sheet.height:.3f}}}"]
    if any(day.is_today for day in days):  # the hour it is now may be missing on another day
        rules.append(f"#now{{--top:{sheet.place(now):.3f}}}")
    rules += [_rule(f"row-{row.hour}-{row.again}", row.top, row.top + row.height) for row in sheet.rows.values()]
    for day in days:
        rules += [_rule(f"gap-{day.day}-{row.hour}-{row.again}", row.top, row.top + row.height) for row in day.missing]
        for number, fold in enumerate(day.folds, 1):
            rules.append(_rule(f"fold-{day.day}-{number}", fold.top, fold.bottom, fold.lanes - 1, fold.lanes))
        for block in day.blocks:
            piece, name = block.piece, "hour" if block.piece.is_first else "rest"
            rules.append(_rule(f"{name}-{block.hour.slot.id}", piece.top, piece.bottom, piece.lane, piece.lanes))
    return Markup("\n".join(rules))


def _rule(name: str, top: float, bottom: float, lane: int = 0, lanes: int = 1) -> str:
    return f"#{name}{{--top:{top:.3f};--tall:{bottom - top:.3f};--lane:{lane};--lanes:{lanes}}}"


def _day(day: date, blocks: Sequence[Block], sheet: Sheet, *, closed: int, now: datetime) -> Day:
    today = now.astimezone(sheet.zone).date()
    return Day(
        day=day,
        blocks=blocks,
        folds=folds_of(block.piece for block in blocks),
        missing=sheet.missing(day),
        closed=closed,
        is_today=day == today,
        is_past=day < today,
    )


def _elsewhere(slot: Slot, zone: ZoneInfo) -> str:
    """When an hour begins for those whose clocks show another time."""
    there, at = local_time.offset(slot.starts_at, zone), slot.starts_at
    offsets = {local_time.offset(at, other): other for other in zones_of(slot.recruiter, slot.city)}
    return " · ".join(f"{local_time.hour(at, other)} {name}" for name, other in offsets.items() if name != there)


def _block(piece: Piece, hour: ShownHour, zone: ZoneInfo, *, now: datetime) -> Block:
    slot = hour.slot
    state, tone = state_of(hour, now=now)
    return Block(
        hour=hour,
        piece=piece,
        begins=local_time.hour(slot.starts_at, zone),
        times=between(slot.starts_at, slot.ends_at, zone),
        elsewhere=_elsewhere(slot, zone),
        state=state,
        tone=tone,
        is_past=slot.starts_at <= now,
        is_ahead=is_ahead(hour, now=now),
        initials=initials(slot.recruiter.name),
    )


def is_ahead(hour: ShownHour, *, now: datetime) -> bool:
    """Whether an hour is open and has not begun: it can be closed, and moved as long as nobody sits in it."""
    return hour.slot.status == SlotStatus.OPEN and hour.slot.starts_at > now


def between(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """`10:00–10:30`, local; with the offsets when the clocks change in between."""
    begins, ends = (local_time.hour(at, zone) for at in (starts_at, ends_at))
    before, after = (local_time.offset(at, zone) for at in (starts_at, ends_at))
    return f"{begins}–{ends}" if before == after else f"{begins} {before}–{ends} {after}"


def zones_of(recruiter: Recruiter, city: City | None) -> dict[ZoneInfo, str]:
    """The zones that matter for an hour, and to whom: the recruiter's, and the city's or those of all cities."""
    scope = me().scope
    cities = [city] if city is not None else [one for one in recruiter.cities if scope.includes(one.id)]
    names: dict[str, list[str]] = {recruiter.time_zone: []}
    for one in cities:
        names.setdefault(one.time_zone, []).append(one.name)
    return {ZoneInfo(zone): ", ".join(sorted(there)) or recruiter.name for zone, there in names.items()}


def state_of(hour: ShownHour, *, now: datetime) -> tuple[str, str]:
    """What an hour is, in a word, and the colour of it."""
    if hour.slot.status == SlotStatus.CLOSED:
        return word(SlotStatus.CLOSED), "off"
    if hour.pending:
        return word(BookingStatus.PENDING), "warn"
    if hour.slot.capacity == 1 and hour.people:
        status = hour.people[0].status
        return word(status), TONES.get(status, "")
    if hour.slot.starts_at <= now:
        return (_("is over"), "off") if hour.taken else (_("stayed free"), "off")
    if hour.taken >= hour.slot.capacity:
        return _("full"), "good"
    if hour.held and not hour.free:
        return _("offered to who waits"), "warn"
    return (_("free"), "free") if not hour.taken else (_("has free seats"), "part")


def initials(name: str) -> str:
    """`ОМ` for `Ольга Миронова`."""
    return "".join(part[0] for part in name.split()[:2]).upper()
