"""Made-up hours: every recruiter of a crowd offers half hours all day, and an introductory day each morning."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count
from random import Random

from recruitsmart.domain.slots.models import Purpose

LENGTH = timedelta(minutes=30)
INTRO_LENGTH = timedelta(hours=3)
INTRO_CAPACITY = 60
FIRST_HOUR, LAST_HOUR = 9, 18
_STARTS = [timedelta(minutes=minutes) for minutes in range(FIRST_HOUR * 60, LAST_HOUR * 60, 30)]
_INTRO_START = timedelta(hours=10)
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Place:
    """A city with who works there; its clock stands `offset` from UTC."""

    city_id: int
    time_zone: str
    offset: timedelta
    recruiter_ids: tuple[int, ...]


@dataclass(kw_only=True)
class Hour:
    """A slot that was made, and how many of its seats somebody kept or holds."""

    id: int
    starts_at: datetime
    ends_at: datetime
    local_hour: int
    capacity: int
    taken: int = 0

    def take_seat(self) -> int:
        """The number of a seat nobody has."""
        self.taken += 1
        return self.taken


class Agenda:
    """All hours made so far; new ones also as rows of `slots` that wait to be written."""

    def __init__(self, dice: Random, *, first_id: int) -> None:
        self.rows: list[tuple[object, ...]] = []
        self._dice, self._ids = dice, count(first_id)
        self._hours: dict[tuple[int, Purpose, datetime], Hour] = {}

    def hour_after(self, place: Place, purpose: Purpose, moment: datetime) -> Hour:
        """The first hour with a free seat in working time from a moment on, with any recruiter of the place."""
        local = moment + place.offset
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        while True:
            for start in self._starts(purpose):
                if midnight + start >= local and midnight.weekday() < 6:
                    found = self._with_somebody(place, purpose, midnight + start)
                    if found is not None:
                        return found
            midnight += _DAY

    def _starts(self, purpose: Purpose) -> list[timedelta]:
        """Half hours of a day from a random one on, so that days fill evenly; later ones only."""
        if purpose == Purpose.INTRO_DAY:
            return [_INTRO_START]
        return _STARTS[self._dice.randrange(len(_STARTS)) :]

    def _with_somebody(self, place: Place, purpose: Purpose, local: datetime) -> Hour | None:
        recruiters = place.recruiter_ids
        first = self._dice.randrange(len(recruiters))
        for recruiter_id in recruiters[first:] + recruiters[:first]:
            hour = self._hour(place, purpose, recruiter_id, local)
            if hour.taken < hour.capacity:
                return hour
        return None

    def _hour(self, place: Place, purpose: Purpose, recruiter_id: int, local: datetime) -> Hour:
        starts_at = local - place.offset
        known = self._hours.get((recruiter_id, purpose, starts_at))
        if known is None:
            is_intro = purpose == Purpose.INTRO_DAY
            ends_at, capacity = starts_at + (INTRO_LENGTH if is_intro else LENGTH), INTRO_CAPACITY if is_intro else 1
            known = Hour(
                id=next(self._ids), starts_at=starts_at, ends_at=ends_at, local_hour=local.hour, capacity=capacity
            )
            self._hours[recruiter_id, purpose, starts_at] = known
            self.rows.append(
                (known.id, recruiter_id, place.city_id, purpose.value, starts_at, ends_at, ends_at, capacity, "open")
            )
        return known
