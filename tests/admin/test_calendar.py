"""The calendar: what a week shows, forms that say what is in the way, moves and their undo, and nobody else's hours."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from recruitsmart.domain.directory.models import Recruiter, Role
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose, Slot, SlotStatus
from tests.panel import NOW, Company, Person, queries_counted

PATH = "/admin/calendar/"
AT = "/admin/candidates/"  # any page with a token
NEXT = "2026-W49"  # NOW is the Monday of week 48, noon in Moscow


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November or December 2026 in Moscow, days counted from 1 November."""
    return datetime(2026, 11, 1, hour, minute, tzinfo=UTC) + timedelta(days=day - 1) - timedelta(hours=3)


def slot(
    company: Company, starts_at: datetime, *, minutes: int = 30, recruiter: Recruiter | None = None, **values: Any
) -> Slot:
    ends_at = starts_at + timedelta(minutes=minutes)
    made = Slot(
        recruiter=recruiter or company.olga, starts_at=starts_at, ends_at=ends_at,
        **{"busy_until": ends_at, "purpose": Purpose.INTERVIEW, **values},
    )  # fmt: skip
    company.session.add(made)
    company.session.commit()
    return made


def booked(
    company: Company, name: str, there: Slot, status: BookingStatus = BookingStatus.BOOKED, **values: Any
) -> Booking:
    candidate = company.candidate(name, values.pop("city", company.moscow))
    booking = Booking(
        slot=there, candidate=candidate, purpose=there.purpose, slot_capacity=there.capacity, created_at=NOW,
        status=status, time_zone=candidate.city.time_zone, **{"seat": 1, **values},
    )  # fmt: skip
    company.session.add(booking)
    company.session.commit()
    return booking


def colleague(company: Company, name: str) -> Recruiter:
    """Another recruiter in Moscow."""
    recruiter = Recruiter(name=name, time_zone="Europe/Moscow")
    company.session.add(recruiter)
    recruiter.cities = [company.moscow]
    company.session.commit()
    return recruiter


def block(page: TestResponse, there: Slot) -> str:
    found = re.search(rf'<li class="block[^>]*id="hour-{there.id}".*?</li>', page.text, re.DOTALL)
    assert found, "no such block"
    return found[0]


def day_of(page: TestResponse, day: str) -> str:
    found = re.search(rf'aria-labelledby="day-{day}".*?</section>', page.text, re.DOTALL)
    assert found, "no such day"
    return found[0]


def new_hour(company: Company, **values: Any) -> dict[str, Any]:
    fields = {"by": company.olga.id, "on": "2026-12-01", "at": "10:00", "zone": "Europe/Moscow", "minutes": "30"}
    return {**fields, "seats": "1", "purpose": "interview", "place": "", **values}


def kept(company: Company, **values: Any) -> str:
    return urlencode({"recruiter": company.olga.id, "week": NEXT, **values})


def offer(person: Person, company: Company, **values: Any) -> TestResponse:
    return person.post(f"{PATH}new", form_at=AT, kept=kept(company), **new_hour(company, **values))


def move(person: Person, there: Slot, at_hour: str = "12:00", **values: Any) -> TestResponse:
    fields = {"on": "2026-12-01", "at": at_hour, "zone": "Europe/Moscow", "revision": there.revision, "slot": there.id}
    return person.post(f"{PATH}move", form_at=AT, **{**fields, **values})


def starts(company: Company) -> list[datetime]:
    company.session.rollback()
    wanted = select(Slot.starts_at).where(Slot.status == SlotStatus.OPEN).order_by(Slot.starts_at)
    return list(company.session.scalars(wanted))


# What is shown


def test_the_own_week_is_shown_first(olga: Person, company: Company) -> None:
    here, there = slot(company, at(24, 10)), slot(company, at(31, 10))
    page = olga.get(PATH)
    assert f'id="hour-{here.id}"' in page.text
    assert f'id="hour-{there.id}"' not in page.text
    assert "сегодня" in day_of(page, "2026-11-23")
    assert 'id="now"' in day_of(page, "2026-11-23")


