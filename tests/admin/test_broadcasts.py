"""Broadcasts in the panel: looked at first, started once, and only ever to one's own candidates."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, update

from recruitsmart.admin.moments import lasting
from recruitsmart.domain.broadcasts import sweeping
from recruitsmart.domain.broadcasts.models import Broadcast, BroadcastRecipient, BroadcastState, RecipientState
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import City, Role
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.pipeline.erasing import erase
from tests.panel import NOW, Company, Person, queries_counted

LIST = "/admin/broadcasts/"
NEW = "/admin/broadcasts/new"
HOSTILE = "<script>alert(1)</script>{{ 7*7 }}"


def _candidate(company: Company, name: str, city: City | None, **values: Any) -> Candidate:
    return company.candidate(name, city, **{"consent_at": NOW, "consent_version": "1", **values})


def _write(person: Person, body: str = "Привет, <b>{{ first_name }}</b>!", **filters: Any) -> Any:
    return person.post(NEW, form_at=NEW, **{"body-ru": body, "outcome": "active", **filters})


def _drafted(person: Person, company: Company, **more: Any) -> Broadcast:
    answer = _write(person, **more)
    assert answer.status_code == 302, answer.text
    return company.session.get(Broadcast, int(answer.location.rsplit("/", 1)[1]))


def _press(person: Person, broadcast: Broadcast, step: str, **fields: Any) -> Any:
    return person.post(f"{LIST}{broadcast.id}/{step}", form_at=NEW, **fields)


def _started(person: Person, company: Company, **more: Any) -> Broadcast:
    broadcast = _drafted(person, company, **more)
    _press(person, broadcast, "start", revision=broadcast.revision)
    return company.now(broadcast)


def _advance(company: Company, broadcast: Broadcast, **more: Any) -> None:
    sweeping.advance(company.session, broadcast.id, most_queued=100, now=NOW, **more)
    company.session.commit()


def _people(company: Company) -> list[tuple[int, str]]:
    company.session.rollback()
    rows = company.session.execute(select(BroadcastRecipient.candidate_id, BroadcastRecipient.state))
    return sorted((candidate_id, str(state)) for candidate_id, state in rows)


# --- before the start


def test_before_it_starts_one_sees_how_many_get_it_how_long_it_takes_and_three_of_them(
    admin: Person, company: Company
) -> None:
    for name in ("Анна Иванова", "Пётр Орлов", "Ольга Белова", "Мария Ким"):
        _candidate(company, name, company.moscow)
    _candidate(company, "Отказ Отказов", company.moscow, outcome=Outcome.REJECTED, outcome_reason="x")
    company.candidate("Без Согласия", company.moscow)

    broadcast = _drafted(admin, company)
    page = admin.get(f"{LIST}{broadcast.id}").text

    assert "Начать: отправить 4 чел." in page
    assert "меньше минуты" in page
    assert "нет согласия на обработку данных: 1" in page
    assert page.count('<div class="bubble"') == 3
    assert "Привет, <b>Мария</b>!" in page
    assert "Отказ" not in page
    assert (company.now(broadcast).state, _people(company)) == (BroadcastState.DRAFT, [])


def test_a_draft_for_somebody_who_was_erased_since_reaches_nobody_also_when_it_is_changed(
    admin: Person, company: Company
) -> None:
    anna = _candidate(company, "Анна Иванова", company.moscow)
    _candidate(company, "Пётр Орлов", company.moscow)
    broadcast = _drafted(admin, company, people=anna.reference)
    erase(company.session, anna, actor=SYSTEM, now=NOW)
    company.session.commit()
    edit = f"{LIST}{broadcast.id}/edit"
    fields = dict(re.findall(r'name="(people|revision)" value="([^"]*)"', admin.get(edit).text))
    admin.post(edit, form_at=edit, **{"body-ru": "Привет", "outcome": "active", **fields})
    assert company.now(broadcast).bodies == {"ru": "Привет"}
    assert "Пётр" not in admin.get(f"{LIST}{broadcast.id}").text


def test_a_long_one_says_so_in_hours_and_minutes(app: Flask) -> None:
    with app.test_request_context():
        assert lasting(timedelta(seconds=4441)) == "примерно 1 час 15 минут"
        assert lasting(timedelta(seconds=61)) == "примерно 2 минуты"


def test_people_of_another_language_without_a_text_are_pointed_out(admin: Person, company: Company) -> None:
    _candidate(company, "John Miller", company.moscow, language="en")
    broadcast = _drafted(admin, company)
    assert "они получат русский текст" in admin.get(f"{LIST}{broadcast.id}").text


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("", "Напишите русский текст"),
        ("{{ salary }}", "Неизвестная переменная: salary"),
        ("<b>Привет", "не закрыт"),
        ("{% for x in name %}{% endfor %}", "слова, переменные и условия"),
    ],
)
def test_a_text_that_cannot_be_sent_is_refused_and_what_was_typed_stays(
    admin: Person, company: Company, body: str, sentence: str
) -> None:
    answer = _write(admin, body, q="Анна", **{"body-en": "Hello, my words"})
    assert sentence in answer.text
    assert "Hello, my words" in answer.text
    assert 'value="Анна"' in answer.text
    assert company.session.scalar(select(func.count()).select_from(Broadcast)) == 0


def test_the_filter_of_the_candidates_list_is_taken_along(admin: Person, company: Company) -> None:
    _candidate(company, "Анна Иванова", company.moscow)
    page = admin.get("/admin/candidates/", stage="interview", q="Анна").text
    assert 'name="stage" value="interview"' in page.split('id="bulk"')[1]
    chosen = admin.get("/admin/batches/choose", act="message", whom="all", stage="interview", q="Анна")
    assert chosen.location == f"{NEW}?outcome=active&q=%D0%90%D0%BD%D0%BD%D0%B0&stage=interview"
    form = admin.get(NEW, stage="interview", q="Анна").text
    assert '<option value="interview" selected>' in form
    assert 'value="Анна"' in form


def test_a_draft_can_be_changed_and_thrown_away(admin: Person, company: Company) -> None:
    _candidate(company, "Анна Иванова", company.moscow)
    broadcast = _drafted(admin, company)
    edit = f"{LIST}{broadcast.id}/edit"
    admin.post(edit, form_at=edit, revision=broadcast.revision, **{"body-ru": "Другое"})
    assert company.now(broadcast).bodies == {"ru": "Другое"}
    _press(admin, broadcast, "discard")
    company.session.rollback()
    assert company.session.scalar(select(func.count()).select_from(Broadcast)) == 0


def test_a_draft_that_a_colleague_changed_is_neither_started_nor_overwritten(admin: Person, company: Company) -> None:
    _candidate(company, "Анна Иванова", company.moscow)
    broadcast = _drafted(admin, company)
    seen, edit = broadcast.revision, f"{LIST}{broadcast.id}/edit"
    admin.post(edit, form_at=edit, revision=seen, **{"body-ru": "Коллега"})

    started = _press(admin, broadcast, "start", revision=seen)
    again = admin.post(edit, form_at=edit, revision=seen, **{"body-ru": "Моё"})

    assert started.status_code == 302
    assert "Моё" in again.text
    assert (company.now(broadcast).state, broadcast.bodies) == (BroadcastState.DRAFT, {"ru": "Коллега"})


def test_a_draft_that_a_colleague_changed_is_shown_and_may_then_be_replaced(admin: Person, company: Company) -> None:
    broadcast = _drafted(admin, company)
    seen, edit = broadcast.revision, f"{LIST}{broadcast.id}/edit"
    admin.post(edit, form_at=edit, revision=seen, city=company.moscow.id, **{"body-ru": "Коллега"})

    again = admin.post(edit, form_at=edit, revision=seen, outcome="active", **{"body-ru": "Моё"}).text

    note = again[again.index("Тем временем сохранил") : again.index("</dl>")]
    assert "Коллега" in note and "Москва" in note and "Моё" not in note
    newest = re.search(r'name="revision" value="(\d+)"', again)
    assert newest
    admin.post(edit, form_at=edit, revision=newest[1], outcome="active", **{"body-ru": "Моё"})
    assert company.now(broadcast).bodies == {"ru": "Моё"}


def test_a_text_that_cannot_be_sent_keeps_the_form_at_what_it_had_seen(admin: Person, company: Company) -> None:
    broadcast = _drafted(admin, company)
    edit = f"{LIST}{broadcast.id}/edit"
    page = admin.post(edit, form_at=edit, revision=broadcast.revision, **{"body-ru": "<b>"}).text
    assert f'name="revision" value="{broadcast.revision}"' in page
    assert "Тем временем сохранил" not in page


def test_what_was_typed_into_a_draft_that_was_started_meanwhile_is_not_lost(admin: Person, company: Company) -> None:
    _candidate(company, "Анна Иванова", company.moscow)
    broadcast = _drafted(admin, company)
    seen, edit = broadcast.revision, f"{LIST}{broadcast.id}/edit"
    at = f"{LIST}new"
    _press(admin, broadcast, "start", revision=seen)

    page = admin.post(edit, form_at=at, revision=seen, **{"body-ru": "Долгий текст"}).text

    assert "Долгий текст" in page
    assert "Рассылку тем временем запустили" in page
    assert company.now(broadcast).state == BroadcastState.RUNNING
    assert "Долгий текст" not in broadcast.bodies["ru"]
    assert admin.get(edit).status_code == 302


# --- under way


def test_start_pause_resume_and_stop_say_how_many_people_they_concern(admin: Person, company: Company) -> None:
    for number in range(3):
        _candidate(company, f"Кандидат {number}", company.moscow)
    broadcast = _started(admin, company)
    address = f"{LIST}{broadcast.id}"
    assert "Приостановить: ждут 3 чел." in admin.get(address).text

    _advance(company, broadcast, batch=1)
    company.session.execute(update(OutboxMessage).values(state="sent", settled_at=NOW))
    company.session.commit()
    _advance(company, broadcast)
    _press(admin, broadcast, "pause")
    page = admin.get(address).text
    assert "Продолжить: отправить 2 чел." in page
    assert "Остановить: 2 чел. ничего не получат" in page
    assert "1 из 3" in page

    _press(admin, broadcast, "resume")
    assert "Приостановить: ждут 2 чел." in admin.get(address).text
    _press(admin, broadcast, "stop")
    page = admin.get(address).text
    assert "рассылку остановили раньше — 2" in page
    for done in ("написал(а)", "начал(а)", "приостановил(а)", "продолжил(а)", "остановил(а)"):
        assert f"{done} рассылку" in page
    assert '<span class="strong">boss</span>' in page


@pytest.mark.parametrize("step", ["start", "pause", "stop"])
def test_a_second_press_changes_nothing(admin: Person, company: Company, step: str) -> None:
    _candidate(company, "Анна Иванова", company.moscow)
    broadcast = _started(admin, company)
    for _ in range(2):
        answer = _press(admin, broadcast, step, revision=1)
        assert answer.status_code == 302
    assert company.now(broadcast).state == {"start": "running", "pause": "paused", "stop": "stopped"}[step]
    assert len(_people(company)) == 1


def test_each_persons_result_is_listed_and_can_be_filtered(admin: Person, company: Company) -> None:
    anna, petr = (_candidate(company, name, company.moscow) for name in ("Анна Иванова", "Пётр Орлов"))
    broadcast = _started(admin, company)
    _advance(company, broadcast)
    of_anna = OutboxMessage.candidate_id == anna.id
    company.session.execute(
        update(OutboxMessage).where(of_anna).values(state="failed", reason="400 Bad Request: chat not found")
    )
    company.session.commit()
    _advance(company, broadcast)

    failed = admin.get(f"{LIST}{broadcast.id}", state="failed").text
    assert "Анна Иванова" in failed
    assert "Telegram не знает такого чата" in failed
    assert "Пётр Орлов" not in failed
    assert petr.reference in admin.get(f"{LIST}{broadcast.id}", state="queued").text


def test_the_results_go_on_on_further_pages(admin: Person, company: Company) -> None:
    for number in range(60):
        _candidate(company, f"Кандидат {number:02}", company.moscow)
    broadcast = _started(admin, company)
    first = admin.get(f"{LIST}{broadcast.id}").text
    after = first.split("after=")[1].split("#")[0]
    second = admin.get(f"{LIST}{broadcast.id}", after=after).text
    assert ("Кандидат 49" in first, "Кандидат 50" in first) == (True, False)
    assert ("Кандидат 49" in second, "Кандидат 59" in second) == (False, True)


def test_the_script_fetches_only_what_changes(admin: Person, company: Company) -> None:
    _candidate(company, "Анна Иванова", company.moscow)
    broadcast = _started(admin, company)
    part = admin.get(f"{LIST}{broadcast.id}/progress").text
    assert 'data-state="running"' in part
    assert "0 из 1" in part
    assert "<html" not in part


def test_hostile_words_are_shown_as_words(admin: Person, company: Company) -> None:
    candidate = _candidate(company, HOSTILE, company.moscow)
    candidate.contact.first_name = HOSTILE
    company.session.commit()
    broadcast = _drafted(admin, company, body="{{ name }} {{ first_name }}", q="")
    draft = admin.get(f"{LIST}{broadcast.id}").text
    assert "&lt;script&gt;alert(1)" in draft
    assert "{{ 7*7 }}" in draft
    _press(admin, broadcast, "start", revision=broadcast.revision)
    for path in (LIST, f"{LIST}{broadcast.id}", f"{LIST}{broadcast.id}/progress"):
        assert "<script>alert" not in admin.get(path).text
    assert "<script>alert" not in draft


# --- whose it is


def test_a_recruiters_broadcast_reaches_the_own_cities_only(olga: Person, company: Company) -> None:
    anna = _candidate(company, "Анна Иванова", company.moscow)
    _candidate(company, "Чужой Пётр", company.novosibirsk)
    _candidate(company, "Ничей Иван", None)
    broadcast = _started(olga, company)
    assert _people(company) == [(anna.id, RecipientState.WAITING)]
    assert "Чужой" not in olga.get(f"{LIST}{broadcast.id}").text


def test_a_recruiter_cannot_write_to_a_foreign_city(olga: Person, company: Company) -> None:
    answer = _write(olga, city=company.novosibirsk.id)
    assert "Среди ваших городов такого нет" in answer.text
    assert company.session.scalar(select(func.count()).select_from(Broadcast)) == 0


@pytest.mark.parametrize("city", ["novosibirsk", None])
def test_a_foreign_broadcast_does_not_exist(olga: Person, admin: Person, company: Company, city: str | None) -> None:
    _candidate(company, "Анна Иванова", company.moscow)
    _candidate(company, "Чужой Пётр", company.novosibirsk)
    chosen = {"city": getattr(company, city).id} if city else {}
    broadcast = _drafted(admin, company, body="Секретное", **chosen)

    assert "Секретное" not in olga.get(LIST).text
    for path in ("", "/edit", "/progress"):
        assert olga.get(f"{LIST}{broadcast.id}{path}").status_code == 404, path
    for step in ("start", "discard", "edit"):
        assert _press(olga, broadcast, step, revision=1, **{"body-ru": "x"}).status_code == 404, step
    _press(admin, broadcast, "start", revision=broadcast.revision)
    for step in ("pause", "resume", "stop"):
        assert _press(olga, broadcast, step).status_code == 404, step
    assert company.now(broadcast).state == BroadcastState.RUNNING


def test_a_recruiter_sees_and_may_stop_what_goes_to_the_own_city(olga: Person, admin: Person, company: Company) -> None:
    _candidate(company, "Анна Иванова", company.moscow)
    broadcast = _started(admin, company, city=company.moscow.id)
    _press(olga, broadcast, "stop")
    assert company.now(broadcast).state == BroadcastState.STOPPED


def test_a_person_who_moved_to_a_foreign_city_is_not_named_any_more(olga: Person, company: Company) -> None:
    anna = _candidate(company, "Анна Иванова", company.moscow)
    broadcast = _started(olga, company)
    anna.city = company.novosibirsk
    company.session.commit()
    page = olga.get(f"{LIST}{broadcast.id}").text
    assert "Анна Иванова" not in page
    assert "теперь у коллег" in page


def test_a_viewer_has_nothing_to_do_with_broadcasts(app: Flask, company: Company) -> None:
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    assert viewer.get(LIST).status_code == 403
    assert viewer.post(NEW, form_at="/admin/candidates/", **{"body-ru": "x"}).status_code == 403
    assert LIST not in viewer.get("/admin/candidates/").text


# --- however many


def test_pages_ask_the_database_few_things_however_long_they_are(app: Flask, admin: Person, company: Company) -> None:
    for number in range(30):
        _candidate(company, f"Кандидат {number}", company.moscow, stage=Stage.TEST1)
    broadcasts = [_started(admin, company) for _ in range(12)]
    draft = _drafted(admin, company)
    running = f"{LIST}{broadcasts[0].id}"
    for path, most in ((LIST, 8), (running, 12), (f"{running}/progress", 8), (f"{LIST}{draft.id}", 12)):
        with queries_counted(app) as statements:
            assert admin.get(path).status_code == 200
        assert 1 < len(statements) <= most, "\n".join([path, *statements])
