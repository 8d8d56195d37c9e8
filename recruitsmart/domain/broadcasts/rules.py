"""Pure decisions about a broadcast: what its text may hold, how fast it goes, which steps it may take."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from recruitsmart.domain.broadcasts.models import BroadcastState
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Wanted
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.errors import BadText, Changed
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.proofreading import too_long_for_some
from recruitsmart.domain.messaging.samples import longest_words
from recruitsmart.domain.messaging.texts import DEFAULT_LANGUAGE, LANGUAGES, LongText

VARIABLES = ("name", "first_name", "city")
_ALLOWED = frozenset(VARIABLES)
SHARE = 0.9  # of Telegram's rate; the rest is what replies and reminders need meanwhile
AHEAD = timedelta(seconds=6)  # three sweeps: two lost nudges do not stall it

PAUSED, STOPPED = "the broadcast is paused", "the broadcast was stopped"

_STEPS = {
    BroadcastState.RUNNING: {BroadcastState.PAUSED},
    BroadcastState.PAUSED: {BroadcastState.RUNNING},
    BroadcastState.STOPPED: {BroadcastState.RUNNING, BroadcastState.PAUSED},
}


def is_new_step(state: BroadcastState, to: BroadcastState) -> bool:
    """Whether a press changes anything: the second of two equal ones does not.

    Raises:
        Changed: from this state there is no such step.
    """
    if state == to:
        return False
    if state not in _STEPS[to]:
        raise Changed
    return True


def pace(messages_per_second: float) -> float:
    """How many messages a second a broadcast may count on."""
    return max(1.0, messages_per_second * SHARE)


def duration(people: int, messages_per_second: float) -> timedelta:
    """How long the messages of so many people take, in whole seconds."""
    return timedelta(seconds=round(people / pace(messages_per_second)))


def most_queued(messages_per_second: float) -> int:
    """How many messages may wait in the outbox at once: a few seconds' worth."""
    return max(1, int(pace(messages_per_second) * AHEAD.total_seconds()))


def values_for(candidate: Candidate) -> dict[str, str]:
    """What the variables of a text are for this person."""
    telegram_name = "" if candidate.contact is None else candidate.contact.first_name
    name = candidate.full_name or telegram_name
    return {
        "name": name,
        "first_name": telegram_name or name,
        "city": "" if candidate.city is None else candidate.city.name,
    }


def body_for(bodies: Mapping[str, str], language: str) -> str:
    """The text in the reader's language; Russian where that one was not written."""
    return bodies.get(language) or bodies[DEFAULT_LANGUAGE]


def words_for(bodies: Mapping[str, str], candidate: Candidate) -> str:
    """The message for one person as Telegram HTML; what the person typed is escaped.

    Raises:
        BadText: for this person it comes out empty, too long, or with a tag that is not closed.
    """
    return texts.filled_in(body_for(bodies, candidate.language), values_for(candidate), allowed=_ALLOWED)


def checked_bodies(typed: Mapping[str, str]) -> dict[str, str]:
    """The texts by language without the empty ones.

    Raises:
        BadText: the Russian one is missing, or one of them could not be sent.
    """
    bodies = {language: body for language in LANGUAGES if (body := typed.get(language, "").strip())}
    if DEFAULT_LANGUAGE not in bodies:
        raise BadText("Write the Russian text: whoever has no text of their own language gets it.")
    for body in bodies.values():
        texts.filled_in(body, dict.fromkeys(VARIABLES, "x"), allowed=_ALLOWED)
        _survives_the_longest(body)
    return bodies


def _survives_the_longest(body: str) -> None:
    try:
        texts.filled_in(body, longest_words(VARIABLES), allowed=_ALLOWED)
    except LongText as error:
        raise too_long_for_some(error) from error


def as_json(wanted: Wanted) -> dict[str, Any]:
    """A filter as a JSON value; absent parts are left out."""
    said = {name: value for name, value in asdict(wanted).items() if value not in (None, "", ())}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in said.items()}


def from_json(kept: Mapping[str, Any]) -> Wanted:
    """The filter that `as_json` wrote down."""
    parts: dict[str, Any] = {name: _KINDS[name](value) if name in _KINDS else value for name, value in kept.items()}
    return Wanted(**parts)


_KINDS = {"stage": Stage, "outcome": Outcome, "references": tuple} | dict.fromkeys(
    ("created_from", "created_until", "stage_since_until"), datetime.fromisoformat
)
