"""A recruiter works from Telegram: linked by a code of the panel, answering a request with a button."""

import re
from collections.abc import Iterator

import pytest
from psycopg2.extensions import connection

from recruitsmart.domain.directory.operations import passwords
from tests.journeys.people import Applicant, Panel
from tests.simulator import Person, Simulator
from tests.system import System

PASSWORD = "correct-horse-battery-9"


@pytest.fixture
def olga(system: System, sql: connection) -> Iterator[Panel]:
    """The panel of an account that belongs to the recruiter of Novosibirsk."""
    with sql.cursor() as cursor:
        cursor.execute(
            """insert into accounts (login, password_hash, role, recruiter_id)
               select 'novosib', %s, 'recruiter', min(recruiter_id) from recruiter_cities
               join cities on cities.id = city_id where cities.name = 'Новосибирск' returning recruiter_id""",
            (passwords.hash(PASSWORD),),
        )
        panel = Panel(system.url)
        panel.sign_in("novosib", PASSWORD)
        yield panel
        cursor.execute("update accounts set chat_id = null, login = login || id where login = 'novosib'")


def _hears(person: Person, words: str) -> dict[str, object]:
    return person.wait_for(lambda message: words in message["text"], timeout=20)


def _linked(simulator: Simulator, olga: Panel) -> Person:
    page = olga.post("/admin/telegram/", "/admin/telegram/").text
    code = re.search(r"/link ([A-Z0-9]+)", page)
    assert code, "the page shows no code"
    person = simulator.person("Olga", language_code="ru")
    person.write(f"/link {code.group(1)}")
    _hears(person, "принадлежит учётной записи")
    return person


def test_a_recruiter_answers_a_request_in_telegram(simulator: Simulator, olga: Panel) -> None:
    recruiter = _linked(simulator, olga)
    anna = Applicant(simulator)
    days = anna.answers_test1(anna.registers("Zoe Winter", "Новосибирск"))
    hours = anna.presses(days["buttons"][0][0]["text"], "Choose a time")
    anna.presses(hours["buttons"][0][0]["text"], "has been sent")
    request = _hears(recruiter, "Zoe Winter")
    recruiter.press("Подтвердить", message_id=request["message_id"])
    anna.hears("is booked")
    _hears(recruiter, "(novosib)")


def test_a_recruiter_proposes_another_hour_in_telegram(simulator: Simulator, olga: Panel) -> None:
    recruiter = _linked(simulator, olga)
    anna = Applicant(simulator)
    days = anna.answers_test1(anna.registers("Wanda Summer", "Новосибирск"))
    hours = anna.presses(days["buttons"][0][0]["text"], "Choose a time")
    anna.presses(hours["buttons"][0][0]["text"], "has been sent")
    request = _hears(recruiter, "Wanda Summer")
    recruiter.press("Предложить другие часы", message_id=request["message_id"])
    choice = _hears(recruiter, "Какие часы предложить")
    recruiter.press(choice["buttons"][0][0]["text"], message_id=choice["message_id"])
    recruiter.wait_for(lambda message: "Отправить кандидату (1)" in str(message["buttons"]), timeout=20)
    recruiter.press("Отправить кандидату (1)", message_id=choice["message_id"])
    proposed = anna.hears("the recruiter has these hours")
    _hears(recruiter, "Отменено (novosib)")
    anna.presses(proposed["buttons"][0][0]["text"], "has been sent")


def test_a_stranger_cannot_link_with_a_guess(simulator: Simulator) -> None:
    stranger = simulator.person("Mallory", language_code="en")
    stranger.write("/link AAAAAAAAAA")
    _hears(stranger, "unknown")
    stranger.write("/today")
    _hears(stranger, "for our staff")
