"""Wished times as people type them: “завтра после 15”, “25.11 12:00-16:00”, “tomorrow after 3 pm”. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

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
_AT = re.compile(rf"(?:\b(?:в|к|at)\s+|\b(?=\d{{1,2}}:\d\d)){_HOUR}")
_NOT_BEFORE = re.compile(r"\b(?:не (?:раньше|ранее)(?:,? чем)?(?: в\b)?|not before|(?:not|no) earlier than(?: at\b)?)")
_NOT_AFTER = re.compile(r"\b(?:не (?:позже|позднее)(?:,? чем)?(?: в\b)?|(?:not|no) later than(?: at\b)?)")
# Any negation: words with one are never a plain wish. That a day does not suit is said with one of the second kind.
_NOT = re.compile(r"\b(?:не|кроме|нельзя|неудобно|not|cannot|except)\b|n't\b")
_CANNOT = re.compile(
    r"\bне (?:могу|смогу|получится|подходит|подойдет|удобно)\b|\b(?:нельзя|неудобно|cannot)\b|\b(?:ca|wo)n't\b"
)
# What somebody who has something else to do, or finds an hour too early, says without a negation.
_BUSY = re.compile(
    r"""\b(?: никак | никогда | ни | занят[аоы]? | работаю | на[ ](?:работе|учебе) | учусь
      | рано(?![ ]утром) | поздно(?![ ]вечером) | too[ ](?:early|late)
      | (?:нет|no)\b(?![,.;!][ ]|[ ]проблем|[ ]problem)
      | never | busy | working | (?:at|i|have|to|must)[ ]work
      | any[ ]?(?:time|day|hour)[ ]but | (?:ca|wo|do|does)nt )\b""",
    re.VERBOSE,
)
# “It does not suit, better …”: what is turned down are the hours on the screen, what follows is wished for.
_INSTEAD = re.compile(
    r"""^(?:(?:нет|мне|я|no|i|it|that),?[ ])*
    (?:не[ ](?:могу|смогу|получится|подходит|подойдет|удобно)|неудобно|can't|(?:doesn't|won't)[ ](?:suit|work))
    (?:[ ]мне|[ ]for[ ]me|[ ]me)?[ ]?[,.;!][ ]?
    (?=(?:давайте|лучше|можно|better|rather)\b(?![ ](?:не|not)\b))""",
    re.VERBOSE,
)
# A negation reaches as far as its clause; “unfortunately” between commas begins no new one.
_CLAUSE = re.compile(r"[,.;!?:)]|\b(?:но|but)\b")
_ASIDE = re.compile(r", (?:к сожалению|увы|извините|простите|unfortunately|sorry),")
# “Not in the …”: nothing else can be meant, not even in a question.
_RIGHT_BEFORE = re.compile(r"\b(?:не|кроме|not|except)(?: (?:в|во|на|по|on|in|at|for|the))* $")
_OFFERS = re.compile(  # what makes the time beside it one that suits
    r"\b(?:давайте|лучше(?! не\b)|можно|пожалуйста|(?<!не )(?<!не буду )(?:буду|приду|свобод(?:ен|на)))\b"
    r"|\b(?:(?:better|rather)(?! not\b)|please|(?:i'm|i am) (?:free|available))\b"
)
# “Is the morning impossible?” hopes for the morning.
_ASKS = re.compile(r"\?|\bли\b")
# “Not until Friday” leaves Friday itself and the days around it open to doubt.
_UP_TO = re.compile(r"\b(?:до|раньше|после|позже|until|till|before|after|by) (?:the )?$")
_OF_A_DAY = {
    "понедельника": "понедельник", "вторника": "вторник", "среды": "среда", "четверга": "четверг",
    "пятницы": "пятница", "субботы": "суббота", "воскресенья": "воскресенье",
}  # fmt: skip
_PARTS_OTHERWISE = (  # how the parts of a day are called where one does not suit
    (re.compile(r"(?<!\d )\b(?:утра|утрам|mornings)\b"), "утром"),
    (re.compile(r"(?<!\d )\b(?:вечера|вечерам|evenings)\b"), "вечером"),
    (re.compile(r"\bafternoons\b"), "днем"),
)
_NOT_ONLY = re.compile(r"\b(?:не только|not (?:only|just))\b")
_NEGATION = re.compile(r"не|кроме|нельзя|неудобно|not|cannot|can't|won't|don't|doesn't|except")
_BESIDE_A_REFUSAL = re.compile(  # what says nothing more than that it does not suit
    r"""а|но|в|во|на|по|для|у|я|мне|меня|мы|нам|только|лишь|лучше|давайте|можно|пожалуйста|просто|вообще|никогда|могу|
    смогу|сможем|получится|получается|подходит|подойдет|устраивает|удобно|свободен|свободна|прийти|приду|буду|
    i|i'm|i'd|it|me|for|in|on|at|the|a|to|only|just|but|please|rather|better|any|am|be|able|do|does|make|come|works?|suits?|
    free|available|time""",
    re.VERBOSE,
)
_OTHER_DAYS = timedelta(days=30)
_NEXT = re.compile(r"\b(?:next|следующ\w+)\b")
_NUMERIC_DAY = re.compile(r"\b(\d{1,2})[./](\d{1,2})(?:[./](\d{4}|\d{2}))?\b(?!\s*:)")
_NAMED_DAY = re.compile(r"\b(?:(\d{1,2})\s+([a-zа-я]{3,})|([a-z]{3,})\s+(\d{1,2}))\b")


@dataclass(frozen=True, kw_only=True)
class Window:
    """A half-open range of starts a person would like."""

    starts_at: datetime
    ends_at: datetime


def read_wish(typed: str, zone: ZoneInfo, *, now: datetime) -> Window | None:
    """The window meant, in the person's zone; None when the words name neither a day nor a time, or only the past, or
    when they say what does not suit, and it is not simply a day.

    A time without a day means today, or tomorrow when that is over. A day without a year means the next such day.
    """
    words = _INSTEAD.sub("", _said(typed))
    if _NOT.search(words):
        return _other_days(words, zone, now=now)
    if _BUSY.search(words):
        return None
    today = now.astimezone(zone).date()
    day, rest = _day(words, today)
    hours = _hours(rest)
    if day is None and hours is None:
        return None
    begin, end = hours or (time(0), time.max)
    if day is None:
        day = today if datetime.combine(today, end, zone) > now else today + timedelta(days=1)
    if _names_weekday(words) and _end(day, end, zone) <= now:
        day += timedelta(days=7)  # “Monday morning”, said on a Monday afternoon
    starts_at = datetime.combine(day, begin, zone).astimezone(UTC)
    window = Window(starts_at=starts_at, ends_at=_end(day, end, zone).astimezone(UTC))
    return window if window.ends_at > now and window.starts_at < window.ends_at else None


def _other_days(words: str, zone: ZoneInfo, *, now: datetime) -> Window | None:
    """“Tomorrow I cannot”, “not on Friday”: the days after it; before it, when it is not so near. Whatever says more
    than that is None, and a recruiter reads it.
    """
    today = now.astimezone(zone).date()
    words = " ".join(_OF_A_DAY.get(word, word) for word in words.split())
    day, rest = _day(words, today)
    if day is None or _hours(rest) is not None or _day(rest, today)[0] is not None:
        return None
    before = _before(words, rest)
    if _UP_TO.search(before) or not _rules_out(before, rest[len(before) + 1 :], _CANNOT):
        return None
    begins, ends = (datetime.combine(day + timedelta(days=more), time(0), zone).astimezone(UTC) for more in (0, 1))
    if day > today + timedelta(days=1):
        return Window(starts_at=now, ends_at=begins)
    return Window(starts_at=ends, ends_at=ends + _OTHER_DAYS)


@lru_cache(maxsize=4096)
def read_refusal(typed: str) -> tuple[time, time] | None:
    """The part of every day that does not suit, half-open local times: “not in the morning”, “не в 10”, “до обеда не
    могу”. None for words that say anything else as well: a recruiter reads them.
    """
    words = _said(typed)
    for otherwise, called in _PARTS_OTHERWISE:
        words = otherwise.sub(called, words)
    ways = (_BETWEEN, _FROM_TO, _AFTER, _BEFORE, _AT, *(called for called, _, _ in _PARTS))
    found, hours = next((found for way in ways if (found := way.search(words))), None), _hours(words)
    if found is None or hours is None or _NOT_ONLY.search(words):
        return None
    before, after = words[: found.start()], words[found.end() :]
    rest = {word.strip(",.!?;:)") for word in (before + " " + after).split()} - {""}
    more = {word for word in rest if not _NEGATION.fullmatch(word)}
    if not all(_BESIDE_A_REFUSAL.fullmatch(word) for word in more) or not _rules_out(before, after, _NOT):
        return None
    begin, end = hours
    end = _hour_later(begin.replace(minute=0)) if found.re is _AT else end
    return (begin, end) if begin < end else None


def is_within(starts_at: datetime, part: tuple[time, time], zone: ZoneInfo) -> bool:
    """Whether an hour begins in this part of its local day."""
    begin, end = part
    return begin <= starts_at.astimezone(zone).time() < end


def _rules_out(before: str, after: str, negation: re.Pattern[str]) -> bool:
    """Whether what is said before and after a time turns down this very time. In doubt it does not: a recruiter reads
    the words, and nobody is offered the opposite of what they meant.
    """
    near, behind = _CLAUSE.split(before)[-1], _CLAUSE.split(after)[0]
    if len(_NOT.findall(near + "|" + behind)) != 1:
        return False  # “I can’t but in the morning”, «не могу не утром»
    if _RIGHT_BEFORE.search(near):
        return True
    if _ASKS.search(before + after) or _OFFERS.search(near + "|" + behind):
        return False
    return negation.search(near + "|" + behind) is not None


def _before(words: str, rest: str) -> str:
    """What is said before the day, of which `rest` has only a space left."""
    return words[
        : next((at for at, pair in enumerate(zip(words, rest, strict=False)) if len(set(pair)) > 1), len(rest))
    ]


def _names_weekday(words: str) -> bool:
    return any(word.strip(",.!;") in names for word in words.split() for names in _WEEKDAYS)


def _said(typed: str) -> str:
    """The words as they are compared, “not before” as “after”, “not later than” as “until”."""
    words = _ASIDE.sub("", folded_with_hyphens(typed).replace("’", "'"))
    return _NOT_AFTER.sub("до", _NOT_BEFORE.sub("после", words))


def folded_with_hyphens(typed: str) -> str:
    """Lower case, ё as е, single spaces; hyphens stay, they join two hours."""
    return "-".join(folded(part) for part in re.split(r"(?<=\d)\s*[-–—]\s*(?=\d)", typed))


def _day(words: str, today: date) -> tuple[date | None, str]:
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
    for word in words.split():
        plain = word.strip(",.!;")
        if plain in _DAYS:
            return today + timedelta(days=_DAYS[plain]), re.sub(rf"\b{plain}\b", " ", words, count=1)
        weekday = next((place for place, names in enumerate(_WEEKDAYS) if plain in names), None)
        if weekday is not None:
            ahead = (weekday - today.weekday()) % 7 or (7 if _NEXT.search(words) else 0)
            return today + timedelta(days=ahead), re.sub(rf"\b{plain}\b", " ", words, count=1)
    return None, words


def _date(day: int, month: int, year: str | None, today: date) -> date | None:
    try:
        if year is not None:
            named = int(year) + (2000 if len(year) == 2 else 0)
            return date(named, month, day) if abs(named - today.year) <= 1 else None
        this_year = date(today.year, month, day)
        return this_year if this_year >= today else date(today.year + 1, month, day)
    except ValueError:
        return None


def _hours(words: str) -> tuple[time, time] | None:
    if found := _BETWEEN.search(words) or _FROM_TO.search(words):
        end = _time(found[4], found[5], found[6])
        begins = (_time(found[1], found[2], half) for half in (found[3] or found[6], found[3]))  # “1-2 pm”, “10-2 pm”
        return next(((begin, end) for begin in begins if begin and end and begin < end), None)
    if found := _AFTER.search(words):
        begin = _time(found[1], found[2], found[3])
        return None if begin is None else (begin, time.max)
    if found := _BEFORE.search(words):
        end = _time(found[1], found[2], found[3])
        return None if end is None or end == time(0) else (time(0), end)
    if found := _AT.search(words):
        begin = _time(found[1], found[2], found[3])
        return None if begin is None else (begin, _hour_later(begin))
    named = next(((first, last) for called, first, last in _PARTS if called.search(words)), None)
    return None if named is None else (time(named[0]), time.max if named[1] == 24 else time(named[1]))


def _hour_later(begin: time) -> time:
    return time.max if begin.hour == 23 else begin.replace(hour=begin.hour + 1)


def _time(hour: str, minute: str | None, half: str | None) -> time | None:
    """A bare “3” is in the afternoon, “03” and “3 утра” in the night."""
    number = int(hour)
    in_the_afternoon = half in ("pm", "дня", "вечера") or (half is None and hour[0] != "0" and number in _BY_NIGHT)
    if in_the_afternoon and number < 12:
        number += 12
    elif half == "am" and number == 12:
        number = 0
    if number == 24 and not int(minute or 0):
        return time.max
    return time(number, int(minute or 0)) if number < 24 and int(minute or 0) < 60 else None


def _end(day: date, end: time, zone: ZoneInfo) -> datetime:
    if end == time.max:
        return datetime.combine(day + timedelta(days=1), time(0), zone)
    return datetime.combine(day, end, zone)
