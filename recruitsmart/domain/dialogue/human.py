"""A person and a human of ours: asking for one, being heard, going back to the bot."""

from typing import Any
from zoneinfo import ZoneInfo

from recruitsmart.domain.assessments.pausing import is_in_exam
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.chats import operations, rules
from recruitsmart.domain.chats.models import CORRECTION, Chat, Reason
from recruitsmart.domain.chats.notices import tell_staff
from recruitsmart.domain.chats.queries import open_chat
from recruitsmart.domain.dialogue.asking import ask, ask_again, back_to_bot, put
from recruitsmart.domain.dialogue.machine import OWN_ERRANDS, Prompt
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.messaging import local_time
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard


def ask_human(turn: Turn, words: str = "") -> None:
    """“Ask a recruiter”: the conversation waits in the inbox, with the words of who asks. Nobody is kept waiting for it
    before consent.

    In the middle of an exam typed words still answer its question, and its clock runs: only a recruiter stops it.
    """
    if turn.candidate.consent_at is None:
        put(turn, Prompt.CONSENT)
        return
    in_test = is_in_exam(turn.session, turn.candidate.id)
    chat = _open(turn, Reason.ASKED, listens=not in_test)
    if words:
        operations.hear(turn.session, turn.candidate.id, text=words, now=turn.now)
    if chat.human_until is None:
        _say_when(turn, in_test=in_test, heard=bool(words))
    else:
        turn.reply("human.here", back_to_bot(turn))


def _open(turn: Turn, reason: Reason, *, listens: bool) -> Chat:
    chat, opened = operations.ask(turn.session, turn.candidate, reason=reason, listens=listens, now=turn.now)
    if opened:
        tell_staff(turn.session, chat, turn.candidate, now=turn.now)
    return chat


def _say_when(turn: Turn, *, in_test: bool = False, heard: bool = False) -> None:
    city = turn.candidate.city
    begins = rules.answer_from(city, now=turn.now)
    hour, zone = None, None
    if city is not None and begins is not None:
        there = ZoneInfo(city.time_zone)
        hour, zone = local_time.hour(begins, there), local_time.offset(begins, there)
    keyboard = None if in_test else back_to_bot(turn)
    turn.reply("human.waiting", keyboard, from_hour=hour, zone=zone, in_test=in_test, heard=heard)


def hears(turn: Turn) -> Chat | None:
    """The open conversation, if typed words are for the recruiter now."""
    chat, conversation = open_chat(turn.session, turn.candidate.id), turn.conversation
    if chat is None or not rules.is_for_human(
        turned_at=chat.turned_at,
        with_human=chat.human_until is not None,
        asked_at=conversation.asked_at,
        own_errand=conversation.prompt in OWN_ERRANDS,
    ):
        return None
    return chat


def pass_on(turn: Turn, chat: Chat, *, text: str = "", sent: str | None = None) -> None:
    """Words go to the recruiter. While one is there the bot keeps silent, but for what does not arrive: files."""
    operations.hear(turn.session, turn.candidate.id, text=text, sent=sent, now=turn.now)
    if sent is not None:
        turn.reply("human.no_files")
    elif chat.human_until is None:
        turn.reply("human.passed_on", back_to_bot(turn))


def pass_on_correction(turn: Turn, chat: Chat, text: str) -> None:
    """Words that take the place of earlier ones go to the recruiter, marked as such."""
    operations.hear(turn.session, turn.candidate.id, text=text, sent=CORRECTION, now=turn.now)
    if chat.human_until is None:
        turn.reply("human.passed_on", back_to_bot(turn))


def keep(turn: Turn, *, text: str = "", sent: str | None = None) -> bool:
    """What answers nothing is kept for the thread; from somebody whose application has ended it opens a conversation.

    Nothing is kept before consent. Answers whether what is open is still to be put again.
    """
    if sent is not None:
        turn.reply("unsupported")
    if turn.candidate.consent_at is None:
        put(turn, Prompt.CONSENT)
        return False
    has_ended = turn.candidate.outcome != Outcome.ACTIVE
    if has_ended:
        _open(turn, Reason.CAME_BACK, listens=True)
    operations.hear(turn.session, turn.candidate.id, text=text, sent=sent, now=turn.now)
    if has_ended:
        _say_when(turn, heard=True)
    return not has_ended


def note(turn: Turn, text: str) -> None:
    """Keep words that are answered by something else. Nothing is kept before consent."""
    if text and turn.candidate.consent_at is not None:
        operations.hear(turn.session, turn.candidate.id, text=text, now=turn.now)


def refuse(turn: Turn, typed: str, key: str, keyboard: Keyboard | None = None, **values: Any) -> None:
    """Say why typed words do not count; they stay in the thread, where the complaint alone would be a riddle.

    Who has asked something is shown the way to a human, but for an exam, where the clock runs.
    """
    operations.jot(turn.session, turn.candidate.id, text=typed, now=turn.now)
    if rules.is_question(typed) and turn.conversation.prompt != Prompt.EXAM:
        keyboard = [*(keyboard or []), turn.way_to_human]
    turn.reply(key, keyboard, **values)


def go_back(turn: Turn) -> None:
    """“Go on with the bot”. What was asked stays with the recruiter; a second press leads to what is open."""
    if leave(turn):
        ask(turn)
    else:
        ask_again(turn)


def leave(turn: Turn) -> bool:
    """End a conversation from the person's side; False when there is none to leave."""
    chat = operations.lock_open(turn.session, turn.candidate.id)
    if chat is None or chat.turned_at is None:
        return False
    operations.let_go(turn.session, chat, now=turn.now)
    say_back(turn, chat)
    return True


def say_back(turn: Turn, chat: Chat) -> None:
    """The bot answers again."""
    my = [[Button(label=turn.label("button.my"), action=Action.MY)]]
    turn.reply("human.back", my, still_waits=chat.closed_at is None)
