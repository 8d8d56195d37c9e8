"""A question as a message, without asking anybody: what the panel shows beside the form."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from recruitsmart.domain.assessments.models import Answer, QuestionKind
from recruitsmart.domain.assessments.rules import in_language
from recruitsmart.domain.dialogue.questions import TIMED, UNTIMED, keyboard_of
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.buttons import Keyboard


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Where in a test a question stands, as far as its message says so."""

    number: int
    total: int
    is_exam: bool
    is_timed: bool

    @property
    def text_key(self) -> str:
        """The text that puts such a question."""
        return TIMED if self.is_timed else UNTIMED


def question_message(
    asked: Mapping[str, Any], setting: Setting, *, language: str, override: str | None
) -> tuple[str, Keyboard]:
    """Telegram's HTML and the rows of buttons, made by the functions that make them for a candidate.

    `asked` is a question as `Answer.asked` keeps it; `override` is what the panel says instead of the shipped text.
    """
    values = {
        "question": in_language(asked["text"], language),
        "hint": in_language(asked["hint"], language),
        "several": asked["kind"] == QuestionKind.SEVERAL_CHOICES,
        "seconds": asked["limit_seconds"],
        "number": setting.number,
        "total": setting.total,
        "chosen": None,
        "tries_left": None,
    }
    html = texts.render(setting.text_key, language, values, override=override)
    may_go_back = not setting.is_exam and setting.number > 1
    return html, keyboard_of(Answer(id=1, asked=dict(asked), draft=[]), language, may_go_back=may_go_back) or []
