"""The panel shows what a person will get and when, and says what a change of hours concerns before it is made."""

from datetime import timedelta
from typing import Any

import pytest

from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.pipeline import decisions
from recruitsmart.domain.slots import operations as slots
from recruitsmart.domain.slots.models import Booking
from recruitsmart.domain.timers.models import Timer
from tests.admin.test_directory import CITY
from tests.domain.slots.conftest import STAFF
from tests.panel import NOW, Company, Person, queries_counted

PLANNED = "/admin/messages/planned"
REMINDERS = {"first_reminder_minutes": "1440", "second_reminder_minutes": "180", "last_reminder_minutes": "30"}
UNCHANGED = {**CITY, **REMINDERS, "quiet_from": "22:00", "quiet_until": "08:00", "revision": "1"}


@pytest.fixture
def booking(company: Company) -> Booking:
    """Anna meets Olga in three days, at 12:00 in Moscow."""
    request = company.request(
        company.candidate("Анна Иванова", company.moscow), company.slot(company.olga, hours_ahead=72)
    )
    slots.approve(company.session, request.id, actor=STAFF, now=NOW)
    company.session.commit()
    return request


def _save(person: Person, company: Company, **values: Any) -> Any:
    address = f"/admin/cities/edit/?id={company.moscow.id}"
    return person.post(address, form_at=address, **{**UNCHANGED, **values})


def _last_at(company: Company, booking: Booking) -> Any:
    company.session.rollback()
    timers = company.session.query(Timer).filter_by(kind="slots.remind_last", subject_id=booking.id)
    return timers.populate_existing().one().due_at


def test_a_change_of_hours_first_says_how_many_bookings_it_concerns(
    admin: Person, company: Company, booking: Booking
) -> None:
    asked = _save(admin, company, last_reminder_minutes="60")
    assert "изменятся напоминания: 1" in asked.text and 'name="replan_seen" value="1"' in asked.text
    assert company.now(company.moscow).last_reminder_minutes == 30
    _save(admin, company, last_reminder_minutes="60", replan_seen="1")
    assert _last_at(company, booking) == NOW + timedelta(hours=71)


def test_who_is_asked_about_reminders_reads_first_what_a_colleague_has_saved(
    admin: Person, company: Company, booking: Booking
) -> None:
    drawn = company.moscow.revision
    company.moscow.address = "Адрес коллеги, 5"
    company.session.commit()

    told = _save(admin, company, last_reminder_minutes="60", revision=drawn).text
    assert "изменил кто-то другой" in told and "Адрес коллеги, 5" in told and "replan_seen" not in told
    seen = company.now(company.moscow).revision
    assert "изменятся напоминания: 1" in _save(admin, company, last_reminder_minutes="60", revision=seen).text
    _save(admin, company, last_reminder_minutes="60", replan_seen="1", revision=drawn)
    assert company.now(company.moscow).address == "Адрес коллеги, 5"


def test_a_change_that_concerns_nobody_is_saved_at_once(admin: Person, company: Company, booking: Booking) -> None:
    assert _save(admin, company, address="Новый адрес, 1").status_code == 302
    assert company.now(company.moscow).address == "Новый адрес, 1"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"second_reminder_minutes": "50", "last_reminder_minutes": "30"}, "хотя бы за 30 минут до следующего"),
        ({"first_reminder_minutes": "200"}, "хотя бы за 30 минут до следующего"),
        ({"last_reminder_minutes": "200"}, "Число от 5 до 180"),
        ({"last_reminder_minutes": ""}, ""),
    ],
)
def test_reminders_too_close_to_each_other_are_refused(
    admin: Person, company: Company, typed: dict[str, str], sentence: str
) -> None:
    answer = _save(admin, company, **typed)
    assert answer.status_code == 200 and sentence in answer.text
    assert company.now(company.moscow).revision == 1


def test_a_reminder_left_empty_is_not_wanted(admin: Person, company: Company) -> None:
    assert _save(admin, company, first_reminder_minutes="", second_reminder_minutes="").status_code == 302
    city = company.now(company.moscow)
    assert (city.first_reminder_minutes, city.second_reminder_minutes) == (None, None)


def test_the_card_shows_what_comes_in_the_candidates_time(admin: Person, company: Company, booking: Booking) -> None:
    page = admin.get(f"/admin/candidates/{booking.candidate.reference}").text
    assert "По времени кандидата: UTC+3." in page
    for moment in ("25 нояб. 2026, 12:00 UTC+3", "26 нояб. 2026, 09:00 UTC+3", "26 нояб. 2026, 11:30 UTC+3"):
        assert moment in page


