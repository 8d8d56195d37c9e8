"""Pure decisions about a batch: what will become of a person, as far as one can tell beforehand.

The operation decides when its turn comes; this says the same a little earlier, for the page that asks “really?”.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Protocol

from recruitsmart.domain.batches.models import Act
from recruitsmart.domain.candidates.stages import Outcome, Stage, may_move, no_way
from recruitsmart.domain.errors import BadInput, BookingGone, NeedsReasonForAnother, NotBegun, NotInThisStage
from recruitsmart.domain.pipeline.assigning import BOOKED, ELSEWHERE
from recruitsmart.domain.pipeline.decisions import BOOKED_STILL, BY_OTHER_MEANS, LONGEST_REASON, NOT_NOTED

STAGES = tuple(stage for stage in Stage if stage not in BY_OTHER_MEANS and stage != Stage.STARTED)
NOT_BEGUN, ANOTHER_GO, NOT_HERE = str(NotBegun()), str(NeedsReasonForAnother()), str(NotInThisStage())
GONE = "This candidate is no longer among yours."


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
    if stands_so(act, details, facts):
        return Unchanged.UNCHANGED
    match act:
        case Act.REJECT:
            return None if facts.outcome == Outcome.ACTIVE else NOT_HERE
        case Act.MOVE:
            return _move(facts, Stage(details["stage"]))
        case Act.RECRUITER:
            return None if facts.city_id in served else ELSEWHERE
        case Act.CITY:
            return BOOKED if facts.is_booked else None


class Standing(Protocol):
    """Where a person stands, be it the person or what is known of them."""

    @property
    def stage(self) -> Stage: ...
    @property
    def outcome(self) -> Outcome: ...
    @property
    def city_id(self) -> int | None: ...
    @property
    def recruiter_id(self) -> int | None: ...


def stands_so(act: Act, details: Mapping[str, Any], person: Standing) -> bool:
    """Whether the person stands as the act wants."""
    match act:
        case Act.REJECT:
            return person.outcome == Outcome.REJECTED
        case Act.MOVE:
            return person.outcome == Outcome.ACTIVE and person.stage == details["stage"]
        case Act.RECRUITER:
            return person.recruiter_id == int(details["recruiter_id"])
        case Act.CITY:
            return person.city_id == int(details["city_id"])


def _move(facts: Facts, to: Stage) -> str | None:
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
        return str(BookingGone())
    return ANOTHER_GO if facts.exam_finished else None


def _step(facts: Facts, to: Stage) -> str | None:
    held = {Stage.INTERVIEW: facts.interview_ahead or facts.interview_begun, Stage.INTRO_DAY: facts.intro_day_live}
    if held.get(facts.stage):
        return BOOKED_STILL
    return None if may_move(facts.stage, to) else no_way(facts.stage, to)


def checked_reason(typed: str) -> str:
    """A reason on one line.

    Raises:
        BadInput: nothing was written.
    """
    reason = " ".join(typed.split())[:LONGEST_REASON]
    if not reason:
        raise BadInput("Say why, for your colleagues.")
    return reason
