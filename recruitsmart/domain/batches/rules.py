"""Pure decisions about a batch: what will become of a person, as far as one can tell beforehand.

The operation decides when its turn comes; this says the same a little earlier, for the page that asks “really?”.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from recruitsmart.domain.batches.models import Act
from recruitsmart.domain.candidates.stages import Outcome, Stage, may_move
from recruitsmart.domain.errors import BadInput, NotInThisStage
from recruitsmart.domain.pipeline.assigning import BOOKED, ELSEWHERE
from recruitsmart.domain.pipeline.decisions import BOOKED_STILL, BY_OTHER_MEANS, LONGEST_REASON, NOT_NOTED

STAGES = tuple(stage for stage in Stage if stage not in BY_OTHER_MEANS and stage != Stage.STARTED)
NOT_BEGUN, ANOTHER_GO = "The hour has not begun yet.", "Say why this person gets another go."
GONE = "This candidate is no longer among yours."
NOT_HERE = (NotInThisStage.__doc__ or "").strip()


class Unchanged(Enum):
    """The person stands as wanted already."""

    UNCHANGED = auto()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What a prediction is made from. `interview_ahead` and `interview_begun` are about a live booking."""

    stage: Stage
    outcome: Outcome
    city_id: int | None = None
    recruiter_id: int | None = None
    interview_ahead: bool = False
    interview_begun: bool = False
    interview_pending: bool = False
    intro_day_live: bool = False
    exam_finished: bool = False

    @property
    def is_booked(self) -> bool:
        """Whether there is any live booking."""
        return self.interview_ahead or self.interview_begun or self.intro_day_live


def foreseen(
    act: Act, details: Mapping[str, Any], facts: Facts, *, served: frozenset[int] = frozenset()
) -> str | Unchanged | None:
    """None when the act will be done; else why it will not, as the sentence of the operation.

    `served` are the cities of the recruiter who is assigned.
    """
    match act:
        case Act.REJECT:
            return _rejection(facts)
        case Act.MOVE:
            return _move(facts, Stage(details["stage"]))
        case Act.RECRUITER:
            return _care(facts, details["recruiter_id"], served)
        case Act.CITY:
            return _city(facts, details["city_id"])


def _rejection(facts: Facts) -> str | Unchanged | None:
    if facts.outcome == Outcome.REJECTED:
        return Unchanged.UNCHANGED
    return None if facts.outcome == Outcome.ACTIVE else NOT_HERE


def _move(facts: Facts, to: Stage) -> str | Unchanged | None:
    if facts.outcome == Outcome.ACTIVE and facts.stage == to:
        return Unchanged.UNCHANGED
    if facts.outcome != Outcome.ACTIVE:
        return NOT_HERE
    if to == Stage.TEST2:
        return _exam(facts)
    if to == Stage.HIRED:
        return NOT_HERE if facts.stage != Stage.INTRO_DAY else NOT_NOTED if facts.intro_day_live else None
    return _step(facts, to)


def _exam(facts: Facts) -> str | None:
    if facts.stage != Stage.INTERVIEW:
        return NOT_HERE
    if facts.interview_ahead:
        return NOT_BEGUN
    if facts.interview_begun and facts.interview_pending:
        return "This booking has ended in the meantime."
    return ANOTHER_GO if facts.exam_finished else None


def _step(facts: Facts, to: Stage) -> str | None:
    held = {Stage.INTERVIEW: facts.interview_ahead or facts.interview_begun, Stage.INTRO_DAY: facts.intro_day_live}
    if held.get(facts.stage):
        return BOOKED_STILL
    return None if may_move(facts.stage, to) else f"There is no way from “{facts.stage}” to “{to}”."


def _care(facts: Facts, recruiter_id: int, served: frozenset[int]) -> str | Unchanged | None:
    if facts.recruiter_id == recruiter_id:
        return Unchanged.UNCHANGED
    return None if facts.city_id in served else ELSEWHERE


def _city(facts: Facts, city_id: int) -> str | Unchanged | None:
    if facts.city_id == city_id:
        return Unchanged.UNCHANGED
    return BOOKED if facts.is_booked else None


def checked_reason(typed: str) -> str:
    """A reason on one line.

    Raises:
        BadInput: nothing was written.
    """
    reason = " ".join(typed.split())[:LONGEST_REASON]
    if not reason:
        raise BadInput("Say why, for your colleagues.")
    return reason
