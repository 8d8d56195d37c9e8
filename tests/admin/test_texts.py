"""Texts are overridden in the panel."""

from typing import Any

import pytest
from sqlalchemy import select

from recruitsmart.domain.messaging.models import TextOverride
from recruitsmart.domain.messaging.queries import override_for
from tests.panel import Company, Person

ADDRESS = "/admin/texts/booking.booked?language=ru"


def _save(person: Person, body: str, *, version: int = 0, address: str = ADDRESS, action: str = "save") -> Any:
    return person.post(address, form_at=address, body=body, version=version, action=action)


def _in_force(company: Company, city_id: int | None = None) -> str | None:
    company.session.rollback()
    return override_for(company.session, "booking.booked", language="ru", city_id=city_id)


def test_an_override_is_in_force_at_once_with_its_author(admin: Person, company: Company) -> None:
    answer = _save(admin, "Ждём вас: <b>{{ day }}</b>, {{ hour }}")

    assert answer.status_code == 302
    assert _in_force(company) == "Ждём вас: <b>{{ day }}</b>, {{ hour }}"
    assert company.session.scalars(select(TextOverride.author)).one() == "boss"


def test_an_override_of_one_city_is_for_that_city(admin: Person, company: Company) -> None:
    _save(admin, "В Москве", address=f"{ADDRESS}&city={company.moscow.id}")

    assert _in_force(company, company.moscow.id) == "В Москве"
    assert _in_force(company, company.novosibirsk.id) is None


def test_one_can_go_back_to_the_shipped_text(admin: Person, company: Company) -> None:
    _save(admin, "Моё")

    _save(admin, "", version=1, action="reset")

    assert _in_force(company) is None
    assert company.session.scalars(select(TextOverride.version)).all() == [1, 2]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("Привет, {{ nobody }}", "Неизвестная переменная: nobody"),
        ("Привет, {{ day", "Шаблон не читается"),
        ("{{ 1 / 0 }}", "Шаблон не читается"),
        ("<b>Привет", "не закрыт"),
        ("Привет</i>", "ничего не закрывает"),
        ("<script>alert(1)</script>", "нет тега"),
        ("x" * 4097, "не больше 4096"),
        ("   ", "Текст пуст"),
        ("{% if false %}x{% endif %}", "Текст пуст"),
    ],
)
def test_a_text_that_could_not_be_sent_is_refused_with_the_reason_and_stays_in_the_form(
    admin: Person, company: Company, body: str, sentence: str
) -> None:
    answer = _save(admin, body)

    assert answer.status_code == 200
    assert sentence in answer.text
    assert "<script>alert" not in answer.text
    assert body.strip()[:20].replace("<", "&lt;").replace(">", "&gt;") in answer.text
    assert _in_force(company) is None


def test_a_preview_shows_sample_values_and_saves_nothing(admin: Person, company: Company) -> None:
    page = _save(admin, "Ждём <b>{{ day }}</b> & <i>приходите</i>", action="preview").text

    assert "Ждём <b>вторник, 24 ноября</b>" in page
    assert _in_force(company) is None


def test_a_colleagues_version_is_shown_and_not_overwritten(admin: Person, company: Company) -> None:
    _save(admin, "Текст коллеги")

    answer = _save(admin, "Мой текст", version=0)

    assert "изменил кто-то другой" in answer.text
    assert "Текст коллеги" in answer.text
    assert "Мой текст" in answer.text
    assert _in_force(company) == "Текст коллеги"


def test_the_history_and_the_mark_in_the_list(admin: Person, company: Company) -> None:
    _save(admin, "Первая")
    _save(admin, "Вторая", version=1)

    page = admin.get(ADDRESS).text
    assert "Первая" in page
    assert "изменён · ru" in admin.get("/admin/texts/").text


@pytest.mark.parametrize("path", ["none", "booking.booked?language=de", "booking.booked?city=999"])
def test_a_place_that_is_none_is_not_found(admin: Person, path: str) -> None:
    assert admin.get(f"/admin/texts/{path}").status_code == 404


def test_every_shipped_text_can_be_looked_at_in_both_languages_and_saved_as_it_is(admin: Person) -> None:
    keys = [part.split('"')[0] for part in admin.get("/admin/texts/").text.split('href="/admin/texts/')[1:]]
    assert len(keys) > 30
    for key in keys:
        for language in ("ru", "en"):
            page = admin.get(f"/admin/texts/{key}", language=language)
            assert page.status_code == 200
            assert "field-error" not in page.text, f"{key} {language}"
