"""Bots, people, and what their chats hold: plain values."""

import itertools
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from .keyboards import Keyboard
from .limits import Limits
from .markup import Entity
from .updates import Updates
from .waiting import Waiters
from .webhook import Webhook


@dataclass(slots=True, kw_only=True)
class File:
    """A file someone sent; `address` instead of content when it lies elsewhere."""

    file_id: str
    file_name: str
    mime_type: str
    content: bytes = b""
    address: str | None = None


@dataclass(slots=True, kw_only=True, eq=False)
class Message:
    """One message of one chat. `seq` grows with every change of anything in the simulator.

    `html` is the source as it was sent, None when it equals the text. `payload` is what a message other than
    text carries, as Telegram names it: {"contact": ...}, {"document": ...}.
    """

    message_id: int
    seq: int
    from_bot: bool
    at: datetime
    text: str = ""
    html: str | None = None
    entities: tuple[Entity, ...] = ()
    keyboard: Keyboard | None = None
    payload: dict[str, Any] | None = None
    edited_at: datetime | None = None
    deleted: bool = False

    @property
    def kind(self) -> str:
        """What the message carries: "text", "contact", "document", "location", "photo", "sticker", "voice"."""
        return next(iter(self.payload)) if self.payload else "text"


@dataclass(slots=True, kw_only=True)
class Answer:
    """A callback query and what the bot said to it."""

    seq: int
    callback_query_id: str
    text: str
    show_alert: bool
    at: datetime
    pressed_at: datetime


@dataclass(slots=True, kw_only=True)
class Press:
    """A pressed button the bot has not answered yet."""

    person: "Person"
    pressed_at: datetime


class Bot:
    """One token: its updates, its limits, and how it introduced itself."""

    def __init__(self, token: str, *, first_update_id: int) -> None:
        self.token = token
        self.bot_id = int(token.partition(":")[0])
        self.updates = Updates(first_update_id)
        self.as_sender = {
            "id": self.bot_id,
            "is_bot": True,
            "first_name": "RecruitSmart",
            "username": f"recruitsmart_{self.bot_id}_bot",
        }
        self.webhook: Webhook | None = None
        self.forget()

    def stop_webhook(self) -> None:
        """Send no updates any more."""
        if self.webhook:
            self.webhook.stop()
        self.webhook = None

    def forget(self) -> None:
        """As new again; update ids go on."""
        self.stop_webhook()
        self.updates.clear()
        self.updates.allowed = None
        self.limits = Limits()
        self.commands: dict[tuple[str, str], list[dict[str, str]]] = {}
        self.descriptions: dict[str, str] = {}
        # By chat; 0 stands for everyone's.
        self.menu_buttons: dict[int, dict[str, Any]] = {}


@dataclass(slots=True, kw_only=True, eq=False)
class Person:
    """A person and their only chat, the one with their bot. `messages` are in the order of `seq`."""

    person_id: int
    bot: Bot
    first_name: str
    last_name: str = ""
    username: str = ""
    language_code: str = ""
    role: str = "candidate"
    started: bool = False
    blocked: bool = False
    waits_since: datetime | None = None
    reply_keyboard: Keyboard | None = None
    messages: OrderedDict[int, Message] = field(default_factory=OrderedDict)
    answers: list[Answer] = field(default_factory=list)
    news: Waiters = field(default_factory=Waiters)
    message_ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    as_sender: dict[str, Any] = field(init=False)
    as_chat: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        names = {"first_name": self.first_name, "last_name": self.last_name, "username": self.username}
        names = {name: value for name, value in names.items() if value}
        language = {"language_code": self.language_code} if self.language_code else {}
        self.as_sender = {"id": self.person_id, "is_bot": False} | names | language
        self.as_chat = {"id": self.person_id, "type": "private"} | names

    @property
    def phone_number(self) -> str:
        """A number that looks real and always stays the same for this person."""
        return f"+7999{self.person_id % 10_000_000:07d}"
