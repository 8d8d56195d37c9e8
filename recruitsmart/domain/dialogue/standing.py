"""A typed “yes” or “no” is the answer to the question that stands right above it, as if its button had been pressed."""

from collections.abc import Callable

from recruitsmart.domain.candidates.rules import folded
from recruitsmart.domain.chats.operations import jot
from recruitsmart.domain.dialogue import booking, privacy, registration
from recruitsmart.domain.dialogue.asking import ask
from recruitsmart.domain.dialogue.hours import purpose_now
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.queries import newest_buttons
from recruitsmart.domain.slots.models import Purpose

_YES = frozenset(
    {"да", "ага", "конечно", "yes", "yep", "sure"}
    | {"согласен", "согласна", "да, согласен", "да, согласна", "даю согласие", "agree", "i agree", "i agree, go on"}
)
_NO = frozenset({"нет", "не", "не надо", "нет, оставить", "no", "nope", "no, keep it"})


def answers_the_standing(turn: Turn, typed: str) -> bool:
    """Whether these words answered what the newest message asks; what they ask for is done then.

    Only the newest message counts: under anything that came later, a word would be taken for more than it says.
    """
    if _bare(typed) not in _YES | _NO:
        return False
    buttons = newest_buttons(turn.session, turn.candidate.id)
    meant = next((_QUESTIONS[action] for action in buttons if action in _QUESTIONS), None)
    return meant is not None and meant(turn, buttons, typed)


def _is_yes(typed: str) -> bool:
    return _bare(typed) in _YES


def _bare(typed: str) -> str:
    return folded(typed).strip(" .!")


Buttons = dict[str, list[int | str]]


def _consent(turn: Turn, _buttons: Buttons, typed: str) -> bool:
    """Only a clear “yes” is consent; any other word is answered with the question."""
    if _is_yes(typed):
        registration.agree(turn)
        return True
    return False


def _forget(turn: Turn, _buttons: Buttons, typed: str) -> bool:
    if _is_yes(typed):
        privacy.forget(turn)
    else:
        ask(turn)
    return True


def _city(turn: Turn, buttons: Buttons, typed: str) -> bool:
    if Action.CITY_OTHER not in buttons:  # a list of cities is no question to say yes to
        return False
    if _is_yes(typed):
        registration.choose_city(turn, int(buttons[Action.CITY][0]))
    else:
        registration.turn_page(turn, 0)
    return True


def _coming(turn: Turn, buttons: Buttons, typed: str) -> bool:
    """“No” may mean another hour or none: that is asked, with buttons for both."""
    booking_id = int(buttons[Action.CONFIRM][0])
    if _is_yes(typed):
        booking.confirm(turn, booking_id)
    else:
        jot(turn.session, turn.candidate.id, text=typed, now=turn.now)
        booking.ask_what_instead(turn, booking_id)
    return True


def _cancelling(turn: Turn, buttons: Buttons, typed: str) -> bool:
    """“No” to “cancel?” keeps the hour; to “you cannot come?” it may mean either, so that is asked again. “Yes” is a
    reason, as other words are.
    """
    if _is_yes(typed):
        return False
    if purpose_now(turn) == Purpose.INTRO_DAY:
        booking.ask_why_cancel(turn, int(buttons[Action.CANCEL_SURE][0]))
    else:
        ask(turn)
    return True


_QUESTIONS: dict[str, Callable[[Turn, Buttons, str], bool]] = {
    Action.CONSENT: _consent, Action.FORGET: _forget, Action.CITY: _city, Action.CONFIRM: _coming,
    Action.CANCEL_SURE: _cancelling,
}  # fmt: skip
