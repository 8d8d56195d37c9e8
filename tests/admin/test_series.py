"""Series of hours and copied weeks: shown first, made as shown, undone."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from recruitsmart.domain.directory.models import Recruiter, Role
from recruitsmart.domain.slots.models import Slot, SlotSeries
from tests.panel import Company, Person, queries_counted

AT = "/admin/series/"


def _typed(company: Company, **values: Any) -> dict[str, Any]:
    """Olga on Tuesday and Wednesday, 10:00 to 12:00: eight hours of thirty minutes."""
    typed = {
        "recruiter": [company.olga.id], "purpose": "interview", "first": "2026-11-24", "last": "2026-11-25",
        "weekday": ["0", "1", "2", "3", "4"], "begins": "10:00", "ends": "12:00", "duration": "30", "pause": "0",
        "capacity": "1",
    }  # fmt: skip
    return typed | values


def _send(person: Person, fields: dict[str, Any], step: str = "preview", at: str = AT) -> TestResponse:
    return person.post(at, form_at=AT, **fields, step=step)


def _mark(page: TestResponse) -> str:
    found = re.search(r'name="mark" value="(\w+)"', page.text)
    assert found
    return found[1]


def _make(person: Person, fields: dict[str, Any], at: str = AT) -> TestResponse:
    return _send(person, fields | {"mark": _mark(_send(person, fields, at=at))}, step="make", at=at)


def _starts(company: Company) -> list[datetime]:
    company.session.rollback()
    return list(company.session.scalars(select(Slot.starts_at).order_by(Slot.starts_at)))


def test_a_preview_shows_the_hours_and_writes_nothing(admin: Person, company: Company) -> None:
    page = _send(admin, _typed(company))

    assert "Создать часы: 8" in page.text
    assert "11:30 UTC+3" in page.text
    assert _starts(company) == []
    assert company.session.scalar(select(func.count(SlotSeries.id))) == 0


def test_a_series_is_made_as_it_was_shown(admin: Person, company: Company) -> None:
    answer = _make(admin, _typed(company))

    assert answer.status_code == 302
    starts = _starts(company)
    assert len(starts) == 8
    assert starts[0] == datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
    assert "Создано часов: 8" in admin.get(answer.location).text


def test_without_a_stated_zone_each_recruiter_has_their_own(admin: Person, company: Company) -> None:
    _make(admin, _typed(company, recruiter=[company.olga.id, company.darya.id], last="2026-11-24", ends="10:30"))

    assert [start.hour for start in _starts(company)] == [3, 7]


def test_a_stated_zone_holds_for_all_and_the_recruiters_own_is_shown_beside(admin: Person, company: Company) -> None:
    fields = _typed(company, recruiter=[company.darya.id], zone="Europe/Moscow", last="2026-11-24", ends="10:30")

    page = _send(admin, fields)

    assert "10:00 UTC+3" in page.text
    assert "14:00 UTC+7" in page.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"first": "2026-11-23", "last": "2026-11-23"}, "уже прошло"),
        ({"first": "2027-03-14", "last": "2027-03-14", "weekday": ["6"], "begins": "02:00", "ends": "02:30",
          "zone": "America/New_York"}, "переводят часы"),
    ],
)  # fmt: skip
def test_what_stands_against_an_hour_is_said_in_words(
    admin: Person, company: Company, typed: dict[str, Any], words: str
) -> None:
    assert words in _send(admin, _typed(company, **typed)).text


def test_overlaps_and_foreign_cities_are_said_in_words(admin: Person, company: Company) -> None:
    company.slot(company.olga, hours_ahead=22.25)  # 10:15 in Moscow on Tuesday

    page = _send(admin, _typed(company)).text
    elsewhere = _send(admin, _typed(company, city=company.novosibirsk.id)).text

    assert page.count("пересекается с другим часом") == 2
    assert "Создать часы: 6" in page
    assert elsewhere.count("не работает в этом городе") == 8
    assert "Создать часы" not in elsewhere


def test_nothing_is_made_when_the_hours_are_no_longer_those_shown(admin: Person, company: Company) -> None:
    shown = _send(admin, _typed(company))
    company.slot(company.olga, hours_ahead=22)

    page = _send(admin, _typed(company, mark=_mark(shown)), step="make")

    assert "уже не то, что вы видели" in page.text
    assert "Создать часы: 7" in page.text
    assert len(_starts(company)) == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"recruiter": []}, "хотя бы одного рекрутера"),
        ({"first": "soon"}, "Напишите день"),
        ({"begins": "late"}, "Напишите час"),
        ({"duration": "x"}, "целые числа"),
        ({"last": "2026-11-20"}, "не раньше первого"),
        ({"weekday": []}, "Не получается ни одного часа"),
        ({"last": "2027-02-20", "begins": "00:00", "ends": "23:59", "duration": "5"}, "не больше 2000"),
    ],
)
def test_nothing_typed_is_lost_on_an_error(
    admin: Person, company: Company, typed: dict[str, Any], sentence: str
) -> None:
    page = _send(admin, _typed(company, **{"pause": "17", "ends": "16:41", **typed}))

    assert page.status_code == 200
    assert sentence in page.text
    assert 'value="17"' in page.text
    assert f'value="{typed.get("ends", "16:41")}"' in page.text


def test_undo_takes_back_what_nobody_booked_and_says_how_many_stay(admin: Person, company: Company) -> None:
    _make(admin, _typed(company))
    booked = company.session.scalars(select(Slot).order_by(Slot.starts_at)).first()
    assert booked is not None
    company.request(company.candidate("Анна Иванова", company.moscow), booked)
    series = company.session.scalars(select(SlotSeries)).one()

    admin.post(f"{AT}{series.id}/undo", form_at=AT)
    page = admin.get(AT).text

    assert "Убрано часов: 7" in page
    assert "записывались: 1" in page
    assert len(_starts(company)) == 1


def test_undoing_twice_is_a_sentence(admin: Person, company: Company) -> None:
    _make(admin, _typed(company))
    series = company.session.scalars(select(SlotSeries)).one()
    for _ in range(2):
        admin.post(f"{AT}{series.id}/undo", form_at=AT)

    assert "уже отменена" in admin.get(AT).text


def test_a_week_is_copied_through_the_same_preview(admin: Person, company: Company) -> None:
    company.slot(company.olga, hours_ahead=24)
    fields = {"recruiter": [company.olga.id], "from": "2026-11-23", "to": "2026-11-30"}

    shown = _send(admin, fields, at=f"{AT}week")
    assert len(_starts(company)) == 1
    _send(admin, fields | {"mark": _mark(shown)}, step="make", at=f"{AT}week")

    first, second = _starts(company)
    assert second - first == timedelta(days=7)


def test_a_week_begins_on_a_monday(admin: Person, company: Company) -> None:
    fields = {"recruiter": [company.olga.id], "from": "2026-11-24", "to": "2026-11-30"}

    page = _send(admin, fields, at=f"{AT}week").text

    assert "понедельниками" in page
    assert 'value="2026-11-24"' in page


def test_a_foreign_recruiter_or_city_does_not_exist(olga: Person, company: Company) -> None:
    assert _send(olga, _typed(company, recruiter=[company.darya.id])).status_code == 404
    assert _send(olga, _typed(company, city=company.novosibirsk.id)).status_code == 404
    foreign_week = {"recruiter": [company.darya.id], "from": "2026-11-23", "to": "2026-11-30"}
    assert _send(olga, foreign_week, at=f"{AT}week").status_code == 404
    assert "Дарья" not in olga.get(AT).text


def test_a_colleagues_series_cannot_be_undone(admin: Person, olga: Person, company: Company) -> None:
    _make(admin, _typed(company))
    series = company.session.scalars(select(SlotSeries)).one()

    assert olga.post(f"{AT}{series.id}/undo", form_at=AT).status_code == 404
    assert f"{AT}{series.id}/undo" not in olga.get(AT).text
    assert len(_starts(company)) == 8


def test_a_viewer_makes_no_series(app: Flask, company: Company) -> None:
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")

    assert viewer.get(AT).status_code == 403
    assert viewer.post(AT, form_at="/admin/candidates/", **_typed(company)).status_code == 403
    assert "/admin/series/" not in viewer.get("/admin/slots/").text


def test_a_series_without_the_forms_token_is_refused(admin: Person, company: Company) -> None:
    assert admin.client.post(AT, data=_typed(company)).status_code == 400


def test_hostile_names_are_only_names(admin: Person, company: Company) -> None:
    company.session.add(Recruiter(name="<script>alert(1)</script>", time_zone="Europe/Moscow", cities=[company.moscow]))
    company.session.commit()
    hostile = company.session.scalars(select(Recruiter.id).order_by(Recruiter.id.desc())).first()

    page = _send(admin, _typed(company, recruiter=[hostile])).text

    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_preview_of_two_hundred_hours_takes_few_queries(app: Flask, admin: Person, company: Company) -> None:
    fields = _typed(company, last="2026-12-31", ends="15:00", recruiter=[company.olga.id, company.darya.id])
    token = re.search(r'name="csrf_token" value="([^"]+)"', admin.get(AT).text)
    assert token

    with queries_counted(app) as statements:
        page = admin.client.post(AT, data={"csrf_token": token[1], "step": "preview", **fields})

    assert int(re.search(r"Создать часы: (\d+)", page.text)[1]) >= 200  # type: ignore[index]
    assert len(statements) <= 15, statements


def test_the_calendar_leads_to_a_series_and_a_copy_of_its_week(admin: Person, company: Company) -> None:
    week = {"recruiter": company.olga.id, "first": "2026-11-30", "last": "2026-12-06"}
    page = admin.get("/admin/series/", **week).text
    assert 'name="first" value="2026-11-30"' in page
    assert 'name="last" value="2026-12-06"' in page
    assert 'name="first" value="2026-11-24"' in admin.get("/admin/series/", first="2026-11-01", last="x").text
    page = admin.get("/admin/series/week", recruiter=company.olga.id, week="2026-12-02").text
    assert 'name="from" value="2026-11-30"' in page
    assert 'name="to" value="2026-12-07"' in page
    assert admin.get("/admin/series/week", week="9999-12-31").status_code == 200


@pytest.mark.parametrize(("week", "to"), [("9999-12-27", "2026-11-30"), ("2026-11-23", "9999-12-27")])
def test_a_week_at_the_end_of_time_is_refused_in_a_sentence(
    admin: Person, company: Company, week: str, to: str
) -> None:
    company.slot(company.olga, hours_ahead=24)
    page = _send(admin, {"recruiter": [company.olga.id], "from": week, "to": to}, at=f"{AT}week")
    assert page.status_code == 200
    assert "от 2000 до 2100" in page.text


def test_a_series_of_a_city_one_no_longer_works_in_cannot_be_undone(olga: Person, company: Company) -> None:
    _make(olga, _typed(company, city=company.moscow.id))
    series = company.session.scalars(select(SlotSeries)).one()
    company.olga.cities = [company.novosibirsk]
    company.session.commit()
    assert olga.post(f"{AT}{series.id}/undo", form_at="/admin/slots/new").status_code == 404
    assert company.session.scalar(select(func.count()).select_from(Slot)) == 8
