"""Instants on the panel's pages: always with their zone."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from itertools import groupby
from math import ceil
from zoneinfo import ZoneInfo

from babel.dates import get_day_names
from babel.units import format_unit
from flask import current_app
from flask_babel import get_locale
from flask_babel import gettext as _

from recruitsmart import clock
from recruitsmart.domain.messaging import local_time
from recruitsmart.domain.slots.models import Booking, BookingStatus, Slot
from recruitsmart.domain.slots.rules import notable
from recruitsmart.web import sessions

NOON = time(12)


def own_zone() -> ZoneInfo:
    """The zone of the person in front of the page: the recruiter's, else the installation's."""
    staff = sessions.staff()
    recruiter = None if staff is None else staff.account.recruiter
    return ZoneInfo(recruiter.time_zone) if recruiter is not None else current_app.config["SETTINGS"].timezone


def language() -> str:
    """The language of the page."""
    locale = get_locale()
    return "ru" if locale is None else str(locale.language)


def moment(at: datetime | None, zone: str | ZoneInfo | None = None) -> str:
    """`24 нояб. 2026 г., 15:00 UTC+3`, in the zone given or the reader's own."""
    if at is None:
        return "—"
    there = zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone) if zone else own_zone()
    day = local_time.date_in_words(at.astimezone(there).date(), "d MMM y", language())
    return f"{day}, {local_time.hour(at, there)} {local_time.offset(at, there)}"


def written_moment(words: str) -> str:
    """`24.11 15:00:07`, from an instant that was written down as ISO words, in the reader's own zone."""
    return f"{datetime.fromisoformat(words).astimezone(own_zone()):%d.%m %H:%M:%S}"


def hour_in_words(at: datetime, zone: str) -> str:
    """`вторник, 24 ноября, 15:00 UTC+3`: for hours people meet at."""
    there = ZoneInfo(zone)
    day = local_time.day_in_words(at.astimezone(there).date(), language())
    return f"{day}, {local_time.hour(at, there)} {local_time.offset(at, there)}"


def day_words(day: date) -> str:
    """`Вторник, 24 ноября`."""
    return local_time.day_in_words(day, language())


def short_day(day: date) -> str:
    """`вт 24 нояб.`."""
    return local_time.short_day(day, language())


def notable_now(booking: Booking) -> tuple[BookingStatus, ...]:
    """The outcomes of a booking that can be noted at this moment."""
    return notable(booking.purpose, booking.slot.starts_at, now=clock.now())


def weekdays() -> list[tuple[int, str]]:
    """The days of the week from Monday (0), in short words."""
    return sorted(get_day_names("abbreviated", locale=language()).items())


def clock_time(at: datetime, zone: str) -> str:
    """`15:00 UTC+3`: under a heading that names the day."""
    there = ZoneInfo(zone)
    return f"{local_time.hour(at, there)} {local_time.offset(at, there)}"


def zone_in_words(zone: str, days: Sequence[date] = ()) -> str:
    """`UTC+7`: a zone's distance from UTC now, or on these days; `UTC+1 → UTC+2` when its clocks change among them."""
    there = ZoneInfo(zone)
    noons = [datetime.combine(day, NOON, there) for day in days] or [clock.now()]
    return " → ".join(dict.fromkeys(local_time.offset(noon, there) for noon in noons))


def by_local_day(slots: Iterable[Slot], zone: str) -> list[tuple[str, list[Slot]]]:
    """Slots in the order of time under the words of their local day."""
    there = ZoneInfo(zone)
    days = groupby(slots, key=lambda slot: slot.starts_at.astimezone(there).date())
    return [(local_time.day_in_words(day, language()), list(hours)) for day, hours in days]


def window(begins: datetime | None, ends: datetime | None, zone: str) -> str:
    """A wished time in words: `24 нояб. 2026 г., 15:00 UTC+3 — 18:00 UTC+3`; empty without a wish."""
    if begins is None and ends is None:
        return ""
    there = ZoneInfo(zone)
    same_day = begins and ends and begins.astimezone(there).date() == ends.astimezone(there).date()
    last = "…" if ends is None else clock_time(ends, zone) if same_day else moment(ends, there)
    return f"{'…' if begins is None else moment(begins, there)} — {last}"


def lasting(span: timedelta) -> str:
    """How long something takes, in words: `about 1 hour 20 minutes`."""
    minutes = ceil(span.total_seconds() / 60)
    if minutes <= 1:
        return _("less than a minute")
    hours, rest = divmod(minutes, 60)
    parts = [format_unit(hours, "duration-hour", locale=language())] if hours else []
    parts += [format_unit(rest, "duration-minute", locale=language())] if rest else []
    return _("about %(time)s", time=" ".join(parts))
