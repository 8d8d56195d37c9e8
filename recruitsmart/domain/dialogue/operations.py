"""What typed words, commands and everything else mean, by what is open with the person."""

from collections.abc import Callable

from recruitsmart.domain.assessments.answering import way_back
from recruitsmart.domain.assessments.models import Answer
from recruitsmart.domain.assessments.pausing import is_in_exam
from recruitsmart.domain.candidates.operations import unwelcome
from recruitsmart.domain.candidates.rules import parse_phone
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.chats.models import CORRECTION
from recruitsmart.domain.chats.operations import jot
from recruitsmart.domain.chats.queries import last_words
from recruitsmart.domain.dialogue import booking, human, privacy, registration, testing, wishing
from recruitsmart.domain.dialogue.asking import ask_again, put, say_where_it_stands
from recruitsmart.domain.dialogue.machine import REGISTRATION, Prompt, previous
from recruitsmart.domain.dialogue.staff import account_of_chat
from recruitsmart.domain.dialogue.standing import answers_the_standing
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard
from recruitsmart.domain.messaging.operations import Recipient, Wording, post
from recruitsmart.domain.messaging.queries import newest_said
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.messaging.texts import LANGUAGES


def say(turn: Turn, typed: str) -> None:
    """Typed words mean what the open prompt says; in a conversation with a recruiter they are for the recruiter.

    A “yes” or a “no” answers the question right above it, whatever else is open.
    """
    if _is_answered_as_staff(turn) or answers_the_standing(turn, typed):
        return
    prompt, chat = turn.open_prompt, human.hears(turn)
    if chat is not None and not registration.is_button(turn, typed):
        human.pass_on(turn, chat, text=typed)
    elif prompt in _MEANINGS:
        _MEANINGS[prompt](turn, typed)
    elif wishing.names_another_hour(turn, typed):
        wishing.take_wish(turn, typed)
    else:
        _keep(turn, text=typed)


def _keep(turn: Turn, *, text: str = "", sent: str | None = None) -> None:
    if human.keep(turn, text=text, sent=sent):
        _put_open(turn)


def _put_open(turn: Turn) -> None:
    """What is open comes again, also what only a press asks: when it would suit, or why one cancels."""
    prompt = turn.open_prompt
    if prompt == Prompt.WISH:
        wishing.ask_wish(turn)
    elif prompt == Prompt.REASON:
        booking.ask_why_again(turn)
    else:
        put(turn, prompt)


_MEANINGS: dict[Prompt, Callable[[Turn, str], None]] = {
    Prompt.NAME: registration.take_name,
    Prompt.CITY: registration.take_city,
    Prompt.PHONE: registration.take_typed_phone,
    Prompt.QUESTION: testing.take_typed_answer,
    Prompt.EXAM: testing.take_typed_answer,
    Prompt.HOUR: wishing.take_wish,
    Prompt.WISH: wishing.take_wish,
    Prompt.REASON: booking.take_reason,
}


def take_edit(turn: Turn, typed: str) -> None:
    """The words of an earlier message were changed. A recruiter who reads them is told the new ones; the bot answers
    each message once, and says so.

    A change is no reason to write somebody down who is not known, or no longer.
    """
    if _is_answered_as_staff(turn, "staff.edited"):
        return
    consented = turn.candidate.consent_at is not None
    if not consented and turn.is_new:
        unwelcome(turn.session, turn.candidate)
    elif not consented:
        ask_again(turn)
    elif typed.strip() and last_words(turn.session, turn.candidate.id) != typed:
        _take_correction(turn, typed)


def _take_correction(turn: Turn, typed: str) -> None:
    chat = human.hears(turn)
    if chat is not None and not typed.startswith("/"):
        human.pass_on_correction(turn, chat, typed)
        return
    jot(turn.session, turn.candidate.id, text=typed, sent=CORRECTION, now=turn.now)
    said = newest_said(turn.session, turn.candidate.id)
    if said is None or said[1] not in _EDITS:  # it stands right above, where one corrects in several steps
        _say_edits_do_not_count(turn)


_EDITS = ("edited.test", "edited.expected", "edited.nothing")


def _say_edits_do_not_count(turn: Turn) -> None:
    """With the way to put right what was taken already: back, or a recruiter. An exam knows none."""
    if turn.candidate.outcome != Outcome.ACTIVE:
        turn.reply("edited.nothing", [turn.way_to_human])
    elif is_in_exam(turn.session, turn.candidate.id):
        turn.reply("edited.test")
    elif turn.open_prompt in _MEANINGS:
        back = _way_back(turn)
        turn.reply("edited.expected", [*back, turn.way_to_human], may_go_back=bool(back))
    else:
        turn.reply("edited.nothing", [turn.way_to_human])


