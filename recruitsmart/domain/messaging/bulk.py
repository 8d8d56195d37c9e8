"""Many messages of one kind at once: posting them a few at a time, and taking back those nobody has sent yet."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import BigInteger, Table, Text, bindparam, func, literal, select, update
from sqlalchemy import cast as cast_to
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.orm import Session

from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.operations import POSTED, Recipient
from recruitsmart.domain.messaging.sending import Lane

_outbox = cast(Table, OutboxMessage.__table__)
TAKEN_BACK = "taken back before it was sent"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Words that are ready to be sent, and to whom."""

    recipient: Recipient
    body: str


def post_letters(session: Session, letters: Sequence[Letter], *, about: str, kind: str, now: datetime) -> Sequence[int]:
    """Add a row of the lowest lane for each letter, in one statement; return the ids of their messages.

    Posting the same (about, kind, chat) again changes nothing, for ever, unless that message was taken back: then it is
    queued again with the new words. The row's state decides in the same statement, so a sent one cannot be sent again.
    """
    if not letters:
        return []
    columns = {
        "chat_ids": [letter.recipient.chat_id for letter in letters],
        "candidate_ids": [letter.recipient.candidate_id for letter in letters],
        "languages": [letter.recipient.language for letter in letters],
        "bodies": [letter.body for letter in letters],
    }
    session.execute(_POST, {**columns, "about": about, "kind": kind, "now": now})
    posted = session.scalars(_POSTED_IDS, {"about": about, "kind": kind, "chat_ids": columns["chat_ids"]}).all()
    session.info.setdefault(POSTED, []).extend(posted)
    return posted


_letters = (
    func.unnest(
        cast_to(bindparam("chat_ids"), ARRAY(BigInteger)),
        cast_to(bindparam("candidate_ids"), ARRAY(BigInteger)),
        cast_to(bindparam("languages"), ARRAY(Text)),
        cast_to(bindparam("bodies"), ARRAY(Text)),
    )
    .table_valued("chat_id", "candidate_id", "language", "body")
    .render_derived()
)
_now = cast_to(bindparam("now", type_=_outbox.c.due_at.type), _outbox.c.due_at.type)
_insert = insert(_outbox).from_select(
    ["about", "kind", "chat_id", "candidate_id", "language", "body", "lane", "state", "due_at", "created_at"],
    select(
        cast_to(bindparam("about"), Text),
        cast_to(bindparam("kind"), Text),
        *_letters.c,
        literal(int(Lane.BULK)),
        literal(MessageState.QUEUED, _outbox.c.state.type),
        _now,
        _now,
    ),
)
_POST = _insert.on_conflict_do_update(
    index_elements=["about", "kind", "chat_id"],
    set_={
        "body": _insert.excluded.body,
        "language": _insert.excluded.language,
        "due_at": _insert.excluded.due_at,
        "state": MessageState.QUEUED,
        "reason": None,
        "settled_at": None,
    },
    where=(_outbox.c.state == MessageState.SKIPPED) & (_outbox.c.reason == TAKEN_BACK),
)
_POSTED_IDS = select(_outbox.c.id).where(
    _outbox.c.about == bindparam("about"),
    _outbox.c.kind == bindparam("kind"),
    _outbox.c.chat_id.in_(bindparam("chat_ids", expanding=True)),
)


def take_back(session: Session, ids: Sequence[int], *, now: datetime) -> Sequence[int]:
    """Skip those of these messages that still wait, and return them; one that is being sent goes its way.

    Waits for a claim that is just being made, and then leaves that message alone.
    """
    # Sorted, so that two who take back meet the rows in one order.
    waiting = select(_outbox.c.id).where(_outbox.c.id.in_(ids), _outbox.c.state == MessageState.QUEUED)
    locked = session.scalars(waiting.order_by(_outbox.c.id).with_for_update()).all()
    taken = {"state": MessageState.SKIPPED, "reason": TAKEN_BACK, "settled_at": now}
    session.execute(update(_outbox).where(_outbox.c.id.in_(locked)).values(taken))
    return locked
