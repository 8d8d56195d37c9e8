"""Many hours as a recruiter asks for them: a series, a copied week or a file, within what an account may see."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.directory.queries import recruiters_in
from recruitsmart.domain.directory.rules import zone_named
from recruitsmart.domain.errors import BadInput, NotFound
from recruitsmart.domain.slots import drafting, importing
from recruitsmart.domain.slots.drafting import MOST_DRAFTS, Draft, SeriesPlan
from recruitsmart.domain.slots.importing import Line
from recruitsmart.domain.slots.models import Purpose

MONDAY = 0


@dataclass(frozen=True, kw_only=True)
class AskedSeries:
    """A series as typed; `time_zone` None means each recruiter's own, `city_id` None any of the recruiter's cities."""

    recruiter_ids: tuple[int, ...]
    city_id: int | None
    purpose: Purpose
    first_on: date
    last_on: date
    weekdays: frozenset[int]
    begins: time
    ends: time
    duration: timedelta
    pause: timedelta
    capacity: int
    time_zone: str | None = None


def series(session: Session, asked: AskedSeries, scope: Scope) -> list[Draft]:
    """The hours of a series, for recruiters of one zone after those of another.

    Raises:
        NotFound: a recruiter or the city is out of the scope.
        BadInput: which says what is wrong.
    """
    if asked.city_id is not None and not scope.includes(asked.city_id):
        raise NotFound
    recruiters = _recruiters(session, asked.recruiter_ids, scope)
    zones: dict[ZoneInfo, list[int]] = {}
    for recruiter in recruiters:
        zones.setdefault(zone_named(asked.time_zone or recruiter.time_zone), []).append(recruiter.id)
    drafts = [draft for zone, ids in zones.items() for draft in drafting.drafts_of(_plan(asked, zone, ids))]
    return _bounded(drafts)


def _plan(asked: AskedSeries, zone: ZoneInfo, recruiter_ids: Sequence[int]) -> SeriesPlan:
    return SeriesPlan(
        recruiter_ids=tuple(recruiter_ids), city_id=asked.city_id, purpose=asked.purpose, first_on=asked.first_on,
        last_on=asked.last_on, weekdays=asked.weekdays, begins=asked.begins, ends=asked.ends, duration=asked.duration,
        pause=asked.pause, capacity=asked.capacity, zone=zone,
    )  # fmt: skip


def copied_week(session: Session, recruiter_ids: Iterable[int], *, week: date, to: date, scope: Scope) -> list[Draft]:
    """The open hours of a week as drafts for another; both days are Mondays.

    Raises:
        NotFound: a recruiter is out of the scope.
        BadInput: which says what is wrong.
    """
    if {week.weekday(), to.weekday()} != {MONDAY}:
        raise BadInput("Both days must be Mondays.")
    if week == to:
        raise BadInput("A week cannot be copied onto itself.")
    recruiters = _recruiters(session, recruiter_ids, scope)
    drafts = drafting.drafts_of_week(session, [recruiter.id for recruiter in recruiters], week=week, to=to)
    seen = [draft for draft in drafts if draft.city_id is None or scope.includes(draft.city_id)]
    if not seen:
        raise BadInput("There are no open hours in that week.")
    return _bounded(seen)


def file_lines(session: Session, text: str, scope: Scope) -> list[Line]:
    """The lines of a CSV file; those about other people's recruiters or cities are refused.

    Raises:
        BadInput: the file cannot be read at all.
    """
    own = {recruiter.id for recruiter in recruiters_in(session, scope)}
    return [_within(line, own, scope) for line in importing.read_lines(session, text)]


def _within(line: Line, own: set[int], scope: Scope) -> Line:
    draft = line.draft
    if draft is None or (draft.recruiter_id in own and (draft.city_id is None or scope.includes(draft.city_id))):
        return line
    return replace(line, draft=None, problem="This recruiter or city is not among yours.")


def _recruiters(session: Session, ids: Iterable[int], scope: Scope) -> list[Recruiter]:
    wanted = {*ids}
    if not wanted:
        raise BadInput("Choose at least one recruiter.")
    found = [recruiter for recruiter in recruiters_in(session, scope) if recruiter.id in wanted]
    if len(found) != len(wanted):
        raise NotFound
    return found


def _bounded(drafts: list[Draft]) -> list[Draft]:
    if len(drafts) > MOST_DRAFTS:
        raise BadInput(f"This makes {len(drafts)} hours; at most {MOST_DRAFTS} can be made at once.")
    return drafts
