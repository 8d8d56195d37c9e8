"""What a text's variables are like: a sample for each, how long one can be, and which may be missing."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from recruitsmart.domain.messaging import texts

_SAMPLES: dict[str, dict[str, Any]] = {
    "ru": {
        "name": "Иванова Анна", "first_name": "Анна", "candidate": "Иванова Анна", "recruiter": "Ольга Миронова",
        "city": "Москва", "address": "ул. Лесная, 7", "map": "https://maps.example.org", "day": "Вторник, 24 ноября",
        "link": "https://meet.example.org/olga", "question": "Сколько вам лет?", "hint": "Полных лет", "chosen": "Да",
        "reason": "планы изменились", "contact": "Ольга, 2-й этаж", "writer": "Ольга Миронова",
        "text": "Ждём вас завтра в 15:00. Всё получится!",
        "purpose": "ознакомительный день", "bring": "Паспорт и удобную обувь",
        "old_day": "Понедельник, 23 ноября", "another_hour": "пт 27 нояб. 12:30",
        "list": "✓ 10:00 Иванова Анна, Москва\n· 10:30 Пётр Лис, Москва",
    },
    "en": {
        "name": "Anna Ivanova", "first_name": "Anna", "candidate": "Anna Ivanova", "recruiter": "Olga Mironova",
        "city": "Moscow", "address": "7 Lesnaya street", "map": "https://maps.example.org",
        "day": "Tuesday, 24 November", "link": "https://meet.example.org/olga", "question": "How old are you?",
        "hint": "Full years", "chosen": "Yes", "reason": "plans have changed", "writer": "Olga Mironova",
        "text": "We expect you tomorrow at 3 pm. It will go well!",
        "contact": "Olga, 2nd floor", "purpose": "intro day", "bring": "Your passport and comfortable shoes",
        "old_day": "Monday, 23 November", "another_hour": "Fri 27 Nov 12:30",
        "list": "✓ 10:00 Anna Ivanova, Moscow\n· 10:30 Peter Lis, Moscow",
    },
}  # fmt: skip
_ANYWHERE: dict[str, Any] = {
    "old_hour": "12:30",
    "hour": "15:00", "zone": "UTC+3", "number": 3, "total": 10, "lowest": 1, "highest": 100, "shortest": 10,
    "seconds": 60, "questions": 10, "needed": 75, "tries_left": 2, "several": False, "passed": True,
    "login": "olga", "phone": "+79123456789", "status": "booked", "by": "olga", "count": 4, "people": "• Анна Иванова",
    "why": "…", "more": 0, "failed": 3, "waiting": 12, "given_up": 2, "to_call": 1, "to_call_names": "• Пётр Лис",
    "longest": 500, "length": 620, "score": 7, "percent": 78, "minutes": 30, "until": "16:10", "pending": False,
    "confirmed": False, "from_hour": "08:00", "in_test": False, "heard": False, "still_waits": False,
    "may_go_back": False, "ends": "18:00", "came": 3, "missed": 1, "outcome": "active",
}  # fmt: skip


# Characters; what Telegram, a column or a form lets through. Addresses, links and contact persons have no bound: see
# `queries.longest_known`, which looks at the real ones.
_LONGEST: dict[str, int] = {
    "name": 200, "first_name": 128, "candidate": 200, "recruiter": 200, "city": 120, "address": 300, "map": 300,
    "link": 300, "question": 2000, "hint": 1000, "chosen": 60, "reason": 500, "day": 40, "hour": 5, "zone": 9,
    "until": 5, "text": 3500, "writer": 200, "from_hour": 5, "list": texts.LONGEST_LIST, "people": texts.LONGEST_LIST,
    "ends": 5, "bring": 1000, "contact": 300, "old_day": 40, "old_hour": 5, "to_call_names": texts.LONGEST_SHORT_LIST,
    "another_hour": 40,
}  # fmt: skip
_LONGEST_OTHERWISE = 200
MAY_BE_MISSING = frozenset(
    {
        "name", "first_name", "link", "address", "map", "hint", "chosen", "lowest", "highest", "seconds", "by", "phone",
        "tries_left", "people", "writer", "from_hour", "contact", "bring", "reason", "old_day", "old_hour", "list",
        "to_call_names", "another_hour",
    }
)  # fmt: skip


def sample_values(key: str, language: str) -> dict[str, Any]:
    """A value for every variable of a text; one nobody thought of shows its own name."""
    known = _ANYWHERE | _SAMPLES[language]
    return {name: known.get(name, f"‹{name}›") for name in texts.variables(key)}


def without_what_may_be_missing(values: Mapping[str, Any]) -> dict[str, Any]:
    """The same values, where everything that may be missing is."""
    return {name: None if name in MAY_BE_MISSING else value for name, value in values.items()}


def longest_values(key: str, language: str, known: Mapping[str, int]) -> dict[str, Any]:
    """As `sample_values`, each as long as it can be; `known` are longest real lengths by variable."""
    return {
        name: "Щ" * max(_LONGEST.get(name, _LONGEST_OTHERWISE), known.get(name, 0)) if isinstance(value, str) else value
        for name, value in sample_values(key, language).items()
    }


def longest_words(names: Iterable[str]) -> dict[str, str]:
    """The longest value of each variable that is words."""
    return {name: "Щ" * _LONGEST.get(name, _LONGEST_OTHERWISE) for name in names}


def gaps(key: str, language: str) -> Iterator[dict[str, Any]]:
    """Samples with gaps: all that may be missing is, each of it alone, all but one; and every switch turned over."""
    samples = sample_values(key, language)
    yield without_what_may_be_missing(samples)
    for name in sorted(samples.keys() & MAY_BE_MISSING):
        yield samples | {name: None}
        yield without_what_may_be_missing(samples) | {name: samples[name]}
    for name, value in samples.items():
        if isinstance(value, bool):
            yield samples | {name: not value}
