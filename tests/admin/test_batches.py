"""Bulk actions in the panel: chosen on the list, looked at with numbers first, carried out once, only to one's own."""

from collections.abc import Sequence
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from recruitsmart.domain.batches import acting
from recruitsmart.domain.batches.models import Batch, BatchPerson, BatchState, PersonState
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import Role
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.pipeline.erasing import erase
from tests.panel import NOW, Company, Person, queries_counted

LIST = "/admin/candidates/"
NEW = "/admin/batches/new"


def _draft(person: Person, *, act: str = "reject", reason: str = "Нет мест", **fields: Any) -> Any:
    return person.post(NEW, form_at=f"{NEW}?act={act}", act=act, reason=reason, **fields)


def _drafted(person: Person, company: Company, **fields: Any) -> Batch:
    answer = _draft(person, **fields)
    assert answer.status_code == 302, answer.text
    return company.session.get(Batch, int(answer.location.rsplit("/", 1)[1]))


def _press(person: Person, batch: Batch, step: str) -> Any:
    return person.post(f"/admin/batches/{batch.id}/{step}", form_at=f"{NEW}?act=reject")


def _work(company: Company, batch: Batch) -> None:
    while turn := acting.next_turn(company.session, batch.id, now=NOW):
        acting.act(company.session, turn, now=NOW)
        company.session.commit()
    company.session.commit()


def _chosen(company: Company, batch: Batch) -> set[int]:
    company.session.rollback()
    return set(company.session.scalars(select(BatchPerson.candidate_id).where(BatchPerson.batch_id == batch.id)))


def _references(people: Sequence[Candidate]) -> str:
    return ",".join(person.reference for person in people)


def test_the_ticked_ones_are_led_to_the_page_of_the_act_by_name(admin: Person, company: Company) -> None:
    anna, boris = (company.candidate(name, company.moscow) for name in ("Анна Иванова", "Борис Орлов"))
    answer = admin.get(
        "/admin/batches/choose", act="move", whom="ticked", tick=[anna.reference, boris.reference], q="x"
    )
    assert answer.location.startswith(f"{NEW}?act=move")
    page = admin.get(answer.location).text
    assert f'name="people" value="{anna.reference},{boris.reference}"' in page
    assert "отмечены по одному: 2" in page


def test_all_that_match_keep_the_filter(admin: Person, company: Company) -> None:
    company.candidate("Анна Иванова", company.moscow)
    answer = admin.get("/admin/batches/choose", act="reject", whom="all", stage="interview", tick="x")
    assert answer.location == f"{NEW}?act=reject&stage=interview"


