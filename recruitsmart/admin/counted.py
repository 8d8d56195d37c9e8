"""The numbers of Analytics and when they were counted; those of a long period are kept for five minutes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Condition

from cachetools import TTLCache, cached
from flask import Flask, current_app

from recruitsmart import clock
from recruitsmart.admin.base import me
from recruitsmart.admin.figures import DAY, Question
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.pipeline.funnel import GroupBy, Line, funnel
from recruitsmart.domain.pipeline.periods import Period
from recruitsmart.domain.pipeline.show_rates import ShowRates, show_rates
from recruitsmart.domain.pipeline.stays import Stay, time_in_stages
from recruitsmart.extensions import db

LONGEST_FRESH = timedelta(days=62)  # the people of two months are counted in milliseconds, those of a year are not
KEPT_FOR = timedelta(minutes=5)
MOST_KEPT = 256  # a question's numbers are a few kilobytes

_EXTENSION = "recruitsmart.counted"


@dataclass(frozen=True, kw_only=True)
class Counted:
    """What Analytics shows of a period, as it stood at a moment."""

    at: datetime
    lines: Sequence[Line]
    rates: ShowRates
    stays: dict[Stage, Stay]


def init_app(app: Flask) -> None:
    """Each process keeps its own; who asks what is just being counted waits for it."""
    kept = TTLCache(maxsize=MOST_KEPT, ttl=KEPT_FOR, timer=clock.now)
    app.extensions[_EXTENSION] = cached(kept, condition=Condition())(_count)


def is_kept(question: Question) -> bool:
    """Whether the period is so long that its numbers may be up to five minutes old."""
    return question.last + DAY - question.first > LONGEST_FRESH


def counted(question: Question) -> Counted:
    """The numbers of a question, within what the account sees.

    What lies behind a number is read at once: a list may differ from a kept number by what has happened since.
    """
    count = current_app.extensions[_EXTENSION] if is_kept(question) else _count
    return count(question.period, question.by, me().scope, question.city_id)


def _count(period: Period, by: GroupBy, scope: Scope, city_id: int | None) -> Counted:
    """All that its numbers depend on is among the arguments: they are the key they are kept under."""
    return Counted(
        at=clock.now(),
        lines=funnel(db.session, period, by, scope=scope, city_id=city_id),
        rates=show_rates(db.session, period, scope=scope, city_id=city_id),
        stays=time_in_stages(db.session, period, scope=scope, city_id=city_id),
    )
