"""Time in a stage: how long people stood there before they moved on, and the moves behind it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, extract, func, lateral, select, true
from sqlalchemy.orm import Session, joinedload

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.pipeline.periods import Period, Window, within

NEWEST_MOVES = 5_000  # a median of these is exact enough, and as quick after years as after weeks


@dataclass(frozen=True, kw_only=True)
class Stay:
    """How long people stood at a stage until they moved on: the median in seconds, and of how many."""

    seconds: float
    people: int


@dataclass(frozen=True, kw_only=True)
class OneStay:
    """One person's time in a stage, in seconds, and the moment of the move that ended it."""

    candidate: Candidate
    ended_at: datetime
    seconds: float


def time_in_stages(session: Session, period: Period, *, scope: Scope, city_id: int | None = None) -> dict[Stage, Stay]:
    """How long people stood at a stage before they moved on, of the newest 5,000 moves of the period. One query.

    From the move into the stage (or Start) to the move out of it; who still stands there is not counted.
    """
    stays = _stays(period, scope, city_id)
    of_stage = select(stays.c.stage, func.percentile_cont(0.5).within_group(stays.c.seconds), func.count())
    rows = session.execute(of_stage.group_by(stays.c.stage))
    found = {Stage(stage): Stay(seconds=float(median), people=people) for stage, median, people in rows}
    return {stage: found[stage] for stage in Stage if stage in found}


def stays_behind(
    session: Session, period: Period, stage: Stage, *, scope: Scope, city_id: int | None = None, window: Window
) -> Sequence[OneStay]:
    """The stays a median of `time_in_stages` is made of, the longest first."""
    stays = _stays(period, scope, city_id)
    longest = (
        select(Candidate, stays.c.at, stays.c.seconds)
        .join(stays, stays.c.candidate_id == Candidate.id)
        .where(stays.c.stage == stage)
        .options(joinedload(Candidate.city))
        .order_by(stays.c.seconds.desc(), stays.c.move_id.desc())
    )
    rows = session.execute(longest.offset(window.offset).limit(window.limit))
    return [OneStay(candidate=who, ended_at=at, seconds=float(seconds)) for who, at, seconds in rows]


def _stays(period: Period, scope: Scope, city_id: int | None) -> Subquery:
    """The stays that ended with the newest moves of a period: `move_id`, `candidate_id`, `stage`, `at`, `seconds`."""
    moves = _newest_moves(period, within(scope, city_id)).subquery("moves")
    earlier = Entry.__table__.alias("earlier")
    began = lateral(
        select(earlier.c.at)
        .where(earlier.c.candidate_id == moves.c.candidate_id, earlier.c.id < moves.c.id)
        .where(earlier.c.kind.in_(("candidate.moved", "candidate.started")))
        .order_by(earlier.c.id.desc())
        .limit(1)
    )
    seconds = extract("epoch", moves.c.at - began.c.at).label("seconds")
    stays = select(moves.c.id.label("move_id"), moves.c.candidate_id, moves.c.stage, moves.c.at, seconds)
    return stays.select_from(moves).join(began, true()).subquery("stays")


def _newest_moves(period: Period, needed: Sequence[ColumnElement[bool]]) -> Select[Any]:
    moves = select(Entry.id, Entry.candidate_id, Entry.at, Entry.details["before"].astext.label("stage")).where(
        Entry.kind == "candidate.moved", Entry.at >= period.begins, Entry.at < period.ends
    )
    if needed:
        moves = moves.join(Candidate, Candidate.id == Entry.candidate_id).where(*needed)
    return moves.order_by(Entry.at.desc(), Entry.id.desc()).limit(NEWEST_MOVES)
