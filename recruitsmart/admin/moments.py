"""Instants on the panel's pages: always with their zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date
from flask import current_app
from flask_babel import get_locale

from recruitsmart.domain.messaging import local_time
from recruitsmart.web import sessions


def own_zone() -> ZoneInfo:
    """The zone of the person in front of the page: the recruiter's, else the installation's."""
    staff = sessions.staff()
    recruiter = None if staff is None else staff.account.recruiter
    return ZoneInfo(recruiter.time_zone) if recruiter is not None else current_app.config["SETTINGS"].timezone


def language() -> str:
    """The language of the page."""
    return str(get_locale() or "ru")


def moment(at: datetime | None, zone: str | ZoneInfo | None = None) -> str:
    """`24 нояб. 2026 г., 15:00 UTC+3`, in the zone given or the reader's own."""
    if at is None:
        return "—"
    there = zone if isinstance(zone, ZoneInfo) else ZoneInfo(zone) if zone else own_zone()
    day = format_date(at.astimezone(there).date(), "d MMM y", locale=language())
    return f"{day}, {local_time.hour(at, there)} {local_time.offset(at, there)}"


def hour_in_words(at: datetime, zone: str) -> str:
    """`вторник, 24 ноября, 15:00 UTC+3`: for hours people meet at."""
    there = ZoneInfo(zone)
    day = local_time.day_in_words(at.astimezone(there).date(), language())
    return f"{day}, {local_time.hour(at, there)} {local_time.offset(at, there)}"
