"""Keyboards under messages and under the composer: read once, shown in three ways."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from .errors import ApiError, bad_request
from .wire import encoded

Rows = tuple[tuple[dict[str, Any], ...], ...]

_ACTIONS = {
    "callback_data": "data",
    "url": "url",
    "web_app": "web_app",
    "switch_inline_query": "switch_inline_query",
    "switch_inline_query_current_chat": "switch_inline_query",
    "copy_text": "copy_text",
    "login_url": "url",
    "pay": "pay",
}


@dataclass(frozen=True, kw_only=True)
class Keyboard:
    """One `reply_markup`. Its rows are shared by all messages with the same one: never change them.

    `inline` is as Telegram echoes it, `buttons` the same as the control API shows it. `reply` are the rows
    under the composer; `removes` takes those away.
    """

    inline: Rows | None = None
    buttons: Rows = ()
    reply: Rows | None = None
    one_time: bool = False
    removes: bool = False


def read_keyboard(value: Any) -> Keyboard | None:
    """The `reply_markup` argument: absent, JSON text, or (in a JSON body) an object.

    Raises:
        ApiError: 400 with Telegram's description.
    """
    if value in (None, "", "null"):
        return None
    return _read(value if isinstance(value, str) else json.dumps(value))


# A bot sends the same few keyboards again and again: reading them once saves time and memory.
@lru_cache(maxsize=8192)
def _read(source: str) -> Keyboard:
    try:
        markup = json.loads(source)
    except ValueError as error:
        raise bad_request("can't parse reply keyboard markup JSON object") from error
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        return _inline(_rows(markup["inline_keyboard"]))
    if "keyboard" in markup:
        return _reply(_rows(markup["keyboard"]), one_time=bool(markup.get("one_time_keyboard")))
    return Keyboard(removes=bool(markup.get("remove_keyboard")))


def _rows(value: Any) -> list[list[Any]]:
    if not isinstance(value, list) or not all(isinstance(row, list) for row in value):
        raise bad_request("can't parse keyboard markup: an array of arrays of buttons is expected")
    return [row for row in value if row]


def _inline(rows: list[list[Any]]) -> Keyboard | None:
    shown = tuple(tuple(_shown(button) for button in row) for row in rows)
    echoed = tuple(tuple(row) for row in rows)
    return Keyboard(inline=echoed or None, buttons=shown)


def _shown(button: Any) -> dict[str, Any]:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: InlineKeyboardButton must be an Object")
    label = button.get("text")
    if not isinstance(label, str) or not label:
        raise bad_request("can't parse inline keyboard button: Can't find field \"text\"")
    for name, field in _ACTIONS.items():
        if name in button:
            return {"text": label, field: _value(name, button[name])}
    raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")


def _value(name: str, value: Any) -> Any:
    if name == "callback_data" and not (isinstance(value, str) and 0 < len(encoded(value)) <= 64):
        raise bad_request("BUTTON_DATA_INVALID")
    if name == "web_app":
        value = value.get("url") if isinstance(value, dict) else None
    if name in ("url", "web_app") and not _is_address(value):
        raise bad_request("BUTTON_URL_INVALID")
    return value


def _is_address(value: Any) -> bool:
    """Telegram wants https for Mini Apps and public hosts; a local try-out has neither."""
    return isinstance(value, str) and value.partition(":")[0].lower() in ("http", "https", "tg", "mailto")


def _reply(rows: list[list[Any]], *, one_time: bool) -> Keyboard:
    return Keyboard(reply=tuple(tuple(_key(key) for key in row) for row in rows), one_time=one_time)


def _key(key: Any) -> dict[str, Any]:
    if isinstance(key, str):
        key = {"text": key}
    if not isinstance(key, dict) or not isinstance(key.get("text"), str) or not key["text"]:
        raise _unreadable_key()
    shown: dict[str, Any] = {"text": key["text"]}
    if key.get("request_contact"):
        shown["request_contact"] = True
    if isinstance(key.get("web_app"), dict):
        shown["web_app"] = key["web_app"].get("url")
    return shown


def _unreadable_key() -> ApiError:
    return bad_request("can't parse keyboard button: KeyboardButton must be a String or an Object with text")