@pytest.mark.parametrize(
    ("city_zone", "week", "said"),
    [
        ("Asia/Novosibirsk", NEXT, "Время: UTC+7."),
        ("Europe/Berlin", "2026-W43", "Время: UTC+2 → UTC+1."),  # the clocks change on its Sunday
    ],
)
def test_the_zone_is_said_as_its_distance_from_utc(
    admin: Person, company: Company, city_zone: str, week: str, said: str
) -> None:
    company.olga.time_zone = city_zone
    company.session.commit()
    assert said in admin.get(PATH, recruiter=company.olga.id, week=week).text


def test_the_address_says_whose_week_and_which(admin: Person, company: Company) -> None:
    slot(company, at(24, 10))
    other = slot(company, at(31, 10), recruiter=company.darya)
    page = admin.get(PATH, recruiter=company.darya.id, week=NEXT)
    assert f'id="hour-{other.id}"' in page.text
    assert "2026-12-06" in page.text
    assert 'id="now"' not in page.text


@pytest.mark.parametrize("week", ["2026-W99", "x", "", "0001-W01", "9999-W52", "2026-W", "٢٠٢٦-W٤٩"])
def test_nonsense_for_a_week_is_some_week(admin: Person, company: Company, week: str) -> None:
    assert admin.get(PATH, week=week, day=week).status_code == 200


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "x"])
def test_days_of_other_ages_lead_to_a_page_all_the_same(admin: Person, company: Company, day: str) -> None:
    for query in ({"whose": f"city-{company.moscow.id}", "around": day}, {"day": day}):
        answer = admin.get(PATH, **query)
        assert (admin.get(answer.location) if answer.location else answer).status_code == 200


def test_the_filter_leads_to_an_address_that_can_be_kept(admin: Person, company: Company) -> None:
    answer = admin.get(PATH, whose=f"city-{company.moscow.id}", around="2026-12-03")
    assert answer.location == f"{PATH}?city={company.moscow.id}&week={NEXT}"


def test_a_block_says_time_state_and_who_sits_there(admin: Person, company: Company) -> None:
    free = slot(company, at(24, 10))
    taken = slot(company, at(24, 11))
    anna = booked(company, "Анна Иванова", taken, BookingStatus.CONFIRMED).candidate
    asks = slot(company, at(24, 12))
    booked(company, "Пётр Петров", asks, BookingStatus.PENDING)
    page = admin.get(PATH, recruiter=company.olga.id)
    assert "10:00–10:30" in block(page, free)
    assert "свободно" in block(page, free)
    assert "data-drag" in block(page, free)
    assert f"/admin/candidates/{anna.reference}" in block(page, taken)
    assert "придёт" in block(page, taken)
    assert "data-drag" in block(page, taken)
    assert "ждёт решения" in block(page, asks)


def test_seats_are_counted_and_only_a_few_people_named(admin: Person, company: Company) -> None:
    many = slot(company, at(24, 10), capacity=9)
    for seat in range(1, 6):
        booked(company, f"Человек Н{seat}", many, seat=seat)
    booked(company, "Анна Ушедшая", many, BookingStatus.MOVED, ended_at=NOW, seat=1)
    shown = block(admin.get(PATH, recruiter=company.olga.id), many)
    assert "5/9" in shown
    assert "+2" in shown
    assert "Ушедшая" not in shown
    assert "есть места" in shown


def test_what_is_past_is_dimmed_and_stays(admin: Person, company: Company) -> None:
    past = slot(company, at(23, 9))
    booked(company, "Анна Иванова", past, BookingStatus.NO_SHOW, ended_at=NOW)
    shown = block(admin.get(PATH, recruiter=company.olga.id), past)
    assert "is-past" in shown
    assert "не пришёл" in shown
    assert "data-drag" not in shown


