"""Today: whom one meets, what waits for an answer, and what is decided with one press."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from recruitsmart.domain.assessments.models import Attempt, AttemptStatus, Test, TestKind
from recruitsmart.domain.assessments.shipped import load_shipped_tests
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import mark_unreachable
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import Role
from recruitsmart.domain.slots.models import Booking, BookingStatus, Waiting
from tests.factories import add_test, choice_question
from tests.panel import NOW, Company, Person, queries_counted

TODAY = "/admin/today/"


def _meeting(company: Company, name: str, *, hours_ahead: float = -1, recruiter=None, **values) -> Booking:
    recruiter = recruiter or company.olga
    candidate = company.candidate(name, recruiter.cities[0], **values)
    booking = company.request(candidate, company.slot(recruiter, hours_ahead=hours_ahead))
    booking.status = BookingStatus.BOOKED
    company.session.commit()
    return booking


def _part(page: str, name: str) -> str:
    """The section under a heading, by its id."""
    return page.split(f'aria-labelledby="{name}"')[1].split("</section>")[0]


def _attend(person: Person, booking: Booking) -> None:
    person.post(f"/admin/bookings/{booking.id}/outcome", form_at=TODAY, result="attended", back=TODAY)


def test_the_login_leads_to_today(admin: Person) -> None:
    assert admin.get("/admin/").location == TODAY


def test_ones_own_meetings_of_the_local_day_are_listed_by_the_hour(olga: Person, company: Company) -> None:
    """It is 12:00 in Moscow: the day goes from 12 hours ago to 12 hours ahead."""
    for name, ahead in (("Вторая", 2), ("Первая", -12), ("Вчера", -12.5), ("Завтра", 12), ("Последняя", 11.5)):
        _meeting(company, name, hours_ahead=ahead)
    meetings = _part(olga.get(TODAY).text, "meetings")
    assert meetings.index("Первая") < meetings.index("Вторая") < meetings.index("Последняя")
    assert "Вчера" not in meetings
    assert "Завтра" not in meetings


def test_a_colleagues_meetings_are_not_mine_but_an_administrator_sees_all(
    olga: Person, admin: Person, company: Company
) -> None:
    company.olga.cities.append(company.novosibirsk)
    _meeting(company, "Своя")
    _meeting(company, "Коллеги", recruiter=company.darya, hours_ahead=1)
    assert "Коллеги" not in _part(olga.get(TODAY).text, "meetings")
    assert "Коллеги" in _part(admin.get(TODAY).text, "meetings")


def _names_of_meetings(person: Person) -> list[str]:
    return re.findall(r'class="strong" href="[^"]+">([^<]+)<', _part(person.get(TODAY).text, "meetings"))


def test_who_sees_everybodys_meetings_sees_first_what_goes_on_or_comes(admin: Person, company: Company) -> None:
    for name, ahead in (("Утро", -5), ("Полдень", -1), ("Идёт", -0.25), ("Скоро", 1), ("Вечер", 6)):
        _meeting(company, name, hours_ahead=ahead)
    assert _names_of_meetings(admin) == ["Идёт", "Скоро", "Вечер", "Полдень", "Утро"]
    page = _part(admin.get(TODAY).text, "meetings")
    assert page.index("Вечер") < page.index("Уже закончились") < page.index("Полдень")
    assert page.count('value="no_show"') == 3  # what has begun can be noted here


def test_a_long_day_hides_nothing_that_is_still_to_come(admin: Person, company: Company) -> None:
    for number in range(40):
        _meeting(
            company, f"Утро {number}", hours_ahead=-11 + number / 4, recruiter=(company.olga, company.darya)[number % 2]
        )
    _meeting(company, "Вечер", hours_ahead=6)
    names = _names_of_meetings(admin)
    assert (names[:2], len(names)) == (["Вечер", "Утро 39"], 30)
    assert 'tab=upcoming">Все' in _part(admin.get(TODAY).text, "meetings")


def test_when_all_is_over_that_is_said_and_a_recruiter_keeps_the_order_of_the_day(
    admin: Person, olga: Person, company: Company
) -> None:
    _meeting(company, "Утро", hours_ahead=-5), _meeting(company, "Полдень")
    assert "Больше сегодня встреч нет" in admin.get(TODAY).text
    assert _names_of_meetings(olga) == ["Утро", "Полдень"]
    assert "Больше сегодня встреч нет" not in olga.get(TODAY).text


def test_requests_and_cancelled_hours_are_no_meetings(olga: Person, company: Company) -> None:
    for status, ended in ((BookingStatus.PENDING, {}), (BookingStatus.MOVED, {"ended_at": NOW})):
        booking = _meeting(company, f"Не {status}", hours_ahead=1 if ended else 2)
        booking.status = status
        booking.ended_at = ended.get("ended_at")
        company.session.commit()
    page = olga.get(TODAY).text
    assert "Не " not in _part(page, "meetings")
    assert "Не pending" in _part(page, "requests")


def test_a_status_is_words_not_only_a_colour(olga: Person, company: Company) -> None:
    _meeting(company, "Анна")
    assert "назначено" in _part(olga.get(TODAY).text, "meetings")


def test_outcomes_are_asked_of_meetings_that_have_begun(olga: Person, company: Company) -> None:
    _meeting(company, "Позже", hours_ahead=3)
    assert 'name="result"' not in olga.get(TODAY).text
    _meeting(company, "Была")
    assert olga.get(TODAY).text.count('value="no_show"') == 1


def test_who_came_and_passed_is_invited_to_the_test(olga: Person, company: Company) -> None:
    load_shipped_tests(company.session)
    booking = _meeting(company, "Анна")
    assert "Прошёл" not in olga.get(TODAY).text
    _attend(olga, booking)
    assert "Прошёл" in olga.get(TODAY).text
    answer = olga.post(f"/admin/testing/{booking.candidate.reference}/offer", form_at=TODAY, back=TODAY)
    assert answer.location == TODAY
    assert company.now(booking.candidate).stage == Stage.TEST2


def test_who_came_after_all_may_have_chosen_another_hour_meanwhile(olga: Person, company: Company) -> None:
    booking = _meeting(company, "Анна")
    olga.post(f"/admin/bookings/{booking.id}/outcome", form_at=TODAY, result="no_show", back=TODAY)
    _attend(olga, booking)
    assert "ещё один час" not in olga.get(TODAY).text
    olga.post(f"/admin/bookings/{booking.id}/outcome", form_at=TODAY, result="no_show", back=TODAY)
    another = company.request(booking.candidate, company.slot(company.olga, hours_ahead=24))
    olga.get(TODAY)
    _attend(olga, booking)
    page = olga.get(TODAY).text
    assert "есть ещё один час: 24 нояб. 2026, 12:00" in page
    assert company.now(another).is_live


def test_who_did_not_pass_is_rejected_and_can_be_taken_back_here(olga: Person, company: Company) -> None:
    booking = _meeting(company, "Анна")
    _attend(olga, booking)
    address = f"/admin/decisions/{booking.candidate.reference}"
    olga.post(f"{address}/reject", form_at=TODAY, back=TODAY, reason="молчит")
    assert company.now(booking.candidate).outcome == Outcome.REJECTED
    assert f"{address}/bring-back" in olga.get(TODAY).text
    olga.post(f"{address}/bring-back", form_at=TODAY, back=TODAY)
    assert company.now(booking.candidate).outcome == Outcome.ACTIVE
    assert company.now(booking).status == BookingStatus.ATTENDED


def test_only_a_real_address_is_a_link_to_the_meeting(olga: Person, company: Company) -> None:
    _meeting(company, "Анна", hours_ahead=1)
    for address, linked in (("javascript:alert(1)", False), ("https://meet.example/olga", True)):
        company.olga.meeting_url = address
        company.session.commit()
        assert (f'href="{address}"' in olga.get(TODAY).text) is linked


def test_who_has_not_said_to_come_is_listed_until_the_end_of_tomorrow(olga: Person, company: Company) -> None:
    for name, ahead in (("Сейчас", 0.5), ("Завтрашний", 35.5), ("Послезавтра", 36), ("Прошедший", -0.1)):
        _meeting(company, name, hours_ahead=ahead)
    _meeting(company, "Подтвердил", hours_ahead=5).status = BookingStatus.CONFIRMED
    company.session.commit()
    part = _part(olga.get(TODAY).text, "unconfirmed")
    assert [name in part for name in ("Сейчас", "Завтрашний", "Послезавтра", "Прошедший", "Подтвердил")] == [
        True, True, False, False, False,
    ]  # fmt: skip


def test_a_request_is_approved_from_today(olga: Person, company: Company) -> None:
    booking = company.request(company.candidate("Анна", company.moscow), company.slot(company.olga))
    answer = olga.post(f"/admin/bookings/{booking.id}/approve", form_at=TODAY, back=TODAY)
    assert answer.location == TODAY
    assert company.now(booking).status == BookingStatus.BOOKED


def test_people_to_decide_to_call_and_those_who_wait_longest(olga: Person, company: Company) -> None:
    company.candidate("Решить", company.moscow, stage=Stage.SCREENING)
    silent = company.candidate("Позвонить", company.moscow, phone="+79990000001")
    mark_unreachable(company.session, silent.contact.chat_id, reason="blocked", now=NOW)
    for name, days in (("Недавно", 0), ("Давно", 3)):
        waits = company.candidate(name, company.moscow, stage=Stage.TO_SCHEDULE)
        since = NOW - timedelta(days=days)
        company.session.add(Waiting(candidate=waits, city_id=company.moscow.id, purpose="interview", since=since))
    company.session.commit()
    page = olga.get(TODAY).text
    assert ">1</span>" in _part(page, "undecided")
    assert "tel:+79990000001" in _part(page, "calls")
    waiting = _part(page, "waiting")
    assert waiting.index("Давно") < waiting.index("Недавно")
    assert "дней: 3" in waiting


def test_who_failed_the_exam_waits_for_a_decision_too(olga: Person, company: Company) -> None:
    exam = add_test(
        company.session, choice_question("plan", "x", "y"), key="test2", kind=TestKind.EXAM, pass_percent=75
    )
    for name, city in (("Анна", company.moscow), ("Вера", company.novosibirsk)):
        _failed(company, exam, company.candidate(name, city, stage=Stage.TEST2))
    company.candidate("Решить", company.moscow, stage=Stage.SCREENING)
    part = _part(olga.get(TODAY).text, "undecided")
    assert ">2</span>" in part
    assert "после теста: 1<" in part
    assert "после анкеты: 1<" in part
    assert "/admin/screening/?tab=exam" in part


def _failed(company: Company, exam: Test, candidate: Candidate) -> None:
    ended = {"status": AttemptStatus.FINISHED, "started_at": NOW, "finished_at": NOW, "passed": False}
    company.session.add(Attempt(test=exam, candidate=candidate, question_ids=[], **ended))
    company.session.commit()


def test_nothing_of_other_cities_is_on_the_page(olga: Person, company: Company) -> None:
    _meeting(company, "Чужая встреча", recruiter=company.darya)
    company.request(company.candidate("Чужая заявка", company.novosibirsk), company.slot(company.darya))
    company.candidate("Чужая анкета", company.novosibirsk, stage=Stage.SCREENING)
    silent = company.candidate("Чужой молчун", company.novosibirsk)
    mark_unreachable(company.session, silent.contact.chat_id, reason="blocked", now=NOW)
    company.session.commit()
    page = olga.get(TODAY).text
    assert "Чуж" not in page
    assert ">0</span>" in _part(page, "undecided")
    assert "нет" in _part(page, "ahead")


def test_free_seats_are_counted_by_local_day(olga: Person, company: Company) -> None:
    for ahead in (11.5, 12, 13, -1):
        company.slot(company.olga, hours_ahead=ahead)
    company.request(company.candidate("Анна", company.moscow), company.slot(company.olga, hours_ahead=14))
    days = _part(olga.get(TODAY).text, "ahead").split("<dt>")[1:]
    assert len(days) == 7
    assert [day.count("собеседование") for day in days[:3]] == [1, 1, 0]
    assert '<span class="strong">1</span>' in days[0]
    assert '<span class="strong">2</span>' in days[1]


@pytest.mark.parametrize("many", [1, 40])
def test_the_page_asks_few_things_however_much_there_is(app: Flask, company: Company, many: int) -> None:
    company.account("olga", Role.RECRUITER, company.olga)
    exam = add_test(
        company.session, choice_question("plan", "x", "y"), key="test2", kind=TestKind.EXAM, pass_percent=75
    )
    for number in range(many):
        _failed(company, exam, company.candidate(f"Не сдал {number}", company.moscow, stage=Stage.TEST2))
        _meeting(company, f"Встреча {number}", hours_ahead=number * 0.55 - 12)
        slot = company.slot(company.olga, hours_ahead=24 + number)
        company.request(company.candidate(f"Заявка {number}", company.moscow), slot)
        silent = company.candidate(f"Молчун {number}", company.moscow, stage=Stage.SCREENING)
        mark_unreachable(company.session, silent.contact.chat_id, reason="blocked", now=NOW)
        company.session.add(
            Waiting(candidate=silent, city_id=company.moscow.id, purpose="interview", since=NOW)
        )  # fmt: skip
    company.session.commit()
    person = Person(app.test_client())
    person.sign_in("olga")
    with queries_counted(app) as statements:
        page = person.get(TODAY)
    assert page.status_code == 200
    assert 10 < len(statements) <= 15, "\n".join(statements)
    assert page.text.count("Заявка ") <= 21