def test_the_card_says_what_does_not_come_and_why(admin: Person, company: Company) -> None:
    request = company.request(company.candidate("Пётр Лис", company.moscow), company.slot(company.olga, hours_ahead=2))
    page = admin.get(f"/admin/candidates/{request.candidate.reference}").text
    assert "после подтверждения" in page and "записались незадолго до встречи" in page


def _far(company: Company) -> Booking:
    far = company.request(
        company.candidate("Иван Лем", company.novosibirsk), company.slot(company.darya, hours_ahead=72)
    )
    slots.approve(company.session, far.id, actor=STAFF, now=NOW)
    company.session.commit()
    return far


def _timer(company: Company, kind: str, subject_id: int) -> int:
    return company.session.query(Timer).filter_by(kind=kind, subject_id=subject_id).one().id


def test_the_list_shows_what_is_planned_in_ones_own_cities(
    admin: Person, olga: Person, company: Company, booking: Booking
) -> None:
    _far(company)
    everything, own = admin.get(PLANNED).text, olga.get(PLANNED).text
    assert everything.count("Иван Лем") == 4 and "Иван Лем" not in own
    assert own.count("Анна Иванова") == 4  # three reminders, and the recruiter is asked how it went
    assert "как всё прошло?" in own and "рекрутеру" in own


def test_the_list_and_the_card_show_what_is_planned_without_an_hour(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow)
    decisions.reject(company.session, anna, reason="no", actor=STAFF, now=NOW)
    company.session.commit()
    for page in (admin.get(PLANNED).text, admin.get(f"/admin/candidates/{anna.reference}").text):
        assert "сообщение об отказе" in page and "23 нояб. 2026, 12:30 UTC+3" in page


def test_the_card_shows_what_recruiters_get_about_a_request(admin: Person, company: Company) -> None:
    anna = company.candidate("Анна Иванова", company.moscow, stage=Stage.TO_SCHEDULE)
    slots.reserve(company.session, anna, company.slot(company.olga, hours_ahead=72).id, now=NOW)
    company.session.commit()
    page = admin.get(f"/admin/candidates/{anna.reference}").text
    assert page.count("заявка всё ещё ждёт") == 2 and "останется без ответа" in page
    assert "после подтверждения" in page  # its reminders


def test_the_words_of_what_is_planned_are_shown_on_demand(admin: Person, company: Company, booking: Booking) -> None:
    timer_id = _timer(company, "slots.remind_last", booking.id)
    address = f"{PLANNED}/{timer_id}"
    for page in (PLANNED, f"/admin/candidates/{booking.candidate.reference}"):
        assert f'data-planned="{address}"' in admin.get(page).text
    words = admin.get(address).text
    assert "<b>Скоро собеседование: в 12:00.</b>" in words and "reminder.last" in words


def test_the_words_of_another_city_and_of_nothing_are_not_found(
    olga: Person, company: Company, booking: Booking
) -> None:
    foreign = _timer(company, "slots.remind_last", _far(company).id)
    assert olga.get(f"{PLANNED}/{_timer(company, 'slots.remind_last', booking.id)}").status_code == 200
    for timer_id in (foreign, foreign + 99, 10**30):
        assert olga.get(f"{PLANNED}/{timer_id}").status_code == 404


def test_hostile_names_stay_words(admin: Person, company: Company, booking: Booking) -> None:
    booking.candidate.full_name = "<script>alert(1)</script> Анна"
    company.session.commit()
    asked = _timer(company, "slots.asks_outcome", booking.id)
    for address in (PLANNED, f"{PLANNED}/{asked}"):
        page = admin.get(address).text
        assert "<script>alert" not in page and "&lt;script&gt;alert" in page


def test_list_and_card_cost_the_same_however_much_is_planned(
    app: Any, admin: Person, company: Company, booking: Booking
) -> None:
    addresses = (PLANNED, f"/admin/candidates/{booking.candidate.reference}")
    few = [_cost(app, admin, address) for address in addresses]
    for number in range(5):
        other = company.request(
            company.candidate(f"Анна {number}", company.moscow), company.slot(company.olga, hours_ahead=73 + number)
        )
        slots.approve(company.session, other.id, actor=STAFF, now=NOW)
    company.session.commit()
    assert [_cost(app, admin, address) for address in addresses] == few


def _cost(app: Any, person: Person, address: str) -> int:
    with queries_counted(app) as statements:
        assert person.get(address).status_code == 200
    return len(statements)
