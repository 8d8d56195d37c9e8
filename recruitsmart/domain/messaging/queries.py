"""Reading texts in force and the state of the outbox."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import Table, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage, TextOverride
from recruitsmart.domain.messaging.sending import Lane


@dataclass(frozen=True, kw_only=True)
class InForce:
    """The override that is in force somewhere: which version it is, and whose (city None: all cities)."""

    id: int
    body: str
    city_id: int | None


def override_in_force(session: Session, key: str, *, language: str, city_id: int | None) -> InForce | None:
    """The override in force: the city's, else the one for all cities, else None (shipped).

    Read at every message, so an edit is visible at once in every process; one index look-up.
    """
    rows = session.execute(_IN_FORCE, {"key": key, "language": language, "city": city_id or 0})
    return next((InForce(id=id, body=body, city_id=city) for id, body, city in rows if body is not None), None)


def override_at(session: Session, key: str, *, language: str, city_id: int | None, at: datetime) -> int | None:
    """The id of the override that was in force at a moment; None when the shipped text was."""
    saved = (
        select(_overrides.c.id, _overrides.c.body)
        .ext(distinct_on(_of_city))
        .where(_overrides.c.key == key, _overrides.c.language == language, _of_city.in_((0, city_id or 0)))
        .where(_overrides.c.saved_at <= at)
        .order_by(_of_city.desc(), _overrides.c.version.desc())
    )
    return next((override_id for override_id, body in session.execute(saved) if body is not None), None)


def bodies_in_force(session: Session, keys: Sequence[str], *, language: str, city_id: int | None) -> dict[str, str]:
    """The bodies of the overrides in force of several texts, by key; one query. Where none is, the key is missing."""
    newest = (
        select(_overrides.c.key, _overrides.c.body)
        .ext(distinct_on(_overrides.c.key, _of_city))
        .where(_overrides.c.key.in_(keys), _overrides.c.language == language, _of_city.in_((0, city_id or 0)))
        .order_by(_overrides.c.key, _of_city, _overrides.c.version.desc())
    )
    return {key: body for key, body in session.execute(newest) if body is not None}  # the city's comes last, and counts


def stands_in_staff_text(session: Session, words: str) -> bool:
    """Whether a text that recruiters read, shipped or saved, contains these words."""
    shipped = (
        body for language in texts.LANGUAGES for key, body in texts.shipped(language).items() if texts.is_for_staff(key)
    )
    if any(words.casefold() in body.casefold() for body in shipped):
        return True
    saved = select(_overrides.c.id).where(
        _overrides.c.key.startswith("staff."), _overrides.c.body.icontains(words, autoescape=True)
    )
    return session.scalar(saved.limit(1)) is not None


def override_for(session: Session, key: str, *, language: str, city_id: int | None) -> str | None:
    """The body of `override_in_force`."""
    override = override_in_force(session, key, language=language, city_id=city_id)
    return None if override is None else override.body


_overrides = cast(Table, TextOverride.__table__)  # asked at every message: not through the ORM, at half the cost
_of_city = func.coalesce(_overrides.c.city_id, 0)
_IN_FORCE = (
    select(_overrides.c.id, _overrides.c.body, _overrides.c.city_id)
    .ext(distinct_on(_of_city))
    .where(
        _overrides.c.key == bindparam("key"),
        _overrides.c.language == bindparam("language"),
        or_(_of_city == 0, _of_city == bindparam("city")),
    )
    .order_by(_of_city.desc(), _overrides.c.version.desc())
    .execution_options(prepared="text_in_force")
)


def is_newest(session: Session, candidate_id: int, telegram_message_id: int) -> bool:
    """Whether this message of ours is the last one the candidate sees, so that editing it will be noticed.

    One that is just being sent counts: its number is not known yet, and who presses has seen it. So does one that is
    about to become an edit of this very message, but not while that edit is under way: two at once may arrive in any
    order.
    """
    newest = session.execute(_NEWEST, {"candidate_id": candidate_id}).one_or_none()
    if newest is None or (newest.edits_only and newest.state == MessageState.SENDING):
        return False
    numbers = (newest.telegram_message_id, newest.replaces_message_id)
    return bool(newest.state == MessageState.SENDING or telegram_message_id in numbers)


def newest_buttons(session: Session, candidate_id: int) -> dict[str, list[int | str]]:
    """The buttons of the newest message to a candidate: their arguments by action; of equal actions the last."""
    rows = session.scalar(_NEWEST_KEYBOARD, {"candidate_id": candidate_id}) or []
    return {button["action"]: button.get("args", []) for row in rows for button in row if "action" in button}


def newest_said(session: Session, candidate_id: int) -> tuple[str, str] | None:
    """What the newest message to a candidate is about, and its kind; None when there is none."""
    newest = session.execute(_NEWEST_SAID, {"candidate_id": candidate_id}).one_or_none()
    return None if newest is None else (newest.about, newest.kind)


def newest_promise(session: Session, candidate_id: int) -> str | None:
    """The kind of the newest message to a candidate that is neither a reply nor a broadcast; None without one."""
    promised = _NEWEST_MESSAGE.where(OutboxMessage.lane == Lane.PROMISED).with_only_columns(OutboxMessage.kind)
    return session.scalar(promised, {"candidate_id": candidate_id})


_SEEN = (MessageState.QUEUED, MessageState.SENDING, MessageState.SENT)  # by the candidate, or soon
_NEWEST_MESSAGE = (
    select(OutboxMessage)
    .where(
        OutboxMessage.candidate_id == bindparam("candidate_id"),
        OutboxMessage.state.in_(_SEEN),
        ~OutboxMessage.edits_only,
    )
    .order_by(OutboxMessage.id.desc())
    .limit(1)
)
_NEWEST_KEYBOARD = _NEWEST_MESSAGE.with_only_columns(OutboxMessage.keyboard)
_NEWEST_SAID = _NEWEST_MESSAGE.with_only_columns(OutboxMessage.about, OutboxMessage.kind)

_NEWEST = (
    select(
        OutboxMessage.state,
        OutboxMessage.telegram_message_id,
        OutboxMessage.replaces_message_id,
        OutboxMessage.edits_only,
    )
    .where(
        OutboxMessage.candidate_id == bindparam("candidate_id"),
        OutboxMessage.state.in_(_SEEN),
    )
    .order_by(OutboxMessage.id.desc())
    .limit(1)
)


def oldest_unsent_at(session: Session, *, now: datetime) -> datetime | None:
    """When the longest waiting message that is due was posted; None when none waits."""
    waiting = (OutboxMessage.state == MessageState.QUEUED, OutboxMessage.due_at <= now)
    return session.scalar(select(func.min(OutboxMessage.created_at)).where(*waiting))


def messages_to(session: Session, candidate_id: int, *, limit: int = 200) -> Sequence[OutboxMessage]:
    """What a candidate was or will be sent, newest first."""
    messages = select(OutboxMessage).where(OutboxMessage.candidate_id == candidate_id)
    return session.scalars(messages.order_by(OutboxMessage.id.desc()).limit(limit)).all()


def override_versions(
    session: Session, key: str, *, language: str, city_id: int | None, limit: int = 100, offset: int = 0
) -> Sequence[TextOverride]:
    """The saved versions of a text for a language and a city (None: all cities), newest first."""
    of_city = TextOverride.city_id.is_(None) if city_id is None else TextOverride.city_id == city_id
    versions = select(TextOverride).where(TextOverride.key == key, TextOverride.language == language, of_city)
    return session.scalars(versions.order_by(TextOverride.version.desc()).limit(limit).offset(offset)).all()


def override_version(
    session: Session, key: str, version: int, *, language: str, city_id: int | None
) -> TextOverride | None:
    """One saved version of a text."""
    of_city = TextOverride.city_id.is_(None) if city_id is None else TextOverride.city_id == city_id
    which = (TextOverride.key == key, TextOverride.language == language, TextOverride.version == version)
    return session.scalar(select(TextOverride).where(*which, of_city))


def inherited(session: Session, key: str, *, language: str, city_id: int | None) -> str:
    """What is said where a place has no text of its own: in a city the text for all cities, else the shipped one."""
    above = None if city_id is None else override_for(session, key, language=language, city_id=None)
    return above or texts.shipped(language).get(key, "").strip()


def overrides_in_force(session: Session, key: str | None = None) -> Sequence[TextOverride]:
    """Every override in force, of all texts or of one: at most one per language and city, by key and place."""
    newest = (
        select(TextOverride)
        .ext(distinct_on(TextOverride.key, TextOverride.language, _of_city))
        .order_by(TextOverride.key, TextOverride.language, _of_city, TextOverride.version.desc())
    )
    if key is not None:
        newest = newest.where(TextOverride.key == key)
    return [override for override in session.scalars(newest) if override.body is not None]


def longest_known(session: Session) -> dict[str, int]:
    """The longest real value of what has no bound of its own, by variable; the directory is small."""
    of_cities = {
        "address": City.address, "map": City.map_url, "contact": City.contact_person, "bring": City.intro_day_note,
    }  # fmt: skip
    longest = session.execute(select(*(func.max(func.length(column)) for column in of_cities.values()))).one()
    link = session.scalar(select(func.max(func.length(Recruiter.meeting_url))))
    return {name: length or 0 for name, length in zip(of_cities, longest, strict=True)} | {"link": link or 0}


def sent_message_id(session: Session, about: str, kind: str, chat_id: int) -> int | None:
    """Telegram's number of a message that was sent; None while it was not, or when nobody knows."""
    return session.scalar(
        select(OutboxMessage.telegram_message_id).where(
            OutboxMessage.about == about, OutboxMessage.kind == kind, OutboxMessage.chat_id == chat_id
        )
    )
