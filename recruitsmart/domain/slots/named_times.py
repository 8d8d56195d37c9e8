"""The day and the hours that words name: “завтра после 15”, “25.11 12:00-16:00”, “tomorrow after 3 pm”. Pure."""

import re
from datetime import date, time, timedelta

from recruitsmart.domain.candidates.rules import folded

_DAYS = {"сегодня": 0, "today": 0, "завтра": 1, "tomorrow": 1, "послезавтра": 2}
_WEEKDAYS = (
    ("понедельник", "пн", "monday", "mon"),
    ("вторник", "вт", "tuesday", "tue"),
    ("среда", "среду", "ср", "wednesday", "wed"),
    ("четверг", "чт", "thursday", "thu"),
    ("пятница", "пятницу", "пт", "friday", "fri"),
    ("суббота", "субботу", "сб", "saturday", "sat"),
    ("воскресенье", "вс", "sunday", "sun"),
)
_MONTHS = (
    ("янв", "jan"), ("фев", "feb"), ("мар", "mar"), ("апр", "apr"), ("мая", "may"), ("июн", "jun"),
    ("июл", "jul"), ("авг", "aug"), ("сен", "sep"), ("окт", "oct"), ("ноя", "nov"), ("дек", "dec"),
)  # fmt: skip
_PARTS = (  # of a day: what people call them, first and last hour
    (re.compile(r"\b(?:после обеда|after lunch)\b"), 13, 24),
    (re.compile(r"\b(?:до обеда|before lunch)\b"), 0, 13),
    (re.compile(r"\b(?:в обед|в полдень|at noon)\b"), 12, 14),
    (re.compile(r"\b(?:после работы|after work)\b"), 18, 22),
    (re.compile(r"\b(?:утром|утро|с утра|morning|перв\w+ половин\w+)\b"), 6, 12),
    (re.compile(r"\bвтор\w+ половин\w+\b"), 12, 22),
    (re.compile(r"\b(?:днем|afternoon)\b"), 12, 17),
    (re.compile(r"\b(?:вечер|вечер(?:ом|у)|evening)\b"), 17, 22),
)
_BY_NIGHT = range(1, 7)  # nobody is met at these hours: “at 3” is in the afternoon
_HOUR = r"(\d{1,2})(?:[:.](\d{2}))?(?:\s*(?:час(?:а|ов)?|ч)\b)?\s*(am|pm|утра|дня|вечера)?"
_BETWEEN = re.compile(rf"(?:between|между)\s*{_HOUR}\s*(?:and|и)\s*{_HOUR}")  # “at 10 and 11” is no range
_FROM_TO = re.compile(rf"(?:с|от|from)?\s*{_HOUR}\s*(?:-|–|—|до|по|to|until)\s*{_HOUR}")
_AFTER = re.compile(rf"(?:после|с|от|позже|after|from)\s+{_HOUR}")
_BEFORE = re.compile(rf"(?:до|раньше|before|until|till)\s+{_HOUR}")
AT = re.compile(
    rf"(?:\b(?:в|к|at)\s+|\b(?=\d{{1,2}}:\d\d)|\b(?=\d{{1,2}}(?:\.\d\d)?\s*(?:am|pm|утра|вечера)\b)){_HOUR}"
)
_NOT_BEFORE = re.compile(r"\b(?:не (?:раньше|ранее)(?:,? чем)?(?: в\b)?|not before|(?:not|no) earlier than(?: at\b)?)")
_NOT_AFTER = re.compile(r"\b(?:не (?:позже|позднее)(?:,? чем)?(?: в\b)?|(?:not|no) later than(?: at\b)?)")
# “Not before 10 and not after 15” is one range; “not after 15” alone says what does not suit.
_AND_NOT_AFTER = re.compile(
    rf"((?:после|с|after|from)\s+{_HOUR},? (?:(?:и|но|and|but) )?)(?:не после|not after)(?= \d)"
)
_SURE_MARKS = ",.!;"
_MARKS = _SURE_MARKS + '?:()«»“”"'  # a day beside one of the others yields to one without: “tomorrow? no, on Friday”
_ASIDE = re.compile(r", (?:к сожалению|увы|извините|простите|unfortunately|sorry),")
_NEXT_WEEK = re.compile(r"\b(?:следующ\w+ неделе|через неделю|next week)\b")
_NEXT = re.compile(r"\b(?:next|следующ\w+)\b")
# Between two bounds: what the second bounds is another day, “on Monday after 15, on Tuesday until 18”.
_ELSEWHEN = re.compile(rf"\b(?:{'|'.join([*_DAYS, *(name for names in _WEEKDAYS for name in names)])})\b")
# Days that are named in a way that is not read: an hour beside them is none of today.
_UNREAD_DAY = re.compile(
    r"""\b(?: понедельник\w* | вторник\w* | сред(?:ы|е|ам) | четверг\w* | пятниц\w* | суббот\w* | воскресень\w*
      | (?:mon|tues|wednes|thurs|fri|satur|sun)days? | \d{1,2}(?:[ -]?го|st|nd|rd|th) | числ[ао] | недел\w+ | выходн\w+
      | weeks? | weekends? | через | in[ ]\d+[ ]days? )\b""",
    re.VERBOSE,
)
_OR = re.compile(r"\b(?:или|либо|or)\b")
_JOINING = re.compile(r"(?i)(?:(?<=\d)|(?<=\d[ap]m)|(?<=\d [ap]m)|(?<=утра)|(?<=дня))\s*[-–—]\s*(?=\d)")
_HYPHENED_MINUTES = re.compile(r"(?<![\d.])([01]?\d|2[0-3])-(00|30|45)\b(?!\.\d)")  # “18-00”
_NUMERIC_DAY = re.compile(r"\b(\d{1,2})[./](\d{1,2})(?:[./](\d{4}|\d{2}))?\b(?!\s*:)")
_NAMED_DAY = re.compile(r"\b(?:(\d{1,2})\s+([a-zа-я]{3,})|([a-z]{3,})\s+(\d{1,2}))\b")


