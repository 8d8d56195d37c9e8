"""How hours lie on the calendar's sheet: pure. Lengths are in rem, from the top of the day.

Every day of the sheet has the same rows, the local hours. An hour that comes twice when the clocks are put back is two
rows, and one that the clocks skip is a row that day does not have; so no two moments of a day share a place.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from recruitsmart.domain.slots.rules import midnight

Key = tuple[int, int]  # the local hour, and whether it is the second one of that name (1)
Span = tuple[datetime, datetime]

STEP = timedelta(minutes=30)  # clocks are changed by whole steps
WORKING = range(9, 18)
LOW, TALL, TALLEST = 0.4, 4.2, 12.0
LINE = 1.3  # the least height of a block: one line


@dataclass(frozen=True, kw_only=True)
class Row:
    """One local hour of the sheet."""

    hour: int
    again: int
    top: float
    height: float
    matters: bool


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """The rows of a few days in a zone."""

    zone: ZoneInfo
    rows: Mapping[Key, Row]

    @property
    def height(self) -> float:
        """From the first midnight to the last."""
        return max(row.top + row.height for row in self.rows.values())

    def place(self, at: datetime) -> float:
        """Where a moment lies in its day."""
        local = at.astimezone(self.zone)
        row = self.rows.get((local.hour, local.fold)) or self.rows[local.hour, 0]
        return row.top + row.height * (local.minute * 60 + local.second) / 3600

    def missing(self, day: date) -> list[Row]:
        """The rows that a day does not have."""
        there = set(hours_of(day, self.zone))
        return [row for key, row in self.rows.items() if key not in there]


@dataclass(frozen=True, kw_only=True)
class Piece:
    """The part of an hour that lies in one day: where, and in which of how many lanes side by side.

    `number` is the hour's place in the list it came from. Where there is no room for more lanes it `is_folded`.
    """

    number: int
    day: date
    top: float
    bottom: float
    lane: int = 0
    lanes: int = 1
    is_first: bool = True
    is_folded: bool = False


@dataclass(frozen=True, kw_only=True)
class Fold:
    """Pieces of a day that there is no room for: how many, and where that is said."""

    day: date
    top: float
    bottom: float
    lanes: int
    count: int


def hours_of(day: date, zone: ZoneInfo) -> list[Key]:
    """The local hours of a day in their order; 23 or 25 of them when the clocks change."""
    begins, ends = (midnight(each, zone).astimezone(UTC) for each in (day, day + timedelta(days=1)))
    steps = (begins + STEP * number for number in range(int((ends - begins) / STEP)))
    return list(dict.fromkeys((at.astimezone(zone).hour, at.astimezone(zone).fold) for at in steps))


def sheet_of(days: Sequence[date], zone: ZoneInfo, spans: Iterable[Span]) -> Sheet:
    """The sheet for some days: low rows, but for working hours and those that something touches."""
    spans = list(spans)
    keys = max((hours_of(day, zone) for day in days), key=len)
    touched = {key for span in spans for key in _touched(span, zone)}
    shortest = min((ends - begins for begins, ends in spans), default=timedelta(hours=1))
    tall = min(max(TALL, LINE * timedelta(hours=1) / shortest), TALLEST)
    rows: dict[Key, Row] = {}
    top = 0.0
    for hour, again in keys:
        matters = (hour in WORKING and not again) or (hour, again) in touched
        height = tall if matters else LOW
        rows[hour, again] = Row(hour=hour, again=again, top=top, height=height, matters=matters)
        top += height
    return Sheet(zone=zone, rows=rows)


def _touched(span: Span, zone: ZoneInfo) -> Iterator[Key]:
    begins, ends = (at.astimezone(UTC) for at in span)
    last = ends - timedelta(microseconds=1)
    steps = range(int((last - begins) / STEP) + 1)
    for at in (*(begins + STEP * number for number in steps), last):
        local = at.astimezone(zone)
        yield local.hour, local.fold


def pieces_of(spans: Sequence[Span], days: Sequence[date], sheet: Sheet, *, most_lanes: int) -> list[Piece]:
    """The spans cut at the midnights of these days and laid side by side where they meet."""
    pieces: list[Piece] = []
    for day in days:
        begins, ends = (midnight(each, sheet.zone) for each in (day, day + timedelta(days=1)))
        touching = [(number, span) for number, span in enumerate(spans) if span[0] < ends and begins < span[1]]
        cut = [_cut(number, span, day, (begins, ends), sheet) for number, span in touching]
        pieces += side_by_side(cut, most_lanes=most_lanes)
    return pieces


def _cut(number: int, span: Span, day: date, bounds: Span, sheet: Sheet) -> Piece:
    top = sheet.place(max(span[0], bounds[0]))
    bottom = sheet.height if span[1] >= bounds[1] else sheet.place(span[1])
    return Piece(number=number, day=day, top=top, bottom=max(bottom, top), is_first=span[0] >= bounds[0])


def side_by_side(pieces: Iterable[Piece], *, most_lanes: int) -> list[Piece]:
    """Pieces of one day in lanes: each group that hangs together shares the width evenly.

    Of a group with more than `most_lanes` the last lane is kept for a word about those that are folded.
    """
    laid: list[Piece] = []
    group: list[Piece] = []
    until = 0.0
    for piece in sorted(pieces, key=lambda one: (one.top, -one.bottom)):
        if group and piece.top >= until:
            laid += _lanes(group, most_lanes)
            group = []
        until = max(until, piece.bottom) if group else piece.bottom
        group.append(piece)
    return laid + _lanes(group, most_lanes)


def _lanes(group: Sequence[Piece], most: int) -> list[Piece]:
    """Each piece into the first lane that is free at its top."""
    bottoms: list[float] = []
    chosen: list[int] = []
    for piece in group:
        lane = next((number for number, bottom in enumerate(bottoms) if bottom <= piece.top), len(bottoms))
        bottoms[lane : lane + 1] = [piece.bottom]
        chosen.append(lane)
    lanes = min(len(bottoms), most)
    room = most - 1 if len(bottoms) > most else most
    return [_in_lane(piece, lane, lanes, room) for piece, lane in zip(group, chosen, strict=True)]


def _in_lane(piece: Piece, lane: int, lanes: int, room: int) -> Piece:
    return replace(piece, lane=min(lane, room), lanes=lanes, is_folded=lane >= room)


def folds_of(pieces: Iterable[Piece]) -> list[Fold]:
    """Where to say how many pieces are folded: once for those that hang together."""
    folds: list[Fold] = []
    for piece in sorted((piece for piece in pieces if piece.is_folded), key=lambda one: (one.day, one.top)):
        last = folds[-1] if folds else None
        if last is not None and last.day == piece.day and piece.top <= last.bottom:
            bottom = max(last.bottom, piece.bottom)
            folds[-1] = replace(last, bottom=bottom, count=last.count + 1)
        else:
            folds.append(Fold(day=piece.day, top=piece.top, bottom=piece.bottom, lanes=piece.lanes, count=1))
    return folds
