"""What may be asked of the workers: each message's task name, queue and typed arguments.

A message is a nudge, never a promise: it may be lost, doubled or late.
"""

import json
from dataclasses import asdict, dataclass, fields
from functools import cache
from hashlib import sha256
from types import NoneType, UnionType
from typing import Any, ClassVar, get_args, get_origin, get_type_hints

from celery import Celery

DIALOGUE, TIMERS, UPKEEP, DELIVERY = "dialogue", "timers", "upkeep", "delivery"
QUEUES = (DIALOGUE, TIMERS, UPKEEP, DELIVERY)


@dataclass(frozen=True, kw_only=True)
class Message:
    """Base of all messages. Arguments of a wrong type are refused where the message is made.

    Raises:
        TypeError: an argument is missing, unknown, or not of its declared type.
    """

    task: ClassVar[str]
    queue: ClassVar[str]

    def __post_init__(self) -> None:
        kind: Any = type(self)
        for name, allowed in _types(kind).items():
            value = getattr(self, name)
            if type(value) not in allowed:
                raise TypeError(f"{type(self).__name__}.{name} must be {allowed}, not {value!r}")


@cache
def _types(message: Any) -> dict[str, tuple[type, ...]]:
    hints = get_type_hints(message)
    return {name: _members(hint) for name, hint in hints.items() if get_origin(hint) is not ClassVar}


def _members(hint: Any) -> tuple[type, ...]:
    return tuple(get_args(hint)) if isinstance(hint, UnionType) else (hint or NoneType,)


@dataclass(frozen=True, kw_only=True)
class FromPerson(Message):
    """One update of one person. `received_at` is when the bot knew of it, in seconds since 1970 UTC.

    `tries` counts how often it was enqueued before; `pressed_message_id` is the message whose button was pressed.
    """

    queue: ClassVar[str] = DIALOGUE

    update_id: int
    chat_id: int
    received_at: float
    first_name: str = ""
    username: str | None = None
    language_code: str | None = None
    pressed_message_id: int | None = None
    tries: int = 0


@dataclass(frozen=True, kw_only=True)
class Start(FromPerson):
    """`/start payload`."""

    task: ClassVar[str] = "dialogue.start"
    payload: str


@dataclass(frozen=True, kw_only=True)
class Say(FromPerson):
    """Typed words."""

    task: ClassVar[str] = "dialogue.say"
    text: str


@dataclass(frozen=True, kw_only=True)
class Edit(FromPerson):
    """The words of an earlier message as they are now; which message it was does not matter."""

    task: ClassVar[str] = "dialogue.edit"
    text: str


@dataclass(frozen=True, kw_only=True)
class Command(FromPerson):
    """`/name`, except start; `text` is the whole line as it was typed, nothing where a button was pressed."""

    task: ClassVar[str] = "dialogue.command"
    name: str
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class ShareContact(FromPerson):
    """A shared phone number; `own` when it is the sender's."""

    task: ClassVar[str] = "dialogue.share_contact"
    phone: str
    own: bool


@dataclass(frozen=True, kw_only=True)
class SendOther(FromPerson):
    """Something that is neither words nor a button: `kind` is Telegram's name of it; `caption` is written under it."""

    task: ClassVar[str] = "dialogue.send_other"
    kind: str
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class PressUnknown(FromPerson):
    """A button whose data means nothing to us."""

    task: ClassVar[str] = "dialogue.press_unknown"


@dataclass(frozen=True, kw_only=True)
class Agree(FromPerson):
    """Consent to data processing."""

    task: ClassVar[str] = "dialogue.agree"


@dataclass(frozen=True, kw_only=True)
class GoBack(FromPerson):
    """Back from a prompt of the registration."""

    task: ClassVar[str] = "dialogue.back"
    prompt: str


@dataclass(frozen=True, kw_only=True)
class KeepName(FromPerson):
    """The name that is known already stays."""

    task: ClassVar[str] = "dialogue.keep_name"


