"""The same things in two languages: Telegram's JSON for bots, the control API's for tests and the page."""

from datetime import UTC, datetime
from html import escape
from typing import Any

from .chats import Answer, File, Message, Person


def telegram_message(person: Person, message: Message) -> dict[str, Any]:
    """The Message object of the Bot API."""
    seen: dict[str, Any] = {
        "message_id": message.message_id,
        "from": person.bot.as_sender if message.from_bot else person.as_sender,
        "chat": person.as_chat,
        "date": int(message.at.timestamp()),
    }
    if message.edited_at:
        seen["edit_date"] = int(message.edited_at.timestamp())
    if message.payload:
        seen |= message.payload
    if message.text:
        seen["caption" if message.payload else "text"] = message.text
    if message.entities:
        seen["caption_entities" if message.payload else "entities"] = message.entities
    if message.keyboard and message.keyboard.inline:
        seen["reply_markup"] = {"inline_keyboard": message.keyboard.inline}
    return seen


def shown_message(files: dict[str, File], message: Message, *, origin: str = "") -> dict[str, Any]:
    """What the chat shows, as the contract of the control API names it.

    `origin` stands before the address of a file, so that it can be fetched from elsewhere.

    Beyond the contract: `kind`, `entities` (offsets in UTF-16 code units), `contact`, `location`.
    """
    keyboard = message.keyboard
    payload = message.payload or {}
    return {
        "seq": message.seq,
        "message_id": message.message_id,
        "from": "bot" if message.from_bot else "person",
        "text": message.text,
        "html": escape(message.text, quote=False) if message.html is None else message.html,
        "buttons": keyboard.buttons if keyboard else (),
        "reply_keyboard": keyboard.reply if keyboard else None,
        "document": _shown_file(files, payload, origin),
        "at": moment(message.at),
        "edited_at": message.edited_at and moment(message.edited_at),
        "deleted": message.deleted,
        "kind": message.kind,
        "entities": message.entities,
        "contact": payload.get("contact"),
        "location": payload.get("location"),
    }


def shown_answer(answer: Answer) -> dict[str, Any]:
    """An answered callback query."""
    return {
        "seq": answer.seq,
        "callback_query_id": answer.callback_query_id,
        "text": answer.text,
        "show_alert": answer.show_alert,
        "at": moment(answer.at),
        "pressed_at": moment(answer.pressed_at),
    }


def person_as_shown(person: Person) -> dict[str, Any]:
    """A person with the state of their chat."""
    return {
        "id": person.person_id,
        "first_name": person.first_name,
        "last_name": person.last_name,
        "username": person.username,
        "language_code": person.language_code,
        "role": person.role,
        "token": person.bot.token,
        "phone_number": person.phone_number,
        "started": person.started,
        "blocked": person.blocked,
        "reply_keyboard": person.reply_keyboard and person.reply_keyboard.reply,
    }


def moment(at: datetime) -> str:
    """An instant with microseconds, in UTC."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _shown_file(files: dict[str, File], payload: dict[str, Any], origin: str) -> dict[str, Any] | None:
    part = payload.get("document") or (payload.get("photo") or [None])[-1]
    file = files.get(part["file_id"]) if part else None
    if file is None:
        return None
    return {
        "file_name": file.file_name,
        "mime_type": file.mime_type,
        "size": len(file.content),
        "url": file.address or f"{origin}/sim/files/{file.file_id}",
    }