@pytest.mark.parametrize(
    ("starts_at", "taken", "capacity", "state"),
    [
        (at(24, 10), 0, 1, "свободно"),
        (at(24, 10), 2, 2, "мест нет"),
        (at(23, 9), 0, 1, "никто не занял"),
        (at(23, 9), 2, 3, "прошло"),
    ],
)
def test_the_state_of_an_hour_is_a_word(
    admin: Person, company: Company, starts_at: datetime, taken: int, capacity: int, state: str
) -> None:
    there = slot(company, starts_at, capacity=capacity)
    for seat in range(1, taken + 1):
        booked(company, "Анна Иванова", there, seat=seat)
    assert state in block(admin.get(PATH, recruiter=company.olga.id), there)


def test_closed_hours_are_counted_and_not_drawn(admin: Person, company: Company) -> None:
    closed = slot(company, at(24, 10), status=SlotStatus.CLOSED)
    page = admin.get(PATH, recruiter=company.olga.id)
    assert f"hour-{closed.id}" not in page.text
    assert "закрыто: 1" in day_of(page, "2026-11-24")


def test_an_hour_is_shown_in_the_calendars_zone_and_in_the_citys(admin: Person, company: Company) -> None:
    company.olga.cities.append(company.novosibirsk)
    there = slot(company, at(24, 10), city=company.novosibirsk)
    shown = block(admin.get(PATH, recruiter=company.olga.id), there)
    assert "10:00–10:30" in shown
    assert "14:00 UTC+7" in shown
    shown = block(admin.get(PATH, city=company.novosibirsk.id), there)
    assert "14:00–14:30" in shown
    assert "10:00 UTC+3" in shown


def test_a_citys_week_shows_every_recruiter_side_by_side(admin: Person, company: Company) -> None:
    ivan = colleague(company, "Иван Бор")
    first, second = slot(company, at(24, 10)), slot(company, at(24, 10), recruiter=ivan)
    page = admin.get(PATH, city=company.moscow.id)
    assert ">ОМ<" in block(page, first)
    assert ">ИБ<" in block(page, second)
    lanes = re.findall(r"#hour-\d+\{[^}]*--lane:(\d);--lanes:(\d)", page.text)
    assert lanes == [("0", "2"), ("1", "2")]


