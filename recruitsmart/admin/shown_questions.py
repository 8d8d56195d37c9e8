"""A question as Telegram shows it: the words in a bubble, the buttons under it, in every language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup
from sqlalchemy.orm import Session

from recruitsmart.admin.bubbles import bubble
from recruitsmart.domain.dialogue.showing import Setting, question_message
from recruitsmart.domain.messaging.queries import override_for
from recruitsmart.domain.messaging.texts import LANGUAGES


@dataclass(frozen=True, kw_only=True)
class Bubble:
    """One message in one language."""

    language: str
    words: Markup
    rows: Sequence[Sequence[str]]


def bubbles(session: Session, asked: Mapping[str, Any], setting: Setting) -> list[Bubble]:
    """A question as it would be asked, in every language, with the text that is in force in all cities."""
    return [_bubble(session, asked, setting, language) for language in LANGUAGES]


def _bubble(session: Session, asked: Mapping[str, Any], setting: Setting, language: str) -> Bubble:
    override = override_for(session, setting.text_key, language=language, city_id=None)
    html, keyboard = question_message(asked, setting, language=language, override=override)
    rows = [[button.label for button in row] for row in keyboard]
    return Bubble(language=language, words=bubble(html), rows=rows)
