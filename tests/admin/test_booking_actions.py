"""What recruiters do with bookings: move, cancel, note the outcome, give an hour to who waits."""

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.models import Role
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.slots.models import Booking, BookingStatus, Purpose, Waiting, WaitingStatus
from tests.panel import NOW, Company, Person, queries_counted

LISTED = "/admin/bookings/?tab=upcoming"
WAITING = "/admin/bookings/?tab=waiting"


def _booked(company: Company, name: str = "Анна Иванова", *, hours_ahead: float = 24) -> Booking:
    booking = company.request(
        company.candidate(name, company.moscow), company.slot(company.olga, hours_ahead=hours_ahead)
    )
    booking.status = BookingStatus.BOOKED
    company.session.commit()
    return booking


def _waits(company: Company, name: str = "Анна Иванова", **values: Any) -> Waiting:
    candidate = company.candidate(name, company.moscow, stage=Stage.TO_SCHEDULE)
    waiting = Waiting(
        candidate=candidate, city_id=company.moscow.id, purpose=Purpose.INTERVIEW, since=NOW, **values
    )  # fmt: skip
    company.session.add(waiting)
    company.session.commit()
    return waiting


def _live(company: Company) -> Booking:
    company.session.rollback()
    live = select(Booking).where(Booking.status.in_((BookingStatus.BOOKED, BookingStatus.PENDING)))
    return company.session.scalars(live).one()


def _sent(company: Company) -> list[str]:
    company.session.rollback()
    return list(company.session.scalars(select(OutboxMessage.kind)))


def test_a_booking_is_moved_to_a_free_hour_and_the_candidate_is_told(admin: Person, company: Company) -> None:
    booking, free = _booked(company), company.slot(company.olga, hours_ahead=48)
    at = f"/admin/hours/move/{booking.id}"

    assert f'value="{free.id}"' in admin.get(at).text
    answer = admin.post(at, form_at=at, slot=free.id, back=LISTED)

    assert answer.location == LISTED
    assert company.now(booking).status == BookingStatus.MOVED
    assert _live(company).slot_id == free.id
    assert "booking.moved_by_us" in _sent(company)


def test_full_hours_and_those_of_other_cities_are_not_offered(admin: Person, company: Company) -> None:
    booking, other = _booked(company), _booked(company, "Пётр Сидоров", hours_ahead=30)
    foreign, past = company.slot(company.darya), company.slot(company.olga, hours_ahead=-2)

    page = admin.get(f"/admin/hours/move/{booking.id}").text

    for slot_id in (booking.slot_id, other.slot_id, foreign.id, past.id):
        assert f'name="slot" value="{slot_id}"' not in page


def test_hours_are_searched_by_the_citys_day(admin: Person, company: Company) -> None:
    booking = _booked(company)
    late = company.slot(company.olga, hours_ahead=36.5)  # 25 November, 00:30 in Moscow; still the 24th in UTC
    company.slot(company.olga, hours_ahead=72)

    page = admin.get(f"/admin/hours/move/{booking.id}", day="2026-11-25").text

    assert page.count('type="radio"') == 1
    assert f'value="{late.id}"' in page


@pytest.mark.parametrize("which", ["foreign", "past", "missing"])
def test_an_hour_that_is_not_for_this_person_cannot_be_given(admin: Person, company: Company, which: str) -> None:
    booking = _booked(company)
    at = f"/admin/hours/move/{booking.id}"
    slot_ids = {
        "foreign": company.slot(company.darya, hours_ahead=50).id,
        "past": company.slot(company.olga, hours_ahead=-5).id,
        "missing": 99999,
    }

    answer = admin.post(at, form_at="/admin/candidates/", slot=slot_ids[which])

    assert answer.status_code == (200 if which == "past" else 404)
    assert company.now(booking).status == BookingStatus.BOOKED


def test_an_hour_taken_meanwhile_is_a_sentence_and_the_booking_stays(admin: Person, company: Company) -> None:
    booking, other = _booked(company), _booked(company, "Пётр Сидоров", hours_ahead=30)
    at = f"/admin/hours/move/{booking.id}"

    answer = admin.post(at, form_at="/admin/candidates/", slot=other.slot_id)

    assert "только что заняли" in answer.text
    assert company.now(booking).status == BookingStatus.BOOKED


