"""Texts are overridden in the panel."""

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from recruitsmart.admin.text_words import VARIABLES
from recruitsmart.domain.messaging.models import OutboxMessage, TextOverride
from recruitsmart.domain.messaging.queries import override_for
from recruitsmart.domain.messaging.texts import is_label, shipped, variables
from recruitsmart.domain.slots import announcements
from tests.panel import NOW, Company, Person, queries_counted

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
        ("{{ 1 / 0 }}", "слова, переменные и условия"),
        ("{{ day | safe }}", "не «safe»"),
        ("<b>a</b> < b", "не начинает тег"),
        ("{{ recruiter }}" + "x" * 4000, "С самыми длинными именами и адресами"),
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

    assert "Ждём <b>Вторник, 24 ноября</b>" in page
    assert _in_force(company) is None


def test_a_colleagues_version_is_shown_beside_the_own_one_and_not_overwritten(admin: Person, company: Company) -> None:
    _save(admin, "Текст коллеги")

    answer = _save(admin, "Мой текст", version=0)

    assert "изменил кто-то другой" in answer.text
    assert '<pre class="wrap">Текст коллеги</pre>' in answer.text
    assert ">Мой текст</textarea>" in answer.text
    assert "<del>Текст коллеги</del><ins>Мой текст</ins>" in answer.text
    assert _in_force(company) == "Текст коллеги"


def test_who_has_seen_the_colleagues_version_may_replace_it(admin: Person, company: Company) -> None:
    _save(admin, "Текст коллеги")
    shown = _save(admin, "Мой текст", version=0).text

    assert 'name="version" value="1"' in shown
    _save(admin, "Мой текст", version=1)
    assert _in_force(company) == "Мой текст"


def test_who_goes_back_to_the_shipped_text_sees_a_colleagues_version_first(admin: Person, company: Company) -> None:
    _save(admin, "Текст")
    _save(admin, "Текст коллеги", version=1)

    shown = _save(admin, "Текст", version=1, action="reset").text

    assert '<pre class="wrap">Текст коллеги</pre>' in shown
    assert _in_force(company) == "Текст коллеги"
    assert 'name="version" value="2"' in shown
    assert _save(admin, "Текст", version=2, action="reset").status_code == 302
    assert _in_force(company) is None


def test_a_preview_of_a_stale_form_does_not_make_it_fresh(admin: Person, company: Company) -> None:
    _save(admin, "Текст коллеги")

    assert 'name="version" value="0"' in _save(admin, "Мой текст", version=0, action="preview").text


def test_saving_what_is_there_already_makes_no_version(admin: Person, company: Company) -> None:
    _save(admin, shipped("ru")["booking.booked"])
    _save(admin, "Моё")
    _save(admin, "Моё", version=0)
    _save(admin, "Моё", version=0, address=f"{ADDRESS}&city={company.moscow.id}")

    company.session.rollback()
    assert company.session.scalars(select(TextOverride.version)).all() == [1]


def test_a_city_can_be_given_the_shipped_text_where_all_cities_have_another(admin: Person, company: Company) -> None:
    _save(admin, "Всем")
    _save(admin, shipped("ru")["booking.booked"], address=f"{ADDRESS}&city={company.moscow.id}")

    assert _in_force(company, company.moscow.id) == shipped("ru")["booking.booked"].strip()


def test_the_history_says_who_changed_what_and_the_list_marks_it(admin: Person, company: Company) -> None:
    _save(admin, "Ждём вас завтра")
    _save(admin, "Ждём вас сегодня", version=1)

    page = admin.get(ADDRESS).text
    assert "Ждём вас <del>завтра</del><ins>сегодня</ins>" in page
    assert page.count(">boss</span>") == 2
    assert "изменён · ru · во всех городах" in admin.get("/admin/texts/").text


def test_an_older_version_is_put_in_force_again_as_a_new_one(admin: Person, company: Company) -> None:
    _save(admin, "Первая")
    _save(admin, "Вторая", version=1)

    answer = _restore(admin, 1, version=2)

    assert answer.status_code == 302
    assert _in_force(company) == "Первая"
    assert company.session.scalars(select(TextOverride.version)).all() == [1, 2, 3]


def test_putting_back_over_a_colleagues_version_is_refused(admin: Person, company: Company) -> None:
    for version, body in enumerate(("Первая", "Вторая", "Третья")):
        _save(admin, body, version=version)

    assert "изменил кто-то другой" in _restore(admin, 1, version=2).text
    assert _in_force(company) == "Третья"


def test_an_older_version_that_cannot_be_sent_any_more_stays_old(admin: Person, company: Company) -> None:
    _save(admin, "Первая")
    _save(admin, "Вторая", version=1)
    company.session.execute(update(TextOverride).where(TextOverride.version == 1).values(body="<b>Первая"))
    company.session.commit()

    assert "не закрыт" in _restore(admin, 1, version=2).text
    assert _in_force(company) == "Вторая"


