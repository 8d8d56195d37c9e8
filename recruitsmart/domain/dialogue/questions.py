"""How one question of a test is put to a person, and its buttons."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.answering import way_back
from recruitsmart.domain.assessments.models import Answer, QuestionKind, TestKind
from recruitsmart.domain.assessments.operations import progress
from recruitsmart.domain.assessments.rules import in_language
from recruitsmart.domain.assessments.timing import lengthened
from recruitsmart.domain.chats.queries import open_chat
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard, in_rows
from recruitsmart.domain.messaging.operations import Wording, post
from recruitsmart.domain.messaging.queries import sent_message_id
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.messaging.withdrawing import withdraw_edits, withdraw_messages

UNTIMED, TIMED = "question.ask", "question.timed"  # the second starts a clock when it is sent
PUT_ANEW, NOT_OPEN = "put anew", "the question is no longer open"  # why one is not sent any more


def put_question(
    turn: Turn, answer: Answer, *, replace: bool, chosen: str | None = None, tries_left: int | None = None
) -> None:
    """Put an open question; from now on typed words answer it. `chosen` recalls the answer before.

    While a recruiter writes, a clock that stands still is not started by it: the question is put again after the talk.
    """
    if answer.puts:
        withdraw_messages(turn.session, answer.put_as, (TIMED, UNTIMED), reason=PUT_ANEW, now=turn.now)
    hide_clocks(turn)
    answer.puts += 1
    is_exam = answer.attempt.test.kind == TestKind.EXAM
    turn.opens(Prompt.EXAM if is_exam else Prompt.QUESTION, answer_id=answer.id)
    values = question_values(turn.session, answer, turn.language, now=turn.now)
    values |= {"chosen": chosen, "tries_left": tries_left}
    starts_clock = answer.is_timed and (answer.deadline_at is not None or not is_with_human(turn))
    turn.reply(
        TIMED if starts_clock else UNTIMED,
        keyboard_of(answer, turn.language, may_go_back=way_back(answer) is not None),
        replace=replace,
        about=answer.put_as,
        **values,
    )


def is_with_human(turn: Turn) -> bool:
    """Whether a recruiter is writing with this person: then typed words are no answers to the bot."""
    chat = open_chat(turn.session, turn.candidate.id)
    return chat is not None and chat.human_until is not None


def show_closed(turn: Turn, answer: Answer) -> None:
    """The message of a question whose time is up says so, and its buttons go."""
    values = question_values(turn.session, answer, turn.language, now=turn.now)
    edit_question(turn, answer, Wording(key="question.closed", values=values), about=f"answer:{answer.id}")


def edit_question(
    turn: Turn, answer: Answer, wording: Wording, *, about: str, lane: Lane = Lane.INTERACTIVE,
    valid_until: datetime | None = None,
) -> None:  # fmt: skip
    """Change the question's own message; nothing is sent when nobody knows its number."""
    message_id = sent_message_id(turn.session, answer.put_as, TIMED, turn.candidate.recipient.chat_id)
    if message_id is not None:
        post(
            turn.session, wording, turn.candidate.recipient, about=about, lane=lane, now=turn.now,
            replaces_message_id=message_id, edits_only=True, valid_until=valid_until,
        )  # fmt: skip


def hide_clocks(turn: Turn) -> None:
    """The clock of a question that waits to be shown would cover what takes the question's place."""
    chat_id = turn.candidate.recipient.chat_id
    withdraw_edits(turn.session, chat_id, TIMED, reason=NOT_OPEN, now=turn.now)


def question_values(session: Session, answer: Answer, language: str, *, now: datetime) -> dict[str, Any]:
    """The variables of a question's text, without what came before it."""
    number, total = progress(session, answer.attempt)
    asked = answer.asked
    return {
        "number": number,
        "total": total,
        "question": in_language(asked["text"], language),
        "hint": in_language(asked["hint"], language),
        "several": asked["kind"] == QuestionKind.SEVERAL_CHOICES,
        "seconds": seconds_left(answer, now=now) if answer.is_timed else None,
        "chosen": None,
        "tries_left": None,
    }


def seconds_left(answer: Answer, *, now: datetime) -> int | None:
    """How long the question stays open, whole seconds; while its clock stands, what it will have."""
    if answer.deadline_at is not None:
        left = answer.deadline_at + timedelta(seconds=answer.credited_seconds) - now
        return max(0, round(left.total_seconds()))
    if answer.left_seconds is not None:
        return answer.left_seconds
    limit = answer.asked.get("limit_seconds")
    return None if limit is None else round(lengthened(limit, answer.attempt.extra_percent).total_seconds())


def keyboard_of(answer: Answer, language: str, *, may_go_back: bool) -> Keyboard | None:
    """The options, “done” where several may be ticked, “skip” where nothing need be answered, “back”."""
    keyboard = options_of(answer.id, answer.asked, answer.draft, language)
    several = answer.asked["kind"] == QuestionKind.SEVERAL_CHOICES
    ways = [
        (several, "button.done", Action.DONE),
        (not answer.asked.get("required", True), "button.skip", Action.PASS_OVER),
        (may_go_back, "button.back", Action.STEP_BACK),
    ]
    for shown, key, action in ways:
        if shown:
            keyboard.append([Button(label=texts.label(key, language), action=action, args=(answer.id,))])
    return keyboard or None


def options_of(answer_id: int, asked: Mapping[str, Any], ticked: list[str], language: str) -> Keyboard:
    """A choice question's options as buttons, one a row when long; ticked ones have a mark."""
    several = asked["kind"] == QuestionKind.SEVERAL_CHOICES
    marks = {True: "☑ ", False: "☐ "} if several else {True: "", False: ""}
    buttons = [
        Button(
            label=marks[option["key"] in ticked] + in_language(option["label"], language),
            action=Action.ANSWER,
            args=(answer_id, option["key"]),
        )
        for option in asked["options"]
    ]
    longest = max((len(button.label) for button in buttons), default=0)
    return in_rows(buttons, width=2 if longest <= 14 else 1)


def chosen_words(answer: Answer, language: str) -> str | None:
    """What was answered, in words: the labels of the chosen options; None when it was no choice."""
    value = answer.value if isinstance(answer.value, list) else [answer.value]
    labels = [in_language(option["label"], language) for option in answer.asked["options"] if option["key"] in value]
    return ", ".join(labels) or None
