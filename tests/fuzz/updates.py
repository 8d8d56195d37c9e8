"""Raw updates of Telegram, sensible and senseless. Each function draws from the given randomness."""

from collections.abc import Callable
from random import Random
from typing import Any

from recruitsmart.domain.messaging.buttons import Action

Raw = dict[str, Any]

WORDS = (
    "",
    " ",
    "\n\t ",
    "a" * 10_000,
    "слово " * 2_000,
    "🙂",
    "👩‍👩‍👧‍👦" * 400,
    "𝕳𝖊𝖑𝖑𝖔 " * 300,
    "\x00",
    "a\x00b",
    "\ud83d",
    "x\udc00y",
    "مرحبا كيف الحال",
    "\u202eабв\u202c",
    "שלום עולם",
    "Z͑ͫ̓ͪ̂ͫ̽͏̴̙" * 20,
    "<b>",
    "</b><i>",
    "&lt;&amp;&#0;&nbsp",
    "{{ name }}",
    "{% raw %}",
    "'; drop table candidates; --",
    "%s %d %(x)s",
    "\\",
    "null",
    "None",
    "-1",
    "0",
    "18",
    "45 000 руб.",
    "70к",
    "1e309",
    "9" * 400,
    "٣٤",
    "½",
    "²",
    "NaN",
    "25.11.1998",
    "1998-11-25",
    "31.02.2000",
    "00.00.0000",
    "29 02 2023",
    "+79161234567",
    "8 (916) 123-45-67",
    "+7",
    "Анна Иванова",
    "anna maria miller",
    "Ё",
    "Москва",
    "мск",
    "Москвв",
    "Питер",
    "Новосиб",
    "no such city",
    "X",
    "x, y",
    "X;Y;X",
    "Назад",
    "Back",
    "Пропустить",
    "Skip",
    "Готово",
    "завтра в 15:00",
    "в понедельник утром",
    "tomorrow after 6 pm",
    "25:99",
    "30.02 в 12",
    "https://example.org/?a=b&c=<d>",
    "@channel",
    "#tag",
    "¯\\_(ツ)_/¯",
    "\u200b",
    "\ufeff",
    "\u00a0\u2003",
    "1" + "0" * 30,
)
COMMANDS = (
    "/start",
    "/start advert-7",
    "/start " + "я" * 300,
    "/start <b>\x00",
    "/my",
    "/help",
    "/language",
    "/MY@SomeBot",
    "/",
    "//",
    "/ start",
    "/start@RecruitBot deep",
    "/cancel",
    "/" + "x" * 5_000,
    "/start\n\nx",
    "/my later",
)
DATA = (
    "",
    ":",
    "::::",
    "answer",
    "answer:",
    "answer:1",
    "answer::x",
    "answer:1:x:y",
    "answer:-1:x",
    "answer:99999999999999999999:x",
    f"answer:{2**63 - 1}:x",
    "answer:١:x",
    "done:",
    "done:0",
    "step_back:0",
    "pass_over:7",
    "start_test:1",
    f"start_test:{2**63 - 1}",
    "city:0",
    "cities:-1",
    f"cities:{2**63 - 1}",
    "day:2026-02-30",
    "day:0001-01-01",
    "day:9999-12-31",
    "days:0:1",
    f"days:{2**62}:{2**62}",
    "reserve:0",
    "reserve:x",
    "cancel_sure:1:" + "r" * 300,
    "late:1:0",
    f"late:1:{2**63 - 1}",
    "language:xx",
    "back:exam",
    "back:",
    "recruiter:0",
    "recruiter:77",
    "consent",
    "consent:1",
    "my",
    "my:1",
    "other_time",
    "decline:1",
    "move_to:1",
    "move_days:0:0",
    "\x00",
    "\ud83d",
    "x" * 64,
    "🙂:1",
    "Consent",
    "reserve:1 ",
    "reserve:+1",
    "reserve:1_0",
)
OTHERS: tuple[Raw, ...] = (
    {"sticker": {"file_id": "s", "emoji": "👍"}},
    {"photo": [], "caption": "<b>my cv"},
    {"voice": {"duration": 3}},
    {"video": {}},
    {"video_note": {}},
    {"audio": None},
    {"document": {"file_name": "../../x"}},
    {"location": {"latitude": 91}},
    {"animation": {}, "document": {}},
    {"poll": {}},
    {"dice": {"value": 6}},
    {"new_chat_title": "x"},
    {"pinned_message": {"text": "x"}},
    {"web_app_data": {"data": "x"}},
    {},
    {"text": None},
    {"text": 5},
    {"text": ["a"]},
    {"contact": None},
    {"contact": []},
    {"contact": {"phone_number": None}},
)
NUMBERS = ("+79161234567", "79161234567", "", "0", "+", "9" * 60, "<b>", "+1 202 555 0143", "\x00")
SILENT = (
    "edited_message",
    "channel_post",
    "edited_channel_post",
    "inline_query",
    "message_reaction",
    "poll",
    "chat_member",
    "new_kind",
)