def test_a_booking_is_cancelled_with_a_reason_only(admin: Person, company: Company) -> None:
    booking = _booked(company)
    at = f"/admin/bookings/{booking.id}/cancel"

    admin.post(at, form_at=LISTED, reason=" ")
    assert company.now(booking).status == BookingStatus.BOOKED
    admin.post(at, form_at=LISTED, reason="офис закрыт")

    assert (company.now(booking).status, booking.end_reason) == (BookingStatus.CANCELLED, "офис закрыт")
    assert "booking.called_off" in _sent(company)


def test_the_outcome_is_one_tap_and_can_be_corrected(admin: Person, company: Company) -> None:
    booking = _booked(company, hours_ahead=-1)

    assert 'value="no_show"' in admin.get(LISTED).text
    for result in ("no_show", "late"):
        admin.post(f"/admin/bookings/{booking.id}/outcome", form_at=LISTED, result=result)
        assert company.now(booking).status == result
    assert 'value="attended"' in admin.get(f"/admin/candidates/{booking.candidate.reference}").text


def test_a_press_on_an_older_page_does_not_correct_a_colleagues_word(admin: Person, company: Company) -> None:
    booking = _booked(company, hours_ahead=-1)
    assert 'name="seen" value="booked"' in admin.get(LISTED).text
    at = f"/admin/bookings/{booking.id}/outcome"

    for result in ("attended", "attended", "no_show"):
        admin.post(at, form_at=LISTED, result=result, seen="booked")
    assert company.now(booking).status == BookingStatus.ATTENDED
    assert "booking.no_show" not in _sent(company)
    admin.post(at, form_at=LISTED, result="no_show", seen="attended")

    assert company.now(booking).status == BookingStatus.NO_SHOW


def test_there_is_no_outcome_before_the_hour(admin: Person, company: Company) -> None:
    booking = _booked(company)

    assert 'value="no_show"' not in admin.get(LISTED).text
    admin.post(f"/admin/bookings/{booking.id}/outcome", form_at=LISTED, result="attended")
    assert "ещё не наступило" in admin.get(LISTED).text
    admin.post(f"/admin/bookings/{booking.id}/outcome", form_at=LISTED, result="moved")

    assert "Отметьте, как прошла" in admin.get(LISTED).text
    assert company.now(booking).status == BookingStatus.BOOKED


def test_who_waits_is_listed_oldest_first_with_the_wish_in_words(admin: Person, company: Company) -> None:
    _waits(
        company, "Вторая", wanted_from=datetime(2026, 11, 25, 9, tzinfo=UTC),
        wanted_until=datetime(2026, 11, 25, 13, tzinfo=UTC), note="<b>после обеда</b>",
    )  # fmt: skip
    first = _waits(company, "Первая")
    first.since = datetime(2026, 11, 20, tzinfo=UTC)
    company.session.commit()

    page = admin.get(WAITING).text

    assert page.index("Первая") < page.index("Вторая")
    assert "12:00 UTC+3 — 16:00 UTC+3" in page
    assert "&lt;b&gt;после обеда" in page


def test_who_waits_is_given_an_hour(admin: Person, company: Company) -> None:
    waiting, free = _waits(company), company.slot(company.olga)
    at = f"/admin/hours/assign/{waiting.candidate.reference}"

    assert at in admin.get(WAITING).text
    admin.post(at, form_at=at, slot=free.id, back=WAITING)

    assert _live(company).slot_id == free.id
    assert company.now(waiting).status == "served"
    assert "Анна" not in admin.get(WAITING).text


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01"])
def test_a_day_at_the_end_of_time_is_no_day(admin: Person, company: Company, day: str) -> None:
    waiting = _waits(company)
    booking = company.request(company.candidate("Пётр Сидоров", company.moscow), company.slot(company.olga))
    for address in (f"/admin/hours/assign/{waiting.candidate.reference}", f"/admin/hours/move/{booking.id}"):
        assert admin.get(address, day=day).status_code == 200


