"""Cities and recruiters are edited in the panel."""

import html
import re
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import select

from recruitsmart.domain.directory.models import City, Recruiter, Role
from recruitsmart.domain.journal.models import Entry
from tests.panel import Company, Person, queries_counted

CITY = {
    "name": "Москва", "aliases": "Мск,  Moscow, Мск", "time_zone": "Europe/Moscow", "address": "ул. Лесная, 7",
    "map_url": "https://maps.example.org/1", "contact_person": "Ольга", "intro_day_note": "Паспорт", "active": "y",
    "phone_required": "y",
    "recruiter_choice": "candidate", "minimum_notice_minutes": "90", "horizon_days": "7",
    "change_deadline_minutes": "30", "test2_after_minutes": "0", "weekly_plan": "12",
    "quiet_from": "21:30", "quiet_until": "09:00",
    "first_reminder_minutes": "1440", "second_reminder_minutes": "180", "last_reminder_minutes": "30",
}  # fmt: skip


def _save(person: Person, city: City, revision: int = 1, **values: Any) -> Any:
    address = f"/admin/cities/edit/?id={city.id}"
    return person.post(address, form_at=address, **{**CITY, "revision": revision, **values})


def test_every_policy_of_a_city_is_saved(admin: Person, company: Company) -> None:
    answer = _save(admin, company.moscow)

    assert answer.status_code == 302
    city = company.now(company.moscow)
    assert city.aliases == ["Мск", "Moscow"]
    assert (city.recruiter_choice, city.approval_required, city.phone_required) == ("candidate", False, True)
    assert (city.minimum_notice_minutes, city.horizon_days, city.change_deadline_minutes) == (90, 7, 30)
    assert (city.quiet_from.isoformat(), city.quiet_until.isoformat()) == ("21:30:00", "09:00:00")
    assert (city.map_url, city.contact_person, city.revision) == ("https://maps.example.org/1", "Ольга", 2)
    assert (city.intro_day_note, city.weekly_plan) == ("Паспорт", 12)


def test_a_city_may_have_nothing_to_bring(admin: Person, company: Company) -> None:
    assert _save(admin, company.moscow, intro_day_note="").status_code == 302
    assert company.now(company.moscow).intro_day_note == ""


def test_a_change_is_written_down_with_before_and_after(admin: Person, company: Company) -> None:
    _save(admin, company.moscow)

    entry = company.session.scalars(select(Entry).where(Entry.kind == "city.saved")).one()
    assert entry.subject_id == company.moscow.id
    assert entry.details["changed"]["horizon_days"] == [[14], [7]]
    assert "time_zone" not in entry.details["changed"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"time_zone": "Moscow"}, "не часовой пояс"),
        ({"name": " "}, "Напишите название"),
        ({"map_url": "javascript:alert(1)"}, "Ссылка начинается"),
        ({"horizon_days": "0"}, "Число от 1 до 365"),
        ({"horizon_days": ""}, ""),
        ({"minimum_notice_minutes": "99999999999999999999"}, "Число от 0"),
        ({"recruiter_choice": "nobody"}, ""),
        ({"quiet_from": "midnight"}, ""),
        ({"name": "x" * 200}, "Не больше 120"),
        ({"intro_day_note": "x" * 1001}, "Не больше 1000"),
        ({"name": "новосибирск "}, "«новосибирск» уже означает город «Новосибирск»"),
        ({"aliases": "Мск, НОВОСИБИРСК"}, "«НОВОСИБИРСК» уже означает город «Новосибирск»"),
    ],
)
def test_a_wrong_value_is_a_sentence_and_the_input_stays(
    admin: Person, company: Company, typed: dict[str, str], sentence: str
) -> None:
    answer = _save(admin, company.moscow, **{"address": "Новый адрес, 1", **typed})

    assert answer.status_code == 200
    assert sentence in answer.text
    assert "Новый адрес, 1" in answer.text
    assert "psycopg2" not in answer.text
    assert company.now(company.moscow).revision == 1


def test_a_city_that_is_not_active_keeps_no_name_from_another(admin: Person, company: Company) -> None:
    company.novosibirsk.active = False
    company.session.commit()
    assert _save(admin, company.moscow, aliases="Новосибирск").status_code == 302


def test_a_form_that_is_not_saved_says_so_once_and_in_the_panels_language(admin: Person, company: Company) -> None:
    """Flask-Admin's own sentence is not in its Russian catalogue, and stood beside ours."""
    by_field = _save(admin, company.moscow, horizon_days="0").text
    by_operation = _save(admin, company.moscow, map_url="javascript:alert(1)").text
    new = admin.post("/admin/cities/new/", form_at="/admin/cities/new/", **{**CITY, "name": ""}).text

    assert [_said(page) for page in (by_field, new)] == [["Не сохранено: в форме нужно что-то исправить."]] * 2
    assert [said[:20] for said in _said(by_operation)] == ["Ссылка начинается с "]


