"""The pure state machine: from what is known about a person follows what is asked next."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from recruitsmart.domain.candidates.stages import Outcome, Stage

FLOOD_WINDOW = timedelta(seconds=10)
DOUBLE_TAP = timedelta(seconds=3)


class Prompt(StrEnum):
    """What is open with a person, and so what a typed text means."""

    CONSENT = "consent"
    NAME = "name"
    CITY = "city"
    PHONE = "phone"
    QUESTION = "question"
    EXAM = "exam"
    REVIEW = "review"
    HOUR = "hour"
    WISH = "wish"
    REASON = "reason"
    BOOKED = "booked"
    ENDED = "ended"
    NOTHING = "nothing"


REGISTRATION = (Prompt.NAME, Prompt.CITY, Prompt.PHONE)
EXPECTING = (*REGISTRATION, Prompt.QUESTION, Prompt.EXAM, Prompt.HOUR)  # where the person's answer moves things on
OWN_ERRANDS = (Prompt.WISH, Prompt.REASON)  # asked only after a press


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the machine needs to know about a person."""

    consented: bool
    has_name: bool
    has_city: bool
    has_phone: bool
    phone_declined: bool
    stage: Stage
    outcome: Outcome


def next_prompt(facts: Facts) -> Prompt:
    """What to ask now. The first thing missing; nothing is asked before consent."""
    if not facts.consented:
        return Prompt.CONSENT
    if facts.outcome != Outcome.ACTIVE:
        return Prompt.ENDED
    if facts.stage == Stage.STARTED:
        return _registration(facts)
    return _BY_STAGE.get(facts.stage, Prompt.NOTHING)


def _registration(facts: Facts) -> Prompt:
    if not facts.has_name:
        return Prompt.NAME
    if not facts.has_city:
        return Prompt.CITY
    if not (facts.has_phone or facts.phone_declined):
        return Prompt.PHONE
    return Prompt.QUESTION


_BY_STAGE = {
    Stage.TEST1: Prompt.QUESTION,
    Stage.SCREENING: Prompt.REVIEW,
    Stage.TO_SCHEDULE: Prompt.HOUR,
    Stage.INTERVIEW: Prompt.BOOKED,
    Stage.TEST2: Prompt.EXAM,
    Stage.TO_INTRO_DAY: Prompt.HOUR,
    Stage.INTRO_DAY: Prompt.BOOKED,
}


def asked(opened: Prompt, facts: Facts) -> Prompt:
    """What is asked now: what is due, but of who has gone back in the registration what they went back to."""
    due = next_prompt(facts)
    may_go_back = facts.stage == Stage.STARTED and due in (*REGISTRATION, Prompt.QUESTION)
    return opened if may_go_back and opened in REGISTRATION else due


def means(opened: Prompt, facts: Facts) -> Prompt:
    """What a typed text answers: what is asked, or an errand of the person's own, which is never due.

    Staff may have moved the person on since, or ended the application, so what was opened does not decide alone.
    """
    now_asked = asked(opened, facts)
    return opened if opened in OWN_ERRANDS and now_asked != Prompt.ENDED else now_asked


def previous(prompt: Prompt) -> Prompt:
    """Where “back” leads from a prompt of the registration; elsewhere it stays."""
    position = REGISTRATION.index(prompt) if prompt in REGISTRATION else 0
    return prompt if position == 0 else REGISTRATION[position - 1]


def is_double_tap(settled_at: datetime | None, *, received_at: datetime) -> bool:
    """Whether a press came so soon after it was answered, or asked again, that more words would only repeat it."""
    return settled_at is not None and received_at - settled_at < DOUBLE_TAP
