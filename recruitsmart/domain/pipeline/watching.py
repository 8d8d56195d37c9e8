"""Messages that do not leave: administrators with a chat are told, at most once an hour."""

from datetime import datetime, timedelta

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.operations import Recipient, Wording, post
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.timers.models import Timer, TimerState
from recruitsmart.domain.timers.operations import set_timer
from recruitsmart.domain.timers.queries import given_up_since

WATCH = "messaging.watch"
ONE = 1  # there is one watch; a timer needs a subject
LOOK_EVERY, TELL_EVERY = timedelta(minutes=5), timedelta(hours=1)
TOO_LONG = timedelta(minutes=10)
MOST_COUNTED = 1000


def keep_watch(session: Session, *, now: datetime) -> None:
    """Begin to look, unless the next look is planned already."""
    planned = exists().where(Timer.kind == WATCH, Timer.subject_id == ONE, Timer.state == TimerState.PENDING)
    if not session.scalar(select(planned)):
        set_timer(session, WATCH, ONE, due_at=now + LOOK_EVERY)


def look_for_stuck(session: Session, subject_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: tell administrators what failed in the last hour or waits too long, messages and moments; then look again.

    The notice goes ahead of everything else. Broadcasts may wait as long as they need to.
    """
    looked_for = (_failed_since(now - TELL_EVERY), _waiting_since(now - TOO_LONG), given_up_since(now - TELL_EVERY))
    failed, waiting, given_up = (_count(session, ids) for ids in looked_for)
    if not failed and not waiting and not given_up:
        set_timer(session, WATCH, ONE, due_at=now + LOOK_EVERY)
        return "all is well"
    set_timer(session, WATCH, ONE, due_at=now + TELL_EVERY)
    minutes = int(TOO_LONG.total_seconds() / 60)
    values = {"failed": failed, "waiting": waiting, "minutes": minutes, "given_up": given_up}
    wording = Wording(key="staff.stuck", values=values)
    for recipient in _administrators(session):
        about, until = f"stuck@{now:%Y%m%d%H%M}", now + TELL_EVERY
        post(session, wording, recipient, about=about, lane=Lane.INTERACTIVE, now=now, valid_until=until)
    return None


def _failed_since(moment: datetime) -> Select[int]:
    ended = OutboxMessage.state.in_([MessageState.FAILED, MessageState.UNKNOWN])
    return select(OutboxMessage.id).where(ended, OutboxMessage.settled_at > moment, OutboxMessage.lane != Lane.BULK)


def _waiting_since(moment: datetime) -> Select[int]:
    queued = OutboxMessage.state == MessageState.QUEUED
    return select(OutboxMessage.id).where(queued, OutboxMessage.due_at < moment, OutboxMessage.lane != Lane.BULK)


def _count(session: Session, ids: Select[int]) -> int:
    return session.scalar(select(func.count()).select_from(ids.limit(MOST_COUNTED).subquery())) or 0


def _administrators(session: Session) -> list[Recipient]:
    """The chats of their own accounts: an administrator need not be a recruiter."""
    reached = (Account.active, Account.chat_id.is_not(None), Account.unreachable_since.is_(None))
    chats = select(Account.chat_id, Account.language).where(Account.role == Role.ADMIN, *reached).order_by(Account.id)
    return [
        Recipient(chat_id=chat_id, language=language)
        for chat_id, language in session.execute(chats)
        if chat_id is not None
    ]