def _said(page: str) -> list[str]:
    """The sentences at the top of a page."""
    return re.findall(r'class="note note-bad"[^>]*>([^<]+)<', page)


def test_a_colleagues_change_is_shown_and_not_overwritten(admin: Person, company: Company) -> None:
    company.moscow.address = "Адрес коллеги, 5"
    company.session.commit()

    answer = _save(admin, company.moscow, revision=1, address="Мой адрес, 9")

    assert "изменил кто-то другой" in answer.text
    assert "Адрес коллеги, 5" in answer.text
    assert "Мой адрес, 9" in answer.text
    assert 'name="revision" value="2"' in answer.text
    assert company.now(company.moscow).address == "Адрес коллеги, 5"


def test_after_having_seen_it_one_may_save(admin: Person, company: Company) -> None:
    company.moscow.address = "Адрес коллеги, 5"
    company.session.commit()

    _save(admin, company.moscow, revision=2, address="Мой адрес, 9")

    assert company.now(company.moscow).address == "Мой адрес, 9"


def test_a_city_can_be_added(admin: Person, company: Company) -> None:
    answer = admin.post("/admin/cities/new/", form_at="/admin/cities/new/", **{**CITY, "name": "Казань"})

    assert answer.status_code == 302
    assert company.session.scalars(select(City.name).where(City.name == "Казань")).one()


def _save_cities(person: Person, recruiter: Recruiter, cities: list[City], *, revision: int) -> Any:
    """Press Save on a form that was drawn at this revision."""
    address = f"/admin/recruiters/edit/?id={recruiter.id}"
    return person.post(
        address, form_at=address, revision=revision, name=recruiter.name, time_zone=recruiter.time_zone, active="y",
        weight="1", buffer_minutes="0", daily_cap="", cities=[city.id for city in cities],
    )  # fmt: skip


def test_of_two_who_change_a_recruiters_cities_the_second_looks_again(
    app: Flask, admin: Person, company: Company
) -> None:
    """Cities are rights: whoever saves an older form would give back what a colleague has just taken."""
    company.account("second", Role.ADMIN)
    second = Person(app.test_client())
    second.sign_in("second")
    company.olga.cities.append(company.novosibirsk)
    company.session.commit()
    drawn = company.olga.revision

    assert _save_cities(admin, company.olga, [company.moscow], revision=drawn).status_code == 302
    answer = _save_cities(second, company.olga, [company.moscow, company.novosibirsk], revision=drawn)

    assert "изменил кто-то другой" in answer.text
    assert [city.name for city in company.now(company.olga).cities] == ["Москва"]
    entry = company.session.scalars(select(Entry).where(Entry.kind == "recruiter.saved")).one()
    assert entry.details["changed"] == {"cities": [["Новосибирск"], []]}


def test_a_recruiter_gets_cities_and_limits(admin: Person, company: Company) -> None:
    address = f"/admin/recruiters/edit/?id={company.olga.id}"
    values = {"name": "Ольга М.", "time_zone": "Europe/Samara", "meeting_url": "https://meet.example.org/o"}
    answer = admin.post(
        address, form_at=address, revision=1, active="y", weight="5", buffer_minutes="10", daily_cap="",
        cities=[company.moscow.id, company.novosibirsk.id], **values,
    )  # fmt: skip

    assert answer.status_code == 302
    olga = company.now(company.olga)
    assert {city.name for city in olga.cities} == {"Москва", "Новосибирск"}
    assert (olga.weight, olga.buffer_minutes, olga.daily_cap) == (5, 10, None)


def test_rows_are_never_deleted_here(admin: Person, company: Company) -> None:
    for path in ("/admin/cities/delete/", "/admin/cities/action/"):
        values = {"id": company.moscow.id, "action": "delete", "rowid": company.moscow.id}
        admin.post(path, form_at="/admin/cities/", **values)

    assert company.now(company.moscow).name == "Москва"


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("cities", "Новый город"), ("recruiters", "Новый рекрутер"), ("sources", "Новый источник"),
        ("reasons", "Новая причина"),
    ],
)  # fmt: skip
def test_the_form_of_a_new_row_says_of_what(admin: Person, path: str, heading: str) -> None:
    assert f"<h1>{heading}</h1>" in admin.get(f"/admin/{path}/new/").text