@dataclass(frozen=True, kw_only=True)
class ChooseCity(FromPerson):
    """A city's button."""

    task: ClassVar[str] = "dialogue.choose_city"
    city_id: int


@dataclass(frozen=True, kw_only=True)
class TurnCities(FromPerson):
    """Another page of cities; also “another city” after a guess."""

    task: ClassVar[str] = "dialogue.turn_cities"
    page: int


@dataclass(frozen=True, kw_only=True)
class ChooseLanguage(FromPerson):
    """A language's button."""

    task: ClassVar[str] = "dialogue.choose_language"
    language: str


@dataclass(frozen=True, kw_only=True)
class MyApplication(FromPerson):
    """The button “my application”."""

    task: ClassVar[str] = "dialogue.my_application"


@dataclass(frozen=True, kw_only=True)
class AskHuman(FromPerson):
    """“Ask a recruiter.”"""

    task: ClassVar[str] = "dialogue.ask_human"


@dataclass(frozen=True, kw_only=True)
class BackToBot(FromPerson):
    """“Go on with the bot”, out of a conversation with a recruiter."""

    task: ClassVar[str] = "dialogue.back_to_bot"


@dataclass(frozen=True, kw_only=True)
class Block(FromPerson):
    """The person blocked the bot."""

    task: ClassVar[str] = "candidates.block"


@dataclass(frozen=True, kw_only=True)
class Unblock(FromPerson):
    """The person unblocked the bot."""

    task: ClassVar[str] = "candidates.unblock"


@dataclass(frozen=True, kw_only=True)
class AnswerQuestion(FromPerson):
    """An option of an asked question."""

    task: ClassVar[str] = "assessments.answer"
    answer_id: int
    option_key: str


@dataclass(frozen=True, kw_only=True)
class FinishTicking(FromPerson):
    """“Done”, under options of which several may be ticked."""

    task: ClassVar[str] = "assessments.finish_ticking"
    answer_id: int


@dataclass(frozen=True, kw_only=True)
class PassOver(FromPerson):
    """“Skip”, under a question that need not be answered."""

    task: ClassVar[str] = "assessments.pass_over"
    answer_id: int


@dataclass(frozen=True, kw_only=True)
class StepBack(FromPerson):
    """“Back”, under a question of a questionnaire."""

    task: ClassVar[str] = "assessments.step_back"
    answer_id: int


@dataclass(frozen=True, kw_only=True)
class BeginTest(FromPerson):
    """“Start the test.”"""

    task: ClassVar[str] = "assessments.begin"
    attempt_id: int


@dataclass(frozen=True, kw_only=True)
class ShowDays(FromPerson):
    """A page of days with free hours, of one recruiter or (0) of anyone."""

    task: ClassVar[str] = "slots.show_days"
    page: int
    recruiter_id: int = 0


@dataclass(frozen=True, kw_only=True)
class ChooseRecruiter(FromPerson):
    """A recruiter's button; 0 is anyone."""

    task: ClassVar[str] = "slots.choose_recruiter"
    recruiter_id: int


@dataclass(frozen=True, kw_only=True)
class ShowHours(FromPerson):
    """A page of the free hours of a day, given as `2026-11-25`, of one recruiter or (0) of anyone."""

    task: ClassVar[str] = "slots.show_hours"
    day: str
    recruiter_id: int = 0
    page: int = 0


@dataclass(frozen=True, kw_only=True)
class ReserveSlot(FromPerson):
    """An hour's button."""

    task: ClassVar[str] = "slots.reserve"
    slot_id: int


@dataclass(frozen=True, kw_only=True)
class ConfirmBooking(FromPerson):
    """“I will come.”"""

    task: ClassVar[str] = "slots.confirm"
    booking_id: int


@dataclass(frozen=True, kw_only=True)
class RunLate(FromPerson):
    """“10 minutes late.”"""

    task: ClassVar[str] = "slots.run_late"
    booking_id: int
    minutes: int


