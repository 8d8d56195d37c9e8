"""Whether a text somebody typed can be sent to everybody it is for: asked before any text is saved."""

import functools
from collections.abc import Mapping
from typing import Any

from recruitsmart.domain.errors import BadText
from recruitsmart.domain.messaging import samples, texts
from recruitsmart.domain.messaging.markup import shown_words, telegram_length
from recruitsmart.domain.messaging.texts import EmptyText, LongText


def proofread(key: str, body: str, *, language: str, known: Mapping[str, int] | None = None) -> None:
    """Refuse a text that could not be sent to somebody, in whatever state they are.

    It is rendered with samples, with the longest values, and with each variable that may be missing there and not
    there, by the code that sends. `known` are the longest real values (`queries.longest_known`).

    Raises:
        BadText: unknown key, a button's label, a template that does not parse or does too much, an unknown variable,
            HTML that Telegram refuses, nothing left to say, or too long.
    """
    if key not in texts.shipped(texts.DEFAULT_LANGUAGE):
        raise BadText(f"There is no text called “{key}”.")
    if texts.is_label(key):
        raise BadText("The label of a button stays as it is shipped.")
    if not body.strip():
        raise BadText("The text is empty.")
    texts.worded(key, body, samples.sample_values(key, language))
    _survives_the_longest(key, body, samples.longest_values(key, language, known or {}))
    for values in samples.gaps(key, language):
        _survives_gaps(key, body, values)


def _survives_the_longest(key: str, body: str, values: Mapping[str, Any]) -> None:
    try:
        texts.worded(key, body, values)
    except LongText as error:
        raise too_long_for_some(error) from error


def too_long_for_some(error: LongText) -> BadText:
    """What is said of a text that is short enough for most people only."""
    words = f"the text has {error.length} characters; Telegram takes at most {error.most}."
    return BadText(f"With the longest names and addresses {words}")


def _survives_gaps(key: str, body: str, values: Mapping[str, Any]) -> None:
    try:
        texts.worded(key, body, values)
    except EmptyText as error:
        raise BadText("Where a value is missing, nothing is left of the text.") from error


def greatest_length(key: str, body: str, *, language: str, known: Mapping[str, int] | None = None) -> int:
    """How many characters people see when every value is as long as it can be.

    Raises:
        BadText: it could not be sent.
    """
    values = samples.longest_values(key, language, known or {})
    return telegram_length(shown_words(texts.worded(key, body, values)))


@functools.lru_cache(maxsize=4096)
def problem_of(key: str, body: str, language: str) -> str | None:
    """Why a saved text could not be sent to somebody, None when it could. Keyed by the text itself: never stale."""
    try:
        proofread(key, body, language=language)
    except BadText as error:
        return str(error)
    return None