def test_a_person_at_another_stage_is_given_nothing(admin: Person, company: Company) -> None:
    candidate, free = company.candidate("Анна Иванова", company.moscow, stage=Stage.TEST2), company.slot(company.olga)
    at = f"/admin/hours/assign/{candidate.reference}"

    assert 'type="radio"' not in admin.get(at).text
    assert "На этом этапе" in admin.post(at, form_at="/admin/candidates/", slot=free.id).text


def _foreign_addresses(company: Company) -> list[str]:
    candidate = company.candidate("Чужой Пётр", company.novosibirsk)
    booking = company.request(candidate, company.slot(company.darya))
    acts = [f"/admin/bookings/{booking.id}/{act}" for act in ("approve", "refuse", "cancel", "outcome")]
    return [*acts, f"/admin/hours/move/{booking.id}", f"/admin/hours/assign/{candidate.reference}"]


def test_foreign_bookings_and_people_do_not_exist(olga: Person, company: Company) -> None:
    for address in _foreign_addresses(company):
        answer = olga.post(address, form_at="/admin/candidates/", reason="x", result="attended", slot=1)
        assert answer.status_code == 404, address
    for tab in ("pending", "upcoming", "waiting"):
        assert "Чужой" not in olga.get(f"/admin/bookings/?tab={tab}").text


def test_a_viewer_changes_nothing_and_a_form_needs_its_token(app: Flask, admin: Person, company: Company) -> None:
    booking, free = _booked(company), company.slot(company.olga, hours_ahead=48)
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    addresses = [f"/admin/bookings/{booking.id}/cancel", f"/admin/bookings/{booking.id}/outcome"]
    addresses += [f"/admin/hours/move/{booking.id}"]

    for address in addresses:
        assert viewer.post(address, form_at="/admin/candidates/", reason="x", slot=free.id).status_code == 403
        assert admin.client.post(address, data={"reason": "x", "slot": free.id}).status_code == 400
    assert "Перенести" not in viewer.get(LISTED).text
    assert company.now(booking).status == BookingStatus.BOOKED


@pytest.mark.parametrize("path", [LISTED, WAITING])
def test_the_lists_take_as_many_queries_for_many_rows(app: Flask, admin: Person, company: Company, path: str) -> None:
    for number in range(30):
        _booked(company, f"Анна {number}", hours_ahead=10 + number)
        _waits(company, f"Пётр {number}")

    with queries_counted(app) as statements:
        page = admin.get(path)

    assert page.text.count("card-row") == 30
    assert len(statements) <= 8, statements


def test_the_card_says_what_somebody_in_the_queue_asked_for(admin: Person, company: Company) -> None:
    waiting = _waits(company, note="когда починят <машину>")
    for address in ("candidates", "hours/assign"):  # where somebody chooses an hour for them too
        page = admin.get(f"/admin/{address}/{waiting.candidate.reference}").text
        assert "ждёт свободного часа" in page and "“когда починят &lt;машину&gt;”" in page

    waiting.status, waiting.ended_at = WaitingStatus.SERVED, NOW
    company.session.commit()
    assert "починят" not in admin.get(f"/admin/candidates/{waiting.candidate.reference}").text


def test_only_a_real_address_is_a_link_to_the_meeting_on_the_card(admin: Person, company: Company) -> None:
    card = f"/admin/candidates/{_booked(company).candidate.reference}"
    for address, linked in (("javascript:alert(1)", False), ("https://meet.example/olga", True)):
        company.olga.meeting_url = address
        company.session.commit()
        page = admin.get(card).text
        assert address in page and (f'href="{address}"' in page) is linked


def test_a_reason_with_what_postgres_cannot_keep_is_kept_without_it(admin: Person, company: Company) -> None:
    booking = _booked(company)
    admin.post(f"/admin/bookings/{booking.id}/cancel", form_at=LISTED, reason="болезнь\0")
    assert company.now(booking).end_reason == "болезнь"