@dataclass(frozen=True, kw_only=True)
class ShowDaysToMove(FromPerson):
    """A page of days for moving a booking, of one recruiter, (0) of anyone, or (None) of whom is still to be asked.

    `again` when it replaces a page of days.
    """

    task: ClassVar[str] = "slots.show_days_to_move"
    booking_id: int
    page: int
    again: bool
    recruiter_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class ShowHoursToMove(FromPerson):
    """A page of the free hours of a day, of one recruiter or (0) of anyone, for moving a booking."""

    task: ClassVar[str] = "slots.show_hours_to_move"
    booking_id: int
    day: str
    page: int = 0
    recruiter_id: int = 0


@dataclass(frozen=True, kw_only=True)
class MoveBooking(FromPerson):
    """A new hour for a booking."""

    task: ClassVar[str] = "slots.move"
    booking_id: int
    slot_id: int


@dataclass(frozen=True, kw_only=True)
class AskToCancel(FromPerson):
    """“Cancel”, which asks why."""

    task: ClassVar[str] = "slots.ask_to_cancel"
    booking_id: int


@dataclass(frozen=True, kw_only=True)
class CancelBooking(FromPerson):
    """A reason to cancel."""

    task: ClassVar[str] = "slots.cancel"
    booking_id: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Forget(FromPerson):
    """“Erase everything.”"""

    task: ClassVar[str] = "dialogue.forget"


@dataclass(frozen=True, kw_only=True)
class AskOtherTime(FromPerson):
    """“Another time.”"""

    task: ClassVar[str] = "slots.ask_other_time"


@dataclass(frozen=True, kw_only=True)
class ComeEarlier(FromPerson):
    """“I could come earlier.”"""

    task: ClassVar[str] = "slots.come_earlier"
    booking_id: int


@dataclass(frozen=True, kw_only=True)
class KeepHour(FromPerson):
    """“Not earlier after all.”"""

    task: ClassVar[str] = "slots.keep_hour"
    booking_id: int


@dataclass(frozen=True, kw_only=True)
class DeclineOffer(FromPerson):
    """“This hour does not suit me.”"""

    task: ClassVar[str] = "slots.decline"
    offer_id: int


@dataclass(frozen=True, kw_only=True)
class FromStaff(FromPerson):
    """One update that only a linked staff account may send; a stranger is told so."""


@dataclass(frozen=True, kw_only=True)
class LinkAccount(FromStaff):
    """A code from the panel: this chat belongs to its account."""

    task: ClassVar[str] = "staff.link"
    code: str


@dataclass(frozen=True, kw_only=True)
class StaffCommand(FromStaff):
    """`/today`, `/tomorrow`, `/waiting`, `/find name`, `/unlink`, `/staff`."""

    task: ClassVar[str] = "staff.command"
    name: str
    words: str


@dataclass(frozen=True, kw_only=True)
class ShowBooking(FromStaff):
    """A booking of a list."""

    task: ClassVar[str] = "staff.show_booking"
    booking_id: int


@dataclass(frozen=True, kw_only=True)
class ApproveBooking(FromStaff):
    """“Approve.”"""

    task: ClassVar[str] = "staff.approve"
    booking_id: int


@dataclass(frozen=True, kw_only=True)
class AskToRefuse(FromStaff):
    """“Refuse”, which asks why."""

    task: ClassVar[str] = "staff.ask_to_refuse"
    booking_id: int


@dataclass(frozen=True, kw_only=True)
class RefuseBooking(FromStaff):
    """A reason to refuse."""

    task: ClassVar[str] = "staff.refuse"
    booking_id: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class NoteOutcome(FromStaff):
    """Whether the person came: `attended`, `late` or `no_show`."""

    task: ClassVar[str] = "staff.note_outcome"
    booking_id: int
    result: str


@dataclass(frozen=True, kw_only=True)
class PassInterview(FromStaff):
    """“Passed”: Test 2 follows."""

    task: ClassVar[str] = "staff.pass_interview"
    booking_id: int


@dataclass(frozen=True, kw_only=True)
class ShowGroup(FromStaff):
    """A page of the people of an introductory day."""

    task: ClassVar[str] = "staff.show_group"
    slot_id: int
    page: int


