"""Buttons as data: what they do and to which subject; how Telegram carries them is not known here."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Action(StrEnum):
    """What a button asks for. The values travel in buttons that live for ever: never reuse or rename one."""

    CONSENT = "consent"
    BACK = "back"
    KEEP_NAME = "keep_name"
    CITY = "city"
    CITY_PAGE = "cities"
    CITY_OTHER = "city_other"
    ANSWER = "answer"
    DONE = "done"
    PASS_OVER = "pass_over"
    STEP_BACK = "step_back"
    START_TEST = "start_test"
    DAYS = "days"
    DAY = "day"
    RESERVE = "reserve"
    CANCEL = "cancel"
    CANCEL_SURE = "cancel_sure"
    CONFIRM = "confirm"
    MOVE = "move"
    MOVE_DAYS = "move_days"
    MOVE_DAY = "move_day"
    MOVE_TO = "move_to"
    LATE = "late"
    DECLINE = "decline"
    OTHER_TIME = "other_time"
    EARLIER = "earlier"
    KEEP_HOUR = "keep_hour"
    RECRUITER = "recruiter"
    MY = "my"
    LANGUAGE = "language"
    ASK_LANGUAGE = "ask_language"
    MY_DATA = "my_data"
    FORGET = "forget"
    HUMAN = "human"
    BOT = "bot"
    STAFF_SHOW = "s_show"
    STAFF_APPROVE = "s_approve"
    STAFF_ASK_REFUSAL = "s_ask"
    STAFF_REFUSE = "s_refuse"
    STAFF_OUTCOME = "s_outcome"
    STAFF_PASS = "s_pass"
    STAFF_GROUP = "s_group"
    STAFF_TICK = "s_tick"
    STAFF_ALL_CAME = "s_all"
    STAFF_HIRE = "s_hire"
    STAFF_ASK_REJECTION = "s_ask_no"
    STAFF_REJECT = "s_no"
    STAFF_BRING_BACK = "s_back"
    STAFF_ASK_HOURS = "s_hours"
    STAFF_PROPOSE = "s_propose"


@dataclass(frozen=True, kw_only=True)
class Button:
    """One button. `args` are whole numbers or short ASCII words: the subject it is about comes first.

    `url` makes it a link instead; `asks_contact` a reply-keyboard button that shares the phone number; `opens_page` one
    that opens the Mini App, whose address whoever sends it knows: without one the button is left out.
    """

    label: str
    action: Action | None = None
    args: tuple[int | str, ...] = ()
    url: str | None = None
    asks_contact: bool = False
    opens_page: bool = False

    def as_json(self) -> dict[str, Any]:
        """The button as a JSON value for the outbox row; absent parts are left out."""
        parts = {"label": self.label, "action": self.action, "args": list(self.args), "url": self.url}
        kinds = {"contact": self.asks_contact, "page": self.opens_page}
        return {key: part for key, part in (parts | kinds).items() if part}


Keyboard = list[list[Button]]


def keyboard_as_json(keyboard: Keyboard | None) -> list[list[dict[str, Any]]] | None:
    """Rows of buttons as JSON values; None means no keyboard."""
    return None if keyboard is None else [[button.as_json() for button in row] for row in keyboard]


def page_turner(action: Action, args: tuple[int | str, ...], *, start: int, total: int, size: int) -> Keyboard:
    """One row with the ways to the page before and after; no row when everything is on one page.

    The page's number is the button's first argument, `args` follow.
    """
    page, row = start // size, []
    if page > 0:
        row.append(Button(label="◀", action=action, args=(page - 1, *args)))
    if start + size < total:
        row.append(Button(label="▶", action=action, args=(page + 1, *args)))
    return [row] if row else []


def in_rows(buttons: list[Button], *, width: int) -> Keyboard:
    """Lay buttons out in rows of at most `width`."""
    return [buttons[start : start + width] for start in range(0, len(buttons), width)]
