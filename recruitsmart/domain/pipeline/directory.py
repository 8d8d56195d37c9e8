"""Changing the directory (cities, recruiters, sources, reasons): what it must be, and a note of who changed what."""

from datetime import datetime, time
from enum import StrEnum
from itertools import pairwise
from typing import Any

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from recruitsmart.domain.base import Base
from recruitsmart.domain.candidates.rules import folded
from recruitsmart.domain.directory.deep_links import is_payload, is_reserved
from recruitsmart.domain.directory.models import City, Recruiter, Source, UsualReason
from recruitsmart.domain.directory.queries import usual_reasons
from recruitsmart.domain.directory.rules import is_web_address, zone_named
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.slots.digests import arm_digest
from recruitsmart.domain.slots.reminders import APART
from recruitsmart.domain.slots.reminding import replan_city

REMINDER_RULES = (
    "first_reminder_minutes", "second_reminder_minutes", "last_reminder_minutes", "quiet_from", "quiet_until",
)  # fmt: skip


def save_city(session: Session, city: City, *, actor: Actor, now: datetime) -> int:
    """Check a city whose columns were set, and note the change; returns how many bookings' reminders it concerns.

    Where hours of reminders or quiet hours change, the reminders of the bookings ahead are planned anew.

    Raises:
        BadInput: the zone is unknown, the name is empty, it or another name means another city already, the map
            link is none, or the reminders are too close.
    """
    city.name = _tidy_name(city.name)
    _check_meaning(session, city)
    zone_named(city.time_zone)
    _check_link(city.map_url)
    _check_reminders(city)
    concerns = city.id is not None and any(inspect(city).attrs[name].history.has_changes() for name in REMINDER_RULES)
    _note(session, city, "city.saved", actor=actor, now=now)
    return replan_city(session, city, now=now) if concerns else 0


def _check_meaning(session: Session, city: City) -> None:
    """What people type leads to one city; one that is not active is none to them."""
    names = {folded(name): name for name in reversed((city.name, *(city.aliases or [])))}
    with session.no_autoflush:  # what was changed is noted before it is written
        others = session.scalars(select(City).where(City.active)).all() if city.active else []
    for other in others:
        taken = names.keys() & {folded(name) for name in (other.name, *other.aliases)}
        if other is not city and taken:
            raise BadInput(f"“{names[min(taken)]}” already means the city “{other.name}”.")


def _check_reminders(city: City) -> None:
    reminders = (city.first_reminder_minutes, city.second_reminder_minutes, city.last_reminder_minutes)
    wanted = [minutes for minutes in reminders if minutes is not None]
    if any(earlier - later < APART.total_seconds() / 60 for earlier, later in pairwise(wanted)):
        raise BadInput("Each reminder must come at least 30 minutes before the next one.")


def save_recruiter(session: Session, recruiter: Recruiter, *, actor: Actor, now: datetime) -> None:
    """Check a recruiter whose columns were set, and note the change.

    Raises:
        BadInput: the zone is unknown, the name is empty, or the meeting link is none.
    """
    recruiter.name = _tidy_name(recruiter.name)
    zone_named(recruiter.time_zone)
    _check_link(recruiter.meeting_url)
    _note(session, recruiter, "recruiter.saved", actor=actor, now=now)
    arm_digest(session, recruiter, now=now)


def save_source(session: Session, source: Source, *, actor: Actor, now: datetime) -> None:
    """Check a source whose columns were set, and note the change.

    Raises:
        BadInput: the title is empty, or the key is none that `/start` can carry, means something else, or was changed.
    """
    source.title = _tidy_name(source.title)
    if not is_payload(source.key or ""):
        raise BadInput("A key is 1 to 64 Latin letters, digits, hyphens or underscores.")
    if is_reserved(source.key):
        raise BadInput("Keys that begin with “link_” or “invite_” mean something else to the bot.")
    if source.id is not None and inspect(source).attrs.key.history.has_changes():
        raise BadInput("A key never changes: it is in links that people have. Make another source.")
    _note(session, source, "source.saved", actor=actor, now=now)


def save_reason(session: Session, reason: UsualReason, *, actor: Actor, now: datetime) -> None:
    """Check a usual reason whose columns were set, and note the change.

    Raises:
        BadInput: it says nothing in a language, or it is hidden and nothing is left to choose from.
    """
    reason.words_ru, reason.words_en = (" ".join((words or "").split()) for words in (reason.words_ru, reason.words_en))
    if not (reason.words_ru and reason.words_en):
        raise BadInput("Write the reason in both languages.")
    _note(session, reason, "reason.saved", actor=actor, now=now)
    if all(other.about != reason.about for other in usual_reasons(session)):
        raise BadInput("One reason at least must be offered.")


def _tidy_name(name: str | None) -> str:
    tidy = " ".join((name or "").split())
    if not tidy:
        raise BadInput("Write a name.")
    return tidy


def _check_link(link: str | None) -> None:
    if link and not is_web_address(link):
        raise BadInput("A link begins with https:// and has no spaces.")


def _note(
    session: Session, row: City | Recruiter | Source | UsualReason, kind: str, *, actor: Actor, now: datetime
) -> None:
    changed = _changes(row)
    if "cities" in changed:
        flag_modified(row, "name")  # they are rows of another table: of themselves they do not make the revision grow
    session.flush()
    record(session, kind, actor=actor, now=now, subject_id=row.id, changed=changed)


def _changes(row: Base) -> dict[str, Any]:
    """Before and after of every attribute that was set to something else."""
    changes = {}
    for attribute in inspect(row).attrs:
        history = attribute.history
        if history.has_changes():
            changes[attribute.key] = [_plain(history.deleted), _plain(history.added)]
    return changes


def _plain(values: Any) -> list[Any]:
    return [_as_json(value) for value in values or ()]


def _as_json(value: Any) -> Any:
    if isinstance(value, time):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    return str(value) if isinstance(value, Base) else value
