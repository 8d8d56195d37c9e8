"""A small company to play with: four cities in three zones, three recruiters, free hours and days for two weeks."""

from datetime import date, datetime, time, timedelta
from urllib.parse import quote_plus
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.slots.models import Purpose, Slot

CITIES = (
    ("Москва", ["Мск", "Moscow"], "Europe/Moscow", "ул. Лесная, 7, подъезд 2", True),
    ("Санкт-Петербург", ["Питер", "СПб", "Saint Petersburg"], "Europe/Moscow", "Лиговский пр., 30", False),
    ("Екатеринбург", ["Екб", "Yekaterinburg"], "Asia/Yekaterinburg", "ул. Малышева, 51, офис 12", True),
    ("Новосибирск", ["Нск", "Novosibirsk"], "Asia/Novosibirsk", "Красный проспект, 17", True),
)
RECRUITERS = (
    ("Ольга Миронова", "Europe/Moscow", ("Москва", "Санкт-Петербург"), "https://meet.example.org/olga"),
    ("Тимур Галиев", "Asia/Yekaterinburg", ("Екатеринбург",), "https://meet.example.org/timur"),
    ("Дарья Ким", "Asia/Novosibirsk", ("Новосибирск", "Екатеринбург"), "https://meet.example.org/darya"),
)
DAYS = 14
FIRST_HOUR, LAST_HOUR = 10, 18
LENGTH = timedelta(minutes=30)
SUNDAY = 6  # interviews on the days before, an introductory day on it
INTRO_HOUR, INTRO_LENGTH, INTRO_SEATS = 10, timedelta(hours=3), 12


def seed(session: Session, *, now: datetime) -> None:
    """Add the demo company once; a system that has a city already is left alone."""
    if session.scalar(select(City.id).limit(1)) is not None:
        return
    cities = {name: _city(name, *rest) for name, *rest in CITIES}
    session.add_all(cities.values())
    for name, zone, served, link in RECRUITERS:
        recruiter = Recruiter(name=name, time_zone=zone, meeting_url=link, cities=[cities[city] for city in served])
        session.add(recruiter)
        session.flush()
        session.add_all(_hours(recruiter, now=now))


def _city(name: str, aliases: list[str], zone: str, address: str, approval: bool) -> City:
    return City(
        name=name, aliases=aliases, time_zone=zone, address=address, approval_required=approval,
        map_url=f"https://yandex.ru/maps/?text={quote_plus(f'{name}, {address}')}",
        contact_person="Администратор на входе", intro_day_note="Паспорт и удобную обувь",
    )  # fmt: skip


def _hours(recruiter: Recruiter, *, now: datetime) -> list[Slot]:
    zone = ZoneInfo(recruiter.time_zone)
    today = now.astimezone(zone).date()
    days = [today + timedelta(days=ahead) for ahead in range(1, DAYS + 1)]
    return [slot for day in days for slot in _hours_of(recruiter, day, zone)]


def _hours_of(recruiter: Recruiter, day: date, zone: ZoneInfo) -> list[Slot]:
    if day.weekday() == SUNDAY:
        start = datetime.combine(day, time(INTRO_HOUR), zone)
        return [_slot(recruiter, Purpose.INTRO_DAY, start, INTRO_LENGTH, seats=INTRO_SEATS)]
    starts = (datetime.combine(day, time(hour), zone) for hour in range(FIRST_HOUR, LAST_HOUR))
    return [_slot(recruiter, Purpose.INTERVIEW, start, LENGTH, seats=1) for start in starts]


def _slot(recruiter: Recruiter, purpose: Purpose, start: datetime, length: timedelta, *, seats: int) -> Slot:
    end = start + length
    return Slot(
        recruiter_id=recruiter.id, purpose=purpose, starts_at=start, ends_at=end, busy_until=end, capacity=seats
    )  # fmt: skip
