"""The board: columns with counts, moves with their rules, refusals at the card, and the way back."""

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from recruitsmart.admin import filters
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose, Waiting
from tests.panel import NOW, Company, Person, queries_counted

PATH = "/admin/board/"


def move(person: Person, candidate: Candidate, to: str, path: str = PATH) -> TestResponse:
    return person.post(path, form_at="/admin/candidates/", reference=candidate.reference, to=to)


def undo(person: Person, candidate: Candidate, query: str = "") -> TestResponse:
    return person.post(f"{PATH}undo{query}", form_at="/admin/candidates/", reference=candidate.reference)


def column(page: str, stage: str) -> str:
    found = re.search(rf'data-stage="{stage}".*?</section>', page, re.DOTALL)
    assert found, stage
    return found[0]


def total(page: str, stage: str) -> int:
    found = re.search(r'<span class="figures muted">(\d+)</span></h2>', column(page, stage))
    assert found
    return int(found[1])


def book(company: Company, candidate: Candidate, hours_ahead: float = 24) -> Booking:
    booking = company.request(candidate, company.slot(company.olga, hours_ahead=hours_ahead))
    booking.status = BookingStatus.BOOKED
    company.session.commit()
    return booking


def test_everybody_under_way_stands_in_the_column_of_the_stage(admin: Person, company: Company) -> None:
    company.candidate("Анна Первая", company.moscow, stage_since=NOW - timedelta(days=3))
    company.candidate("Пётр Второй", company.moscow, stage=Stage.TEST2)
    company.candidate("Иван Ушедший", company.moscow, outcome=Outcome.WITHDRAWN, outcome_reason="x")

    page = admin.get(PATH).text

    assert "Анна Первая" in column(page, "interview")
    assert "3 дня" in column(page, "interview")
    assert (total(page, "interview"), total(page, "test2"), total(page, "started")) == (1, 1, 0)
    assert "Иван Ушедший" not in page


def test_who_was_hired_stays_two_weeks(admin: Person, company: Company) -> None:
    hired = {"stage": Stage.HIRED, "outcome": Outcome.HIRED}
    company.candidate("Анна Новая", company.moscow, **hired, stage_since=NOW - timedelta(days=13))
    company.candidate("Пётр Давний", company.moscow, **hired, stage_since=NOW - timedelta(days=15))
    page = admin.get(PATH).text
    assert "Анна Новая" in column(page, "hired")
    assert "Пётр Давний" not in page


def test_the_longest_stand_first_and_more_are_shown_on_demand(admin: Person, company: Company) -> None:
    for number in range(25):
        company.candidate(f"Человек Н{number:02}", company.moscow, stage_since=NOW - timedelta(days=number + 1))
    page = admin.get(PATH).text
    assert total(page, "interview") == 25
    assert page.count("data-card=") == 12
    assert page.index("Н24") < page.index("Н23")
    assert "Человек Н00" not in page
    assert admin.get(PATH, more="interview").text.count("data-card=") == 25


def test_the_board_asks_few_queries_however_many_stand_on_it(app: Flask, admin: Person, company: Company) -> None:
    for stage in (Stage.TO_SCHEDULE, Stage.INTERVIEW, Stage.TEST2):
        for _ in range(8):
            company.candidate("Анна Иванова", company.moscow, stage=stage)
    book(company, company.candidate("Пётр Петров", company.moscow))
    with queries_counted(app) as statements:
        admin.get(PATH)
    assert len(statements) <= 10


def test_a_card_shows_the_next_booking(admin: Person, company: Company) -> None:
    book(company, company.candidate("Анна Иванова", company.moscow))
    assert "12:00 UTC+3" in column(admin.get(PATH).text, "interview")


def test_filters_narrow_the_columns(admin: Person, company: Company) -> None:
    company.candidate("Анна Московская", company.moscow)
    company.candidate("Пётр Сибирский", company.novosibirsk)
    assert "Сибирский" not in admin.get(PATH, city=company.moscow.id).text
    assert "Московская" not in admin.get(PATH, q="сибир").text
    assert admin.get(PATH, stage="test2").text.count("data-stage=") == 1


def test_the_board_can_be_narrowed_by_what_the_list_can(admin: Person, company: Company) -> None:
    company.candidate("Анна Московская", company.moscow, recruiter=company.olga)
    company.candidate("Пётр Сибирский", company.novosibirsk)
    chosen = {"assigned": company.olga.id, "days": "3", "source": "flyer"}
    page = admin.get(PATH, **chosen).text.partition('<form class="filters"')[2].partition("</form>")[0]
    assert set(re.findall(r' name="([a-z]+)"', page)) == {"q", "city", *filters.MORE}
    assert f'value="{company.olga.id}" selected' in page
    assert "Сибирский" not in admin.get(PATH, assigned=company.olga.id).text