def said(typed: str) -> str:
    """The words as they are compared, “not before” as “after”, “not later than” as “until”."""
    words = _ASIDE.sub("", _folded_with_hyphens(typed).replace("’", "'").replace("после завтра", "послезавтра"))
    words = _NOT_AFTER.sub("до", _NOT_BEFORE.sub("после", words))
    return _AND_NOT_AFTER.sub(r"\1до", words)


def _folded_with_hyphens(typed: str) -> str:
    """Lower case, ё as е, single spaces; hyphens stay, they join two hours."""
    return "-".join(folded(part) for part in _JOINING.split(_HYPHENED_MINUTES.sub(r"\1:\2", typed)))


def day_named(words: str, today: date) -> tuple[date | None, str]:
    """The day that is named, and the words without it."""
    for found in _NUMERIC_DAY.finditer(words):
        day = _date(int(found[1]), int(found[2]), found[3], today)
        if day is not None:
            return day, words[: found.start()] + " " + words[found.end() :]
    for found in _NAMED_DAY.finditer(words):
        number, name = (found[1], found[2]) if found[1] else (found[4], found[3])
        month = next((place for place, names in enumerate(_MONTHS, 1) if name.startswith(names)), None)
        if month is not None and (day := _date(int(number), month, None, today)) is not None:
            return day, words[: found.start()] + " " + words[found.end() :]
    return _relative_day(words, today)


def _relative_day(words: str, today: date) -> tuple[date | None, str]:
    for plain in (word.strip(marks) for marks in (_SURE_MARKS, _MARKS) for word in words.split()):
        if plain in _DAYS:
            return today + timedelta(days=_DAYS[plain]), re.sub(rf"\b{plain}\b", " ", words, count=1)
        weekday = next((place for place, names in enumerate(_WEEKDAYS) if plain in names), None)
        if weekday is not None:
            return today + timedelta(days=_days_until(weekday, words, today)), re.sub(
                rf"\b{plain}\b", " ", words, count=1
            )
    return None, words


