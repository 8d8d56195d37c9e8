"""The list of candidates and the card."""

from datetime import timedelta
from html import unescape

import pytest
from flask import Flask

from recruitsmart.domain.assessments import operations as assessments
from recruitsmart.domain.assessments.answering import answer_chosen
from recruitsmart.domain.assessments.shipped import load_shipped_tests
from recruitsmart.domain.candidates.operations import mark_unreachable, move
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.slots.operations import approve
from tests.panel import NOW, Company, Person, queries_counted

HOSTILE = "<script>alert(1)</script> O'Brien"


@pytest.mark.parametrize("typed", ["анна ива", "Иванова", "+7 912 345", "8 (912) 345-67-89", "@USER1000", "user1000"])
def test_somebody_is_found_by_name_phone_or_username(admin: Person, company: Company, typed: str) -> None:
    company.candidate("Анна Иванова", company.moscow, phone="+79123456789")
    company.candidate("Пётр Сидоров", company.moscow, phone="+79990000000")

    page = admin.get("/admin/candidates/", q=typed).text

    assert "Анна Иванова" in page
    assert "Пётр" not in page


@pytest.mark.parametrize("typed", ["%", "_", "nobody", "99", "\0", "'"])
def test_strange_words_find_nobody(admin: Person, company: Company, typed: str) -> None:
    company.candidate("Анна Иванова", company.moscow, phone="+79123456789")

    page = admin.get("/admin/candidates/", q=typed)

    assert page.status_code == 200
    assert ("Анна" in page.text) == (typed == "\0")


def test_the_list_is_narrowed_by_stage_outcome_and_city(admin: Person, company: Company) -> None:
    company.candidate("Анна Иванова", company.moscow, stage=Stage.SCREENING)
    company.candidate("Пётр Сидоров", company.novosibirsk, outcome=Outcome.WITHDRAWN, outcome_reason="x")

    assert "Анна" in admin.get("/admin/candidates/", stage="screening").text
    assert "Пётр" not in admin.get("/admin/candidates/", stage="screening").text
    assert "Анна" not in admin.get("/admin/candidates/", outcome="withdrawn").text
    assert "Анна" not in admin.get("/admin/candidates/", city=company.novosibirsk.id).text
    assert admin.get("/admin/candidates/", stage="x", outcome="y", city="z", after="w").status_code == 200


def test_pages_follow_each_other_without_gap_or_repeat(admin: Person, company: Company) -> None:
    for number in range(120):
        company.candidate(f"Кандидат {number:03}", company.moscow, created_at=NOW - timedelta(minutes=number // 2))
    seen: list[str] = []
    address = f"/admin/candidates/?city={company.moscow.id}"
    while address:
        page = unescape(admin.get(address).text)
        seen += [part[:3] for part in page.split(">Кандидат ")[1:]]
        _, _, rest = page.partition('rel="next" href="')
        address = "/admin/candidates/" + rest.split('"')[0] if rest and len(seen) < 200 else ""

    assert len(seen) == len(set(seen)) == 120


def test_the_card_tells_everything(admin: Person, company: Company) -> None:
    candidate = company.candidate("Анна Иванова", company.moscow, phone="+79123456789", stage=Stage.STARTED)
    session = company.session
    load_shipped_tests(session)
    session.commit()
    move(session, candidate, Stage.TEST1, now=NOW)
    attempt = assessments.start(session, candidate, "test1", now=NOW)
    asked = assessments.ask_next(session, attempt, now=NOW)
    option = asked.asked["options"][1]
    answer_chosen(session, candidate, asked.id, option["key"], received_at=NOW + timedelta(seconds=7), now=NOW)
    mark_unreachable(session, candidate.contact.chat_id, reason="403 Forbidden: bot was blocked by the user", now=NOW)
    session.commit()

    page = admin.get(f"/admin/candidates/{candidate.reference}").text

    for words in ("+79123456789", "Москва", "нет связи", "заблокировал", asked.asked["text"]["ru"],
                  option["label"]["ru"], "регистрируется → анкета", "начал тест",
                  "По времени кандидата: UTC+3"):  # fmt: skip
        assert words in page
    history = page[page.index(">История<") :]
    assert "Знакомство" in history
    assert "test1" not in history


def test_hostile_words_are_shown_as_words(app: Flask, admin: Person, company: Company) -> None:
    candidate = company.candidate(HOSTILE, company.moscow, outcome=Outcome.WITHDRAWN, outcome_reason=HOSTILE)
    candidate.contact.username = "<b>x"
    company.request(candidate, company.slot(company.olga))

    for path in ("/admin/candidates/", f"/admin/candidates/{candidate.reference}", "/admin/bookings/"):
        page = admin.get(path).text
        assert "&lt;script&gt;alert(1)" in page, path
        assert "<script>alert" not in page, path
    assert "<script>alert" not in admin.get("/admin/candidates/", q=f'"{HOSTILE}').text


def test_a_message_of_a_candidate_cannot_write_into_the_page(admin: Person, company: Company) -> None:
    candidate = company.candidate(HOSTILE, company.moscow)
    booking = company.request(candidate, company.slot(company.olga))
    admin.post(f"/admin/bookings/{booking.id}/refuse", form_at="/admin/bookings/", reason=HOSTILE)

    for path in ("/admin/messages/", f"/admin/candidates/{candidate.reference}"):
        assert "<script>alert" not in admin.get(path).text


@pytest.mark.parametrize(
    "path",
    ["candidates/", "slots/", "bookings/", "cities/", "recruiters/", "tests/", "tests/test1", "texts/", "messages/"],
)
def test_a_list_asks_the_database_few_things_however_long_it_is(
    app: Flask, admin: Person, company: Company, path: str
) -> None:
    load_shipped_tests(company.session)
    for number in range(30):
        candidate = company.candidate(f"Кандидат {number}", company.moscow)
        booking = company.request(candidate, company.slot(company.olga, hours_ahead=24 + number))
        if number % 3 == 0:
            admin.post(f"/admin/bookings/{booking.id}/approve", form_at="/admin/candidates/")

    with queries_counted(app) as statements:
        page = admin.get(f"/admin/{path}")

    assert page.status_code == 200
    assert 1 < len(statements) <= 15, "\n".join(statements)


@pytest.mark.parametrize("outcome", [Outcome.ACTIVE, Outcome.REJECTED])
def test_the_card_asks_few_things_too(app: Flask, admin: Person, company: Company, outcome: Outcome) -> None:
    load_shipped_tests(company.session)
    candidate = company.candidate("Анна Иванова", company.moscow, source="hh")
    assessments.ask_next(
        company.session, assessments.start(company.session, candidate, "test1", now=NOW), now=NOW
    )  # fmt: skip
    approve(company.session, company.request(candidate, company.slot(company.olga)).id, actor=SYSTEM, now=NOW)
    candidate.outcome, candidate.outcome_reason = outcome, None if outcome == Outcome.ACTIVE else "x"
    company.session.commit()

    with queries_counted(app) as statements:
        admin.get(f"/admin/candidates/{candidate.reference}")

    assert len(statements) <= 15, "\n".join(statements)  # whoever adds a part takes another one together


def test_the_language_of_the_panel_is_the_accounts_and_can_be_switched(admin: Person) -> None:
    assert "Кандидаты" in admin.get("/admin/candidates/").text

    admin.post("/admin/preferences/language", form_at="/admin/candidates/", language="en")

    page = admin.get("/admin/candidates/").text
    assert "Candidates" in page
    assert "Кандидаты" not in page
