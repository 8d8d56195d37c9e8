"""An hour as it is typed on the calendar, and what is found about it before anything is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from recruitsmart.admin import typed
from recruitsmart.admin.base import is_id, me
from recruitsmart.admin.calendar_days import between, zones_of
from recruitsmart.admin.moments import short_day
from recruitsmart.admin.sentences import sentence_of
from recruitsmart.admin.words import word
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.directory.rules import zone_named
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.messaging import local_time
from recruitsmart.domain.slots.conflicts import Conflict, Hour, InTheWay, hour_of, in_the_way
from recruitsmart.domain.slots.entering import EnteredHour, instant, placed
from recruitsmart.domain.slots.models import Purpose, Slot
from recruitsmart.extensions import db

FIELDS = ("by", "place", "purpose", "on", "at", "zone", "minutes", "seats")
MOVE_FIELDS = ("slot", "on", "at", "zone")


@dataclass(frozen=True, kw_only=True)
class Told:
    """One thing to be told about an hour; `forbids` when it cannot be saved like this."""

    sentence: str
    forbids: bool


@dataclass(frozen=True, kw_only=True)
class Look:
    """When an hour would be, in each zone concerned, and what is in its way."""

    times: Sequence[tuple[str, str]] = ()
    told: Sequence[Told] = ()


def entered(fields: Mapping[str, str]) -> EnteredHour:
    """A new hour as its form has it.

    Raises:
        BadInput: which says what is wrong.
    """
    if not is_id(fields.get("by", "")):
        raise BadInput(_("Choose a recruiter."))
    place = fields.get("place", "")
    return EnteredHour(
        recruiter_id=int(fields["by"]),
        city_id=int(place) if is_id(place) else None,
        purpose=typed.one_of(Purpose, fields.get("purpose", "")) or Purpose.INTERVIEW,
        day=typed.day(fields.get("on", "")),
        starts=typed.hour(fields.get("at", "")),
        duration=timedelta(minutes=typed.number(fields.get("minutes", ""))),
        capacity=typed.number(fields.get("seats", "")),
        time_zone=fields.get("zone") or None,
    )


def moment_typed(fields: Mapping[str, str]) -> datetime:
    """The day and hour of a form, in the zone it states.

    Raises:
        BadInput: which says what is wrong.
    """
    return instant(typed.day(fields.get("on", "")), typed.hour(fields.get("at", "")), _zone(fields))


def _zone(fields: Mapping[str, str]) -> ZoneInfo:
    return zone_named(fields.get("zone", ""))


def look_at_new(fields: Mapping[str, str], *, now: datetime) -> Look:
    """What there is to say about a new hour.

    Raises:
        NotFound: the recruiter is out of the scope.
    """
    try:
        hour = entered(fields)
        recruiter, starts_at = placed(db.session, hour, me().scope)
        city = next((city for city in recruiter.cities if city.id == hour.city_id), None)
    except BadInput as error:
        return Look(told=[Told(sentence=sentence_of(error), forbids=True)])
    wanted = hour_of(recruiter, hour.purpose, starts_at, hour.duration)
    return _look(recruiter, city, wanted, ZoneInfo(hour.time_zone or recruiter.time_zone), now=now)


def look_at_move(slot: Slot, fields: Mapping[str, str], *, now: datetime) -> Look:
    """What there is to say about another time for a slot."""
    try:
        starts_at, zone = moment_typed(fields), _zone(fields)
    except BadInput as error:
        return Look(told=[Told(sentence=sentence_of(error), forbids=True)])
    wanted = hour_of(slot.recruiter, slot.purpose, starts_at, slot.ends_at - slot.starts_at)
    return _look(slot.recruiter, slot.city, wanted, zone, but=slot.id, now=now)


def _look(
    recruiter: Recruiter, city: City | None, wanted: Hour, zone: ZoneInfo, *, but: int | None = None, now: datetime
) -> Look:
    found = in_the_way(db.session, recruiter, wanted, but=but, now=now)
    return Look(
        times=times_of(recruiter, city, wanted.starts_at, wanted.ends_at, first=zone),
        told=[Told(sentence=_sentence(one, recruiter, zone), forbids=one.forbids) for one in found],
    )


def times_of(
    recruiter: Recruiter, city: City | None, starts_at: datetime, ends_at: datetime, *, first: ZoneInfo
) -> list[tuple[str, str]]:
    """For whom → when it is for them; the zone in which the hour is typed comes first."""
    zones = zones_of(recruiter, city)
    names = {first: zones.get(first, first.key)} | zones
    return [(name, words_in(starts_at, ends_at, zone)) for zone, name in names.items()]


def words_in(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    """`вт 1 дек., 10:00–10:30 UTC+3`."""
    day = short_day(starts_at.astimezone(zone).date())
    return f"{day}, {between(starts_at, ends_at, zone)} {local_time.offset(starts_at, zone)}"


def _sentence(one: InTheWay, recruiter: Recruiter, zone: ZoneInfo) -> str:
    other = one.other
    hour = "" if other is None else f"{words_in(other.starts_at, other.ends_at, zone)}, {word(other.purpose)}"
    match one.kind:
        case Conflict.PAST:
            return _("This moment has already passed.")
        case Conflict.OVERLAP:
            return _("It overlaps an hour of %(name)s: %(hour)s.", name=recruiter.name, hour=hour)
        case Conflict.BUFFER:
            return _(
                "It comes too near to an hour of %(name)s: %(hour)s. Minutes kept free after each hour: %(minutes)s.",
                name=recruiter.name, hour=hour, minutes=recruiter.buffer_minutes,
            )  # fmt: skip
        case Conflict.OTHER_PURPOSE:
            return _("At the same time %(name)s has another hour: %(hour)s.", name=recruiter.name, hour=hour)
        case Conflict.DAILY_CAP:
            return _(
                "%(name)s sees at most %(cap)s people a day, and as many are booked that day: nobody could take this.",
                name=recruiter.name, cap=one.cap,
            )  # fmt: skip
