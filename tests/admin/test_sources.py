"""Sources: links and QR codes that name where people come from, and how many came by each."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from recruitsmart.domain.directory.deep_links import introduce
from recruitsmart.domain.directory.models import Role, Source
from recruitsmart.domain.journal.models import Entry
from tests.panel import NOW, Company, Person, queries_counted

LIST, NEW = "/admin/sources/", "/admin/sources/new/"
FLYER = {"title": "Флаер в университете", "key": "flyer-7", "note": "Осень", "active": "y"}


def _add(company: Company, key: str = "flyer-7", **values: Any) -> Source:
    source = Source(key=key, **{"title": f"Источник {key}", **values})
    company.session.add(source)
    company.session.commit()
    return source


def _introduce(company: Company, username: str = "smart_bot", bot_id: int = 77, hours: int = 0) -> None:
    introduce(company.session, bot_id, username, now=NOW + timedelta(hours=hours))
    company.session.commit()


def test_a_source_has_a_link_and_a_picture_of_it(admin: Person, company: Company) -> None:
    _introduce(company)
    admin.post(NEW, form_at=NEW, **FLYER)
    source = company.session.scalars(select(Source)).one()

    page = admin.get(f"/admin/sources/{source.id}")
    picture = admin.get(f"/admin/sources/{source.id}/qr.svg")

    assert "https://t.me/smart_bot?start=flyer-7" in page.text
    assert 'class="qr" src="data:image/svg+xml' in page.text
    assert picture.mimetype == "image/svg+xml"
    assert '<svg xmlns="http://www.w3.org/2000/svg"' in picture.text
    assert "qr-flyer-7.svg" in picture.headers["Content-Disposition"]


def test_links_lead_to_the_bot_that_introduced_itself_last(admin: Person, company: Company) -> None:
    source = _add(company)
    _introduce(company, "old_bot", 1)
    _introduce(company, "new_bot", 2, hours=1)
    assert "t.me/new_bot?" in admin.get(f"/admin/sources/{source.id}").text
    _introduce(company, "renamed_bot", 2, hours=2)
    assert "t.me/renamed_bot?" in admin.get(f"/admin/sources/{source.id}").text


def test_before_the_bot_has_said_its_name_the_page_says_so(admin: Person, company: Company) -> None:
    source = _add(company)
    page = admin.get(f"/admin/sources/{source.id}")
    assert "Бот ещё не сообщил" in page.text
    assert "t.me" not in page.text
    assert admin.get(f"/admin/sources/{source.id}/qr.svg").status_code == 404


def test_each_source_counts_its_people_and_leads_to_them(admin: Person, company: Company) -> None:
    source = _add(company)
    for name in ("Анна Иванова", "Пётр Сидоров"):
        company.candidate(name, company.moscow, source="flyer-7")
    company.candidate("Мимо Проходил", company.moscow)

    link = f'href="/admin/candidates/?source={source.key}">2</a>'
    assert link in admin.get(LIST).text
    assert link in admin.get(f"/admin/sources/{source.id}").text
    assert "Мимо" not in admin.get("/admin/candidates/", source="flyer-7").text


def test_a_recruiter_prints_and_counts_the_own_cities_people_only(olga: Person, company: Company) -> None:
    source = _add(company)
    _introduce(company)
    company.candidate("Своя Анна", company.moscow, source="flyer-7")
    company.candidate("Чужой Пётр", company.novosibirsk, source="flyer-7")
    company.candidate("Чужая Вера", company.novosibirsk, source="elsewhere")

    page = olga.get(LIST).text

    assert ">1</a>" in page
    assert "elsewhere" not in page
    assert olga.get(f"/admin/sources/{source.id}/qr.svg").status_code == 200
    for path in (NEW, f"/admin/sources/edit/?id={source.id}"):
        assert olga.get(path).status_code == 403
        assert olga.post(path, form_at=LIST.replace("sources", "candidates"), **FLYER).status_code == 403


def test_what_people_came_by_unknown_is_shown_and_can_be_added(admin: Person, company: Company) -> None:
    _add(company)
    company.candidate("Анна Иванова", company.moscow, source="flyer-7")
    company.candidate("Пётр Сидоров", company.moscow, source="advert_9")
    company.candidate("Вера Котова", company.moscow, source='<b>"Авито"</b>')

    others = admin.get(LIST).text.partition('id="others"')[2]

    assert "flyer-7" not in others
    assert "/admin/sources/new/?key=advert_9" in others
    assert 'value="advert_9"' in admin.get("/admin/sources/new/?key=advert_9").text
    assert "<b>" not in others
    assert "&lt;b&gt;" in others


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"key": "два слова"}, "Ключ — от 1 до 64"),
        ({"key": ""}, ""),
        ({"key": "x" * 65}, "Не больше 64"),
        ({"key": "link_ABC"}, "означают для бота другое"),
        ({"key": "Invite_1"}, "означают для бота другое"),
        ({"key": "FLYER-0"}, "Источник с таким ключом уже есть"),
        ({"title": " "}, "Напишите название"),
    ],
)
def test_a_key_that_cannot_be_one_is_refused_in_a_sentence(
    admin: Person, company: Company, typed: dict[str, str], sentence: str
) -> None:
    _add(company, "flyer-0")
    answer = admin.post(NEW, form_at=NEW, **{**FLYER, **typed})

    assert answer.status_code == 200
    assert sentence in answer.text
    assert "psycopg2" not in answer.text
    company.session.rollback()
    assert company.session.scalars(select(Source.key)).all() == ["flyer-0"]


def test_a_key_never_changes_and_the_rest_is_written_down(admin: Person, company: Company) -> None:
    source = _add(company)
    address = f"/admin/sources/edit/?id={source.id}"
    admin.post(address, form_at=address, revision=1, **{**FLYER, "key": "other"})

    now = company.now(source)
    assert (now.key, now.title, now.note) == ("flyer-7", "Флаер в университете", "Осень")
    entry = company.session.scalars(select(Entry).where(Entry.kind == "source.saved")).one()
    assert set(entry.details["changed"]) == {"title", "note"}


def test_a_card_names_the_source_and_an_unknown_payload_as_it_is(admin: Person, company: Company) -> None:
    _add(company)
    known = company.candidate("Анна Иванова", company.moscow, source="flyer-7")
    unknown = company.candidate("Пётр Сидоров", company.moscow, source="<i>x")
    assert "Источник flyer-7</a>" in admin.get(f"/admin/candidates/{known.reference}").text
    assert "&lt;i&gt;x" in admin.get(f"/admin/candidates/{unknown.reference}").text


def test_the_list_asks_few_queries_however_long_it_is(app: Flask, admin: Person, company: Company) -> None:
    for number in range(30):
        _add(company, f"flyer-{number:02}")
        company.candidate("Анна Иванова", company.moscow, source=f"flyer-{number:02}")
    with queries_counted(app) as statements:
        assert admin.get(LIST).text.count("source=flyer-") == 30
    assert len(statements) <= 6


def test_a_viewer_looks(app: Flask, company: Company) -> None:
    source = _add(company)
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    assert viewer.get(f"/admin/sources/{source.id}").status_code == 200
    assert viewer.get(f"/admin/sources/edit/?id={source.id}").status_code == 403


def test_pages_of_the_directory_are_one_group_of_the_menu(admin: Person, olga: Person) -> None:
    menu = admin.get(LIST).text.partition("<nav")[2].partition("</nav>")[0]
    group = menu.partition('class="menu-group" open')[2].partition("</details>")[0]
    assert "Справочник" in group
    for path in ("/admin/cities/", "/admin/recruiters/", LIST):
        assert f'href="{path}"' in group
    assert 'class="menu-group" open' not in admin.get("/admin/candidates/").text
    assert "/admin/cities/" not in olga.get(LIST).text


@pytest.mark.parametrize("number", ["0", "999999", "99999999999999999999"])
def test_a_source_that_is_not_there_is_not_found(admin: Person, company: Company, number: str) -> None:
    assert admin.get(f"/admin/sources/{number}").status_code == 404
