"""Instants in the reader's words: language and zone decide, nothing else."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_timedelta

_DAY = {"ru": "EEEE, d MMMM", "en": "EEEE, d MMMM"}
_SHORT_DAY = {"ru": "EE d MMM", "en": "EE d MMM"}


@lru_cache(maxsize=4096)
def date_in_words(day: date, pattern: str, language: str) -> str:
    """A date by one of CLDR's patterns. A page names the same few days at every row."""
    return format_date(day, pattern, locale=language)


def day_in_words(day: date, language: str) -> str:
    """`Вторник, 24 ноября` or `Tuesday, 24 November`, as the beginning of a line."""
    words = date_in_words(day, _DAY[language], language)
    return words[:1].upper() + words[1:]


def short_day(day: date, language: str) -> str:
    """`вт 24 нояб.` or `Tue 24 Nov`, for buttons."""
    return date_in_words(day, _SHORT_DAY[language], language)


def day_and_hour(at: datetime, zone: ZoneInfo, language: str) -> str:
    """`вт 24 нояб. 15:00`, for buttons and lists."""
    return f"{short_day(at.astimezone(zone).date(), language)} {hour(at, zone)}"


def hour(at: datetime, zone: ZoneInfo) -> str:
    """The local wall time, `15:00`."""
    return at.astimezone(zone).strftime("%H:%M")


def lasting(length: timedelta, language: str) -> str:
    """`25 мин`, `3 ч` or `2 дня`: how long something has lasted, in its largest unit; a minute at least."""
    return format_timedelta(max(length, timedelta(minutes=1)), granularity="minute", format="short", locale=language)


def offset(at: datetime, zone: ZoneInfo) -> str:
    """The zone's distance from UTC at that instant, `UTC+5` or `UTC+5:30`."""
    ahead = at.astimezone(zone).utcoffset()
    minutes = 0 if ahead is None else round(ahead.total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