def _days_until(weekday: int, words: str, today: date) -> int:
    if _NEXT_WEEK.search(words):
        return 7 - today.weekday() + weekday
    return (weekday - today.weekday()) % 7 or (7 if _NEXT.search(words) else 0)


def names_weekday(words: str) -> bool:
    """Whether a day is named by its weekday, which comes again."""
    return any(word.strip(_MARKS) in names for word in words.split() for names in _WEEKDAYS)


def names_unread_day(words: str) -> bool:
    """Whether words in which no day was read speak of one: “on Fridays”, “the 25th”, “next week”."""
    return _UNREAD_DAY.search(words) is not None


def _date(day: int, month: int, year: str | None, today: date) -> date | None:
    try:
        if year is not None:
            named = int(year) + (2000 if len(year) == 2 else 0)
            return date(named, month, day) if abs(named - today.year) <= 1 else None
        this_year = date(today.year, month, day)
        return this_year if this_year >= today else date(today.year + 1, month, day)
    except ValueError:
        return None


def hours_named(words: str) -> tuple[time, time] | None:
    """The hours that are named, half-open; `time.max` is midnight. Nothing also where they make no sense."""
    if found := _BETWEEN.search(words) or _FROM_TO.search(words):
        end = _time(found[4], found[5], found[6])
        begins = (_time(found[1], found[2], half) for half in (found[3] or found[6], found[3]))  # “1-2 pm”, “10-2 pm”
        return next(((begin, end) for begin in begins if begin and end and begin < end), None)
    after, before = _AFTER.search(words), _BEFORE.search(words)
    if after and before and _ELSEWHEN.search(words, *sorted((after.end(), before.start()))):
        after, before = (after, None) if after.start() < before.start() else (None, before)
    if after or before:
        return _bounded(words, after, before)
    if found := AT.search(words):
        begin = _time(found[1], found[2], found[3])
        return None if begin is None else (begin, hour_later(begin))
    return _part_named(words)


def _part_named(words: str) -> tuple[time, time] | None:
    named = next(((first, last) for called, first, last in _PARTS if called.search(words)), None)
    return None if named is None else (time(named[0]), time.max if named[1] == 24 else time(named[1]))


def _bounded(words: str, after: re.Match[str] | None, before: re.Match[str] | None) -> tuple[time, time] | None:
    """From one hour, until another; where one bound is said alone, a part of the day beside it tells the other."""
    begin = _time(*after.groups()) if after else time(0)
    end = _time(*before.groups()) if before else time.max
    if after and begin is not None and (end is None or end <= begin):
        end = time.max  # “before 10 or after 15”
    if begin is None or end is None:
        return None
    part = None if (after and before) or _OR.search(words) else _part_named(words)
    if part and before and part[0] < end:
        begin = part[0]
    elif part and after and begin < part[1]:
        end = part[1]
    return (begin, end) if begin < end else None


def naming_hours(words: str) -> re.Match[str] | None:
    """The words that name the hours: of a time, else of a part of the day."""
    ways = (_BETWEEN, _FROM_TO, _AFTER, _BEFORE, AT, *(called for called, _, _ in _PARTS))
    return next((found for way in ways if (found := way.search(words))), None)


def hour_later(begin: time) -> time:
    """An hour later on the same day."""
    return time.max if begin.hour == 23 else begin.replace(hour=begin.hour + 1)


def _time(hour: str, minute: str | None, half: str | None) -> time | None:
    """A bare “3” is in the afternoon, “03” and “3 утра” in the night, “11 дня” before noon."""
    number = int(hour)
    is_bare = half is None and hour[0] != "0"
    in_the_afternoon = half in ("pm", "вечера") or ((is_bare or half == "дня") and number in _BY_NIGHT)
    if in_the_afternoon and number < 12:
        number += 12
    elif half == "am" and number == 12:
        number = 0
    if number == 24 and not int(minute or 0):
        return time.max
    return time(number, int(minute or 0)) if number < 24 and int(minute or 0) < 60 else None
