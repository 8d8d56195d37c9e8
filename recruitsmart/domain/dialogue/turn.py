"""One turn of the dialogue: an update of a person, or a moment that came; what is open, and how it is answered."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, cast

from sqlalchemy import Table, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.exc import StaleDataError

from recruitsmart.domain.candidates.inviting import is_invitation, take_up
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import find_by_chat, mark_reachable, welcome
from recruitsmart.domain.chats.operations import hear
from recruitsmart.domain.dialogue import conversations
from recruitsmart.domain.dialogue.machine import Facts, Prompt, asked, means, next_prompt
from recruitsmart.domain.dialogue.models import Conversation, SeenUpdate
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.buttons import Action, Button, Keyboard
from recruitsmart.domain.messaging.operations import Recipient, Wording, post
from recruitsmart.domain.messaging.queries import is_newest
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.slots.reaching import regain_account

MOST_KEPT_OF_FLOOD = 100  # lines of one chat in ten seconds; as many as come in one batch of Telegram's


@dataclass(frozen=True, kw_only=True)
class Sender:
    """Who sent an update, as Telegram tells it, and what it was; `payload` is what `/start` carried.

    `text` and `sent` are what a line of the thread holds of it, of words and of what is neither words nor a button.
    """

    update_id: int
    chat_id: int
    first_name: str = ""
    username: str | None = None
    language_code: str | None = None
    received_at: datetime
    pressed_message_id: int | None = None
    payload: str = ""
    text: str = ""
    sent: str | None = None


@dataclass(kw_only=True)
class Turn:
    """One turn inside one transaction. `about` is unique for ever and names it in the outbox: `turn:812`.

    `received_at` is when the update reached us; of a moment that came, the present.
    """

    session: Session
    about: str
    candidate: Candidate
    conversation: Conversation
    now: datetime
    received_at: datetime
    pressed_message_id: int | None = None
    replies: int = field(default=0)

    @property
    def language(self) -> str:
        """The language this person reads."""
        return self.candidate.language

    @property
    def pressed_and_newest(self) -> int | None:
        """The message whose button was pressed, if nothing came after it: an edit further up would be overlooked."""
        pressed = self.pressed_message_id
        return pressed if pressed is not None and is_newest(self.session, self.candidate.id, pressed) else None

    @property
    def is_new(self) -> bool:
        """Whether this update is the first we hear of the person."""
        return self.candidate.created_at == self.now

    def label(self, key: str, **values: Any) -> str:
        """A shipped text as plain words in the person's language."""
        return texts.label(key, self.language, **values)

    @property
    def way_to_human(self) -> list[Button]:
        """A row of buttons: “ask a recruiter”."""
        return [Button(label=self.label("button.human"), action=Action.HUMAN)]

    def reply(
        self,
        key: str,
        keyboard: Keyboard | None = None,
        *,
        replace: bool = False,
        about: str | None = None,
        **values: Any,
    ) -> None:
        """Answer. With `replace` the pressed message becomes the answer, where that will be noticed.

        `about` names the subject of a message that others must find again.
        """
        edits = self.pressed_and_newest if replace and self.replies == 0 else None
        post(
            self.session,
            Wording(key=key, values=values, keyboard=keyboard),
            self.candidate.recipient,
            about=about or f"{self.about}#{self.replies}",
            lane=Lane.INTERACTIVE,
            now=self.now,
            replaces_message_id=edits,
        )
        self.replies += 1

    def opens(self, prompt: Prompt, *, answer_id: int | None = None, **data: Any) -> None:
        """From now on a typed text answers this prompt."""
        self.conversation.prompt, self.conversation.answer_id = prompt, answer_id
        self.conversation.data, self.conversation.asked_at = data, self.now

    @property
    def asked_prompt(self) -> Prompt:
        """What is asked now; see `machine.asked`."""
        return asked(self.conversation.prompt, facts_of(self.candidate))

    @property
    def open_prompt(self) -> Prompt:
        """What a typed text answers now; see `machine.means`."""
        return means(self.conversation.prompt, facts_of(self.candidate))

    def due_prompt(self) -> Prompt:
        """What the state machine says is to be asked now."""
        return next_prompt(facts_of(self.candidate))


def facts_of(candidate: Candidate) -> Facts:
    """What the state machine knows about a candidate."""
    return Facts(
        consented=candidate.consent_at is not None,
        has_name=candidate.full_name is not None,
        has_city=candidate.city_id is not None,
        has_phone=candidate.phone is not None,
        phone_declined=candidate.phone_declined,
        stage=candidate.stage,
        outcome=candidate.outcome,
    )


def mark_seen(session: Session, sender: Sender, *, now: datetime) -> int | None:
    """Remember the update and return our number of it; None when it was seen before.

    Two transactions with the same update: the second waits here for the first and then sees it.
    """
    values = {"update_id": sender.update_id, "chat_id": sender.chat_id, "seen_at": now}
    return cast("int | None", session.scalar(_MARK_SEEN, values))


