"""Opens Mini Apps as Telegram does: with who the person is, signed with the bot's token."""

import hashlib
import hmac
import json
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from .chats import Person

# What Telegram's own clients say of their colours, by day and by night.
THEMES = {
    "light": {
        "bg_color": "#ffffff", "text_color": "#000000", "hint_color": "#999999", "link_color": "#2481cc",
        "button_color": "#2481cc", "button_text_color": "#ffffff", "secondary_bg_color": "#efeff3",
        "section_bg_color": "#ffffff", "destructive_text_color": "#e53935",
    },
    "dark": {
        "bg_color": "#18222d", "text_color": "#ffffff", "hint_color": "#b1c3d5", "link_color": "#62bcf9",
        "button_color": "#2ea6ff", "button_text_color": "#ffffff", "secondary_bg_color": "#131415",
        "section_bg_color": "#18222d", "destructive_text_color": "#ef5b5b",
    },
}  # fmt: skip


def signed_address(url: str, person: Person, *, theme: str = "", now: datetime) -> str:
    """The address of a Mini App with `initData` in its fragment, where Telegram's clients put it."""
    launch = {
        "tgWebAppData": init_data(person, now=now),
        "tgWebAppVersion": "8.0",
        "tgWebAppPlatform": "web",
        "tgWebAppThemeParams": json.dumps(THEMES.get(theme, {})),
    }
    return f"{url}{'&' if '#' in url else '#'}{urlencode(launch)}"


def init_data(person: Person, *, now: datetime) -> str:
    """Who opens the app, as a signed query string (core.telegram.org/bots/webapps, "Validating data")."""
    user = {name: value for name, value in person.as_sender.items() if name != "is_bot"}
    fields = {
        "auth_date": str(int(now.timestamp())),
        "chat_instance": str(person.person_id),
        "chat_type": "private",
        "user": json.dumps(user, ensure_ascii=False, separators=(",", ":")),
    }
    checked = "\n".join(f"{name}={fields[name]}" for name in sorted(fields))
    secret = hmac.digest(b"WebAppData", person.bot.token.encode(), hashlib.sha256)
    signature = hmac.new(secret, checked.encode(), hashlib.sha256).hexdigest()
    return urlencode(fields | {"hash": signature})


def offered(person: Person, url: str) -> bool:
    """Whether the bot has offered this person that Mini App: nothing else gets their signature."""
    return url in _menu_addresses(person) or any(
        button.get("web_app") == url for message in person.messages.values() for button in _buttons(message)
    )


def menu_button(person: Person) -> dict[str, Any]:
    """What the bot wants beside this person's composer."""
    buttons = person.bot.menu_buttons
    return buttons.get(person.person_id) or buttons.get(0) or {"type": "default"}


def _menu_addresses(person: Person) -> list[str]:
    return [menu_button(person).get("web_app", {}).get("url", "")]


def _buttons(message: Any) -> list[dict[str, Any]]:
    keyboard = message.keyboard
    rows = (*keyboard.buttons, *(keyboard.reply or ())) if keyboard else ()
    return [button for row in rows for button in row]
