"""What suits somebody, and what does not, as people type it: which of the times they name they mean. Pure."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from recruitsmart.domain.slots.named_times import (
    AT,
    day_named,
    hour_later,
    hours_named,
    names_unread_day,
    names_weekday,
    naming_hours,
    said,
)

# Any negation: words with one are never a plain wish. That a day does not suit is said with one of the second kind.
_NOT = re.compile(r"\b(?:не|кроме|нельзя|неудобно|not|cannot|except)\b|n't\b")
_CANNOT = re.compile(
    r"\bне (?:могу|смогу|получится|подходит|подойдет|удобно)\b|\b(?:нельзя|неудобно|cannot)\b|\b(?:ca|wo)n't\b"
)
# How a time is turned down without a negation: there is something else to do, it is too early, another one is wanted.
_BUSY = re.compile(
    r"""\b(?: никак | никогда | ни | занят[аоы]? | работаю | на[ ](?:работе|учебе) | учусь
      | рано(?![ ]утром) | поздно(?![ ]вечером) | too[ ](?:early|late)
      | (?:нет|no)\b(?![,.;!][ ]|[ ]проблем|[ ]problem) | (?<!^)(?:нет|no)(?=[,.;!][ ])
      | never | busy | working | (?:at|i|have|to|must)[ ]work
      | (?:any|every)[ ]?(?:time|thing|day|hour)[ ]but | (?:ca|wo|do|does)nt
      | (?:other|rather)[ ]than | apart[ ]from | instead[ ]of | вместо | исключ\w+ | excluding
      | невозможно | нереально | вряд | плохо | сложно | трудно | проблематично | некогда | отпадает | недоступ\w+
      | уезжаю | уеду | улетаю | болею | заболел[аи]? | сплю | экзамен\w* | учеба | пары | заняти[яй] | смен[аеуы]
      | отмени\w+ | impossible | unlikely | hardly | unable | unavailable | bad | away | sick | exams? | class(?:es)?
      | cancel )\b""",
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
# “Not in the …”: nothing else can be meant, not even in a question.
_RIGHT_BEFORE = re.compile(r"\b(?:не|кроме|not|except)(?: (?:в|во|на|по|on|in|at|for|the))* $")
_OFFERS = re.compile(  # what makes the time beside it one that suits
    r"\b(?:давайте|лучше(?! не\b)|можно|пожалуйста|(?<!не )(?<!не буду )(?:буду|приду|свобод(?:ен|на)))\b"
    r"|\b(?:(?:better|rather)(?! not\b)|please|(?:i'm|i am) (?:free|available))\b"
)
# “Is the morning impossible?” hopes for the morning.
_ASKS = re.compile(r"\?|\bли\b")
# “Before Friday” wishes for none of its hours. (Said of what is wished for, “not before” has become “после”.)
_BESIDE = re.compile(r"\b(?:до|раньше|until|till|before|by|after) (?:the )?$")
# “Not until Friday” leaves Friday itself and the days around it open to doubt.
_UP_TO = re.compile(r"\b(?:до|раньше|после|позже|until|till|before|after|by) (?:the )?$")
# “Why not tomorrow?” hopes for tomorrow, “is it not tomorrow?” asks about an hour that is taken.
_WHY = re.compile(r"\b(?:почему|отчего|чего|разве|неужели|why|(?:is|was) (?:it|that) not)\b")
# “Where do I come tomorrow?” asks for something else than an hour.
_ASKS_FOR_MORE = re.compile(
    r"\b(?:куда|где|откуда|where|как (?:до|про|к вам)\w*|(?:что|what)(?: \w+){0,3} (?:брать|взять|bring|take))\b.*\?"
)
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
    words = _INSTEAD.sub("", said(typed))
    if _NOT.search(words):
        return _other_days(words, zone, now=now)
    if _BUSY.search(words) or _ASKS_FOR_MORE.search(words):
        return None
    today = now.astimezone(zone).date()
    day, rest = day_named(words, today)
    hours = hours_named(rest)
    if day is None and (hours is None or names_unread_day(words)):
        return None
    if day is not None and _BESIDE.search(_before(words, rest)):
        return None
    begin, end = hours or (time(0), time.max)
    if day is None:
        day = today if datetime.combine(today, end, zone) > now else today + timedelta(days=1)
    if names_weekday(words) and _end(day, end, zone) <= now:
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
    day, rest = day_named(words, today)
    if day is None or hours_named(rest) is not None or day_named(rest, today)[0] is not None:
        return None
    before = _before(words, rest)
    if _UP_TO.search(before) or _WHY.search(words) or not _rules_out(before, rest[len(before) + 1 :], _CANNOT):
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
    words = said(typed)
    for otherwise, called in _PARTS_OTHERWISE:
        words = otherwise.sub(called, words)
    found, hours = naming_hours(words), hours_named(words)
    if found is None or hours is None or _NOT_ONLY.search(words):
        return None
    before, after = words[: found.start()], words[found.end() :]
    rest = {word.strip(",.!?;:)") for word in (before + " " + after).split()} - {""}
    more = {word for word in rest if not _NEGATION.fullmatch(word)}
    if not all(_BESIDE_A_REFUSAL.fullmatch(word) for word in more) or not _rules_out(before, after, _NOT):
        return None
    begin, end = hours
    end = hour_later(begin.replace(minute=0)) if found.re is AT else end
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


def _end(day: date, end: time, zone: ZoneInfo) -> datetime:
    if end == time.max:
        return datetime.combine(day + timedelta(days=1), time(0), zone)
    return datetime.combine(day, end, zone)
