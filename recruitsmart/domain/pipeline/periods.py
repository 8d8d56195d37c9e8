"""What the numbers of the page Analytics have in common: a period, whose people count, how long a list is."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.access import Scope


@dataclass(frozen=True, kw_only=True)
class Window:
    """A page of a list: so many rows after the first `offset`."""

    offset: int
    limit: int


@dataclass(frozen=True, kw_only=True)
class Period:
    """The half-open range [begins, ends); weeks begin on Monday in `time_zone`."""

    begins: datetime
    ends: datetime
    time_zone: str


def within(scope: Scope, city_id: int | None) -> list[ColumnElement[bool]]:
    """Conditions on `Candidate`: the cities an account sees, and the one that was chosen."""
    needed: list[ColumnElement[bool]] = []
    if scope.city_ids is not None:
        needed.append(Candidate.city_id.in_(scope.city_ids))
    if city_id is not None:
        needed.append(Candidate.city_id == city_id)
    return needed
