"""Choices, days, hours and numbers as people type them into forms."""

from datetime import date, time
from enum import StrEnum
from typing import TypeVar

from flask_babel import gettext as _

from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.slots.drafting import refuse_far

LONGEST_REASON = 500

Choice = TypeVar("Choice", bound=StrEnum)


def one_of(kind: type[Choice], typed: str) -> Choice | None:
    """The value of a kind that was typed; nonsense is nothing."""
    return kind(typed) if typed in {member.value for member in kind} else None


def day(typed: str) -> date:
    """A day of the browser's date field.

    Raises:
        BadInput: it is none, or so far away that days around it are none.
    """
    try:
        found = date.fromisoformat(typed)
    except ValueError as error:
        raise BadInput(_("Write the day as 2026-11-24.")) from error
    refuse_far(found)
    return found


def day_or_none(typed: str) -> date | None:
    """A day that may be left out; nonsense is left out."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def hour(typed: str) -> time:
    """A local time of day.

    Raises:
        BadInput: it is none.
    """
    try:
        return time.fromisoformat(typed).replace(tzinfo=None, second=0, microsecond=0)
    except ValueError as error:
        raise BadInput(_("Write the hour as 15:00.")) from error


def number(typed: str) -> int:
    """A whole number of a few digits.

    Raises:
        BadInput: it is none.
    """
    if not (typed.isascii() and typed.isdigit() and len(typed) < 6):
        raise BadInput(_("Write the duration and the seats as whole numbers."))
    return int(typed)


def reason(typed: str) -> str:
    """A reason on one line, not empty.

    Raises:
        BadInput: nothing was written.
    """
    words = reason_or_nothing(typed)
    if not words:
        raise BadInput(_("Write why: the reason stays in the history."))
    return words


def reason_or_nothing(typed: str) -> str:
    """A reason on one line; Postgres keeps no NUL."""
    return " ".join(typed.replace("\0", " ").split())[:LONGEST_REASON]
