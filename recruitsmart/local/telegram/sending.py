"""Bot API methods that put messages into chats or change them."""

import mimetypes
from html import escape
from typing import Any

from .arguments import Arguments
from .chats import Answer, Bot, File, Message, Person
from .errors import ApiError, bad_request
from .keyboards import Keyboard, read_keyboard
from .markup import Entity, parse_html, trimmed, utf16_length
from .state import PRESS_LIFETIME, Simulator
from .views import shown_answer, telegram_message

TEXT_LIMIT = 4096
CAPTION_LIMIT = 1024
ANSWER_LIMIT = 200
MOST_DIGITS = 19  # of a chat's number

_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


def send_message(simulator: Simulator, bot: Bot, arguments: Arguments) -> dict[str, Any]:
    """A text."""
    text, html, entities = _full_text(arguments)
    return _send(simulator, bot, arguments, text=text, html=html, entities=entities)


def send_document(simulator: Simulator, bot: Bot, arguments: Arguments) -> dict[str, Any]:
    """A file: uploaded, sent before, or lying at an address."""
    file = _file(simulator, arguments, "document")
    payload = {"document": _described(file) | {"file_name": file.file_name, "mime_type": file.mime_type}}
    return _send_captioned(simulator, bot, arguments, payload)


def send_photo(simulator: Simulator, bot: Bot, arguments: Arguments) -> dict[str, Any]:
    """A picture. Its measures are made up: nobody here looks into it."""
    file = _file(simulator, arguments, "photo")
    return _send_captioned(simulator, bot, arguments, {"photo": [_described(file) | {"width": 1280, "height": 960}]})


def send_location(simulator: Simulator, bot: Bot, arguments: Arguments) -> dict[str, Any]:
    """A point on the map."""
    latitude, longitude = arguments.number("latitude"), arguments.number("longitude")
    if not (-90 <= latitude <= 90 and -180 <= longitude <= 180):
        raise bad_request("wrong latitude or longitude specified")
    payload = {"location": {"latitude": latitude, "longitude": longitude}}
    return _send(simulator, bot, arguments, payload=payload)


def edit_message_text(simulator: Simulator, bot: Bot, arguments: Arguments) -> dict[str, Any]:
    """Another text and, unless it comes along, no inline keyboard."""
    text, html, entities = _full_text(arguments)
    keyboard = read_keyboard(arguments.raw("reply_markup"))
    person, message = _own_message(bot, simulator, arguments)
    if message.payload:
        raise bad_request("there is no text in the message to edit")
    if (message.text, message.entities) == (text, entities) and _inline(message.keyboard) == _inline(keyboard):
        raise bad_request(_NOT_MODIFIED)
    _count(simulator, person)
    message.text, message.html, message.entities = text, html, entities
    return _edited(simulator, person, message, keyboard)


def edit_message_reply_markup(simulator: Simulator, bot: Bot, arguments: Arguments) -> dict[str, Any]:
    """Another inline keyboard, or none."""
    keyboard = read_keyboard(arguments.raw("reply_markup"))
    person, message = _own_message(bot, simulator, arguments)
    if _inline(message.keyboard) == _inline(keyboard):
        raise bad_request(_NOT_MODIFIED)
    _count(simulator, person)
    return _edited(simulator, person, message, keyboard)


def delete_message(simulator: Simulator, bot: Bot, arguments: Arguments) -> bool:
    """Take a message away; in a private chat the person's own too."""
    person = reachable_person(simulator, bot, arguments)
    message = person.messages.get(arguments.integer("message_id"))
    if message is None or message.deleted:
        raise bad_request("message to delete not found")
    message.deleted = True
    simulator.touch(person, message)
    return True


def answer_callback_query(simulator: Simulator, bot: Bot, arguments: Arguments) -> bool:
    """End the spinner of a pressed button; possible once, and only for 15 seconds."""
    query_id = arguments.text("callback_query_id")
    text = arguments.text("text")
    press = simulator.presses.get(query_id)
    now = simulator.now()
    if press is None or press.person.bot is not bot or now - press.pressed_at > PRESS_LIFETIME:
        raise bad_request(_TOO_OLD)
    if utf16_length(text) > ANSWER_LIMIT:
        raise bad_request("MESSAGE_TOO_LONG")
    del simulator.presses[query_id]
    answer = Answer(
        seq=simulator.next_seq(),
        callback_query_id=query_id,
        text=text,
        show_alert=arguments.is_set("show_alert"),
        at=now,
        pressed_at=press.pressed_at,
    )
    press.person.answers.append(answer)
    press.person.news.wake()
    if simulator.feed.has_listeners:
        simulator.feed.tell("answer", {"person_id": press.person.person_id, "answer": shown_answer(answer)})
    return True


