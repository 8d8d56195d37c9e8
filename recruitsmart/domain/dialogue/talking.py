"""A recruiter writes with a person: taking over, writing, giving the conversation back to the bot.

What the bot asked waits meanwhile, and so does the clock of an exam. Locks the person's dialogue before the
conversation.
"""

from datetime import datetime

from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.pausing import stop_clock
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.chats import operations, rules
from recruitsmart.domain.chats.models import Chat
from recruitsmart.domain.chats.thread import REPLY, about_line
from recruitsmart.domain.dialogue.asking import ask, back_to_bot
from recruitsmart.domain.dialogue.human import say_back
from recruitsmart.domain.dialogue.machine import EXPECTING
from recruitsmart.domain.dialogue.questions import TIMED, hide_clocks
from recruitsmart.domain.dialogue.turn import Turn, take_turn
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.messaging.withdrawing import withdraw_messages

A_RECRUITER_WRITES = "a recruiter writes"  # why a question is not sent now
NO_CHAT = "This person has never written to the bot."
UNREACHABLE = "Our messages do not reach this person; please call."


def take_over(
    session: Session, candidate: Candidate, account: Account, *, seen: int | None, read: int, now: datetime
) -> None:
    """This account answers now; the person is told so. Taking it twice changes nothing but the time it lasts.

    What was written after the line `read`, the last one the page showed (its id, 0 for none), still waits.

    Raises:
        BadInput: the person cannot be written to.
        Changed: somebody else than `seen` has taken it.
    """
    _take(_turn(session, candidate, now=now), account, seen=seen, read=read)


def write(
    session: Session,
    candidate: Candidate,
    account: Account,
    typed: str,
    *,
    token: str,
    seen: int | None,
    read: int,
    now: datetime,
) -> None:
    """Send words to the person and take the conversation over. A form (`token`) that was sent before changes nothing.

    They answer what was written up to the line `read`; see `take_over`.

    Raises:
        BadInput: nothing to send, too long, or the person cannot be written to.
        Changed: somebody else than `seen` has taken it.
    """
    words = rules.checked_line(typed)
    turn = _turn(session, candidate, now=now)
    line_id = operations.write_down(session, candidate.id, account.id, words, token=token, now=now)
    if line_id is None:
        return
    _take(turn, account, seen=seen, read=read)
    turn.reply(REPLY, about=about_line(line_id), text=words, writer=_name(account))


def hand_back(
    session: Session, candidate: Candidate, account: Account, *, seen: int | None, read: int, now: datetime
) -> None:
    """The conversation is over: the bot answers again and asks what is open. A second press changes nothing.

    What was written after the line `read` keeps it in the inbox; see `take_over`.

    Raises:
        Changed: somebody else than `seen` has taken it.
    """
    turn = take_turn(session, candidate.id, about=f"candidate:{candidate.id}:back@{now.isoformat()}", now=now)
    chat = operations.lock_open(session, candidate.id)
    if chat is None:
        return
    operations.refuse_unseen(chat, account, seen)
    was_heard = chat.turned_at is not None
    operations.hand_back(session, chat, read=read, now=now)
    if was_heard or chat.closed_at is not None:
        record(session, "chat.closed", actor=_actor(account), now=now, candidate_id=candidate.id, subject_id=chat.id)
    if was_heard:
        _bring_back(turn, chat)


def end_talk(session: Session, chat_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: the recruiter has written nothing for a while. The bot is back; what is unread stays in the inbox."""
    chat = session.get(Chat, chat_id)
    if chat is None:
        return "the conversation is gone"
    turn = take_turn(session, chat.candidate_id, about=f"chat:{chat_id}:over@{planned_at.isoformat()}", now=now)
    known = operations.lock_open(session, chat.candidate_id)
    if known is None or known.id != chat_id or known.human_until is None or now < known.human_until:
        return "it went on, or is over"
    operations.let_go(session, known, now=now)
    _bring_back(turn, known)
    return None


def _turn(session: Session, candidate: Candidate, *, now: datetime) -> Turn:
    """A turn with somebody who can be written to."""
    turn = take_turn(session, candidate.id, about=f"candidate:{candidate.id}:talk@{now.isoformat()}", now=now)
    contact = turn.candidate.contact
    if contact is None:
        raise BadInput(NO_CHAT)
    if contact.unreachable_since is not None:
        raise BadInput(UNREACHABLE)
    return turn


def _take(turn: Turn, account: Account, *, seen: int | None, read: int) -> None:
    _, must_be_told = operations.take_over(turn.session, turn.candidate, account, seen=seen, read=read, now=turn.now)
    stopped = stop_clock(turn.session, turn.candidate.id, actor=_actor(account), now=turn.now)
    if stopped is not None:
        withdraw_messages(turn.session, stopped.put_as, (TIMED,), reason=A_RECRUITER_WRITES, now=turn.now)
        hide_clocks(turn)
        if stopped.puts:
            stopped.puts += 1  # what is on its way cannot be held back, and starts no clock when it arrives
    if must_be_told:
        turn.reply("human.took_over", back_to_bot(turn), writer=_name(account), in_test=stopped is not None)


def _bring_back(turn: Turn, chat: Chat) -> None:
    """Say that the bot is back, and what it waits for; nothing to somebody whom no message reaches."""
    contact = turn.candidate.contact
    if contact is None or contact.unreachable_since is not None:
        return
    say_back(turn, chat)
    if turn.due_prompt() in EXPECTING:
        ask(turn)


def _name(account: Account) -> str | None:
    return None if account.recruiter is None else account.recruiter.name


def _actor(account: Account) -> Actor:
    return Actor(kind=ActorKind.STAFF, id=account.id)
