"""The sheet of the calendar: rows of local hours, days of 23 and 25 hours, and hours side by side. Pure."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from recruitsmart.admin.calendar_days import between
from recruitsmart.admin.week_shape import LOW, Piece, folds_of, hours_of, pieces_of, sheet_of, side_by_side

MOSCOW, BERLIN, LORD_HOWE = ZoneInfo("Europe/Moscow"), ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe")
MONDAY = date(2026, 11, 30)
WEEK = [MONDAY + timedelta(days=number) for number in range(7)]
SPRING, AUTUMN = date(2026, 3, 29), date(2026, 10, 25)
DAY = date(2026, 12, 1)


def _span(begins: str, minutes: int = 30, *, zone: ZoneInfo = MOSCOW) -> tuple[datetime, datetime]:
    at = datetime.fromisoformat(begins).replace(tzinfo=zone).astimezone(UTC)
    return at, at + timedelta(minutes=minutes)


def _week_of(day: date) -> list[date]:
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=number) for number in range(7)]


def _piece(number: int, top: float, bottom: float) -> Piece:
    return Piece(number=number, day=DAY, top=top, bottom=bottom)


def _lanes(*bounds: tuple[float, float], most: int = 9) -> list[tuple[int, int]]:
    laid = side_by_side([_piece(number, *each) for number, each in enumerate(bounds)], most_lanes=most)
    return [(piece.lane, piece.lanes) for piece in sorted(laid, key=lambda piece: piece.number)]


def test_only_working_hours_and_those_something_touches_are_tall() -> None:
    sheet = sheet_of(WEEK, MOSCOW, [_span("2026-12-01T06:50", 20), _span("2026-12-02T21:00", 60)])
    assert [row.hour for row in sheet.rows.values() if row.matters] == [6, 7, *range(9, 18), 21]
    assert sheet.rows[3, 0].height == LOW


def test_the_shortest_hour_still_has_room_for_a_line() -> None:
    sheet = sheet_of(WEEK, MOSCOW, [_span("2026-12-01T10:00", 10)])
    begins, ends = _span("2026-12-01T10:00", 10)
    assert sheet.place(ends) - sheet.place(begins) >= 1.29


def test_a_moment_lies_in_its_local_hour() -> None:
    sheet = sheet_of(WEEK, MOSCOW, [])
    at = datetime(2026, 12, 1, 7, 30, tzinfo=UTC)
    assert sheet.place(at) == sheet.rows[10, 0].top + sheet.rows[10, 0].height / 2


def test_a_day_on_which_the_clocks_go_forward_has_23_hours() -> None:
    assert len(hours_of(SPRING, BERLIN)) == 23
    sheet = sheet_of(_week_of(SPRING), BERLIN, [])
    assert [(row.hour, row.again) for row in sheet.missing(SPRING)] == [(2, 0)]
    assert sheet.missing(SPRING - timedelta(days=1)) == []


def test_an_hour_over_the_skipped_one_ends_where_the_next_begins() -> None:
    span = _span("2026-03-29T01:30", 30, zone=BERLIN)
    sheet = sheet_of(_week_of(SPRING), BERLIN, [span])
    piece = pieces_of([span], _week_of(SPRING), sheet, most_lanes=5)[0]
    assert (piece.day, piece.bottom) == (SPRING, sheet.rows[3, 0].top)


def test_a_day_on_which_the_clocks_go_back_has_25_hours_and_no_two_moments_share_a_place() -> None:
    keys = hours_of(AUTUMN, BERLIN)
    assert len(keys) == 25
    assert keys[1:5] == [(1, 0), (2, 0), (2, 1), (3, 0)]
    midnight = datetime(2026, 10, 24, 22, tzinfo=UTC)
    sheet = sheet_of(_week_of(AUTUMN), BERLIN, [])
    places = [sheet.place(midnight + timedelta(minutes=15 * number)) for number in range(100)]
    assert places == sorted(set(places))
    assert [(row.hour, row.again) for row in sheet.missing(AUTUMN - timedelta(days=1))] == [(2, 1)]
    assert sheet.missing(AUTUMN) == []


def test_two_hours_of_one_name_do_not_overlap_on_the_sheet() -> None:
    first = datetime(2026, 10, 25, 0, 0, tzinfo=UTC)  # 02:00 in summer time
    spans = [(first, first + timedelta(minutes=60)), (first + timedelta(hours=1), first + timedelta(hours=2))]
    sheet = sheet_of(_week_of(AUTUMN), BERLIN, spans)
    pieces = pieces_of(spans, _week_of(AUTUMN), sheet, most_lanes=5)
    assert [piece.lanes for piece in pieces] == [1, 1]
    assert pieces[0].bottom == pieces[1].top


def test_an_hour_in_which_the_clocks_change_says_both_offsets() -> None:
    begins = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert between(begins, begins + timedelta(minutes=30), BERLIN) == "02:30 UTC+2–02:00 UTC+1"
    assert between(begins, begins + timedelta(minutes=30), MOSCOW) == "03:30–04:00"


def test_clocks_may_also_change_by_half_an_hour() -> None:
    keys = hours_of(date(2026, 4, 5), LORD_HOWE)
    assert keys[:4] == [(0, 0), (1, 0), (1, 1), (2, 0)]


def test_an_hour_over_midnight_is_cut_into_both_days() -> None:
    span = _span("2026-12-01T23:00", 120)
    sheet = sheet_of(WEEK, MOSCOW, [span])
    first, rest = pieces_of([span], WEEK, sheet, most_lanes=5)
    assert (first.day, first.bottom, first.is_first) == (DAY, sheet.height, True)
    assert (rest.day, rest.top, rest.is_first) == (DAY + timedelta(days=1), 0.0, False)


def test_hours_that_follow_one_another_have_the_whole_width() -> None:
    spans = [_span(f"2026-12-01T10:{minute:02}", 20) for minute in (0, 20, 40)]
    pieces = pieces_of(spans, WEEK, sheet_of(WEEK, MOSCOW, spans), most_lanes=5)
    assert [(piece.lane, piece.lanes) for piece in pieces] == [(0, 1)] * 3


def test_hours_that_meet_stand_side_by_side_in_the_first_free_lane() -> None:
    assert _lanes((0, 2), (1, 3), (2, 4)) == [(0, 2), (1, 2), (0, 2)]


def test_a_group_shares_its_width_evenly_and_the_next_begins_anew() -> None:
    assert _lanes((0, 3), (0, 3), (0, 3), (3, 4)) == [(0, 3), (1, 3), (2, 3), (0, 1)]


def test_the_order_of_the_list_does_not_matter() -> None:
    assert sorted(_lanes((2, 4), (0, 2), (1, 3))) == sorted(_lanes((0, 2), (1, 3), (2, 4)))


def test_what_finds_no_room_is_folded_and_counted_once() -> None:
    pieces = side_by_side([_piece(number, 0, 2) for number in range(7)], most_lanes=5)
    assert [piece.is_folded for piece in pieces] == [False] * 4 + [True] * 3
    assert {piece.lanes for piece in pieces} == {5}
    (fold,) = folds_of(pieces)
    assert (fold.count, fold.top, fold.bottom, fold.lanes) == (3, 0, 2, 5)
