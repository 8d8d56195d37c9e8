"""Opening, leading and closing conversations. What is said to the person about it is the dialogue's.

Locks the open conversation; whoever holds the dialogue's lock of the person takes that one first.
"""

from datetime import datetime
from hashlib import sha256
from typing import cast

from sqlalchemy import Table, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import actor_of
from recruitsmart.domain.chats import rules
from recruitsmart.domain.chats.models import Chat, ChatLine, Reason
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.errors import Changed
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.timers.operations import set_timer, withdraw

TALK_ENDS = "chats.talk_ends"  # its subject is a conversation
LONGEST_HEARD = 4096

_chats, _lines = cast(Table, Chat.__table__), cast(Table, ChatLine.__table__)
_JOT = insert(_lines)
_OPEN = (
    select(Chat)
    .where(Chat.candidate_id == bindparam("candidate_id"), Chat.closed_at.is_(None))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_open(session: Session, candidate_id: int) -> Chat | None:
    """The candidate's open conversation under its lock."""
    return session.scalar(_OPEN, {"candidate_id": candidate_id})


def ask(session: Session, candidate: Candidate, *, reason: Reason, listens: bool, now: datetime) -> tuple[Chat, bool]:
    """The person wants a human; whether that opened a conversation: asking twice makes one.

    With `listens` typed words go to the recruiter from now on.
    """
    chat, opened = _open(session, candidate, reason, now=now)
    chat.unread_since = chat.unread_since or now
    if listens:
        chat.turned_at = now
    if opened:
        record(session, "chat.asked", actor=actor_of(candidate), now=now, candidate_id=candidate.id, subject_id=chat.id)
    return chat, opened


def _open(session: Session, candidate: Candidate, reason: Reason, *, now: datetime) -> tuple[Chat, bool]:
    known = lock_open(session, candidate.id)
    if known is not None:
        return known, False
    row = {"candidate_id": candidate.id, "reason": reason, "opened_at": now}
    made = session.scalar(insert(_chats).values(row).on_conflict_do_nothing().returning(_chats.c.id))
    return session.scalars(_OPEN, {"candidate_id": candidate.id}).one(), made is not None


def jot(session: Session, candidate_id: int, *, text: str = "", sent: str | None = None, now: datetime) -> None:
    """Keep what the person wrote or sent in the thread; nobody has to read it."""
    line = {"candidate_id": candidate_id, "text": text[:LONGEST_HEARD], "sent": sent, "said_at": now}
    session.execute(_JOT, line)


def hear(session: Session, candidate_id: int, *, text: str = "", sent: str | None = None, now: datetime) -> None:
    """Keep what the person wrote or sent; in an open conversation it waits to be read."""
    jot(session, candidate_id, text=text, sent=sent, now=now)
    chat = lock_open(session, candidate_id)
    if chat is not None:
        chat.said_at, chat.unread_since = now, chat.unread_since or now


def take_over(
    session: Session, candidate: Candidate, account: Account, *, seen: int | None, read: int, now: datetime
) -> tuple[Chat, bool]:
    """This account answers now, and the bot keeps out; whether the person must be told.

    `seen` is whom the page showed as the one who answers (an account's id), `read` the last line it showed (its id,
    0 for none): what the person has written since still waits.

    Raises:
        Changed: somebody else has taken it since.
    """
    chat, _ = _open(session, candidate, Reason.STAFF, now=now)
    refuse_unseen(chat, account, seen)
    is_new = chat.human_until is None or chat.account_id != account.id
    if is_new:
        actor = Actor(kind=ActorKind.STAFF, id=account.id)
        record(session, "chat.taken", actor=actor, now=now, candidate_id=candidate.id, subject_id=chat.id)
    _mark_read(session, chat, read)
    chat.account_id, chat.turned_at = account.id, now
    chat.human_until = rules.human_until(candidate.city, now=now)
    set_timer(session, TALK_ENDS, chat.id, due_at=chat.human_until)
    return chat, is_new


def _mark_read(session: Session, chat: Chat, read: int) -> None:
    """Nothing waits any more but what the person wrote after this line."""
    if chat.unread_since is not None:
        waits = {"candidate_id": chat.candidate_id, "read": read, "since": chat.unread_since}
        chat.unread_since = session.scalar(_FIRST_AFTER, waits)


_FIRST_AFTER = (
    select(ChatLine.said_at)
    .where(
        ChatLine.candidate_id == bindparam("candidate_id"), ~ChatLine.by_staff, ChatLine.id > bindparam("read"),
        ChatLine.said_at >= bindparam("since"),
    )
    .order_by(ChatLine.id)
    .limit(1)
)  # fmt: skip


def refuse_unseen(chat: Chat, account: Account, seen: int | None) -> None:
    """Who acts on a conversation must have seen who answers in it.

    Raises:
        Changed: somebody else has taken it since.
    """
    if chat.account_id not in (None, seen, account.id):
        raise Changed("A colleague has just taken this conversation; look again before you write.")


def write_down(
    session: Session, candidate_id: int, account_id: int, text: str, *, token: str, now: datetime
) -> int | None:
    """Keep what staff write; the new line's id, None when this form was sent with these words before.

    Other words in it are new ones: somebody went back to the page, which shows the form as it was.
    """
    once = sha256(f"{token}\n{text}".encode()).hexdigest()
    row = {
        "candidate_id": candidate_id, "account_id": account_id, "by_staff": True, "text": text, "token": once,
        "said_at": now,
    }  # fmt: skip
    written = session.scalar(insert(_lines).values(row).on_conflict_do_nothing().returning(_lines.c.id))
    return cast("int | None", written)


def let_go(session: Session, chat: Chat, *, now: datetime) -> None:
    """No human is there any more. What still waits to be read stays in the inbox, anything else is closed.

    Who asked and wrote nothing waits for nothing.
    """
    withdraw(session, (TALK_ENDS,), chat.id, now=now)
    chat.human_until = chat.turned_at = None
    if chat.unread_since is None or chat.said_at is None:
        chat.unread_since, chat.closed_at = None, now


def hand_back(session: Session, chat: Chat, *, read: int, now: datetime) -> None:
    """Staff have read up to this line and are done; what the person wrote after it stays in the inbox."""
    _mark_read(session, chat, read)
    let_go(session, chat, now=now)
