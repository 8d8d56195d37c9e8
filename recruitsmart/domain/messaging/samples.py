"""Values to show a text with, before anybody is sent it."""

from typing import Any

from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.markup import check_markup
from recruitsmart.domain.messaging.texts import BadText

_SAMPLES: dict[str, dict[str, Any]] = {
    "ru": {
        "name": "Иванова Анна", "first_name": "Анна", "candidate": "Иванова Анна", "recruiter": "Ольга Миронова",
        "city": "Москва", "address": "ул. Лесная, 7", "map": "https://maps.example.org", "day": "вторник, 24 ноября",
        "link": "https://meet.example.org/olga", "question": "Сколько вам лет?", "hint": "", "chosen": "",
        "reason": "планы изменились",
    },
    "en": {
        "name": "Anna Ivanova", "first_name": "Anna", "candidate": "Anna Ivanova", "recruiter": "Olga Mironova",
        "city": "Moscow", "address": "7 Lesnaya street", "map": "https://maps.example.org",
        "day": "Tuesday, 24 November", "link": "https://meet.example.org/olga", "question": "How old are you?",
        "hint": "", "chosen": "", "reason": "plans have changed",
    },
}  # fmt: skip
_ANYWHERE: dict[str, Any] = {
    "hour": "15:00", "zone": "UTC+3", "number": 3, "total": 10, "lowest": 1, "highest": 100, "shortest": 10,
    "longest": 500, "length": 620, "score": 7, "percent": 78, "minutes": 30,
    "seconds": 60, "questions": 10, "needed": 75, "tries_left": 2, "several": False, "passed": True,
}  # fmt: skip


def sample_values(key: str, language: str) -> dict[str, Any]:
    """A value for every variable of a text; one nobody thought of shows its own name."""
    known = _ANYWHERE | _SAMPLES[language]
    return {name: known.get(name, f"‹{name}›") for name in texts.variables(key)}


def preview(key: str, body: str, *, language: str) -> str:
    """A text as Telegram HTML with sample values.

    Raises:
        BadText: it could not be sent.
    """
    texts.check(key, body)
    try:
        html = texts.render_unchecked(body, sample_values(key, language))
    except Exception as error:  # a template is a program: it may fail in any way
        raise BadText(f"The template does not parse: {error}.") from error
    if not html:
        raise BadText("The text is empty.")
    if len(html) > texts.LONGEST:
        raise BadText(f"The text has {len(html)} characters; Telegram takes at most {texts.LONGEST}.")
    check_markup(html)
    return html
