"""Keyboards of outbox rows as Telegram's reply markup."""

import json
from typing import Any

from recruitsmart.telegram.codec import encode

Keyboard = list[list[dict[str, Any]]]


def for_new_message(keyboard: Keyboard | None, page: str | None = None) -> str | None:
    """The markup of a message that is sent: inline buttons, a reply keyboard, or (empty) the removal of one.

    `page` is the address of the Mini App; without one the buttons that open it are left out.
    """
    if keyboard is None:
        return None
    if not keyboard:
        return json.dumps({"remove_keyboard": True})
    if _is_reply_keyboard(keyboard):
        rows = [[_reply_button(button) for button in row] for row in keyboard]
        return json.dumps({"keyboard": rows, "resize_keyboard": True, "one_time_keyboard": True})
    return for_edited_message(keyboard, page)


def for_edited_message(keyboard: Keyboard | None, page: str | None = None) -> str | None:
    """The markup of a message that is edited; without inline buttons the old ones go away."""
    rows = [[_inline_button(button, page) for button in row if page or "page" not in button] for row in keyboard or []]
    shown = [row for row in rows if row]
    return json.dumps({"inline_keyboard": shown}) if shown else None


def is_inline(keyboard: Keyboard | None) -> bool:
    """Whether an existing message can be edited to carry this."""
    return not keyboard or not _is_reply_keyboard(keyboard)


def _is_reply_keyboard(keyboard: Keyboard) -> bool:
    return not any({"action", "url", "page"} & button.keys() for row in keyboard for button in row)


def _inline_button(button: dict[str, Any], page: str | None) -> dict[str, Any]:
    if "page" in button:
        return {"text": button["label"], "web_app": {"url": page}}
    if "url" in button:
        return {"text": button["label"], "url": button["url"]}
    return {"text": button["label"], "callback_data": encode(button["action"], button.get("args", []))}


def _reply_button(button: dict[str, Any]) -> dict[str, Any]:
    return {"text": button["label"]} | ({"request_contact": True} if button.get("contact") else {})
