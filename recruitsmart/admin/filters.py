"""The filter of candidates as forms and addresses have it: on the list, and wherever many are chosen."""

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from recruitsmart import clock
from recruitsmart.admin.base import is_id
from recruitsmart.admin.moments import own_zone
from recruitsmart.admin.typed import day_or_none, one_of
from recruitsmart.domain.candidates.queries import Order, Wanted
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.pipeline.mentions import NOBODY
from recruitsmart.domain.slots.rules import midnight

DAY = timedelta(days=1)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2100, 1, 1)
MOST_DAYS = 3650
MOST_TICKED = 200  # an address has a length
_REFERENCE = re.compile(r"[\w-]{1,24}", re.ASCII)
MORE = ("recruiter", "assigned", "source", "from", "to", "days")  # shown on demand


def asked(typed: Mapping[str, str]) -> Wanted:
    """The filter that was asked for; nonsense is left out. Days are whole days of the reader's zone."""
    first, last = day_asked(typed.get("from", "")), day_asked(typed.get("to", ""))
    days = typed.get("days", "")
    return Wanted(
        words=typed.get("q", "").replace("\0", "")[:200],
        stage=one_of(Stage, typed.get("stage", "")),
        outcome=one_of(Outcome, typed.get("outcome", "")),
        city_id=_id(typed.get("city", "")),
        recruiter_id=_id(typed.get("recruiter", "")),
        source=typed.get("source", "").replace("\0", "").strip()[:64],
        created_from=None if first is None else midnight(first, own_zone()),
        created_until=None if last is None else midnight(last + DAY, own_zone()),
        stage_since_until=clock.now() - DAY * int(days) if is_id(days) and 0 < int(days) <= MOST_DAYS else None,
        assigned_id=_id(typed.get("assigned", "")),
        references=_people(typed.get("people", "")),
    )


def _people(typed: str) -> tuple[str, ...]:
    """The people named one by one. Where none of them is left, nobody is meant: by no means everybody."""
    return named(typed.split(",")) or ((NOBODY,) if typed else ())


def named(typed: Iterable[str]) -> tuple[str, ...]:
    """The references among typed words, each once; nonsense is left out."""
    return tuple(dict.fromkeys(word for word in typed if _REFERENCE.fullmatch(word)))[:MOST_TICKED]


def order_asked(typed: Mapping[str, str]) -> Order:
    """The order that was asked for, newest first unless said otherwise."""
    return one_of(Order, typed.get("sort", "")) or Order.NEWEST


def as_typed(wanted: Wanted) -> dict[str, str]:
    """A filter as `asked` reads it: values of the form, and of an address; absent parts are left out."""
    until, since = wanted.created_until, wanted.stage_since_until
    parts = {
        "q": wanted.words,
        "stage": wanted.stage,
        "outcome": wanted.outcome,
        "city": wanted.city_id,
        "recruiter": wanted.recruiter_id,
        "source": wanted.source,
        "from": _as_day(wanted.created_from),
        "to": None if until is None else _as_day(until - DAY / 2),  # half a day: clocks may have changed
        "assigned": wanted.assigned_id,
        "people": ",".join(wanted.references),
        "days": None if since is None else (clock.now() - since).days,
    }
    return {name: str(value) for name, value in parts.items() if value}


def _id(typed: str) -> int | None:
    return int(typed) if is_id(typed) else None


def day_asked(typed: str) -> date | None:
    """A day that may be left out; nonsense, and what is too far away, is left out."""
    day = day_or_none(typed)
    return day if day is not None and FIRST_DAY <= day < LAST_DAY else None


def _as_day(at: datetime | None) -> str | None:
    return None if at is None else at.astimezone(own_zone()).date().isoformat()
