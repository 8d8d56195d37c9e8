"""Quiet hours: the local hours of the night in which nobody is written to unasked."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from recruitsmart.domain.directory.models import City


@dataclass(frozen=True, kw_only=True)
class QuietHours:
    """From one local wall time until another, which may be on the next day; equal times mean no quiet hours."""

    start: time
    end: time
    zone: ZoneInfo

    def covers(self, at: datetime) -> bool:
        """Whether the instant falls into them; they begin at their first minute and are over at their last."""
        local = at.astimezone(self.zone).time()
        if self.start <= self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def end_after(self, at: datetime) -> datetime:
        """The first instant from `at` on that is not quiet; `at` itself when it is not."""
        return at if not self.covers(at) else self._next(self.end, at)

    def start_before(self, at: datetime) -> datetime:
        """When the quiet hours that cover `at` began: the last instant before it that was not quiet, to the minute."""
        return at if not self.covers(at) else self._previous(self.start, at)

    def _next(self, wall: time, at: datetime) -> datetime:
        today = at.astimezone(self.zone).date()
        moments = (self._instant(wall, today + timedelta(days=days)) for days in (-1, 0, 1, 2))
        return next(moment for moment in moments if moment > at)

    def _previous(self, wall: time, at: datetime) -> datetime:
        today = at.astimezone(self.zone).date()
        moments = (self._instant(wall, today - timedelta(days=days)) for days in (-1, 0, 1, 2))
        return next(moment for moment in moments if moment <= at)

    def _instant(self, wall: time, day: date) -> datetime:
        return datetime.combine(day, wall, self.zone).astimezone(UTC)


def quiet_hours_of(city: City) -> QuietHours:
    """The city's quiet hours in its own zone."""
    return QuietHours(start=city.quiet_from, end=city.quiet_until, zone=ZoneInfo(city.time_zone))
