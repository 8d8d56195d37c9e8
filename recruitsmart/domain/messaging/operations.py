"""Putting messages into the outbox, in the transaction that makes them true."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any, cast

from sqlalchemy import Table, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.errors import BadText, Changed
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.buttons import Keyboard, keyboard_as_json
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage, TextOverride
from recruitsmart.domain.messaging.proofreading import proofread
from recruitsmart.domain.messaging.queries import (
    inherited,
    longest_known,
    override_in_force,
    override_versions,
)
from recruitsmart.domain.messaging.sending import TOO_LATE, Lane

POSTED = "posted"  # in the session's info: the ids of what this transaction has posted
NOTED_AGAIN_AFTER = timedelta(minutes=1)
LONGEST_REASON = 300

_override = cast(Table, TextOverride.__table__)


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Where a message goes and how it is worded for the reader; `unreachable` says why none arrives there now."""

    chat_id: int
    language: str
    candidate_id: int | None = None
    city_id: int | None = None
    unreachable: str | None = None


def staff_recipient(recruiter: Recruiter) -> Recipient | None:
    """Where a recruiter is told things; None without a chat."""
    if recruiter.chat_id is None:
        return None
    chat_id, reason = recruiter.chat_id, recruiter.unreachable_reason
    return Recipient(chat_id=chat_id, language=recruiter.language, unreachable=reason)


@dataclass(frozen=True, kw_only=True)
class Wording:
    """What is said: a text's key, the values for its variables, the buttons under it, a text file along with it."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)
    keyboard: Keyboard | None = None
    file_name: str | None = None
    file_text: str | None = None


def post(
    session: Session,
    wording: Wording,
    recipient: Recipient,
    *,
    about: str,
    lane: Lane,
    now: datetime,
    replaces_message_id: int | None = None,
    edits_only: bool = False,
    valid_until: datetime | None = None,
) -> None:
    """Add one outbox row; posting the same (about, kind, chat) again changes nothing, for ever.

    The session is marked so that whoever commits sends delivery a nudge. `replaces_message_id` names a message of the
    bot that is edited instead of sending a new one; when the edit is impossible the text is sent, or with `edits_only`
    nothing. After `valid_until` the message is skipped instead of sent. To somebody unreachable it is skipped at once,
    unless it is a reply: who writes to us can be reached.
    """
    row = {
        "about": about,
        "kind": wording.key,
        "chat_id": recipient.chat_id,
        "candidate_id": recipient.candidate_id,
        "lane": int(lane),
        "language": recipient.language,
        "body": words_for(session, wording, recipient, now=now),
        "keyboard": keyboard_as_json(wording.keyboard),
        "replaces_message_id": replaces_message_id,
        "edits_only": edits_only,
        "valid_until": valid_until,
        "file_name": wording.file_name,
        "file_text": wording.file_text,
        "due_at": now,
        "created_at": now,
    }
    posted_id = session.scalar(_INSERT, row | _fate(recipient, lane, now=now))
    session.info.setdefault(POSTED, []).extend([] if posted_id is None else [posted_id])


def _fate(recipient: Recipient, lane: Lane, *, now: datetime) -> dict[str, Any]:
    if recipient.unreachable is None or lane == Lane.INTERACTIVE:
        return {"state": MessageState.QUEUED, "reason": None, "settled_at": None}
    return {"state": MessageState.SKIPPED, "reason": recipient.unreachable, "settled_at": now}


_outbox = cast(Table, OutboxMessage.__table__)
_INSERT = insert(_outbox).on_conflict_do_nothing().returning(_outbox.c.id)


def say_after_all(
    session: Session, recipient: Recipient, *, about: str, kind: str, withdrawn_for: str, now: datetime
) -> None:
    """A message that was withdrawn for this reason has become true again: queue it once more.

    One that was sent already is not sent again. One that is being sent at this moment may be tried again if that fails.
    """
    if recipient.unreachable is not None:
        return
    posted = (_outbox.c.about == about, _outbox.c.kind == kind, _outbox.c.chat_id == recipient.chat_id)
    session.execute(_outbox.update().where(*posted, _outbox.c.state != MessageState.SENT).values(valid_until=None))
    unsent = (_outbox.c.state == MessageState.SKIPPED, _outbox.c.reason.in_((withdrawn_for, TOO_LATE.reason)))
    queued = {"state": MessageState.QUEUED, "reason": None, "due_at": now, "settled_at": None}
    again = _outbox.update().where(*posted, *unsent).values(queued).returning(_outbox.c.id)
    session.info.setdefault(POSTED, []).extend(session.scalars(again))


def words_for(session: Session, wording: Wording, recipient: Recipient, *, now: datetime) -> str:
    """What this person reads, as Telegram HTML: the override in force, or the shipped text where that one is broken."""
    override = override_in_force(session, wording.key, language=recipient.language, city_id=recipient.city_id)
    if override is None:
        return texts.render(wording.key, recipient.language, wording.values)
    broken = partial(note_broken, session, override.id, now=now)
    return texts.render(wording.key, recipient.language, wording.values, override=override.body, broken=broken)


def note_broken(session: Session, override_id: int, reason: str, *, now: datetime) -> None:
    """Remember that a version could not be sent, for the panel; at most once a minute, and never waiting for anybody.

    Part of the transaction that posts, so it must neither block nor fail: a row that somebody else holds is left alone.
    """
    stale = or_(_override.c.broken_at.is_(None), _override.c.broken_at <= now - NOTED_AGAIN_AFTER)
    free = select(_override.c.id).where(_override.c.id == override_id, stale).with_for_update(skip_locked=True)
    noted = _override.update().where(_override.c.id.in_(free.scalar_subquery()))
    session.execute(noted.values(broken_at=now, broken_reason=reason[:LONGEST_REASON].replace("\0", "")))


def save_override(
    session: Session, key: str, body: str | None, *, language: str, city_id: int | None, author: str
) -> TextOverride:
    """Save a new version of a text; `body` None goes back to the shipped one. Every way to save leads through here.

    Raises:
        BadText: the text could not be sent to somebody; nothing is saved.
    """
    if body is not None:
        proofread(key, body, language=language, known=longest_known(session))
    if city_id is not None and texts.is_for_staff(key):
        raise BadText("Messages to recruiters are the same in all cities.")
    versions = override_versions(session, key, language=language, city_id=city_id, limit=1)
    newest = versions[0].version if versions else 0
    override = TextOverride(key=key, language=language, city_id=city_id, body=body, author=author, version=newest + 1)
    session.add(override)
    return override


def replace_override(
    session: Session, key: str, body: str | None, *, language: str, city_id: int | None, author: str, version: int
) -> TextOverride | None:
    """`save_override`, when the newest version is still the one that was looked at (0: there was none).

    Saving what is in force already saves nothing: it is done, whoever did it.

    Raises:
        Changed: somebody saved another one meanwhile. Two at the same moment: the second breaks the unique index.
        BadText: the text could not be sent to somebody; nothing is saved.
    """
    versions = override_versions(session, key, language=language, city_id=city_id, limit=1)
    newest = versions[0] if versions else None
    own = newest.body if newest else None
    if body == own or (own is None and body == inherited(session, key, language=language, city_id=city_id)):
        return newest
    if version != (newest.version if newest else 0):
        raise Changed
    return save_override(session, key, body, language=language, city_id=city_id, author=author)