@dataclass(frozen=True, kw_only=True)
class TickPerson(FromStaff):
    """Whether somebody came, in the list: `attended`, `late` or `no_show`; the list comes back at this page."""

    task: ClassVar[str] = "staff.tick"
    booking_id: int
    result: str
    page: int


@dataclass(frozen=True, kw_only=True)
class TickAll(FromStaff):
    """“All came.”"""

    task: ClassVar[str] = "staff.tick_all"
    slot_id: int


@dataclass(frozen=True, kw_only=True)
class HirePerson(FromStaff):
    """“Hire.”"""

    task: ClassVar[str] = "staff.hire"
    booking_id: int


@dataclass(frozen=True, kw_only=True)
class AskToReject(FromStaff):
    """“Reject”, which asks why."""

    task: ClassVar[str] = "staff.ask_to_reject"
    booking_id: int


@dataclass(frozen=True, kw_only=True)
class RejectPerson(FromStaff):
    """A reason not to take somebody after a meeting."""

    task: ClassVar[str] = "staff.reject"
    booking_id: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class BringBack(FromStaff):
    """A rejection is taken back."""

    task: ClassVar[str] = "staff.bring_back"
    booking_id: int


@dataclass(frozen=True, kw_only=True)
class AskWhichHours(FromStaff):
    """“Propose other hours”, and each tick: `ticked` are the numbers of slots, with hyphens between them."""

    task: ClassVar[str] = "staff.ask_which_hours"
    booking_id: int
    ticked: str


@dataclass(frozen=True, kw_only=True)
class ProposeHours(FromStaff):
    """“Send” under ticked hours."""

    task: ClassVar[str] = "staff.propose_hours"
    booking_id: int
    ticked: str


@dataclass(frozen=True, kw_only=True)
class FromPage(Message):
    """One tap on the Mini App's page. `received_at` is when the web process got it, in seconds since 1970 UTC.

    A tap that is repeated with the same `key` is answered once; `request_id` names the request that waits for it.
    """

    queue: ClassVar[str] = DIALOGUE

    request_id: str
    key: str
    chat_id: int
    received_at: float

    @property
    def fingerprint(self) -> str:
        """What is asked, whoever waits for it and since when: two taps with one are one intention."""
        asked = {name: value for name, value in asdict(self).items() if name not in _HOW_IT_CAME}
        return sha256(json.dumps([self.task, asked], sort_keys=True).encode()).hexdigest()


_HOW_IT_CAME = frozenset(field.name for field in fields(FromPage))


@dataclass(frozen=True, kw_only=True)
class ReserveOnPage(FromPage):
    """A free hour."""

    task: ClassVar[str] = "slots.reserve_on_page"
    slot_id: int


@dataclass(frozen=True, kw_only=True)
class MoveOnPage(FromPage):
    """A new hour for a booking."""

    task: ClassVar[str] = "slots.move_on_page"
    booking_id: int
    slot_id: int


@dataclass(frozen=True, kw_only=True)
class CancelOnPage(FromPage):
    """A reason to cancel: one of the chat's, or own words."""

    task: ClassVar[str] = "slots.cancel_on_page"
    booking_id: int
    reason: str


@dataclass(frozen=True, kw_only=True)
class Deliver(Message):
    """Send what is due, until nothing is."""

    task: ClassVar[str] = "delivery.send"
    queue: ClassVar[str] = DELIVERY


@dataclass(frozen=True, kw_only=True)
class SweepDelivery(Message):
    """Find messages whose nudge was lost or whose sender died."""

    task: ClassVar[str] = "delivery.sweep"
    queue: ClassVar[str] = UPKEEP


@dataclass(frozen=True, kw_only=True)
class RunDueTimers(Message):
    """Fire the timers that are due and look one window ahead."""

    task: ClassVar[str] = "timers.run_due"
    queue: ClassVar[str] = TIMERS


