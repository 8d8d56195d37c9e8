"""From /start to an approved interview, and what people do on the way."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from psycopg2.extensions import connection

from tests.journeys.people import Applicant, Panel
from tests.simulator import Simulator
from tests.system import System

pytestmark = pytest.mark.usefixtures("system")


def _one(sql: connection, query: str, *values: object) -> tuple[object, ...]:
    with sql.cursor() as cursor:
        cursor.execute(query, values)
        row = cursor.fetchone()
    assert row is not None, query
    return row


def _booking_of(sql: connection, applicant: Applicant) -> tuple[object, ...]:
    return _one(
        sql,
        """select bookings.id, bookings.status, slots.starts_at, bookings.time_zone from bookings
           join slots on slots.id = bookings.slot_id join contacts using (candidate_id)
           where chat_id = %s order by bookings.id desc""",
        applicant.person.id,
    )


def test_a_person_registers_books_and_is_confirmed_by_the_recruiter(
    simulator: Simulator, panel: Panel, sql: connection
) -> None:
    anna = Applicant(simulator)
    anna.says("/start advert-7", "consent")
    anna.presses("I agree, go on", "What is your name")
    anna.says("Anna", "both first and last name")
    anna.says("anna miller", "Which city")
    anna.says("Екатеренбург", "Did you mean Екатеринбург?")
    anna.presses("Yes", "Which phone")
    anna.says("12", "does not look like a phone number")
    anna.person.share_contact("+79123456789")
    days = anna.answers_test1(anna.hears("1/"))
    day = days["buttons"][0][0]["text"]
    hours = anna.presses(day, "Choose a time")
    hour = hours["buttons"][0][0]["text"]
    pending = anna.presses(hour, "has been sent")
    assert "UTC+5" in pending["text"] and f", {hour}" in pending["text"]

    booking_id, status, starts_at, zone = _booking_of(sql, anna)
    assert (status, zone) == ("pending", "Asia/Yekaterinburg")
    assert isinstance(starts_at, datetime) and f"{starts_at.astimezone(ZoneInfo('Asia/Yekaterinburg')):%H:%M}" == hour
    assert "Anna Miller" in panel.get("/admin/bookings/")
    panel.approve(int(str(booking_id)))
    confirmed = anna.hears("is booked")
    assert f", {hour}" in confirmed["text"] and "UTC+5" in confirmed["text"]
    source, phone = _one(
        sql, "select source, phone from candidates join contacts on candidate_id = candidates.id where chat_id = %s",
        anna.person.id,
    )  # fmt: skip
    assert (source, phone) == ("advert-7", "+79123456789")


def test_pressing_the_same_hour_twice_books_it_once(simulator: Simulator, sql: connection) -> None:
    boris = Applicant(simulator, "Boris")
    days = boris.answers_test1(boris.registers("Boris Stone"))
    hours = boris.presses(days["buttons"][0][0]["text"], "Choose a time")
    first = hours["buttons"][0][0]
    boris.person.press(first["text"], message_id=hours["message_id"])
    boris.hears("has been sent")
    boris.person.inject(_press(boris, hours["message_id"], first["data"]))
    boris.hears("waiting for the recruiter")
    count = _one(
        sql, "select count(*) from bookings join contacts using (candidate_id) where chat_id = %s", boris.person.id
    )
    assert count == (1,)


def _press(applicant: Applicant, message_id: int, data: str) -> dict[str, object]:
    """A press on a button that is no longer shown: the second half of a double tap, or a very old screen."""
    chat = {"id": applicant.person.id, "type": "private"}
    sender = {"id": applicant.person.id, "is_bot": False, "first_name": "X", "language_code": "en"}
    message = {"message_id": message_id, "chat": chat, "date": 0}
    return {"callback_query": {"id": "1", "from": sender, "message": message, "chat_instance": "1", "data": data}}


def test_the_second_person_gets_three_other_hours(simulator: Simulator) -> None:
    quick, slow = Applicant(simulator, "Quick"), Applicant(simulator, "Slow")
    hours = {}
    for applicant in (quick, slow):
        days = applicant.answers_test1(applicant.registers("Pat Test", "Новосибирск"))
        hours[applicant] = applicant.presses(days["buttons"][1][0]["text"], "Choose a time")
    wanted = hours[quick]["buttons"][0][0]["text"]
    quick.presses(wanted, "has been sent")
    refusal = slow.presses(wanted, "has just been taken")
    offered = [button for row in refusal["buttons"] for button in row if button["data"].startswith("reserve:")]
    assert len(offered) == 3
    slow.presses(offered[0]["text"], "has been sent")


def test_an_old_button_is_judged_by_the_facts_of_today(simulator: Simulator, panel: Panel, sql: connection) -> None:
    clara = Applicant(simulator, "Clara")
    question = clara.registers("Clara Berg")
    first_option = question["buttons"][1][0]
    days = clara.answers_test1(question)
    hours = clara.presses(days["buttons"][0][1]["text"], "Choose a time")
    clara.presses(hours["buttons"][0][0]["text"], "has been sent")
    before = _booking_of(sql, clara)
    clara.person.inject(_press(clara, question["message_id"], first_option["data"]))
    clara.person.inject(_press(clara, days["message_id"], "city:1"))
    clara.person.inject(_press(clara, days["message_id"], hours["buttons"][0][1]["data"]))
    clara.hears("waiting for the recruiter")
    clara.says("/my", "waiting for the recruiter")
    assert _booking_of(sql, clara) == before


def test_a_question_edited_meanwhile_is_asked_as_it_is_now(simulator: Simulator, sql: connection) -> None:
    dora = Applicant(simulator, "Dora")
    question = dora.registers("Dora Lane")
    with sql.cursor() as cursor:
        cursor.execute(
            """update questions set text = text || '{"en": "What are you doing these days, exactly?"}',
               version = version + 1 where key = 'occupation'"""
        )
    asked = dora.answers(question)
    assert "these days, exactly?" in asked["text"]


def test_a_question_deleted_meanwhile_is_skipped_and_the_total_shrinks(simulator: Simulator, sql: connection) -> None:
    emil = Applicant(simulator, "Emil")
    question = emil.registers("Emil Frost")
    total = int(question["text"].split("/")[1].split()[0])
    with sql.cursor() as cursor:
        cursor.execute("update questions set active = false where key = 'transport'")
    try:
        after = emil.answers_test1(emil.answers(question))
        assert "Choose a day" in after["text"]
    finally:
        with sql.cursor() as cursor:
            cursor.execute("update questions set active = true where key = 'transport'")
    skipped = _one(
        sql,
        """select count(*) from journal join contacts using (candidate_id)
           where chat_id = %s and journal.kind = 'question.skipped'""",
        emil.person.id,
    )
    assert skipped == (1,)
    assert total >= 11


def test_start_in_the_middle_of_everything_asks_again_and_loses_nothing(simulator: Simulator, sql: connection) -> None:
    fay = Applicant(simulator, "Fay")
    fay.says("/start one", "consent")
    fay.says("/start two", "consent")
    fay.presses("I agree, go on", "What is your name")
    fay.says("Fay Hill", "Which city")
    fay.says("/start", "Which city")
    fay.presses("Москва", "Which phone")
    fay.says("/start", "Which phone")
    fay.person.share_contact()
    question = fay.answers(fay.hears("1/"))
    again = fay.says("/start", "2/")
    assert again["text"].endswith(question["text"].split("2/")[1])
    people = _one(
        sql,
        """select count(*), min(source) from candidates join contacts on candidate_id = candidates.id
           where chat_id = %s""",
        fay.person.id,
    )
    assert people == (1, "one")


def test_everything_else_gets_a_useful_answer(simulator: Simulator, system: System) -> None:
    gus = Applicant(simulator, "Gus")
    gus.says("hello?", "consent")
    gus.presses("I agree, go on", "What is your name")
    gus.person.send(sticker=True)
    gus.hears("cannot read that")
    gus.hears("What is your name")
    gus.says("/nonsense", "What you can do")
    gus.says("/language", "Choose a language")
    gus.presses("Русский", "Как вас зовут")
    assert "Traceback" not in system.printed("worker")