def test_a_move_keeps_the_filter_and_can_be_taken_back(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    answer = move(admin, anna, "to_schedule", f"{PATH}?city={company.moscow.id}")
    assert answer.location == f"/admin/board/?city={company.moscow.id}&moved={anna.reference}"
    page = admin.get(answer.location).text
    assert "Анна Иванова: теперь на этапе" in page
    assert "Отменить перевод" in page

    undo(admin, anna)

    assert company.now(anna).stage == Stage.INTERVIEW
    kinds = [entry.details for entry in company.session.query(Entry).filter_by(kind="candidate.moved")]
    assert kinds == [
        {"before": "interview", "after": "to_schedule"}, {"before": "to_schedule", "after": "interview"},
    ]  # fmt: skip


def test_a_refusal_stands_at_the_card_and_changes_nothing(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    book(company, anna)
    answer = move(admin, anna, "to_schedule")
    assert answer.status_code == 200
    refused = re.search(rf'data-card="{anna.reference}".*?</li>', answer.text, re.DOTALL)
    assert refused
    assert "Сначала завершите запись" in refused[0]
    assert company.now(anna).stage == Stage.INTERVIEW


@pytest.mark.parametrize("to", ["hired", "screening", "intro_day", "test1"])
def test_a_move_the_table_does_not_have_is_refused(admin: Person, company: Company, to: str) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    assert 'role="alert"' in move(admin, anna, to).text
    assert company.now(anna).stage == Stage.INTERVIEW


def test_a_refusal_is_said_in_the_readers_language(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow, stage=Stage.TO_SCHEDULE)
    assert "Вместо этого назначьте кандидату время собеседования." in move(admin, anna, "interview").text


def test_a_move_made_twice_is_made_once_and_taken_back_once(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    move(admin, anna, "to_schedule")
    move(admin, anna, "to_schedule")
    undo(admin, anna)
    assert company.session.query(Entry).filter_by(kind="candidate.moved").count() == 2


def _dragged(person: Person, candidate: Candidate, page: str, to: str) -> TestResponse:
    """Onto another column of a board that was drawn some time ago."""
    card = page.partition(f'data-card="{candidate.reference}"')[2].partition("</li>")[0]
    seen, hidden = re.search(r'data-seen="([a-z0-9_.]+)"', card), re.search(r'name="seen" value="([a-z0-9_.]+)"', card)
    assert seen and hidden and seen[1] == hidden[1]
    return person.post(PATH, form_at="/admin/candidates/", reference=candidate.reference, to=to, seen=seen[1])


def test_a_move_from_a_board_on_which_somebody_stood_elsewhere_is_refused(olga: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    before = olga.get(PATH).text
    anna.stage = Stage.TEST2  # a colleague
    company.session.commit()

    answer = _dragged(olga, anna, before, "to_schedule")

    assert "это изменил кто-то другой" in column(answer.text, "test2")
    assert company.now(anna).stage == Stage.TEST2
    assert _dragged(olga, anna, answer.text, "to_schedule").status_code == 302
    assert company.now(anna).stage == Stage.TO_SCHEDULE


@pytest.mark.parametrize("name", ["endpoint", "_method", "_anchor", "_external", "_scheme", "filename"])
def test_what_an_address_calls_itself_is_no_part_of_another_address(admin: Person, company: Company, name: str) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    page = admin.get(PATH, **{name: "FOO", "q": "анна", "more": "interview"})
    assert page.status_code == 200
    assert 'data-address="/admin/board/?q=%D0%B0%D0%BD%D0%BD%D0%B0&amp;more=interview"' in page.text
    answer = move(admin, anna, "to_schedule", f"{PATH}?{name}=FOO&source=hh")
    assert answer.location == f"{PATH}?source=hh&moved={anna.reference}"
    assert undo(admin, anna, f"?{name}=FOO&source=hh").location == f"{PATH}?source=hh"


def test_a_move_without_a_way_back_in_the_table_offers_none(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow, stage=Stage.SCREENING)
    page = admin.get(move(admin, anna, "to_schedule").location).text
    assert "Анна Иванова: теперь на этапе" in page
    assert "Отменить перевод" not in page


def _nothing(company: Company, candidate: Candidate) -> None:
    """Nothing came of the move."""


def _waits(company: Company, candidate: Candidate) -> None:
    waiting = Waiting(candidate=candidate, city_id=company.moscow.id, purpose=Purpose.INTERVIEW, since=NOW)
    company.session.add(waiting)


def _ended(company: Company, candidate: Candidate) -> None:
    candidate.outcome, candidate.outcome_reason = Outcome.REJECTED, "x"


@pytest.mark.parametrize(
    ("meanwhile", "stage"), [(_nothing, "interview"), (_waits, "to_schedule"), (_ended, "to_schedule")]
)
def test_a_move_of_which_something_came_is_not_taken_back(
    admin: Person, company: Company, meanwhile: Any, stage: str
) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    move(admin, anna, "to_schedule")
    meanwhile(company, company.now(anna))
    company.session.commit()
    undo(admin, anna)
    assert company.now(anna).stage == stage


def test_what_followed_from_a_cancelled_booking_is_no_move_to_take_back(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    booking = book(company, anna)
    admin.post(f"/admin/bookings/{booking.id}/cancel", form_at="/admin/candidates/", reason="заболела")
    assert company.now(anna).stage == Stage.TO_SCHEDULE
    undo(admin, anna)
    assert company.now(anna).stage == Stage.TO_SCHEDULE


def test_nobody_takes_back_what_a_colleague_moved(admin: Person, olga: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    move(admin, anna, "to_schedule")
    undo(olga, anna)
    assert company.now(anna).stage == Stage.TO_SCHEDULE


def test_foreign_people_are_neither_seen_nor_moved(olga: Person, company: Company) -> None:
    foreign = company.candidate("Чужой Пётр", company.novosibirsk)
    page = olga.get(PATH, moved=foreign.reference).text
    assert "Чужой" not in page
    assert total(page, "interview") == 0
    assert move(olga, foreign, "to_schedule").status_code == 404
    assert undo(olga, foreign).status_code == 404
    assert company.now(foreign).stage == Stage.INTERVIEW


def test_hostile_input_is_not_found(admin: Person, company: Company) -> None:
    anna = company.candidate("<script>alert(1)</script> Анна", company.moscow)
    assert move(admin, anna, "nowhere").status_code == 404
    assert admin.post(PATH, form_at=PATH, reference="\0'--", to="hired").status_code == 404
    assert "<script>alert(1)" not in admin.get(PATH, more="'", moved="\0").text
