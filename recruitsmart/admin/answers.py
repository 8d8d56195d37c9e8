"""Questions and answers as people read them, in the language of the page."""

from typing import Any

from flask_babel import gettext as _
from markupsafe import Markup

from recruitsmart.admin.moments import language
from recruitsmart.domain.assessments import rules
from recruitsmart.domain.assessments.models import Answer


def in_language(words: dict[str, str]) -> str:
    """Words kept per language, in that of the page."""
    return rules.in_language(words, language())


def asked_words(answer: Answer) -> str:
    """The question as it was asked."""
    return in_language(answer.asked["text"])


def answer_words(answer: Answer) -> str:
    """What was answered; a chosen option by its label."""
    labels = {option["key"]: in_language(option["label"]) for option in answer.asked["options"]}
    values: list[Any] = answer.value if isinstance(answer.value, list) else [answer.value]
    return ", ".join(labels.get(value) or str(value) for value in values)


def is_right(answer: Answer) -> bool | None:
    """Whether an answer was right; None when the question has no right one or none was given."""
    if answer.correct is not None or answer.value is None:
        return answer.correct
    return rules.is_right(answer.asked, answer.value)


def plain(html: str) -> str:
    """A message's Telegram HTML as words only, as the card shows it."""
    return Markup(html).striptags() if html else _("(empty)")
