"""Buttons as Telegram carries them: `action:argument:argument` in at most 64 bytes."""

from collections.abc import Sequence

from recruitsmart.domain.messaging.buttons import Action

MOST_BYTES = 64
_ACTIONS = {action.value: action for action in Action}


def encode(action: str, args: Sequence[int | str]) -> str:
    """The callback data of a button.

    Raises:
        ValueError: it does not fit Telegram's 64 bytes, or an argument contains the separator.
    """
    words = [str(arg) for arg in args]
    data = ":".join([action, *words])
    if len(data.encode()) > MOST_BYTES or any(":" in word for word in words):
        raise ValueError(f"button data {data!r} cannot travel")
    return data


def decode(data: str) -> tuple[Action, list[str]] | None:
    """The action and its arguments as words; None for data we never made."""
    name, *args = data.split(":")
    action = _ACTIONS.get(name)
    return None if action is None else (action, args)
