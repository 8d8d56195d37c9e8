"""Putting messages into the outbox, in the transaction that makes them true."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Table, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from recruitsmart.domain.errors import Changed
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.buttons import Keyboard, keyboard_as_json
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage, TextOverride
from recruitsmart.domain.messaging.queries import override_for, override_versions
from recruitsmart.domain.messaging.samples import preview
from recruitsmart.domain.messaging.sending import Lane

POSTED = "posted"


@dataclass(frozen=True, kw_only=True)
class Recipient:
    """Where a message goes and how it is worded for the reader."""

    chat_id: int
    language: str
    candidate_id: int | None = None
    city_id: int | None = None


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
    nothing. After `valid_until` the message is skipped instead of sent.
    """
    override = override_for(session, wording.key, language=recipient.language, city_id=recipient.city_id)
    row = {
        "about": about,
        "kind": wording.key,
        "chat_id": recipient.chat_id,
        "candidate_id": recipient.candidate_id,
        "lane": int(lane),
        "language": recipient.language,
        "body": texts.render(wording.key, recipient.language, wording.values, override=override),
        "keyboard": keyboard_as_json(wording.keyboard),
        "replaces_message_id": replaces_message_id,
        "edits_only": edits_only,
        "valid_until": valid_until,
        "file_name": wording.file_name,
        "file_text": wording.file_text,
        "state": MessageState.QUEUED,
        "due_at": now,
        "created_at": now,
    }
    session.execute(_INSERT, row)
    session.info[POSTED] = True


_INSERT = insert(cast(Table, OutboxMessage.__table__)).on_conflict_do_nothing()


def save_override(
    session: Session, key: str, body: str | None, *, language: str, city_id: int | None, author: str
) -> TextOverride:
    """Save a new version of a text; `body` None goes back to the shipped one.

    Raises:
        BadText: the text could not be sent; nothing is saved.
    """
    if body is not None:
        texts.check(key, body)
    same = (TextOverride.key == key, TextOverride.language == language)
    of_city = TextOverride.city_id.is_(None) if city_id is None else TextOverride.city_id == city_id
    newest = session.scalar(
        select(TextOverride.version).where(*same, of_city).order_by(TextOverride.version.desc()).limit(1)
    )
    override = TextOverride(
        key=key, language=language, city_id=city_id, body=body, author=author, version=(newest or 0) + 1
    )
    session.add(override)
    return override


def replace_override(
    session: Session, key: str, body: str | None, *, language: str, city_id: int | None, author: str, version: int
) -> TextOverride:
    """`save_override`, when the newest version is still the one that was looked at (0: there was none).

    Raises:
        Changed: somebody saved another one meanwhile.
        BadText: the text could not be sent; nothing is saved.
    """
    versions = override_versions(session, key, language=language, city_id=city_id)
    if version != (versions[0].version if versions else 0):
        raise Changed
    if body is not None:
        preview(key, body, language=language)
    return save_override(session, key, body, language=language, city_id=city_id, author=author)
