"""Twenty people register while the worker, then the bot, then Redis' memory is killed."""

import threading
from concurrent.futures import ThreadPoolExecutor

import psycopg2
import pytest
import redis

from recruitsmart.local.valkey import ValkeyServer
from tests.journeys.people import Applicant
from tests.simulator import Simulator
from tests.system import System

PEOPLE = 20
PATIENCE_SECONDS = 60

pytestmark = pytest.mark.drill


class _Registration:
    """One person, who waits patiently. `steps` counts how far everybody has come."""

    def __init__(self, simulator: Simulator, number: int, steps: threading.Semaphore) -> None:
        self.applicant = Applicant(simulator, f"Person{number}")
        self.steps = steps

    def run(self) -> None:
        person = self.applicant.person
        for act, expect in (
            (lambda: person.write("/start"), "consent"),
            (lambda: person.press("I agree, go on"), "What is your name"),
            (lambda: person.write("Anna Miller"), "Which city"),
            (lambda: person.press("Москва"), "Which phone"),
            (person.share_contact, "1/"),
        ):
            act()
            person.wait_for(expect, timeout=PATIENCE_SECONDS)
            self.steps.release()


def _after(steps: threading.Semaphore, count: int) -> None:
    for _ in range(count):
        assert steps.acquire(timeout=PATIENCE_SECONDS), "nobody gets any further"


def test_everybody_ends_registered_once_and_is_asked_nothing_twice(
    telegram: Simulator, processes: System, own_valkey: ValkeyServer
) -> None:
    processes.flask("seed", "--demo")
    steps = threading.Semaphore(0)
    registrations = [_Registration(telegram, number, steps) for number in range(PEOPLE)]
    with ThreadPoolExecutor(PEOPLE) as crowd:
        running = [crowd.submit(registration.run) for registration in registrations]
        _after(steps, 15)
        processes.kill("worker")
        processes.restart("worker")
        _after(steps, 15)
        processes.kill("bot")
        processes.restart("bot")
        _after(steps, 15)
        redis.Redis.from_url(own_valkey.url()).flushall()
        for one in running:
            one.result()
    for registration in registrations:
        assert _transcript(registration.applicant) == EXPECTED
    with psycopg2.connect(processes.database_url.replace("+psycopg2", "")) as opened, opened.cursor() as cursor:
        cursor.execute("select count(*), count(distinct chat_id) from contacts")
        assert cursor.fetchone() == (PEOPLE, PEOPLE)
        cursor.execute("select count(*) from candidates where registered_at is not null")
        assert cursor.fetchone() == (PEOPLE,)
        cursor.execute("select state, count(*) from outbox group by state")
        posted = PEOPLE * (len(EXPECTED) + 1)  # the list of cities became the city chosen
        assert cursor.fetchall() == [("sent", posted)]


EXPECTED = ["Hello", "What is", "City: ", "Which phone", "Thank you", "1/12"]


def _transcript(applicant: Applicant) -> list[str]:
    """How each message of the bot begins, in the order of the chat; an edited one counts as what it says now."""
    shown = sorted(applicant.person.from_bot(), key=lambda message: message["message_id"])
    said = [message["text"] for message in shown]
    return [next((start for start in EXPECTED if text.startswith(start)), text) for text in said]
