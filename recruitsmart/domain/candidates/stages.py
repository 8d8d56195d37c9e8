"""The one stage machine: where an active candidate stands and which moves are allowed, as data."""

from enum import StrEnum


class Stage(StrEnum):
    """Where an active candidate stands."""

    STARTED = "started"
    TEST1 = "test1"
    SCREENING = "screening"
    TO_SCHEDULE = "to_schedule"
    INTERVIEW = "interview"
    TEST2 = "test2"
    TO_INTRO_DAY = "to_intro_day"
    INTRO_DAY = "intro_day"
    HIRED = "hired"


class Outcome(StrEnum):
    """Whether the person is still under way, and if not, how it ended."""

    ACTIVE = "active"
    HIRED = "hired"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


ENDED = (Outcome.REJECTED, Outcome.WITHDRAWN)  # without being hired

MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.STARTED: frozenset({Stage.TEST1}),
    Stage.TEST1: frozenset({Stage.SCREENING, Stage.TO_SCHEDULE}),
    Stage.SCREENING: frozenset({Stage.TO_SCHEDULE}),
    Stage.TO_SCHEDULE: frozenset({Stage.INTERVIEW}),
    Stage.INTERVIEW: frozenset({Stage.TO_SCHEDULE, Stage.TEST2}),
    Stage.TEST2: frozenset({Stage.TO_INTRO_DAY, Stage.TO_SCHEDULE}),
    Stage.TO_INTRO_DAY: frozenset({Stage.INTRO_DAY}),
    Stage.INTRO_DAY: frozenset({Stage.TO_INTRO_DAY, Stage.HIRED}),
    Stage.HIRED: frozenset({Stage.INTRO_DAY}),  # a hire that is taken back
}


def may_move(stage: Stage, to: Stage) -> bool:
    """Whether the table allows this step."""
    return to in MOVES[stage]


def no_way(stage: Stage, to: Stage) -> str:
    """Why not, for people."""
    return f"There is no way from “{stage}” to “{to}”."
