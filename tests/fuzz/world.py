"""A small company with people at every prompt, its clock, and a Telegram that keeps what it was told."""

from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.translate import translate
from recruitsmart.domain.assessments.models import QuestionKind, TestKind
from recruitsmart.domain.assessments.operations import finish, start
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging.sending import NOTHING_TO_EDIT, Claimed, Outcome, Verdict
from recruitsmart.domain.pipeline.testing import TEST1, offer_test2
from recruitsmart.domain.slots.models import Purpose
from recruitsmart.telegram import markup
from recruitsmart.telegram.codec import encode
from tests.factories import (
    NOW,
    add_candidate,
    add_city,
    add_recruiter,
    add_slot,
    add_test,
    choice_question,
    typed_question,
)
from tests.fuzz.updates import Author, Raw
from workers import unit
from workers.contract import FromPerson
from workers.services import Services

LONG = "Долгий вопрос про работу, людей и вечера. " * 20


@dataclass(kw_only=True)
class Clock:
    """What the processes read as the present."""

    at: datetime = NOW

    def __call__(self) -> datetime:
        return self.at


@dataclass(kw_only=True)
class Chat:
    """What a person sees: the buttons they may press, old ones too."""

    author: Author
    messages: dict[int, list[str]] = field(default_factory=dict)

    @property
    def newest(self) -> tuple[int, list[str]] | None:
        """The last message with buttons."""
        return next(((number, data) for number, data in reversed(self.messages.items()) if data), None)


class Phones:
    """Telegram: takes every message that it would take, and sometimes fails as it does."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._numbers = 100
        self.chats: dict[int, Chat] = {}

    def chat(self, chat_id: int) -> Chat:
        if chat_id not in self.chats:
            self.chats[chat_id] = Chat(author=Author(chat_id, self._rng))
        return self.chats[chat_id]

    def deliver(self, message: Claimed) -> Outcome:
        trouble = self._rng.random()
        if trouble < 0.01:
            return Outcome(verdict=Verdict.DOUBTFUL)
        if trouble < 0.015:
            return Outcome(verdict=Verdict.REFUSED, reason="blocked", unreachable=True)
        chat = self.chat(message.chat_id)
        number = message.replaces_message_id
        markup.for_new_message(message.keyboard)  # raises for what cannot travel
        if number is None or number not in chat.messages or not markup.is_inline(message.keyboard):
            if message.edits_only:
                return NOTHING_TO_EDIT
            self._numbers += 1
            number = self._numbers
        chat.messages[number] = _data(message.keyboard)
        return Outcome(verdict=Verdict.ACCEPTED, telegram_message_id=number)


def _data(keyboard: list[list[dict[str, Any]]] | None) -> list[str]:
    buttons = [button for row in keyboard or [] for button in row if "action" in button]
    return [encode(button["action"], button.get("args", [])) for button in buttons]


def found(session: Session, rng: Random) -> None:
    """Two cities, recruiters, hours for a week, Test 1 with every kind of question, Test 2 against the clock."""
    moscow = add_city(session, "Москва", aliases=["мск"], approval_required=True)
    petersburg = add_city(
        session, "Санкт-Петербург", aliases=["Питер"], recruiter_choice="candidate", phone_required=False
    )
    for name in ("Ольга", "Тимур <b>"):
        recruiter = add_recruiter(session, moscow, petersburg, name=name)
        for hours in range(3, 120, 7):
            add_slot(session, recruiter, NOW + timedelta(hours=hours, minutes=rng.randrange(25)))
        for days in (1, 2):
            add_slot(session, recruiter, NOW + timedelta(days=days), purpose=Purpose.INTRO_DAY, capacity=3, minutes=180)
    add_test(session, *_questionnaire(), key="test1", tries=1)
    exam = [choice_question(key, "x", "y", "z", right="x") for key in "abcd"] + [_several("right ones", "x", "y")]
    add_test(
        session, *exam, key="test2", kind=TestKind.EXAM, pass_percent=30, tries=2, question_limit_seconds=60,
        total_limit_seconds=240, shuffle_questions=True, shuffle_options=True,
    )  # fmt: skip


def invite(session: Session, chat_id: int, *, now: datetime) -> None:
    """Somebody who has answered Test 1, was interviewed and may take Test 2."""
    city = session.scalars(select(City)).first()
    candidate = add_candidate(
        session, chat_id=chat_id, full_name="Анна Иванова", city=city, registered_at=now,
        stage=Stage.INTERVIEW, consent_at=now, consent_version="1",
    )  # fmt: skip
    finish(session, start(session, candidate, TEST1, now=now), at=now, now=now)
    offer_test2(session, candidate, actor=SYSTEM, now=now)


def _questionnaire() -> list[Any]:
    grave = choice_question("grave", "none", "flag", "decline")
    grave.options = [option | {"consequence": option["key"]} for option in grave.options]
    kinds = (QuestionKind.NUMBER, QuestionKind.DATE, QuestionKind.PHONE)
    typed = [typed_question(kind, required=kind != QuestionKind.DATE) for kind in kinds]
    for question in typed:
        question.kind = QuestionKind(question.key)
    typed[0].lowest, typed[0].highest = 16, 99
    why = typed_question("why", lowest=3, hint={"ru": "<b>&</b>"})
    why.text = {"ru": LONG}
    which = typed_question("which", show_if={"question": "job", "options": ["x"]})
    return [typed[0], choice_question("job", "x", "y"), which, why, _several("many", optional=True), *typed[1:], grave]


def _several(key: str, *right: str, optional: bool = False) -> Any:
    question = choice_question(key, "x", "y", "z", required=not optional)
    question.kind = QuestionKind.SEVERAL_CHOICES
    question.options = [option | ({"correct": True} if option["key"] in right else {}) for option in question.options]
    return question


def answer(services: Services, update: Raw, *, received_at: datetime) -> FromPerson | None:
    """What bot and worker do with one raw update; the message it became."""
    message = translate(update, received_at=received_at.timestamp()).message
    if message is not None:
        unit.answer(services, type(message), asdict(message), task_id=f"update-{message.update_id}")
    return message
