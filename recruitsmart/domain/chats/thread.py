"""What a candidate, the staff and the bot said to each other, in one order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, text
from sqlalchemy.orm import Session, joinedload, load_only

from recruitsmart.domain.chats.models import ChatLine
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.journal.models import ActorKind, Entry
from recruitsmart.domain.messaging.models import OutboxMessage

REPLY = "human.reply"  # the text that carries what staff write


@dataclass(frozen=True, kw_only=True)
class Said:
    """One piece of a thread: a line with the message that carries it, a message of the bot, or an act of the person."""

    at: datetime
    line: ChatLine | None = None
    message: OutboxMessage | None = None
    entry: Entry | None = None

    @property
    def place(self) -> tuple[datetime, int]:
        """Where it stands: at one moment an act comes before the bot's answer, and that before what staff write."""
        if self.line is not None:
            return self.at, 3 if self.line.by_staff else 1
        return self.at, 0 if self.entry is not None else 2


def about_line(line_id: int) -> str:
    """The subject of the message that carries what staff wrote."""
    return f"chat_line:{line_id}"


def thread(session: Session, candidate_id: int, *, limit: int) -> list[Said]:
    """The newest pieces, oldest first; three queries. Changes of older messages are left out.

    What was said in one turn has one moment: it stays in the order in which it was said.
    """
    messages = _messages(session, candidate_id, limit)
    pieces = [
        *with_carriers(lines_of(session, candidate_id, limit=limit), messages),
        *(Said(at=message.created_at, message=message) for message in reversed(messages) if message.kind != REPLY),
        *(Said(at=entry.at, entry=entry) for entry in reversed(_acts(session, candidate_id, limit))),
    ]
    return sorted(pieces, key=lambda said: said.place)[-limit:]


def with_carriers(lines: Sequence[ChatLine], messages: Sequence[OutboxMessage]) -> list[Said]:
    """Lines, oldest first, each with the one of these messages that carries it."""
    carriers = {message.about: message for message in messages if message.kind == REPLY}
    return [Said(at=line.said_at, line=line, message=carriers.get(about_line(line.id))) for line in reversed(lines)]


def lines_of(session: Session, candidate_id: int, *, limit: int) -> Sequence[ChatLine]:
    """What the person and the staff wrote to each other, newest first, with who of the staff it was."""
    lines = select(ChatLine).options(joinedload(ChatLine.account).joinedload(Account.recruiter))
    mine = lines.where(ChatLine.candidate_id == candidate_id)
    return session.scalars(mine.order_by(ChatLine.id.desc()).limit(limit)).all()


def _messages(session: Session, candidate_id: int, limit: int) -> Sequence[OutboxMessage]:
    shown = load_only(
        OutboxMessage.about, OutboxMessage.kind, OutboxMessage.body, OutboxMessage.state, OutboxMessage.reason,
        OutboxMessage.created_at, OutboxMessage.settled_at, OutboxMessage.file_name,
    )  # fmt: skip
    sent = select(OutboxMessage).options(shown).where(OutboxMessage.candidate_id == candidate_id)
    return session.scalars(sent.where(~OutboxMessage.edits_only).order_by(OutboxMessage.id.desc()).limit(limit)).all()


def _acts(session: Session, candidate_id: int, limit: int) -> Sequence[Entry]:
    own = select(Entry).where(Entry.candidate_id == candidate_id, Entry.actor_kind == ActorKind.CANDIDATE)
    return session.scalars(own.order_by(Entry.id.desc()).limit(limit)).all()


def thread_mark(session: Session, candidate_id: int, *, limit: int) -> str:
    """A mark of a thread and its conversation; it is another one whenever the page may look different."""
    return session.scalar(_MARK, {"id": candidate_id, "most": limit}) or ""


_MARK = text("""
    select md5(concat_ws('|',
        (select max(id) from chat_lines where candidate_id = :id),
        (select max(id) from journal where candidate_id = :id),
        (select string_agg(id || state, ',') from (
            select id, state from outbox where candidate_id = :id and not edits_only order by id desc limit :most
        ) as newest),
        (select chats::text from chats where candidate_id = :id order by id desc limit 1),
        (select unreachable_since from contacts where candidate_id = :id and main)
    ))
""")
