"""The ledger's attempts and sending again by hand; whom to call."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import mark_reachable, mark_unreachable
from recruitsmart.domain.candidates.stages import Outcome
from recruitsmart.domain.directory.models import Role
from recruitsmart.domain.messaging.delivery import step
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from tests.factories import add_message
from tests.panel import NOW, Company, Nudged, Person, queries_counted

AGAIN = "/admin/messages/again"
FAILED: dict[str, Any] = {"state": MessageState.FAILED, "reason": "400 no", "settled_at": NOW}
UNKNOWN: dict[str, Any] = {"state": MessageState.UNKNOWN, "reason": "no answer came", "doubts": 1, "settled_at": NOW}


def message(company: Company, name: str = "Анна Иванова", *, city: Any = None, **values: Any) -> OutboxMessage:
    candidate = company.candidate(name, city or company.moscow)
    added = add_message(company.session, chat_id=candidate.contact.chat_id, candidate_id=candidate.id, **values)
    company.session.commit()
    return added


def _reference(company: Company, message: OutboxMessage) -> str:
    return company.session.get_one(Candidate, message.candidate_id).reference


def again(person: Person, **fields: Any) -> Any:
    return person.post(AGAIN, form_at="/admin/candidates/", **fields)


def test_the_ledger_shows_every_attempt(admin: Person, company: Company) -> None:
    trail = [step("broken", "HTTP 502", now=NOW), step("busy", "429 wait", now=NOW), step("refused", "400 no", now=NOW)]
    message(company, **FAILED, trail=trail)
    page = admin.get("/admin/messages/").text
    for words in ("HTTP 502", "не дошло", "429 wait", "велено подождать", "отказано"):
        assert words in page


def test_what_an_address_calls_itself_is_no_part_of_the_one_all_are_sent_again_from(
    admin: Person, company: Company
) -> None:
    message(company, **FAILED)
    page = admin.get("/admin/messages/", state="failed", endpoint="FOO")
    assert page.status_code == 200
    assert f'href="{AGAIN}?state=failed&amp;endpoint=FOO"' in page.text


def test_a_failed_message_can_be_sent_again(admin: Person, company: Company, nudged: Nudged) -> None:
    failed = message(company, **FAILED)
    assert f"/admin/messages/again?id={failed.id}" in admin.get("/admin/messages/").text
    assert "Будет отправлено ещё раз сообщений: 1" in admin.get(AGAIN, id=failed.id).text
    again(admin, id=failed.id)
    assert (company.now(failed).state, nudged.deliveries) == (MessageState.QUEUED, 1)
    assert "отправил(а) сообщение ещё раз" in admin.get(f"/admin/candidates/{_reference(company, failed)}").text


def test_all_that_match_the_filter_can_be_sent_again(admin: Person, company: Company) -> None:
    failed = [message(company, f"Кандидат {number}", **FAILED) for number in range(3)]
    doubtful = message(company, "Пётр Сидоров", **UNKNOWN)
    assert "сообщений: 3" in admin.get(AGAIN, state="failed").text
    again(admin, state="failed", up_to=failed[-1].id)
    assert [company.now(each).state for each in failed] == [MessageState.QUEUED] * 3
    assert company.now(doubtful).state == MessageState.UNKNOWN


def test_what_failed_after_the_count_is_not_sent_along(admin: Person, company: Company) -> None:
    counted, later = message(company, **FAILED), message(company, "Пётр Сидоров", **FAILED)
    again(admin, state="failed", up_to=counted.id)
    assert company.now(later).state == MessageState.FAILED


def test_what_is_in_doubt_asks_whether_a_second_copy_is_wanted(admin: Person, company: Company) -> None:
    doubtful = message(company, **UNKNOWN)
    assert "второй экземпляр" in admin.get(AGAIN, id=doubtful.id).text
    again(admin, id=doubtful.id)
    assert company.now(doubtful).state == MessageState.UNKNOWN
    again(admin, id=doubtful.id, sure="yes")
    assert company.now(doubtful).state == MessageState.QUEUED


def test_sending_again_leads_back_to_the_list_with_its_filter(admin: Person, company: Company) -> None:
    doubtful = message(company, **UNKNOWN)
    reference = _reference(company, doubtful)
    back = f"/admin/messages/?state=unknown&candidate={reference}"
    listed = admin.get(back).text

    link = f"{AGAIN}?id={doubtful.id}&amp;state=unknown&amp;candidate={reference}"
    assert f'href="{link}"' in listed
    page = admin.get(link.replace("&amp;", "&")).text
    assert f'href="{back.replace("&", "&amp;")}">Отмена' in page
    fields = {"id": doubtful.id, "state": "unknown", "candidate": reference}
    assert again(admin, **fields).location == back
    assert company.now(doubtful).state == MessageState.UNKNOWN
    assert again(admin, **fields, sure="yes").location == back
    assert company.now(doubtful).state == MessageState.QUEUED


def test_what_was_sent_is_not_sent_again(admin: Person, company: Company) -> None:
    sent = message(company, state=MessageState.SENT)
    assert "нечего отправлять" in admin.get(AGAIN, id=sent.id).text
    again(admin, id=sent.id, sure="yes")
    assert company.now(sent).state == MessageState.SENT


def test_a_foreign_message_cannot_be_sent_again(olga: Person, company: Company) -> None:
    foreign = message(company, city=company.novosibirsk, **FAILED)
    again(olga, id=foreign.id)
    again(olga, state="failed")
    assert company.now(foreign).state == MessageState.FAILED


def test_a_viewer_sends_nothing_again(app: Flask, company: Company) -> None:
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    failed = message(company, **FAILED)
    assert "again" not in viewer.get("/admin/messages/").text
    assert again(viewer, id=failed.id).status_code == 403


# --- whom to call


def unreachable(company: Company, name: str, **values: Any) -> Any:
    candidate = company.candidate(name, values.pop("city", company.moscow), **values)
    mark_unreachable(company.session, candidate.contact.chat_id, reason="blocked the bot", now=NOW)
    company.session.commit()
    return candidate


def test_who_cannot_be_reached_is_to_be_called_with_phone_reason_and_next_hour(admin: Person, company: Company) -> None:
    anna = unreachable(company, "Анна Иванова", phone="+79123456789")
    company.request(anna, company.slot(company.olga, hours_ahead=26))
    page = admin.get("/admin/calls/").text
    for words in ("Анна Иванова", "+79123456789", "заблокировал(а) бота", "24 нояб. 2026"):
        assert words in page


def test_who_has_the_nearest_hour_is_called_first(admin: Person, company: Company) -> None:
    unreachable(company, "Без встречи")
    for name, hours in (("Послезавтра", 50), ("Завтра", 26), ("Вчера", -20)):
        company.request(unreachable(company, name), company.slot(company.olga, hours_ahead=hours))
    page = admin.get("/admin/calls/").text
    places = [page.index(name) for name in ("Завтра", "Послезавтра", "Без встречи")]
    assert places == sorted(places)
    assert page.index("Вчера") > page.index("Послезавтра")


def test_who_writes_again_is_gone_from_the_list(admin: Person, company: Company) -> None:
    anna = unreachable(company, "Анна Иванова")
    company.session.refresh(anna.contact)
    mark_reachable(company.session, anna, now=NOW + timedelta(minutes=1))
    company.session.commit()
    assert "Анна" not in admin.get("/admin/calls/").text


@pytest.mark.parametrize("values", [{"outcome": Outcome.WITHDRAWN, "outcome_reason": "x"}])
def test_who_is_out_of_the_process_is_not_called(admin: Person, company: Company, values: dict[str, Any]) -> None:
    unreachable(company, "Анна Иванова", **values)
    company.candidate("Пётр Сидоров", company.moscow)
    page = admin.get("/admin/calls/").text
    assert "Анна" not in page
    assert "Пётр" not in page


def test_candidates_of_other_cities_are_not_listed(olga: Person, company: Company) -> None:
    unreachable(company, "Чужой Пётр", city=company.novosibirsk)
    assert "Чужой" not in olga.get("/admin/calls/").text


def test_the_list_of_calls_asks_few_things_however_long_it_is(app: Flask, admin: Person, company: Company) -> None:
    for number in range(60):
        unreachable(company, f"Кандидат {number:03}")
    with queries_counted(app) as statements:
        page = admin.get("/admin/calls/").text
    assert len(statements) <= 8, "\n".join(statements)
    assert page.count("Кандидат ") == 50
    assert admin.get("/admin/calls/", page=2).text.count("Кандидат ") == 10
