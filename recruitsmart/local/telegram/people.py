"""What people do in their chats, and the updates their bot gets from it."""

import re
from base64 import b64decode
from typing import Any

from .chats import Message, Person, Press
from .errors import ControlError
from .markup import Entity, utf16_length
from .state import Simulator
from .views import person_as_shown, telegram_message

_COMMAND = re.compile(r"/[A-Za-z0-9_]{1,32}(?:@[A-Za-z0-9_]+)?(?=\s|$)")
# The smallest picture there is, for people who send "a photo".
_PIXEL = b64decode("R0lGODlhAQABAIAAAP///wAAACH5BAEAAAAALAAAAAABAAEAAAICRAEAOw==")


def write(simulator: Simulator, person: Person, text: str) -> tuple[int | None, int]:
    """The person sends a text; answers the ids of the update (None: the bot does not want it) and the message."""
    text = _checked(text)
    return _say(simulator, person, text=text, entities=_entities(text))


def edit(simulator: Simulator, person: Person, message_id: int, text: str) -> int | None:
    """The person changes a text they sent; answers the id of the update (None: the bot does not want it).

    Raises:
        ControlError: 404, when they sent no such text; 400, when it stays what it was.
    """
    _must_not_block(person)
    message, text = person.messages.get(message_id), _checked(text)
    if message is None or message.from_bot or message.deleted or message.kind != "text":
        raise ControlError(f"Person {person.person_id} sent no text {message_id} in this chat.", status=404)
    if message.text == text:
        raise ControlError("The text is what it was.")
    message.text, message.entities, message.edited_at = text, _entities(text), simulator.now()
    simulator.touch(person, message)
    return person.bot.updates.add("edited_message", telegram_message(person, message), chat_id=person.person_id)


def _checked(text: str) -> str:
    text = text.strip()
    if not text:
        raise ControlError("A message needs a text.")
    if utf16_length(text) > 4096:
        raise ControlError("Telegram lets people write 4096 characters at most.")
    return text


def _entities(text: str) -> tuple[Entity, ...]:
    command = _COMMAND.match(text)
    return ({"type": "bot_command", "offset": 0, "length": command.end()},) if command else ()


def share_contact(simulator: Simulator, person: Person, contact: dict[str, Any]) -> tuple[int | None, int]:
    """The person shares a phone number: their own unless the contact has another `user_id`."""
    shared = {
        "phone_number": str(contact.get("phone_number") or person.phone_number),
        "first_name": str(contact.get("first_name") or person.first_name),
        "last_name": str(contact.get("last_name") or person.last_name),
        "user_id": contact.get("user_id", person.person_id),
    }
    shared = {name: value for name, value in shared.items() if value}
    return _say(simulator, person, payload={"contact": shared})


def send_photo(simulator: Simulator, person: Person, caption: str) -> tuple[int | None, int]:
    """The person sends a picture."""
    picture = _file(simulator, "photo.gif", "image/gif") | {"width": 1, "height": 1}
    return _say(simulator, person, text=caption.strip(), payload={"photo": [picture]})


def send_sticker(simulator: Simulator, person: Person) -> tuple[int | None, int]:
    """The person sends a sticker."""
    picture = _file(simulator, "sticker.webp", "image/webp") | {"width": 512, "height": 512}
    sticker = picture | {"type": "regular", "is_animated": False, "is_video": False, "emoji": "👍"}
    return _say(simulator, person, payload={"sticker": sticker})


def send_voice(simulator: Simulator, person: Person) -> tuple[int | None, int]:
    """The person sends a voice message."""
    voice = _file(simulator, "voice.ogg", "audio/ogg") | {"duration": 3, "mime_type": "audio/ogg"}
    return _say(simulator, person, payload={"voice": voice})


def press(simulator: Simulator, person: Person, message_id: int, wanted: dict[str, Any]) -> dict[str, Any]:
    """The person presses an inline button, named by its `data` or by its label (`text`).

    Raises:
        ControlError: 404, when the message has no such button now.
    """
    _must_not_block(person)
    message = person.messages.get(message_id)
    if message is None or message.deleted:
        raise ControlError(f"There is no message {message_id} in this chat.", status=404)
    data = _button_data(message, wanted)
    query_id = simulator.new_query_id()
    now = simulator.now()
    simulator.remember_press(query_id, Press(person=person, pressed_at=now))
    simulator.person_acted(person, now)
    query = {
        "id": query_id,
        "from": person.as_sender,
        "message": telegram_message(person, message),
        "chat_instance": str(person.person_id),
        "data": data,
    }
    update_id = person.bot.updates.add("callback_query", query, chat_id=person.person_id)
    return {"update_id": update_id, "callback_query_id": query_id}


def block(simulator: Simulator, person: Person) -> int | None:
    """The person blocks the bot; answers the id of the update, None when nothing changed."""
    return _change_membership(simulator, person, blocked=True)


def unblock(simulator: Simulator, person: Person) -> int | None:
    """The person takes the bot back; answers the id of the update, None when nothing changed."""
    return _change_membership(simulator, person, blocked=False)


def inject(person: Person, raw: dict[str, Any]) -> int:
    """A raw update for the person's bot, in line with the others of this chat."""
    update_id = raw.get("update_id")
    if update_id is not None and (isinstance(update_id, bool) or not isinstance(update_id, int)):
        raise ControlError("update_id must be a whole number.")
    kind = next((name for name in raw if name != "update_id"), "")
    if kind == "message":
        person.started = True
    return person.bot.updates.inject(raw, kind=kind, chat_id=person.person_id)


def _say(simulator: Simulator, person: Person, **parts: Any) -> tuple[int | None, int]:
    _must_not_block(person)
    message = simulator.add_message(person, from_bot=False, **parts)
    if person.reply_keyboard and person.reply_keyboard.one_time:
        person.reply_keyboard = None
    seen = telegram_message(person, message)
    return person.bot.updates.add("message", seen, chat_id=person.person_id), message.message_id


def _must_not_block(person: Person) -> None:
    if person.blocked:
        raise ControlError(f"Person {person.person_id} has blocked the bot; unblock it first.")


def _button_data(message: Message, wanted: dict[str, Any]) -> str:
    field = "data" if "data" in wanted else "text"
    buttons = [button for row in (message.keyboard.buttons if message.keyboard else ()) for button in row]
    for button in buttons:
        if button.get(field) == wanted.get(field) and "data" in button:
            return button["data"]
    raise ControlError(
        f"Message {message.message_id} has no button with {field} {wanted.get(field)!r} that sends data.",
        status=404,
    )


def _change_membership(simulator: Simulator, person: Person, *, blocked: bool) -> int | None:
    if person.blocked == blocked:
        return None
    person.blocked = blocked
    if simulator.feed.has_listeners:
        simulator.feed.tell("person", person_as_shown(person))
    statuses = [{"status": "member"}, {"status": "kicked", "until_date": 0}]
    before, after = statuses if blocked else reversed(statuses)
    change = {
        "chat": person.as_chat,
        "from": person.as_sender,
        "date": int(simulator.now().timestamp()),
        "old_chat_member": {"user": person.bot.as_sender} | before,
        "new_chat_member": {"user": person.bot.as_sender} | after,
    }
    return person.bot.updates.add("my_chat_member", change, chat_id=person.person_id)


def _file(simulator: Simulator, file_name: str, mime_type: str) -> dict[str, Any]:
    file = simulator.add_file(file_name, mime_type, _PIXEL)
    return {"file_id": file.file_id, "file_unique_id": f"u{file.file_id}", "file_size": len(_PIXEL)}
