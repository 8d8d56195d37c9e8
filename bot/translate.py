"""An update of Telegram as the message to enqueue. Pure; never raises for anything a person or a client can send."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.telegram.codec import decode
from workers import contract
from workers.contract import FromPerson

LONGEST_TEXT = 4096
_OTHERS = ("photo", "sticker", "voice", "video", "video_note", "audio", "document", "location", "animation", "poll")


@dataclass(frozen=True, kw_only=True)
class Translated:
    """What to enqueue, and the pressed button's spinner to stop. Either may be absent."""

    message: FromPerson | None
    callback_query_id: str | None = None


NOTHING = Translated(message=None)


def translate(update: Mapping[str, Any], *, received_at: float) -> Translated:
    """The message of one raw update; NOTHING for what is not said by a person in a private chat."""
    if "callback_query" in update:
        return _press(update, received_at)
    if "message" in update:
        return Translated(message=_message(update, received_at))
    if "my_chat_member" in update:
        return Translated(message=_membership(update, received_at))
    return NOTHING


def _person(update: Mapping[str, Any], said: Mapping[str, Any], chat: Any, received_at: float) -> dict[str, Any] | None:
    sender = said.get("from")
    if not isinstance(sender, Mapping) or not isinstance(chat, Mapping) or sender.get("is_bot"):
        return None
    if chat.get("type") != "private" or type(chat.get("id")) is not int:
        return None
    return {
        "update_id": update["update_id"],
        "chat_id": chat["id"],
        "received_at": received_at,
        "first_name": str(sender.get("first_name") or "")[:128],
        "username": _word(sender.get("username")),
        "language_code": _word(sender.get("language_code")),
    }


def _word(value: Any) -> str | None:
    return value[:64] if isinstance(value, str) and value else None


def _message(update: Mapping[str, Any], received_at: float) -> FromPerson | None:
    said = update["message"]
    person = _person(update, said, said.get("chat"), received_at)
    if person is None:
        return None
    if isinstance(said.get("text"), str):
        return _words(said["text"][:LONGEST_TEXT].replace("\x00", ""), person)
    contact = said.get("contact")
    if isinstance(contact, Mapping) and contact.get("phone_number"):
        own = contact.get("user_id") == person["chat_id"]
        return contract.ShareContact(**person, phone=str(contact["phone_number"])[:32], own=own)
    kind = next((other for other in _OTHERS if other in said), "other")
    return contract.SendOther(**person, kind=kind)


def _words(text: str, person: dict[str, Any]) -> FromPerson:
    if not text.startswith("/"):
        return contract.Say(**person, text=text)
    name, _, rest = text[1:].partition(" ")
    name = name.partition("@")[0].lower()
    if name == "start":
        return contract.Start(**person, payload=rest.strip()[:64])
    return contract.Command(**person, name=name[:32])


def _membership(update: Mapping[str, Any], received_at: float) -> FromPerson | None:
    change = update["my_chat_member"]
    person = _person(update, change, change.get("chat"), received_at)
    if person is None:
        return None
    gone = change.get("new_chat_member", {}).get("status") in ("kicked", "left")
    return contract.Block(**person) if gone else contract.Unblock(**person)


def _press(update: Mapping[str, Any], received_at: float) -> Translated:
    query = update["callback_query"]
    pressed = query.get("message") or {}
    person = _person(update, query, pressed.get("chat"), received_at)
    query_id = query.get("id")
    if person is None:
        return Translated(message=None, callback_query_id=query_id)
    person["pressed_message_id"] = pressed.get("message_id")
    return Translated(message=_button(str(query.get("data") or ""), person), callback_query_id=query_id)


def _button(data: str, person: dict[str, Any]) -> FromPerson:
    decoded = decode(data)
    if decoded is None:
        return contract.PressUnknown(**person)
    action, args = decoded
    try:
        return _BUTTONS[action](person, args)
    except (ValueError, IndexError):
        return contract.PressUnknown(**person)


def _number(args: list[str], position: int = 0) -> int:
    number = int(args[position])
    if abs(number) >= 2**63:
        raise ValueError("no id of ours")
    return number


def _first_number_or_zero(args: list[str]) -> int:
    return _number(args) if args else 0


Person = dict[str, Any]
_BUTTONS: dict[Action, Callable[[Person, list[str]], FromPerson]] = {
    Action.CONSENT: lambda person, args: contract.Agree(**person),
    Action.BACK: lambda person, args: contract.GoBack(**person, prompt=args[0]),
    Action.CITY: lambda person, args: contract.ChooseCity(**person, city_id=_number(args)),
    Action.CITY_PAGE: lambda person, args: contract.TurnCities(**person, page=_number(args)),
    Action.CITY_OTHER: lambda person, args: contract.TurnCities(**person, page=0),
    Action.ANSWER: lambda person, args: contract.AnswerQuestion(**person, answer_id=_number(args), option_key=args[1]),
    Action.DAYS: lambda person, args: contract.ShowDays(**person, page=_first_number_or_zero(args)),
    Action.DAY: lambda person, args: contract.ShowHours(**person, day=args[0]),
    Action.RESERVE: lambda person, args: contract.ReserveSlot(**person, slot_id=_number(args)),
    Action.CONFIRM: lambda person, args: contract.ConfirmBooking(**person, booking_id=_number(args)),
    Action.CANCEL: lambda person, args: contract.AskToCancel(**person, booking_id=_number(args)),
    Action.CANCEL_SURE: lambda person, args: contract.CancelBooking(**person, booking_id=_number(args)),
    Action.MY: lambda person, args: contract.MyApplication(**person),
    Action.LANGUAGE: lambda person, args: contract.ChooseLanguage(**person, language=args[0]),
}