@pytest.mark.parametrize("path", ["cities", "recruiters", "sources", "reasons"])
def test_a_list_counts_no_whole_table_and_asks_no_query_for_a_row(
    app: Flask, admin: Person, company: Company, path: str
) -> None:
    """Flask-Admin counts the whole table for its pages unless told otherwise; the badge of the inbox has a bound."""
    with queries_counted(app) as statements:
        admin.get(f"/admin/{path}/")
    few = len(statements)
    counted = [found for found in statements if found.lower().startswith("select count(")]
    assert [found for found in counted if "LIMIT" not in found] == []
    for number in range(20):
        kazan = City(name=f"Город {number}", time_zone="Europe/Moscow")
        company.session.add(Recruiter(name=f"Рекрутер {number}", time_zone="Europe/Moscow", cities=[kazan]))
    company.session.commit()
    with queries_counted(app) as statements:
        admin.get(f"/admin/{path}/")
    assert len(statements) == few


@pytest.mark.parametrize(("path", "asked"), [("cities", "Название"), ("recruiters", "Имя")])
def test_a_search_names_what_it_looks_for(admin: Person, path: str, asked: str) -> None:
    assert f'<label for="search">{asked}</label>' in admin.get(f"/admin/{path}/").text


@pytest.mark.parametrize("people", [0, 2])
def test_who_switches_a_recruiter_off_reads_how_many_people_they_still_meet(
    admin: Person, company: Company, people: int
) -> None:
    for number in range(people):
        company.request(
            company.candidate("Анна Ким", company.moscow), company.slot(company.olga, hours_ahead=24 + number)
        )
    address = f"/admin/recruiters/edit/?id={company.olga.id}"
    admin.post(
        address, form_at=address, revision=company.olga.revision, name="Ольга", time_zone="Europe/Moscow", weight="5",
        buffer_minutes="0", daily_cap="", cities=[company.moscow.id],
    )  # fmt: skip
    told = admin.get("/admin/recruiters/").text
    assert not company.now(company.olga).active
    assert ("Встреч впереди у этого рекрутера: 2." in told) is bool(people)


def _cities(company: Company, count: int) -> None:
    company.session.add_all(City(name=f"Город {number:02}", time_zone="Europe/Moscow") for number in range(count))
    company.session.commit()


def test_after_a_row_is_saved_or_left_the_list_is_as_it_was(admin: Person, company: Company) -> None:
    listed = admin.get("/admin/cities/?search=Моск").text
    found = re.search(r'href="(/admin/cities/edit/[^"]+)"', listed)
    assert found
    address = html.unescape(found[1])

    page = admin.get(address).text
    answer = admin.post(address, form_at=address, **CITY, revision=1)

    back = re.findall(r'href="([^"]+)">(?:Отмена|← Города)', page)
    assert {unquote(html.unescape(each)) for each in [*back, answer.location]} == {"/admin/cities/?search=Моск"}
    assert len(back) == 2


@pytest.mark.parametrize("url", ["https://evil.example", "//evil.example", "/\\\\evil.example", "javascript:alert(1)"])
def test_no_list_leads_out_of_the_site(admin: Person, company: Company, url: str) -> None:
    address = f"/admin/cities/edit/?id={company.moscow.id}&url={url}"
    assert "evil" not in admin.get(address).text.split("<form method")[0]
    assert _back_of(admin.get(address).text) == "/admin/cities/"
    assert admin.post(address, form_at=address, **CITY, revision=1).location == "/admin/cities/"


def _back_of(page: str) -> str:
    found = re.search(r'href="([^"]+)">Отмена', page)
    assert found
    return found[1]


@pytest.mark.parametrize(("more", "has_next"), [(48, False), (49, True)])
def test_there_is_a_next_page_only_where_there_are_more_rows(
    admin: Person, company: Company, more: int, has_next: bool
) -> None:
    _cities(company, more)  # besides the two of the company

    page = admin.get("/admin/cities/").text

    assert page.count("/admin/cities/edit/") == 50
    assert ('rel="next"' in page) is has_next


@pytest.mark.parametrize("path", ["cities", "sources"])
def test_behind_the_last_page_there_is_a_way_back(admin: Person, company: Company, path: str) -> None:
    assert 'rel="prev"' in admin.get(f"/admin/{path}/?page=3").text
    assert "пока" not in _empty_of(admin.get(f"/admin/{path}/?page=3").text)


def test_a_search_without_hits_does_not_say_that_there_is_nothing_yet(admin: Person, company: Company) -> None:
    for path in ("cities", "recruiters"):
        assert _empty_of(admin.get(f"/admin/{path}/?search=Нет-такого").text) == "По этому запросу ничего не нашлось."


def _empty_of(page: str) -> str:
    found = re.search(r'<p class="empty">([^<]+)<', page)
    assert found
    return found[1]
