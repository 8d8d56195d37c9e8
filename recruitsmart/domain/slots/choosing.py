"""Whose hour it becomes when several recruiters are free at the same time: pure and explained."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from recruitsmart.domain.directory.models import City, RecruiterChoice


@dataclass(frozen=True, kw_only=True)
class Option:
    """A free slot at the hour that was chosen, with what decides between recruiters."""

    slot_id: int
    recruiter_id: int
    weight: int
    last_booked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Choice:
    """The slot to take, and in words why."""

    slot_id: int
    why: str


def pick(options: Sequence[Option], *, chosen: int, policy: City) -> Choice | None:
    """The fairest slot: greater weight first, then the recruiter booked least recently, then the older slot.

    Where candidates pick their recruiter, only the slot they chose will do. None when nothing is free.
    """
    if policy.recruiter_choice == RecruiterChoice.CANDIDATE:
        is_free = any(option.slot_id == chosen for option in options)
        return Choice(slot_id=chosen, why="the candidate's choice") if is_free else None
    ranked = sorted(options, key=_rank)
    if not ranked:
        return None
    best, *others = ranked
    return Choice(slot_id=best.slot_id, why=_reason(best, others))


def _rank(option: Option) -> tuple[int, datetime, int]:
    never = datetime.min.replace(tzinfo=UTC)
    return -option.weight, option.last_booked_at or never, option.slot_id


def _reason(best: Option, others: Sequence[Option]) -> str:
    rivals = [other for other in others if other.recruiter_id != best.recruiter_id]
    if not rivals:
        return "the only recruiter free at this hour"
    if any(rival.weight == best.weight for rival in rivals):
        return f"booked least recently of {len(rivals) + 1} recruiters free at this hour"
    return f"greatest weight of {len(rivals) + 1} recruiters free at this hour"
