"""`/mydata` and `/forget`: what we hold goes to the person as a file, or goes away for good."""

from recruitsmart.domain.candidates.operations import unwelcome
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.buttons import Action, Button
from recruitsmart.domain.messaging.operations import Recipient, Wording, post
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.pipeline import personal_data
from recruitsmart.domain.pipeline.erasing import LAST_WORDS, OnHold, erase
from recruitsmart.domain.pipeline.erasure_wishes import note_wish


def send_data(turn: Turn) -> None:
    """Everything we hold, as a file of its own."""
    file = personal_data.as_file(turn.session, turn.candidate)
    wording = Wording(key="mydata", file_name=personal_data.FILE_NAME, file_text=file)
    about = f"{turn.about}#data"
    post(turn.session, wording, turn.candidate.recipient, about=about, lane=Lane.INTERACTIVE, now=turn.now)


def ask_to_forget(turn: Turn) -> None:
    """Says what erasing means; nothing happens before the button is pressed."""
    language = turn.candidate.language
    buttons = ((Action.FORGET, "button.forget"), (Action.MY, "button.keep_my_data"))
    turn.reply("forget.ask", [[Button(label=texts.label(key, language), action=action)] for action, key in buttons])


def forget(turn: Turn) -> None:
    """The person wants it. The last words go to the chat, not to a candidate: there is none any more."""
    candidate = turn.candidate
    last = Recipient(chat_id=candidate.recipient.chat_id, language=candidate.language)
    try:
        _erase(turn)
    except OnHold as error:
        note_wish(turn.session, candidate, now=turn.now)
        turn.reply(error.key)
        return
    post(turn.session, Wording(key=LAST_WORDS), last, about=f"{turn.about}#gone", lane=Lane.INTERACTIVE, now=turn.now)


def _erase(turn: Turn) -> None:
    """Who was forgotten before has a card only since this press, by which nobody applies: nothing is left to count."""
    session, candidate = turn.session, turn.candidate
    if turn.is_new and candidate.consent_at is None:
        unwelcome(session, candidate)
        return
    erase(session, candidate, actor=Actor(kind=ActorKind.CANDIDATE, id=candidate.id), now=turn.now)
    session.expunge(turn.conversation)  # its row is gone