def _restore(person: Person, number: int, *, version: int) -> Any:
    return person.post(ADDRESS, form_at=ADDRESS, restore=number, version=version, action="restore")


def test_a_long_history_is_read_page_by_page(admin: Person, company: Company) -> None:
    saved = {"key": "booking.booked", "language": "ru", "author": "boss"}
    company.session.add_all(TextOverride(**saved, version=n, body=f"Текст {n}") for n in range(1, 46))
    company.session.commit()

    first, last = admin.get(ADDRESS).text, admin.get(f"{ADDRESS}&page=3").text

    assert first.count('id="version-') == 20
    assert 'id="version-45"' in first
    assert last.count('id="version-') == 5
    assert "<ins>Текст 1</ins>" in last


def test_which_text_goes_out_is_said_in_words(admin: Person, company: Company) -> None:
    moscow, novosibirsk = (f"{ADDRESS}&city={city.id}" for city in (company.moscow, company.novosibirsk))
    assert "Исходный: здесь ничего не меняли" in admin.get(moscow).text
    _save(admin, "Всем")
    _save(admin, "Москве", address=moscow)

    assert "своего у этого города нет" in admin.get(novosibirsk).text
    assert ">Всем</textarea>" in admin.get(novosibirsk).text
    assert "Свой текст." in admin.get(moscow).text
    assert "Города со своим текстом" in admin.get(ADDRESS).text


def test_a_text_that_cannot_be_sent_is_shown_in_the_list_and_on_its_page(admin: Person, company: Company) -> None:
    _save(admin, "Ждём вас")
    company.session.execute(update(TextOverride).values(body="<b>Ждём вас"))
    company.session.commit()
    candidate = company.candidate("Анна Иванова", company.moscow)
    slot = company.slot(company.olga)
    announcements.booked(company.session, company.request(candidate, slot), now=NOW)
    company.session.commit()

    for page in (admin.get("/admin/texts/").text, admin.get(ADDRESS).text):
        assert "Тег &lt;b&gt; не закрыт" in page
        assert "Последний раз при отправке: 23 нояб. 2026" in page
    assert "booking.booked" in admin.get("/admin/texts/", only="broken").text
    assert "booking.cancelled" not in admin.get("/admin/texts/", only="broken").text
    sent = company.session.scalars(select(OutboxMessage.body).where(OutboxMessage.kind == "booking.booked")).one()
    assert sent.startswith("Вы записаны на собеседование")


def test_a_text_that_was_repaired_has_no_problem(admin: Person, company: Company) -> None:
    _save(admin, "Ждём вас")
    company.session.execute(update(TextOverride).values(broken_at=NOW, broken_reason="The text is empty."))
    company.session.commit()
    assert "Текст пуст" in admin.get("/admin/texts/").text

    _save(admin, "Очень ждём вас", version=1)

    assert "Текст пуст" not in admin.get("/admin/texts/").text


@pytest.mark.parametrize(
    "words", ["записаны НА", "{{ recruiter }}", "Your interview", "booking.book", "своими словами"]
)
def test_a_text_is_found_by_what_it_says_or_how_it_is_written(admin: Person, company: Company, words: str) -> None:
    _save(admin, "Скажем своими словами")
    page = admin.get("/admin/texts/", q=words).text
    assert 'href="/admin/texts/booking.booked"' in page
    assert 'href="/admin/texts/greeting"' not in page


def test_the_list_asks_as_many_queries_with_many_changes_as_with_none(
    app: Flask, admin: Person, company: Company
) -> None:
    with queries_counted(app) as few:
        admin.get("/admin/texts/")
    for key in ("help", "greeting", "booking.booked", "hour.none"):
        for city in (None, company.moscow.id, company.novosibirsk.id):
            row = {"key": key, "language": "ru", "city_id": city, "author": "boss"}
            company.session.add_all(TextOverride(**row, version=n, body=f"Текст {n}") for n in (1, 2))
    company.session.commit()
    with queries_counted(app) as many:
        assert admin.get("/admin/texts/").text.count("изменён · ru") == 12
    assert len(many) == len(few)


def test_a_label_and_a_text_for_recruiters_say_why_they_are_not_like_the_others(
    admin: Person, company: Company
) -> None:
    label = admin.get("/admin/texts/button.agree").text
    assert "Подписи здесь не меняются" in label
    assert "<textarea" not in label
    assert "одинаково во всех городах" in admin.get("/admin/texts/staff.booked").text
    assert admin.get("/admin/texts/staff.booked", city=company.moscow.id).status_code == 404


def test_every_variable_has_a_meaning() -> None:
    used = {name for key in shipped("ru") if not is_label(key) for name in variables(key)}
    assert used - set(VARIABLES) == set()


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