@dataclass(frozen=True, kw_only=True)
class AdvanceBroadcasts(Message):
    """Post the next few messages of every broadcast under way."""

    task: ClassVar[str] = "broadcasts.advance"
    queue: ClassVar[str] = UPKEEP


@dataclass(frozen=True, kw_only=True)
class AdvanceBatches(Message):
    """Do what was chosen to the next people of every batch under way."""

    task: ClassVar[str] = "batches.advance"
    queue: ClassVar[str] = UPKEEP


@dataclass(frozen=True, kw_only=True)
class AdvanceIntakes(Message):
    """Look at, or take in, the next lines of every file with people under way."""

    task: ClassVar[str] = "intake.advance"
    queue: ClassVar[str] = UPKEEP


@dataclass(frozen=True, kw_only=True)
class ErasePeople(Message):
    """Erase those whose data has been kept long enough, and old words to recruiters."""

    task: ClassVar[str] = "pipeline.erase"
    queue: ClassVar[str] = UPKEEP


@dataclass(frozen=True, kw_only=True)
class ForgetSeenUpdates(Message):
    """Prune the memory of updates and taps that cannot come again, and of attempts to sign in that count no more."""

    task: ClassVar[str] = "upkeep.forget_seen_updates"
    queue: ClassVar[str] = UPKEEP


@dataclass(frozen=True, kw_only=True)
class PlanDigests(Message):
    """See that every recruiter's evening list and the watch over the outbox are planned."""

    task: ClassVar[str] = "upkeep.plan_digests"
    queue: ClassVar[str] = UPKEEP


@dataclass(frozen=True, kw_only=True)
class IntroduceBot(Message):
    """The bot says who it is, so that links to it can be made without asking Telegram."""

    task: ClassVar[str] = "upkeep.introduce_bot"
    queue: ClassVar[str] = UPKEEP
    bot_id: int
    username: str


@dataclass(frozen=True, kw_only=True)
class BeatSchedule(Message):
    """Beat has put what is due on the queues; the schedule is fixed, so this carries no moment."""

    task: ClassVar[str] = "upkeep.beat_schedule"
    queue: ClassVar[str] = UPKEEP
    instance: str
    version: str


@dataclass(frozen=True, kw_only=True)
class BeatOther(Message):
    """A process says that it was alive at `sent_at`, seconds since 1970 UTC; `starts` when it did not work just before.

    The bot's goes ahead of what people sent, so that the time they could not reach us is known when their updates are
    answered. A worker says it to itself, and so proves that it consumes.
    """

    task: ClassVar[str] = "upkeep.beat_other"
    queue: ClassVar[str] = DIALOGUE
    process: str
    instance: str
    version: str
    sent_at: float
    starts: bool = False


def send(app: Celery, message: Message, *, task_id: str | None = None, countdown_seconds: float | None = None) -> None:
    """Put one message on its queue. Bounded by the broker's time-outs, a few seconds at most.

    Raises:
        kombu.exceptions.OperationalError: the broker is away; nothing was sent, or nobody knows.
    """
    app.send_task(
        message.task, kwargs=asdict(message), queue=message.queue, task_id=task_id, countdown=countdown_seconds,
        argsrepr="", kwargsrepr="",  # else what people write stands in headers and events as well, for nobody to read
    )  # fmt: skip


def send_update(app: Celery, message: FromPerson) -> None:
    """Put what a person did on its queue, under the name that operators look for.

    Raises:
        kombu.exceptions.OperationalError: see `send`.
    """
    send(app, message, task_id=f"update-{message.update_id}")


def numbers(joined: str) -> list[int]:
    """Numbers that travel as one word, `17-4`; none as an empty one."""
    return [int(word) for word in joined.split("-") if word]


def all_messages() -> list[type[Message]]:
    """Every message that has a task, in the order of this module."""
    return [kind for kind in _descendants(Message) if hasattr(kind, "task")]


def _descendants(kind: type[Message]) -> list[type[Message]]:
    children = kind.__subclasses__()
    return [*children, *(grandchild for child in children for grandchild in _descendants(child))]