def test_of_a_week_that_does_not_fit_on_a_page_one_day_is_shown(
    admin: Person, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recruitsmart.domain.slots.weeks.MOST_HOURS", 2)
    early, late = slot(company, at(23, 15)), slot(company, at(24, 10))
    assert f'id="hour-{late.id}"' in admin.get(PATH, city=company.moscow.id).text
    slot(company, at(24, 11))
    page = admin.get(PATH, city=company.moscow.id).text
    assert "показан один её день" in page
    assert f'id="hour-{early.id}"' in page
    assert f'id="hour-{late.id}"' not in page


def test_hours_of_the_recruiter_in_another_city_are_not_in_a_citys_week(admin: Person, company: Company) -> None:
    company.olga.cities.append(company.novosibirsk)
    there = slot(company, at(24, 10), city=company.novosibirsk)
    assert f"hour-{there.id}" not in admin.get(PATH, city=company.moscow.id).text


def test_the_styles_of_the_page_carry_its_nonce(admin: Person, company: Company) -> None:
    answer = admin.get(PATH, recruiter=company.olga.id)
    nonce = re.search(r'<style nonce="([^"]+)"', answer.text)
    assert nonce
    assert f"style-src 'self' 'nonce-{nonce[1]}'" in answer.headers["Content-Security-Policy"]


def test_an_hour_that_the_clocks_skip_is_marked_on_its_day_only(admin: Person, company: Company) -> None:
    company.olga.time_zone = "Europe/Berlin"
    company.session.commit()
    page = admin.get(PATH, recruiter=company.olga.id, week="2027-W12")
    assert re.findall(r'id="gap-([\d-]+)"', page.text) == ["2027-03-28-2-0"]
    assert 'data-day="2027-03-28" data-missing="2"' in page.text
    assert 'data-day="2027-03-27" data-missing=""' in page.text


def test_a_day_without_the_hour_that_it_is_now_is_shown_all_the_same(admin: Person, company: Company) -> None:
    company.olga.time_zone = "America/Denver"  # where it is two in the morning, which the 14th of March does not have
    company.session.commit()
    page = admin.get(PATH, recruiter=company.olga.id, day="2027-03-14")
    assert page.status_code == 200 and "#now{" not in page.text
    assert "#now{" in admin.get(PATH, recruiter=company.olga.id, day=str(NOW.date())).text


def test_the_page_asks_few_queries_however_much_it_shows(app: Flask, admin: Person, company: Company) -> None:
    others = [colleague(company, f"Рекрутер {number}") for number in range(6)]
    for number, recruiter in enumerate(others):
        for hour in range(9, 18):
            booked(company, f"Анна Н{number}", slot(company, at(24, hour), recruiter=recruiter))
    one = slot(company, at(25, 10))
    with queries_counted(app) as statements:
        page = admin.get(PATH, city=company.moscow.id, slot=one.id, on="2026-11-26", at="10:00", zone="Europe/Moscow")
    assert page.text.count('id="hour-') == 55 + 1  # the dialog too
    assert len(statements) <= 15  # with a form open and looked through
    with queries_counted(app) as statements:
        admin.get(PATH, recruiter=company.olga.id, made=one.id)
    assert len(statements) <= 15


# A new hour


def test_an_hour_is_offered_in_the_stated_zone_and_can_be_taken_back(olga: Person, company: Company) -> None:
    answer = offer(olga, company, zone="Asia/Novosibirsk", at="14:00")
    assert starts(company) == [at(31, 10)]
    made = company.session.scalars(select(Slot)).one()
    assert answer.location == f"{PATH}?recruiter={company.olga.id}&week={NEXT}&made={made.id}#hour-{made.id}"
    page = olga.get(answer.location.partition("#")[0])
    assert "Убрать этот час" in page.text
    olga.post(f"{PATH}undo", form_at=AT, kept=kept(company), slot=made.id, revision=made.revision)
    assert starts(company) == []


def test_what_is_refused_comes_back_with_everything_that_was_typed(olga: Person, company: Company) -> None:
    slot(company, at(31, 10))
    answer = offer(olga, company, at="10:15", seats="7")
    assert starts(company) == [at(31, 10)]
    page = olga.get(answer.location)
    assert "уже открыт час" in page.text
    assert re.search(r'<dialog[^>]*id="new-hour"[^>]* open>', page.text)
    assert 'value="10:15"' in page.text
    assert 'value="7"' in page.text
    assert "Пересекается" in page.text


@pytest.mark.parametrize(
    ("values", "sentence", "forbids"),
    [
        ({"at": "11:00"}, "Ничто не мешает", False),
        ({"at": "10:10"}, "Пересекается с часом", True),
        ({"at": "10:40"}, "слишком близко", True),
        ({"on": "2026-11-20"}, "уже прош", True),
        ({"at": "10:00", "purpose": "intro_day"}, "В это же время", False),
        ({"at": "late"}, "Напишите час", True),
        ({"minutes": "3"}, "от 5 минут", True),
        ({"zone": "Mars/Olympus"}, "не часовой пояс", True),
        ({"by": "x"}, "Выберите рекрутера", True),
    ],
)
def test_what_is_in_the_way_is_said_before_anything_is_saved(
    olga: Person, company: Company, values: dict[str, str], sentence: str, forbids: bool
) -> None:
    slot(company, at(31, 10), busy_until=at(31, 10, 45))
    look = olga.get(f"{PATH}check", **new_hour(company, **values)).text
    assert sentence in look
    assert ("note-bad" in look) == forbids
    assert starts(company) == [at(31, 10)]


def test_a_full_day_is_said(olga: Person, company: Company) -> None:
    company.olga.daily_cap = 1
    booked(company, "Анна Иванова", slot(company, at(31, 15)))
    assert "не больше 1" in olga.get(f"{PATH}check", **new_hour(company)).text


def test_a_look_says_the_hour_in_both_zones(admin: Person, company: Company) -> None:
    company.olga.cities.append(company.novosibirsk)
    company.session.commit()
    look = admin.get(f"{PATH}check", **new_hour(company, place=company.novosibirsk.id)).text
    assert "10:00–10:30 UTC+3" in look
    assert "14:00–14:30 UTC+7" in look


def test_the_form_opens_without_javascript(olga: Person, company: Company) -> None:
    page = olga.get(PATH, new=1, on="2026-12-02", at="15:00").text
    assert 'value="2026-12-02"' in page
    assert 'value="15:00"' in page
    assert "Ничто не мешает" in page


# Others


@pytest.mark.parametrize("which", ["recruiter", "city", "slot", "made"])
def test_foreign_calendars_and_hours_are_not_found(olga: Person, company: Company, which: str) -> None:
    foreign = slot(company, at(31, 10), recruiter=company.darya)
    ids = {"recruiter": company.darya.id, "city": company.novosibirsk.id, "slot": foreign.id, "made": foreign.id}
    answer = olga.get(PATH, **{which: ids[which]})
    assert answer.status_code == (200 if which == "made" else 404)
    assert 'class="undo"' not in answer.text
    assert "Дарья" not in answer.text
    assert olga.get(PATH, whose=f"city-{company.novosibirsk.id}").status_code == 404
    assert olga.get(PATH, **{which: 2**40}).status_code == (200 if which == "made" else 404)


def test_foreign_hours_can_be_neither_checked_made_moved_nor_taken_back(olga: Person, company: Company) -> None:
    foreign = slot(company, at(31, 10), recruiter=company.darya)
    before = starts(company)
    fields = new_hour(company, by=company.darya.id)
    assert olga.get(f"{PATH}check", **fields).status_code == 404
    assert olga.get(f"{PATH}check", **new_hour(company), slot=foreign.id).status_code == 404
    assert olga.post(f"{PATH}new", form_at=AT, **fields).status_code == 404
    assert olga.get(move(olga, foreign).location).status_code == 404
    undone = olga.post(f"{PATH}undo", form_at=AT, slot=foreign.id, revision=foreign.revision)
    assert olga.get(undone.location).status_code == 404
    assert olga.post(f"{PATH}undo", form_at=AT, slot="x").status_code == 404
    assert starts(company) == before


def test_an_hour_is_not_offered_in_a_foreign_city_nor_its_people_named(olga: Person, company: Company) -> None:
    company.darya.cities.append(company.moscow)
    company.session.commit()
    offer(olga, company, by=company.darya.id, place=company.novosibirsk.id)
    assert starts(company) == []
    shared = slot(company, at(31, 10), recruiter=company.darya)
    booked(company, "Чужой Пётр", shared, city=company.novosibirsk)
    page = olga.get(PATH, recruiter=company.darya.id, week=NEXT, slot=shared.id)
    assert "Чужой" not in page.text
    assert "Новосибирск" not in page.text
    assert "из другого города" in page.text


def test_a_viewer_looks_and_is_offered_nothing(app: Flask, company: Company) -> None:
    there = slot(company, at(31, 10))
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    page = viewer.get(PATH, recruiter=company.olga.id, week=NEXT, slot=there.id).text
    assert f'id="hour-{there.id}"' in page
    assert "data-drag" not in page
    assert 'method="post" action="/admin/calendar' not in page
    assert move(viewer, there).status_code == 403


def test_hostile_words_stay_words(admin: Person, company: Company) -> None:
    there = slot(company, at(24, 10))
    booked(company, "<script>alert(1)</script> Анна", there)
    company.olga.name = "<i>Ольга</i>"
    company.session.commit()
    page = admin.get(PATH, city=company.moscow.id, slot=there.id, on="'", at='"><b>', zone="\0", made="\0", was="<b>")
    assert page.status_code == 200
    assert "<script>alert(1)" not in page.text
    assert "<i>Ольга" not in page.text
    assert '"><b>' not in page.text


def test_an_account_with_nobody_to_look_at_gets_a_sentence(app: Flask, company: Company) -> None:
    company.account("new", Role.RECRUITER)
    person = Person(app.test_client())
    person.sign_in("new")
    assert "Нет рекрутера" in person.get(PATH).text
