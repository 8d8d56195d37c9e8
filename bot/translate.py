"""An update of Telegram as the message to enqueue. Pure; never raises for anything a person or a client can send."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.telegram.codec import decode
from workers import contract
from workers.contract import FromPerson

LONGEST_TEXT = 4096
LINK_PREFIX = "link_"  # of the payload of a staff member's link from the panel
STAFF_COMMANDS = frozenset({"today", "tomorrow", "waiting", "find", "unlink", "staff"})
HIGHEST_ID = 2**63 - 1  # of Postgres' bigint
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
    if "edited_message" in update:
        return Translated(message=_edit(update, received_at))
    if "my_chat_member" in update:
        return Translated(message=_membership(update, received_at))
    return NOTHING


Person = dict[str, Any]


def _person(update: Mapping[str, Any], sender: Any, chat: Any, received_at: float) -> Person | None:
    sender, chat = _object(sender), _object(chat)
    if not sender or sender.get("is_bot") or chat.get("type") != "private" or not _is_id(chat.get("id")):
        return None
    return {
        "update_id": update["update_id"],
        "chat_id": chat["id"],
        "received_at": received_at,
        "first_name": _text(sender.get("first_name"), longest=128),
        "username": _text(sender.get("username"), longest=64) or None,
        "language_code": _text(sender.get("language_code"), longest=64) or None,
    }


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _is_id(value: Any) -> bool:
    return type(value) is int and abs(value) <= HIGHEST_ID


def _text(value: Any, *, longest: int) -> str:
    """The text without what Postgres cannot hold: NUL and halves of surrogate pairs."""
    if not isinstance(value, str):
        return ""
    return value[:longest].replace("\x00", "").encode(errors="replace").decode()


def _message(update: Mapping[str, Any], received_at: float) -> FromPerson | None:
    said = _object(update["message"])
    person = _person(update, said.get("from"), said.get("chat"), received_at)
    if person is None:
        return None
    if isinstance(said.get("text"), str):
        return _words(_text(said["text"], longest=LONGEST_TEXT), person)
    contact = _object(said.get("contact"))
    if phone := _text(contact.get("phone_number"), longest=32):
        return contract.ShareContact(**person, phone=phone, own=contact.get("user_id") == person["chat_id"])
    kind = next((other for other in _OTHERS if other in said), "other")
    return contract.SendOther(**person, kind=kind, caption=_text(said.get("caption"), longest=LONGEST_TEXT))


def _words(text: str, person: Person) -> FromPerson:
    if not text.startswith("/"):
        return contract.Say(**person, text=text)
    name, *rest = re.split(r"\s+", text[1:], maxsplit=1)
    name, words = name.partition("@")[0].lower(), "".join(rest).strip()
    if name == "link" or (name == "start" and words.startswith(LINK_PREFIX)):
        return contract.LinkAccount(**person, code=words[:64])
    if name == "start":
        return contract.Start(**person, payload=words[:64])
    if name in STAFF_COMMANDS:
        return contract.StaffCommand(**person, name=name, words=words[:120])
    if not name and words:
        return contract.Say(**person, text=text)
    return contract.Command(**person, name=name[:32], text=text)


def _edit(update: Mapping[str, Any], received_at: float) -> FromPerson | None:
    """Words that were changed. Telegram tells of changes that nobody sees too, a reaction or the preview of a link:
    those have no `edit_date`. Places on the map that move and captions ask for no answer.
    """
    changed = _object(update["edited_message"])
    person = _person(update, changed.get("from"), changed.get("chat"), received_at)
    if person is None or not isinstance(changed.get("text"), str) or not changed.get("edit_date"):
        return None
    return contract.Edit(**person, text=_text(changed["text"], longest=LONGEST_TEXT))


def _membership(update: Mapping[str, Any], received_at: float) -> FromPerson | None:
    change = _object(update["my_chat_member"])
    person = _person(update, change.get("from"), change.get("chat"), received_at)
    if person is None:
        return None
    gone = _object(change.get("new_chat_member")).get("status") in ("kicked", "left")
    return contract.Block(**person) if gone else contract.Unblock(**person)


def _press(update: Mapping[str, Any], received_at: float) -> Translated:
    query = _object(update["callback_query"])
    pressed = _object(query.get("message"))
    query_id = _text(query.get("id"), longest=64) or None
    person = _person(update, query.get("from"), pressed.get("chat"), received_at)
    if person is None:
        return Translated(message=None, callback_query_id=query_id)
    if _is_id(pressed.get("message_id")):
        person["pressed_message_id"] = pressed["message_id"]
    return Translated(message=_button(_text(query.get("data"), longest=256), person), callback_query_id=query_id)


def _button(data: str, person: Person) -> FromPerson:
    decoded = decode(data)
    if decoded is None:
        return contract.PressUnknown(**person)
    action, args = decoded
    try:
        return _BUTTONS[action](person, *args)
    except (ValueError, TypeError):  # no number or day, or more or fewer arguments than this button has
        return contract.PressUnknown(**person)


def _number(word: str) -> int:
    if not (word.isascii() and word.isdecimal()) or not _is_id(number := int(word)):
        raise ValueError("no number of ours")
    return number


def _numbers(words: str) -> str:
    """Numbers with hyphens between them, or nothing."""
    return "-".join(str(_number(word)) for word in words.split("-")) if words else ""


def _day(word: str) -> str:
    return date.fromisoformat(word).isoformat()


_BUTTONS: dict[Action, Callable[..., FromPerson]] = {
    Action.CONSENT: lambda person: contract.Agree(**person),
    Action.BACK: lambda person, prompt: contract.GoBack(**person, prompt=prompt),
    Action.KEEP_NAME: lambda person: contract.KeepName(**person),
    Action.CITY: lambda person, city_id: contract.ChooseCity(**person, city_id=_number(city_id)),
    Action.CITY_PAGE: lambda person, page: contract.TurnCities(**person, page=_number(page)),
    Action.CITY_OTHER: lambda person: contract.TurnCities(**person, page=0),
    Action.ANSWER: lambda person, answer_id, option_key: contract.AnswerQuestion(
        **person, answer_id=_number(answer_id), option_key=option_key
    ),
    Action.DONE: lambda person, answer_id: contract.FinishTicking(**person, answer_id=_number(answer_id)),
    Action.PASS_OVER: lambda person, answer_id: contract.PassOver(**person, answer_id=_number(answer_id)),
    Action.STEP_BACK: lambda person, answer_id: contract.StepBack(**person, answer_id=_number(answer_id)),
    Action.START_TEST: lambda person, attempt_id: contract.BeginTest(**person, attempt_id=_number(attempt_id)),
    Action.DAYS: lambda person, page="0", recruiter_id="0": contract.ShowDays(
        **person, page=_number(page), recruiter_id=_number(recruiter_id)
    ),
    Action.RECRUITER: lambda person, recruiter_id: contract.ChooseRecruiter(
        **person, recruiter_id=_number(recruiter_id)
    ),
    Action.DAY: lambda person, day, recruiter_id="0", page="0": contract.ShowHours(
        **person, day=_day(day), recruiter_id=_number(recruiter_id), page=_number(page)
    ),
    Action.RESERVE: lambda person, slot_id: contract.ReserveSlot(**person, slot_id=_number(slot_id)),
    Action.CONFIRM: lambda person, booking_id: contract.ConfirmBooking(**person, booking_id=_number(booking_id)),
    Action.LATE: lambda person, booking_id, minutes: contract.RunLate(
        **person, booking_id=_number(booking_id), minutes=_number(minutes)
    ),
    Action.MOVE: lambda person, booking_id: contract.ShowDaysToMove(
        **person, booking_id=_number(booking_id), page=0, again=False
    ),
    Action.MOVE_DAYS: lambda person, page, booking_id, recruiter_id=None: contract.ShowDaysToMove(
        **person,
        booking_id=_number(booking_id),
        page=_number(page),
        again=True,
        recruiter_id=None if recruiter_id is None else _number(recruiter_id),
    ),
    Action.MOVE_DAY: lambda person, day, booking_id, page="0", recruiter_id="0": contract.ShowHoursToMove(
        **person, booking_id=_number(booking_id), day=_day(day), page=_number(page), recruiter_id=_number(recruiter_id)
    ),
    Action.MOVE_TO: lambda person, slot_id, booking_id: contract.MoveBooking(
        **person, booking_id=_number(booking_id), slot_id=_number(slot_id)
    ),
    Action.CANCEL: lambda person, booking_id: contract.AskToCancel(**person, booking_id=_number(booking_id)),
    Action.CANCEL_SURE: lambda person, booking_id, reason: contract.CancelBooking(
        **person, booking_id=_number(booking_id), reason=reason
    ),
    Action.OTHER_TIME: lambda person: contract.AskOtherTime(**person),
    Action.EARLIER: lambda person, booking_id: contract.ComeEarlier(**person, booking_id=_number(booking_id)),
    Action.KEEP_HOUR: lambda person, booking_id: contract.KeepHour(**person, booking_id=_number(booking_id)),
    Action.DECLINE: lambda person, offer_id: contract.DeclineOffer(**person, offer_id=_number(offer_id)),
    Action.STAFF_SHOW: lambda person, booking_id: contract.ShowBooking(**person, booking_id=_number(booking_id)),
    Action.STAFF_APPROVE: lambda person, booking_id: contract.ApproveBooking(**person, booking_id=_number(booking_id)),
    Action.STAFF_ASK_REFUSAL: lambda person, booking_id: contract.AskToRefuse(**person, booking_id=_number(booking_id)),
    Action.STAFF_REFUSE: lambda person, booking_id, reason: contract.RefuseBooking(
        **person, booking_id=_number(booking_id), reason=reason
    ),
    Action.STAFF_OUTCOME: lambda person, booking_id, result: contract.NoteOutcome(
        **person, booking_id=_number(booking_id), result=result
    ),
    Action.STAFF_PASS: lambda person, booking_id: contract.PassInterview(**person, booking_id=_number(booking_id)),
    Action.HUMAN: lambda person: contract.AskHuman(**person),
    Action.BOT: lambda person: contract.BackToBot(**person),
    Action.STAFF_GROUP: lambda person, page, slot_id: contract.ShowGroup(
        **person, slot_id=_number(slot_id), page=_number(page)
    ),
    Action.STAFF_TICK: lambda person, booking_id, result, page: contract.TickPerson(
        **person, booking_id=_number(booking_id), result=result, page=_number(page)
    ),
    Action.STAFF_ALL_CAME: lambda person, slot_id: contract.TickAll(**person, slot_id=_number(slot_id)),
    Action.STAFF_HIRE: lambda person, booking_id: contract.HirePerson(**person, booking_id=_number(booking_id)),
    Action.STAFF_ASK_REJECTION: lambda person, booking_id: contract.AskToReject(
        **person, booking_id=_number(booking_id)
    ),
    Action.STAFF_REJECT: lambda person, booking_id, reason: contract.RejectPerson(
        **person, booking_id=_number(booking_id), reason=reason
    ),
    Action.STAFF_BRING_BACK: lambda person, booking_id: contract.BringBack(**person, booking_id=_number(booking_id)),
    Action.STAFF_ASK_HOURS: lambda person, booking_id, ticked="": contract.AskWhichHours(
        **person, booking_id=_number(booking_id), ticked=_numbers(ticked)
    ),
    Action.STAFF_PROPOSE: lambda person, booking_id, ticked: contract.ProposeHours(
        **person, booking_id=_number(booking_id), ticked=_numbers(ticked)
    ),
    Action.MY: lambda person: contract.MyApplication(**person),
    Action.ASK_LANGUAGE: lambda person: contract.Command(**person, name="language"),
    Action.MY_DATA: lambda person: contract.Command(**person, name="mydata"),
    Action.FORGET: lambda person: contract.Forget(**person),
    Action.LANGUAGE: lambda person, language: contract.ChooseLanguage(**person, language=language),
}