class Author:
    """Who writes, as Telegram describes them. `first_name` and language are as odd as people are."""

    def __init__(self, chat_id: int, rng: Random) -> None:
        self.chat_id = chat_id
        name = rng.choice(("Анна", "<b>Bob</b>", "🙂", "", "a" * 64, "{{ x }}", "\u202eمرحبا"))
        self.sender: Raw = {"id": chat_id, "is_bot": False, "first_name": name}
        self.sender |= rng.choice(
            ({}, {"language_code": "en"}, {"language_code": "ru-RU", "username": "u" * 32}, {"language_code": "xx"})
        )

    def message(self, **content: Any) -> Raw:
        return {"message": self._said(content)}

    def _said(self, content: Raw) -> Raw:
        return {
            "message_id": 1,
            "from": self.sender,
            "chat": {"id": self.chat_id, "type": "private"},
            "date": 0,
        } | content

    def press(self, data: Any, message_id: int | None) -> Raw:
        shown = {"chat": {"id": self.chat_id, "type": "private"}} | (
            {} if message_id is None else {"message_id": message_id}
        )
        return {
            "callback_query": {"id": "1", "from": self.sender, "chat_instance": "1", "message": shown, "data": data}
        }

    def contact(self, number: str, user_id: int | None = None) -> Raw:
        return self.message(
            contact={"phone_number": number, "first_name": "A"} | ({"user_id": user_id} if user_id else {})
        )

    def member(self, status: str) -> Raw:
        return {"my_chat_member": self._said({"new_chat_member": {"status": status}})}


def words(author: Author, rng: Random) -> Raw:
    return author.message(text=rng.choice(WORDS))


def edits(author: Author, rng: Random) -> Raw:
    changed = author.message(text=rng.choice(rng.choice((WORDS, COMMANDS))))["message"]
    return {"edited_message": changed | {"edit_date": rng.choice((1, 0, "x", None, 2**70))}}


def commands(author: Author, rng: Random) -> Raw:
    return author.message(text=rng.choice(COMMANDS), entities=[{"type": "bot_command", "offset": 0, "length": 6}])


def others(author: Author, rng: Random) -> Raw:
    return author.message(**rng.choice(OTHERS))


def contacts(author: Author, rng: Random) -> Raw:
    return author.contact(rng.choice(NUMBERS), rng.choice((author.chat_id, 1, None)))


def bad_data(author: Author, rng: Random) -> Raw:
    """Data nobody made: odd, or an action with odd arguments."""
    made_up = ":".join(
        [
            rng.choice(list(Action)),
            *rng.choices(("0", "1", "2", "17", "x", "", "-1", "2026-11-25", str(2**63)), k=rng.randrange(4)),
        ]
    )
    return author.press(rng.choice((rng.choice(DATA), made_up, None, 5)), rng.choice((None, 1, 10**12)))


def silent(author: Author, rng: Random) -> Raw:
    """What no person says in a private chat, or what they only changed."""
    said = author.message(text="x")["message"]
    group = said | {"chat": {"id": -author.chat_id, "type": "group"}}
    bot = said | {"from": author.sender | {"is_bot": True}}
    odd: list[Raw] = [
        {"message": group},
        {"message": bot},
        {"message": None},
        {"callback_query": None},
        {"message": said | {"from": None}},
        {},
    ]
    return rng.choice(
        [
            {rng.choice(SILENT): said},
            *odd,
            {"callback_query": {"id": "1", "from": author.sender, "inline_message_id": "1"}},
        ]
    )


def membership(author: Author, rng: Random) -> Raw:
    return author.member(rng.choice(("kicked", "member", "left", "odd")))


HOSTILE: dict[str, Callable[[Author, Random], Raw]] = {
    "words": words,
    "edits": edits,
    "commands": commands,
    "others": others,
    "contacts": contacts,
    "bad data": bad_data,
    "silent": silent,
    "membership": membership,
}