def send_chat_action(simulator: Simulator, bot: Bot, arguments: Arguments) -> bool:
    """ "typing…"."""
    if not arguments.text("action"):
        raise bad_request("wrong parameter action in request")
    person = reachable_person(simulator, bot, arguments)
    if simulator.feed.has_listeners:
        simulator.feed.tell("typing", {"person_id": person.person_id})
    return True


def reachable_person(simulator: Simulator, bot: Bot, arguments: Arguments) -> Person:
    """Who `chat_id` is.

    Raises:
        ApiError: 400, when there is no such chat (yet); 403, when the person has blocked the bot.
    """
    chat_id = arguments.text("chat_id")
    if not chat_id:
        raise bad_request("chat_id is empty")
    is_number = chat_id.isdecimal() and len(chat_id) <= MOST_DIGITS
    person = simulator.people.get(int(chat_id)) if is_number else None
    if person is None or person.bot is not bot or not person.started:
        raise bad_request("chat not found")
    if person.blocked:
        raise ApiError(403, "Forbidden: bot was blocked by the user")
    return person


def _full_text(arguments: Arguments) -> tuple[str, str | None, tuple[Entity, ...]]:
    text, html, entities = _formatted(arguments, "text", "entities")
    if not text:
        raise bad_request("message text is empty")
    if utf16_length(text) > TEXT_LIMIT:
        raise bad_request("message is too long")
    return text, html, entities


def _formatted(arguments: Arguments, name: str, entities_name: str) -> tuple[str, str | None, tuple[Entity, ...]]:
    source = arguments.text(name)
    mode = arguments.text("parse_mode").lower()
    if mode == "html":
        text, entities = parse_html(source)
        return text, (None if source == escape(text, quote=False) else source), entities
    if mode:
        raise bad_request(f"unsupported parse_mode: the simulator reads HTML only, not {mode}")
    text, entities = trimmed(source, _entities(arguments, entities_name))
    return text, None, entities


def _entities(arguments: Arguments, name: str) -> list[Entity]:
    given = arguments.structure(name) or []
    if isinstance(given, list) and all(map(_is_entity, given)):
        return given
    raise bad_request(f"can't parse {name} JSON object")


def _is_entity(value: Any) -> bool:
    return isinstance(value, dict) and all(type(value.get(name)) is int for name in ("offset", "length"))


def _send_captioned(simulator: Simulator, bot: Bot, arguments: Arguments, payload: dict[str, Any]) -> dict[str, Any]:
    text, html, entities = _formatted(arguments, "caption", "caption_entities")
    if utf16_length(text) > CAPTION_LIMIT:
        raise bad_request("message caption is too long")
    return _send(simulator, bot, arguments, text=text, html=html, entities=entities, payload=payload)


def _send(simulator: Simulator, bot: Bot, arguments: Arguments, **parts: Any) -> dict[str, Any]:
    keyboard = read_keyboard(arguments.raw("reply_markup"))
    person = reachable_person(simulator, bot, arguments)
    _count(simulator, person)
    message = simulator.add_message(person, from_bot=True, keyboard=keyboard, **parts)
    return telegram_message(person, message)


def _count(simulator: Simulator, person: Person) -> None:
    if simulator.faults.rate_limits:
        person.bot.limits.take(person.person_id, now=simulator.now())


def _own_message(bot: Bot, simulator: Simulator, arguments: Arguments) -> tuple[Person, Message]:
    person = reachable_person(simulator, bot, arguments)
    message = person.messages.get(arguments.integer("message_id"))
    if message is None or message.deleted:
        raise bad_request("message to edit not found")
    if not message.from_bot:
        raise bad_request("message can't be edited")
    return person, message


def _inline(keyboard: Keyboard | None) -> Any:
    return keyboard.inline if keyboard else None


def _edited(simulator: Simulator, person: Person, message: Message, keyboard: Keyboard | None) -> dict[str, Any]:
    message.keyboard = keyboard
    message.edited_at = simulator.now()
    simulator.touch(person, message)
    return telegram_message(person, message)


def _file(simulator: Simulator, arguments: Arguments, name: str) -> File:
    upload = arguments.upload(name)
    if upload is not None:
        if not upload.content:
            raise bad_request("file must be non-empty")
        mime_type = _mime_type(upload.file_name, upload.mime_type)
        return simulator.add_file(upload.file_name or name, mime_type, upload.content)
    given = arguments.text(name)
    if given.startswith(("http://", "https://")):
        file_name = given.partition("?")[0].rstrip("/").rpartition("/")[2]
        return simulator.add_file(file_name, _mime_type(file_name), b"", address=given)
    if not given:
        raise bad_request(f"there is no {name} in the request")
    if given not in simulator.files:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return simulator.files[given]


def _mime_type(file_name: str, said: str = "") -> str:
    return mimetypes.guess_type(file_name)[0] or said or "application/octet-stream"


def _described(file: File) -> dict[str, Any]:
    return {"file_id": file.file_id, "file_unique_id": f"u{file.file_id}", "file_size": len(file.content)}
