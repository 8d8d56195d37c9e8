"""Hours from a CSV file: read line by line, each wrong line with its number and reason, nothing written."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.rules import folded
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.slots.drafting import FIRST_YEAR, LAST_YEAR, MOST_DRAFTS, Draft, instant
from recruitsmart.domain.slots.models import Purpose
from recruitsmart.domain.slots.rules import LONGEST_HOUR, MOST_SEATS, SHORTEST_HOUR

COLUMNS = ("recruiter", "city", "date", "time", "minutes", "seats", "purpose")
NEEDED = ("recruiter", "date", "time")
SEPARATORS = ",;\t"
LONGEST_NUMBER = 9
MINUTE = timedelta(minutes=1)
SHORTEST, LONGEST = SHORTEST_HOUR // MINUTE, LONGEST_HOUR // MINUTE


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line of the file: a draft, or the reason why it is none. Numbers count from 1, the header is line 1."""

    number: int
    draft: Draft | None
    problem: str | None


def read_lines(session: Session, text: str) -> list[Line]:
    """The lines of a CSV file (comma, semicolon or tab) with the columns recruiter, date and time; city, minutes,
    seats and purpose may be left out. Times are in the recruiter's zone.

    Raises:
        BadInput: no header, a needed column is missing, or too many lines.
    """
    try:
        return _read_lines(session, text)
    except csv.Error as error:
        raise BadInput("This is not a CSV file.") from error


def _read_lines(session: Session, text: str) -> list[Line]:
    rows = csv.DictReader(io.StringIO(text.lstrip("\ufeff"), newline=""), delimiter=_separator(text))
    header = [name.strip().lower() for name in rows.fieldnames or ()]
    missing = [name for name in NEEDED if name not in header]
    if missing:
        raise BadInput(f"The first line must name the columns {', '.join(NEEDED)}; missing: {', '.join(missing)}.")
    rows.fieldnames = header
    recruiters, cities = _by_name(session)
    lines = [_line(rows.line_num, row, recruiters, cities) for row in rows if any(row.values())]
    if len(lines) > MOST_DRAFTS:
        raise BadInput(f"The file has {len(lines)} lines; at most {MOST_DRAFTS} can be read at once.")
    return lines


def _separator(text: str) -> str:
    header = text.partition("\n")[0]
    return max(SEPARATORS, key=header.count)


Recruiters = dict[str, list[Recruiter]]


def _by_name(session: Session) -> tuple[Recruiters, dict[str, City]]:
    recruiters: Recruiters = {}
    for recruiter in session.scalars(select(Recruiter).where(Recruiter.active)):
        recruiters.setdefault(folded(recruiter.name), []).append(recruiter)
    return recruiters, {folded(city.name): city for city in session.scalars(select(City).where(City.active))}


def _line(number: int, row: Mapping[str, str | None], recruiters: Recruiters, cities: dict[str, City]) -> Line:
    try:
        draft = _draft({name: (row.get(name) or "").strip() for name in COLUMNS}, recruiters, cities)
    except BadInput as error:
        return Line(number=number, draft=None, problem=str(error))
    return Line(number=number, draft=draft, problem=None)


def _draft(row: dict[str, str], recruiters: Recruiters, cities: dict[str, City]) -> Draft:
    recruiter = _the_one(recruiters.get(folded(row["recruiter"]), []), row["recruiter"])
    city = cities.get(folded(row["city"])) if row["city"] else None
    if row["city"] and city is None:
        raise BadInput(f"There is no active city “{row['city']}”.")
    wall = datetime.combine(_date(row["date"]), _time(row["time"]))
    return Draft(
        recruiter_id=recruiter.id,
        city_id=None if city is None else city.id,
        purpose=_purpose(row["purpose"]),
        starts_at=instant(wall, ZoneInfo(recruiter.time_zone)),
        duration=MINUTE * _number("minutes", row["minutes"], default=30, lowest=SHORTEST, highest=LONGEST),
        capacity=_number("seats", row["seats"], default=1, lowest=1, highest=MOST_SEATS),
    )


def _the_one(called: list[Recruiter], name: str) -> Recruiter:
    if not called:
        raise BadInput(f"There is no active recruiter “{name}”.")
    if len(called) > 1:
        raise BadInput(f"There are {len(called)} active recruiters called “{name}”; enter these hours by hand.")
    return called[0]


def _date(words: str) -> date:
    for form in ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y"):
        try:
            day = datetime.strptime(words, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
        if FIRST_YEAR <= day.year <= LAST_YEAR:
            return day
    raise BadInput(f"“{words}” is no date; write 2026-11-25 or 25.11.2026.")


def _time(words: str) -> time:
    try:
        return time.fromisoformat(words.zfill(5)).replace(tzinfo=None)
    except ValueError as error:
        raise BadInput(f"“{words}” is no time; write 15:00.") from error


def _number(column: str, words: str, *, default: int, lowest: int, highest: int) -> int:
    if not words:
        return default
    # Python refuses to read a number of thousands of digits.
    if not words.isdecimal() or len(words) > LONGEST_NUMBER or not lowest <= int(words) <= highest:
        raise BadInput(f"{column} must be a number from {lowest} to {highest}, not “{words}”.")
    return int(words)


def _purpose(words: str) -> Purpose:
    if not words:
        return Purpose.INTERVIEW
    try:
        return Purpose(words.lower())
    except ValueError as error:
        raise BadInput(f"purpose is interview or intro_day, not “{words}”.") from error
