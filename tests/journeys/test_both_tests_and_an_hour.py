"""From Test 1 to the end of Test 2: somebody moves the hour in between and presses all that is still there."""

from typing import Any

import pytest
from psycopg2.extensions import connection

from tests.journeys.people import Applicant, Panel
from tests.simulator import Simulator

pytestmark = pytest.mark.usefixtures("system")

BEGUN = """
update slots set starts_at = now() - interval '40 min', ends_at = now() - interval '10 min',
    busy_until = now() - interval '10 min' where id = %s
"""
BOOKINGS = """
select bookings.id, bookings.status, slot_id from bookings join contacts using (candidate_id)
where chat_id = %s order by bookings.id
"""
REFERENCE = "select reference from candidates join contacts on candidate_id = candidates.id where chat_id = %s"
ANSWERS = """
select tests.key, count(*), count(distinct question_id) from answers join attempts on attempts.id = attempt_id
join tests on tests.id = attempts.test_id join contacts using (candidate_id)
where chat_id = %s and answers.status = 'answered' group by tests.key order by tests.key
"""


def _rows(sql: connection, query: str, *values: object) -> list[tuple[Any, ...]]:
    with sql.cursor() as cursor:
        cursor.execute(query, values)
        return cursor.fetchall() if cursor.description else []


def test_both_tests_go_on_whatever_is_done_about_the_hour(simulator: Simulator, panel: Panel, sql: connection) -> None:
    anna = Applicant(simulator)
    question = anna.answers_test1(anna.registers(city="Санкт-Петербург"), stop_before="4/")
    days = anna.answers_test1(anna.says("/my", question["text"]))
    booked = _books(anna, days)
    days_to_move = anna.presses("Move", "the old hour stays yours")
    _books(anna, days_to_move)
    again = anna.presses("Move", "the old hour stays yours")  # and then she does not choose

    bookings = _rows(sql, BOOKINGS, anna.person.id)
    assert [status for _, status, _ in bookings] == ["moved", "booked"]
    _rows(sql, BEGUN, bookings[-1][2])
    ((reference,),) = _rows(sql, REFERENCE, anna.person.id)
    panel.post(f"/admin/testing/{reference}/offer", f"/admin/candidates/{reference}")
    anna.presses("Start the test", "1/10")
    _presses_on(anna, again, "no longer in force")
    first = anna.says("/my", "1/10")
    anna.presses(first["buttons"][0][0]["text"], "2/10")
    _presses_on(anna, booked, "no longer in force")
    question = anna.says("/my", "2/10")
    for number in range(3, 11):
        question = anna.presses(question["buttons"][0][0]["text"], f"{number}/10")
    anna.presses(question["buttons"][0][0]["text"], "the test")

    assert [status for _, status, _ in _rows(sql, BOOKINGS, anna.person.id)] == ["moved", "attended"]
    (_, told, asked), (_, pressed, shown) = _rows(sql, ANSWERS, anna.person.id)
    assert told == asked and (pressed, shown) == (10, 10)


def _books(anna: Applicant, days: dict[str, Any]) -> dict[str, Any]:
    hours = anna.presses(days["buttons"][1][0]["text"], "Choose a time")
    return anna.presses(hours["buttons"][0][0]["text"], "is booked")


def _presses_on(anna: Applicant, message: dict[str, Any], expect: str) -> None:
    """Press the first button of an old message."""
    anna.presses(message["buttons"][0][0]["text"], expect, on=message["message_id"])
