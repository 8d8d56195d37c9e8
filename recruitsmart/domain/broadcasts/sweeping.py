"""What the sweep does for a broadcast under way: notes what was sent, posts the next few, ends it when all is done.

The outbox never holds more than a few seconds' worth of it, so a pause takes effect at once.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, func, select, update
from sqlalchemy.orm import Session

from recruitsmart.domain.broadcasts.models import (
    Broadcast,
    BroadcastRecipient,
    BroadcastState,
    RecipientState,
    SkipReason,
)
from recruitsmart.domain.broadcasts.operations import note_settled, put_back, skip
from recruitsmart.domain.broadcasts.queries import next_waiting
from recruitsmart.domain.broadcasts.rules import words_for
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.errors import BadText
from recruitsmart.domain.journal.operations import SYSTEM, record
from recruitsmart.domain.messaging.bulk import Letter, post_letters
from recruitsmart.domain.messaging.models import OutboxMessage

KIND = "broadcast"
BATCH = 200

person = BroadcastRecipient


def about(broadcast: Broadcast) -> str:
    """What its messages are about."""
    return f"broadcast:{broadcast.id}"


def advance(session: Session, broadcast_id: int, *, most_queued: int, now: datetime, batch: int = BATCH) -> bool:
    """Bring one broadcast a step further; whether there is another step to take at once.

    At most `most_queued` of its messages wait in the outbox afterwards. Locks its row; one that another sweep holds is
    left to that sweep.
    """
    broadcast = _lock(session, broadcast_id)
    if broadcast is None:
        return False
    note_settled(session, broadcast)
    if broadcast.state != BroadcastState.RUNNING:
        put_back(session, broadcast, now=now)  # what was being sent when it was paused may have come back meanwhile
        return False
    room = min(batch, most_queued - _count(session, broadcast, RecipientState.QUEUED))
    looked_at = _post_next(session, broadcast, limit=room, now=now) if room > 0 else 0
    if not looked_at:
        _finish(session, broadcast, now=now)
    return looked_at == batch


def _lock(session: Session, broadcast_id: int) -> Broadcast | None:
    row = select(Broadcast).where(Broadcast.id == broadcast_id)
    locked = row.with_for_update(skip_locked=True, of=Broadcast).execution_options(populate_existing=True)
    return session.scalar(locked)


def _count(session: Session, broadcast: Broadcast, state: RecipientState) -> int:
    of_state = (person.broadcast_id == broadcast.id, person.state == state)
    return session.scalar(select(func.count()).select_from(person).where(*of_state)) or 0


def _post_next(session: Session, broadcast: Broadcast, *, limit: int, now: datetime) -> int:
    """Post to the next people, passing over those whom something stands against; return how many were looked at."""
    found = next_waiting(session, broadcast, limit=limit)
    letters: list[Letter] = []
    passed: dict[SkipReason, list[int]] = {}
    for candidate, reason in found:
        letter = None if reason else _letter(broadcast, candidate)
        if letter is None:
            passed.setdefault(reason or SkipReason.NO_TEXT, []).append(candidate.id)
        else:
            letters.append(letter)
    # The outbox first: it needs the candidates' rows, which whoever erases a person locks before the list's.
    ids = post_letters(session, letters, about=about(broadcast), kind=KIND, now=now)
    _mark_queued(session, broadcast, [letter.recipient.candidate_id for letter in letters], ids)
    for reason, ids in passed.items():
        skip(session, broadcast, reason, ids)
    return len(found)


def _letter(broadcast: Broadcast, candidate: Candidate) -> Letter | None:
    try:
        return Letter(recipient=candidate.recipient, body=words_for(broadcast.bodies, candidate))
    except BadText:
        return None


def _mark_queued(
    session: Session, broadcast: Broadcast, candidate_ids: Sequence[int | None], message_ids: Sequence[int]
) -> None:
    """Tie the people to their messages; a message that was there already says itself what became of it.

    The people are named beside the messages so that Postgres never reads the whole list for it.
    """
    posted = (
        update(person)
        .where(
            person.broadcast_id == broadcast.id,
            person.candidate_id.in_(candidate_ids),
            person.candidate_id == OutboxMessage.candidate_id,
            OutboxMessage.id.in_(message_ids),
        )
        .values(state=RecipientState.QUEUED, outbox_id=OutboxMessage.id)
    )
    session.execute(posted.execution_options(synchronize_session=False))


def _finish(session: Session, broadcast: Broadcast, *, now: datetime) -> None:
    left = exists().where(
        person.broadcast_id == broadcast.id, person.state.in_([RecipientState.WAITING, RecipientState.QUEUED])
    )
    if session.scalar(select(left)):
        return
    broadcast.state, broadcast.ended_at = BroadcastState.FINISHED, now
    record(session, "broadcast.finished", actor=SYSTEM, now=now, subject_id=broadcast.id)
