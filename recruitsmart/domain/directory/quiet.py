"""Quiet hours: the local hours of the night in which nobody is written to unasked."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from recruitsmart.domain.directory.models import City


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """From one local wall time until another, which may be on the next day; equal times mean no quiet hours.

    They are periods of real time. Where clocks are put back over an end, the later of the two moments counts; an end
    that clocks skip comes as late as it would have without the change.
    """

    start: time
    end: time
    zone: ZoneInfo

    def covers(self, at: datetime) -> bool:
        """Whether the instant falls into them; they begin at their first minute and are over at their last."""
        return self._period_of(at) is not None

    def end_after(self, at: datetime) -> datetime:
        """The first instant from `at` on that is not quiet; `at` itself when it is not."""
        period = self._period_of(at)
        return at if period is None else period[1]

    def start_before(self, at: datetime) -> datetime:
        """When the quiet hours that cover `at` began, which is quiet already; `at` itself when it is not quiet."""
        period = self._period_of(at)
        return at if period is None else period[0]

    def next_start(self, at: datetime) -> datetime | None:
        """When the next quiet hours after `at` begin; None when there are none."""
        return next((begins for begins, _ in self._periods(at) if begins > at), None)

    def _period_of(self, at: datetime) -> tuple[datetime, datetime] | None:
        return next(((begins, ends) for begins, ends in self._periods(at) if begins <= at < ends), None)

    def _periods(self, at: datetime) -> Iterator[tuple[datetime, datetime]]:
        """Beginnings and ends around an instant, from the day before to two days after."""
        if self.start == self.end:
            return
        today = at.astimezone(self.zone).date()
        nights = 1 if self.end < self.start else 0
        for days in range(-1, 3):
            day = today + timedelta(days=days)
            ends_on = day + timedelta(days=nights)
            yield self._instant(self.start, day), max(self._instant(self.end, ends_on, fold) for fold in (0, 1))

    def _instant(self, wall: time, day: date, fold: int = 0) -> datetime:
        return datetime.combine(day, wall.replace(fold=fold), self.zone).astimezone(UTC)


def quiet_hours_of(city: City, zone: str | None = None) -> QuietHours:
    """The city's quiet hours, in its own zone or in another one a person was promised."""
    return QuietHours(start=city.quiet_from, end=city.quiet_until, zone=ZoneInfo(zone or city.time_zone))


def allowed_from(city: City | None, at: datetime) -> datetime:
    """The first instant from `at` on that is not quiet in the city; without a city no hour is."""
    return at if city is None else quiet_hours_of(city).end_after(at)