_seen = cast(Table, SeenUpdate.__table__)
_MARK_SEEN = insert(_seen).on_conflict_do_nothing().returning(_seen.c.id).execution_options(prepared="mark_seen")


def open_turn(session: Session, sender: Sender, *, now: datetime, flood_most: int = 20) -> Turn | None:
    """Begin answering an update; None when there is nothing to do: seen before, or too many from this chat.

    More than `flood_most` updates received within ten seconds are a flood: answered once, then passed over in silence.
    So is what somebody wrote while we were away and that comes all at once, so a bounded number of lines is kept.

    Locks the person's conversation, so the updates of one person are answered one after another.

    Raises:
        StaleDataError: the card is gone; whoever tries again finds the one that took its place.
    """
    turn_id = mark_seen(session, sender, now=now)
    if turn_id is None:
        return None
    language = texts.language_for(sender.language_code)
    who: dict[str, Any] = {
        "first_name": sender.first_name,
        "username": sender.username,
        "language": language,
        "now": now,
    }
    if is_invitation(sender.payload):
        take_up(session, sender.payload, sender.chat_id, **who)
    candidate, conversation = _met(session, sender, who, flood_most=flood_most)
    _note_reachable(session, candidate, sender, now=now)
    turn = Turn(
        session=session, about=f"turn:{turn_id}", candidate=candidate, now=now, received_at=sender.received_at,
        pressed_message_id=sender.pressed_message_id, conversation=conversation,
    )  # fmt: skip
    return None if _floods(turn, sender, flood_most) else turn


def _met(session: Session, sender: Sender, who: dict[str, Any], *, flood_most: int) -> tuple[Candidate, Conversation]:
    """Who writes, and their conversation under its lock, where the update is counted; both begun when there is none.

    The lock comes first, for whoever held it may have changed the card. What is beyond a flood's last line that is kept
    needs no counting.
    """
    most = flood_most + MOST_KEPT_OF_FLOOD + 1
    count = partial(conversations.counted, session, sender.chat_id, received_at=sender.received_at, most=most)
    conversation = count()
    candidate = welcome(session, sender.chat_id, **who)
    if conversation is None:
        conversations.begin(session, candidate.id, now=sender.received_at)
        conversation = count()
    if conversation is None or conversation.candidate_id != candidate.id:
        raise StaleDataError(conversations.GONE)
    return candidate, conversation


def _note_reachable(session: Session, candidate: Candidate, sender: Sender, *, now: datetime) -> None:
    """Who writes can be reached. The chat may be a staff member's; it was lost together with the contact, if any."""
    contact, is_new = candidate.contact, candidate.created_at == now or is_invitation(sender.payload)
    if is_new or (contact is not None and contact.unreachable_since is not None):
        regain_account(session, sender.chat_id, now=now)
    mark_reachable(session, candidate, now=now)


def take_turn(session: Session, candidate_id: int, *, about: str, now: datetime) -> Turn:
    """Begin a turn of our own: a moment has come. Locks the person's conversation, as an update of theirs does."""
    conversation = conversations.locked(session, candidate_id, now=now)
    candidate = session.scalars(_CANDIDATE, {"candidate_id": candidate_id}).one()
    return Turn(
        session=session, about=about, candidate=candidate, conversation=conversation, now=now, received_at=now
    )  # fmt: skip


_CANDIDATE = (
    select(Candidate)
    .options(joinedload(Candidate.city), joinedload(Candidate.contact))
    .where(Candidate.id == bindparam("candidate_id"))
    .execution_options(populate_existing=True)
)


def _floods(turn: Turn, sender: Sender, most: int) -> bool:
    count = turn.conversation.flood_count
    if count == most + 1:
        turn.reply("flood")
    if most < count <= most + MOST_KEPT_OF_FLOOD:
        _keep_unanswered(turn, sender)
    return count > most


def _keep_unanswered(turn: Turn, sender: Sender) -> None:
    """Words that get no answer stay in the thread. Nothing is kept before consent."""
    if (sender.text or sender.sent) and turn.candidate.consent_at is not None:
        hear(turn.session, turn.candidate.id, text=sender.text, sent=sender.sent, now=turn.now)


def note_failure(session: Session, sender: Sender, *, failure: str, now: datetime) -> None:
    """An update that cannot be answered: remember it as failed and tell the person that something went wrong."""
    turn_id = mark_seen(session, sender, now=now)
    if turn_id is None:
        return
    session.get_one(SeenUpdate, turn_id).failure = failure[:200]
    candidate = find_by_chat(session, sender.chat_id)
    known = None if candidate is None else candidate.recipient
    stranger = Recipient(chat_id=sender.chat_id, language=texts.language_for(sender.language_code))
    post(
        session,
        Wording(key="trouble"),
        known or stranger,
        about=f"turn:{turn_id}#0",
        lane=Lane.INTERACTIVE,
        now=now,
    )


def forget_seen(session: Session, *, before: datetime) -> None:
    """Drop the memory of updates seen before a moment."""
    session.execute(delete(SeenUpdate).where(SeenUpdate.seen_at < before))