def test_who_was_erased_since_has_no_card_to_lead_to(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    batch = _drafted(admin, company)
    _press(admin, batch, "start")
    _work(company, batch)
    assert f"/admin/candidates/{anna.reference}" in admin.get(f"/admin/batches/{batch.id}").text
    anna = company.now(anna)
    erase(company.session, anna, actor=SYSTEM, now=NOW)
    company.session.commit()
    page = admin.get(f"/admin/batches/{batch.id}").text
    assert (anna.reference in page, "теперь у коллег" in page) == (False, False)


@pytest.mark.parametrize("act", ["message", "export"])
def test_messages_and_exports_have_pages_of_their_own(admin: Person, company: Company, act: str) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    answer = admin.get("/admin/batches/choose", act=act, whom="ticked", tick=anna.reference)
    page = admin.get(answer.location)
    assert page.status_code == 200
    assert anna.reference in page.text


@pytest.mark.parametrize("typed", [{"act": "reject", "whom": "ticked"}, {"act": "x", "whom": "all"}])
def test_nobody_ticked_or_nothing_chosen_leads_back_with_a_sentence(
    admin: Person, company: Company, typed: dict[str, str]
) -> None:
    company.candidate("Анна Иванова", company.moscow)
    answer = admin.client.get("/admin/batches/choose", query_string=typed | {"q": "анна"}, follow_redirects=True)
    assert 'role="alert"' in answer.text
    assert 'value="анна"' in answer.text


def test_before_it_starts_one_sees_how_many_whom_first_and_who_will_be_refused_why(
    admin: Person, company: Company
) -> None:
    company.candidate("Анна Иванова", company.moscow)
    company.candidate("Ушёл Сам", company.moscow, outcome=Outcome.WITHDRAWN, outcome_reason="x")
    company.candidate("Отказ Был", company.moscow, outcome=Outcome.REJECTED, outcome_reason="x")

    batch = _drafted(admin, company)
    page = admin.get(f"/admin/batches/{batch.id}").text

    assert "Отказать: 1 чел." in page
    assert "На этом этапе с кандидатом так поступить нельзя" in page
    for name in ("Анна Иванова", "Ушёл Сам", "Отказ Был"):
        assert name in page
    assert company.session.scalar(select(func.count()).select_from(Entry)) == 0


def test_it_is_carried_out_shown_person_by_person_and_repeated_presses_change_nothing(
    admin: Person, company: Company
) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    company.candidate("Ушёл Сам", company.moscow, outcome=Outcome.WITHDRAWN, outcome_reason="x")
    batch = _drafted(admin, company)
    _press(admin, batch, "start")
    assert "data-live" in admin.get(f"/admin/batches/{batch.id}").text
    _press(admin, batch, "start")
    _work(company, batch)
    _press(admin, batch, "start")

    page = admin.get(f"/admin/batches/{batch.id}").text
    assert company.now(anna).outcome == Outcome.REJECTED
    assert company.now(batch).state == BatchState.FINISHED
    assert "data-live" not in page
    assert "2 из 2" in page
    assert "Анна Иванова" not in admin.get(f"/admin/batches/{batch.id}", state="refused").text
    assert "Ушёл Сам" in admin.get(f"/admin/batches/{batch.id}", state="refused").text
    assert "2 из 2" in admin.get(f"/admin/batches/{batch.id}/progress").text
    assert "Нет мест" in admin.get("/admin/batches/").text


def test_stopping_and_throwing_away(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    thrown, stopped = _drafted(admin, company), _drafted(admin, company)
    thrown_id = thrown.id
    _press(admin, stopped, "start")
    _press(admin, stopped, "stop")
    _press(admin, thrown, "discard")
    _work(company, stopped)
    assert company.now(anna).outcome == Outcome.ACTIVE
    assert company.now(stopped).state == BatchState.STOPPED
    company.session.expunge_all()
    assert company.session.get(Batch, thrown_id) is None


@pytest.mark.parametrize("step", ["start", "stop", "discard"])
def test_a_batch_of_others_does_not_exist(admin: Person, olga: Person, company: Company, step: str) -> None:
    company.candidate("Анна Иванова", company.moscow)
    batch = _drafted(admin, company)
    for path in ("", "/progress"):
        assert olga.get(f"/admin/batches/{batch.id}{path}").status_code == 404
    assert _press(olga, batch, step).status_code == 404
    assert company.now(batch).state == BatchState.DRAFT


def test_people_of_other_cities_cannot_be_named(olga: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    foreign = company.candidate("Чужой Человек", company.novosibirsk)
    batch = _drafted(olga, company, people=_references([anna, foreign]))
    assert _chosen(company, batch) == {anna.id}
    assert "Чужой" not in olga.get(f"/admin/batches/{batch.id}").text
    assert _draft(olga, people=foreign.reference).status_code == 200


def test_who_moved_to_colleagues_meanwhile_is_not_named(olga: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    batch = _drafted(olga, company)
    _press(olga, batch, "start")
    anna.city = company.novosibirsk
    company.session.commit()
    _work(company, batch)
    page = olga.get(f"/admin/batches/{batch.id}").text
    assert "Анна" not in page
    assert "Этого кандидата больше нет среди ваших." in page
    assert company.now(anna).outcome == Outcome.ACTIVE


@pytest.mark.parametrize("act", ["city", "recruiter"])
def test_a_foreign_city_or_recruiter_does_not_exist(olga: Person, company: Company, act: str) -> None:
    company.candidate("Анна Иванова", company.moscow)
    answer = _draft(olga, act=act, to_city=company.novosibirsk.id, to_recruiter=company.darya.id)
    assert answer.status_code == 404
    assert "Новосибирск" not in olga.get(NEW, act=act).text


@pytest.mark.parametrize(
    ("act", "fields"),
    [
        ("reject", {"reason": " "}),
        ("move", {"to_stage": "interview"}),
        ("city", {}),
        ("recruiter", {"to_recruiter": "x"}),
    ],
)
def test_an_incomplete_act_is_refused_with_a_sentence_and_nothing_typed_is_lost(
    admin: Person, company: Company, act: str, fields: dict[str, str]
) -> None:
    company.candidate("Анна Иванова", company.moscow)
    answer = _draft(admin, act=act, q="анна", **{"reason": ""} | fields)
    assert answer.status_code == 200
    assert 'role="alert"' in answer.text
    assert 'name="q" value="анна"' in answer.text
    assert company.session.scalar(select(func.count()).select_from(Batch)) == 0


def test_moving_assigning_and_relocating_end_on_the_card(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow, stage=Stage.SCREENING)
    for act, fields in (
        ("move", {"to_stage": "to_schedule"}),
        ("recruiter", {"to_recruiter": company.olga.id}),
        ("city", {"to_city": company.novosibirsk.id}),
    ):
        batch = _drafted(admin, company, act=act, **fields)
        _press(admin, batch, "start")
        _work(company, batch)
        assert company.now(company.session.get(BatchPerson, (batch.id, anna.id))).state == PersonState.DONE
        if act == "recruiter":
            assert "Ольга Миронова" in admin.get(f"/admin/candidates/{anna.reference}").text
            assert "Анна" in admin.get(LIST, assigned=company.olga.id).text
            assert "Анна" not in admin.get(LIST, assigned=company.darya.id).text
    page = admin.get(f"/admin/candidates/{anna.reference}").text
    assert "Москва → Новосибирск" in page
    assert (company.now(anna).stage, anna.city_id) == (Stage.TO_SCHEDULE, company.novosibirsk.id)


def test_a_viewer_has_no_ticks_and_may_do_nothing(app: Flask, company: Company) -> None:
    company.candidate("Анна Иванова", company.moscow)
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    page = viewer.get(LIST).text
    assert "Анна" in page
    assert 'name="tick"' not in page
    for path in ("/admin/batches/", f"{NEW}?act=reject", "/admin/exports/"):
        assert viewer.get(path).status_code == 403


def test_names_nearly_like_the_words_cannot_be_chosen(admin: Person, company: Company) -> None:
    company.candidate("Анастасия Коваленко", company.moscow)
    page = admin.get(LIST, q="Ковалекно").text
    assert "Коваленко" in page
    assert 'name="tick"' not in page


def test_the_pages_ask_few_queries_however_long_the_list_is(app: Flask, admin: Person, company: Company) -> None:
    counts = []
    for number in range(2):
        for _ in range(30 if number else 3):
            company.candidate("Анна Иванова", company.moscow)
        batch = _drafted(admin, company)
        with queries_counted(app) as statements:
            admin.get(f"/admin/batches/{batch.id}")
        _press(admin, batch, "start")
        with queries_counted(app) as more:
            admin.get(f"/admin/batches/{batch.id}")
        counts.append((len(statements), len(more)))
        _work(company, batch)
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 15