def _way_back(turn: Turn) -> Keyboard:
    """A row with the button “Back”, where what is open has one."""
    prompt, answer_id = turn.open_prompt, turn.conversation.answer_id
    label = turn.label("button.back")
    if prompt in REGISTRATION:
        return [] if previous(prompt) == prompt else [[Button(label=label, action=Action.BACK, args=(prompt,))]]
    answer = None if answer_id is None else turn.session.get(Answer, answer_id)
    if answer is None or way_back(answer) is None:
        return []
    return [[Button(label=label, action=Action.STEP_BACK, args=(answer.id,))]]


def share_contact(turn: Turn, number: str, *, own: bool) -> None:
    """A shared contact counts when it is the person's own and a phone is being asked, in the registration or a test.

    To a recruiter who writes with the person it is a word like any other.
    """
    if _is_answered_as_staff(turn):
        return
    phone = number if number.startswith("+") else f"+{number}"
    prompt, chat = turn.open_prompt, human.hears(turn)
    if chat is not None and prompt != Prompt.PHONE:
        human.pass_on(turn, chat, text=phone)
    elif prompt != Prompt.PHONE and not testing.asks_phone(turn):
        _answer_unasked_contact(turn, phone, own=own)
    elif not own:
        turn.reply("phone.not_yours")
    else:
        _MEANINGS[prompt](turn, phone)


def _answer_unasked_contact(turn: Turn, phone: str, *, own: bool) -> None:
    """With what is open; the button that shares the number may be pressed twice, which needs no second answer.

    Who shares it before it is asked need not do so again. Any other number is words: staff decide what it is for.
    """
    if phone == turn.candidate.phone:
        ask_again(turn)
        return
    is_early = own and turn.conversation.prompt in REGISTRATION and turn.candidate.phone is None
    number = parse_phone(phone) if is_early else None
    if number is None:
        _keep(turn, text=phone)
    else:
        turn.candidate.phone = number
        _put_open(turn)


def my_application(turn: Turn) -> None:
    """`/my`: where the application stands and what comes next."""
    say_where_it_stands(turn)
    put(turn, turn.asked_prompt)


def obey(turn: Turn, command: str, text: str = "") -> None:
    """A command; any of staff who have no card is answered with what can be done.

    `text` is the line as it was typed: people write behind a command what they want.
    """
    if turn.is_new and _is_answered_as_staff(turn):
        return
    words = "".join(text.split(maxsplit=1)[1:])
    if command == "human":
        human.ask_human(turn, words)
    elif command == "help":
        _help(turn, words)
    elif command in _COMMANDS:
        human.note(turn, words)
        _COMMANDS[command](turn)
    else:
        _take_unknown(turn, text)


def _take_unknown(turn: Turn, text: str) -> None:
    """What is no command is words like any others to a recruiter; else it is answered with what can be done."""
    if _is_answered_as_staff(turn):
        return
    chat = human.hears(turn)
    if chat is None or not text:
        _give_help(turn, text)
    else:
        human.pass_on(turn, chat, text=text)


def _help(turn: Turn, words: str) -> None:
    if not _is_answered_as_staff(turn):
        _give_help(turn, words)


def _give_help(turn: Turn, words: str) -> None:
    """What can be done; what was written is kept."""
    human.note(turn, words)
    turn.reply("help", [turn.way_to_human])


def _is_answered_as_staff(turn: Turn, key: str = "staff.help") -> bool:
    """Somebody of the staff who never applied is told what staff can do, and by writing does not become a candidate."""
    candidate, chat_id = turn.candidate, turn.candidate.recipient.chat_id
    account = account_of_chat(turn.session, chat_id) if candidate.consent_at is None else None
    if account is None:
        return False
    if turn.is_new:
        unwelcome(turn.session, candidate)
    to_staff = Recipient(chat_id=chat_id, language=account.language)
    post(
        turn.session, Wording(key=key), to_staff, about=f"{turn.about}#0", lane=Lane.INTERACTIVE, now=turn.now
    )  # fmt: skip
    return True


def _ask_language(turn: Turn) -> None:
    names = {"ru": "Русский", "en": "English"}
    row = [Button(label=names[code], action=Action.LANGUAGE, args=(code,)) for code in LANGUAGES]
    turn.reply("language.ask", [row])


_COMMANDS: dict[str, Callable[[Turn], None]] = {
    "my": my_application,
    "language": _ask_language,
    "mydata": privacy.send_data,
    "forget": privacy.ask_to_forget,
}


def choose_language(turn: Turn, language: str) -> None:
    """A pressed language; the open prompt comes again in it."""
    if language in LANGUAGES:
        turn.candidate.language = language
        turn.reply("language.taken", [], replace=True)
    _put_open(turn)


def take_other(turn: Turn, kind: str, caption: str = "") -> None:
    """A sticker, a photo, a voice message: kept as such, with the words under it; said that words or buttons are
    expected, then what is open."""
    if _is_answered_as_staff(turn):
        return
    chat = human.hears(turn)
    if chat is None:
        _keep(turn, text=caption, sent=kind)
    else:
        human.pass_on(turn, chat, text=caption, sent=kind)


def press_unknown(turn: Turn) -> None:
    """A button that means nothing any more leads to what is open."""
    ask_again(turn)
