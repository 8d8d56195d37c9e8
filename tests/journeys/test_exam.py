"""Test 2 through the real processes: clocks that run, people who are slow, hasty or gone."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from psycopg2.extensions import connection
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from recruitsmart import clock
from recruitsmart.domain.assessments.models import Answer, Attempt, Test
from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.pipeline.testing import offer_test2
from recruitsmart.local.processes import wait_until
from tests.journeys.people import Applicant
from tests.simulator import Simulator
from tests.system import System
from workers.nudges import WINDOW

LIMIT_SECONDS = 5  # the least that a test may have
QUESTIONS = 10


@pytest.fixture(scope="module")
def database(system: System) -> Iterator[Any]:
    engine = create_engine(system.database_url.replace("postgresql://", "postgresql+psycopg2://"))
    yield engine
    engine.dispose()


@pytest.fixture
def brisk(sql: connection) -> Iterator[None]:
    """Test 2 with five seconds a question."""
    with sql.cursor() as cursor:
        cursor.execute("update tests set question_limit_seconds = %s where key = 'test2'", (LIMIT_SECONDS,))
        yield
        cursor.execute("update tests set question_limit_seconds = 60 where key = 'test2'")


class Examinee(Applicant):
    """A candidate who has passed the interview and was invited to Test 2."""

    def __init__(self, simulator: Simulator, database: Any, first_name: str) -> None:
        super().__init__(simulator, first_name)
        self.database = database
        self.says("/start", "consent")
        self.presses("I agree, go on", "What is your name")
        with Session(database) as session:
            candidate = session.scalars(select(Candidate).join(Contact).where(Contact.chat_id == self.person.id)).one()
            candidate.full_name, candidate.stage = first_name, Stage.INTERVIEW
            offer_test2(session, candidate, actor=SYSTEM, now=clock.now())
            session.commit()
        self.invitation = self.hears("short test")

    def begins(self) -> dict[str, Any]:
        return self.presses("Start the test", f"1/{QUESTIONS}")

    def option(self, number: int, *, right: bool) -> str:
        """The label of a right (or wrong) option of the question with this number."""
        asked = self.answers_given()[number - 1].asked
        return next(option["label"]["en"] for option in asked["options"] if bool(option.get("correct")) is right)

    def answers_given(self) -> list[Answer]:
        with Session(self.database) as session:
            mine = select(Answer).join(Attempt).join(Contact, Contact.candidate_id == Attempt.candidate_id)
            return list(session.scalars(mine.where(Contact.chat_id == self.person.id).order_by(Answer.id)))

    def attempt(self) -> Attempt:
        with Session(self.database) as session:
            mine = select(Attempt).join(Test).join(Contact, Contact.candidate_id == Attempt.candidate_id)
            return session.scalars(mine.where(Contact.chat_id == self.person.id, Test.key == "test2")).one()

    def deadline(self, number: int) -> datetime:
        """Until when this question stays open; waits until its clock has started."""
        assert wait_until(lambda: self.answers_given()[number - 1].deadline_at is not None, 10)
        deadline_at = self.answers_given()[number - 1].deadline_at
        assert deadline_at is not None
        return deadline_at

    def takes_it(self, *, right: bool, first: int = 1) -> dict[str, Any]:
        """Answer from the question `first` to the end."""
        for number in range(first, QUESTIONS):
            self.presses(self.option(number, right=right), f"{number + 1}/{QUESTIONS}")
        return self.presses(self.option(QUESTIONS, right=right), "the test")


def test_all_right_is_passed(simulator: Simulator, database: Any) -> None:
    anna = Examinee(simulator, database, "Anna")
    anna.begins()
    assert "100 % right" in anna.takes_it(right=True)["text"]
    anna.says("/my", "no introductory day to choose")


def test_all_wrong_is_not_passed_and_said_kindly(simulator: Simulator, database: Any) -> None:
    boris = Examinee(simulator, database, "Boris")
    boris.begins()
    assert "75 % were needed" in boris.takes_it(right=False)["text"]
    boris.says("/my", "with the recruiter")


@pytest.mark.usefixtures("brisk")
def test_a_question_nobody_answers_closes_itself_and_the_next_one_rings(simulator: Simulator, database: Any) -> None:
    clara = Examinee(simulator, database, "Clara")
    first = clara.begins()
    second = clara.hears(f"2/{QUESTIONS}")
    assert second["message_id"] != first["message_id"]
    closed = next(message for message in clara.person.messages() if message["message_id"] == first["message_id"])
    assert "time is up" in closed["text"] and not closed["buttons"]
    answer = clara.answers_given()[0]
    assert datetime.fromisoformat(second["at"]) >= answer.deadline_at
    assert (answer.status, answer.answered_at) == ("timed_out", answer.deadline_at)


@pytest.mark.usefixtures("brisk")
def test_a_press_after_the_time_is_refused_and_a_press_on_an_old_question_changes_nothing(
    simulator: Simulator, database: Any
) -> None:
    dora = Examinee(simulator, database, "Dora")
    first = dora.begins()
    late = first["buttons"][0][0]["data"]
    dora.presses(dora.option(1, right=True), f"2/{QUESTIONS}")
    answered = first["buttons"][1][0]["data"]
    dora.hears(f"3/{QUESTIONS}")  # the second closed by itself
    second = dora.answers_given()[1]
    dora.person.inject(_press(dora, first["message_id"], answered))
    dora.hears("answered that question already")
    dora.person.inject(_press(dora, first["message_id"], f"answer:{second.id}:{second.asked['options'][0]['key']}"))
    statuses = [answer.status for answer in dora.answers_given()]
    assert statuses[:2] == ["answered", "timed_out"]
    assert late


@pytest.mark.usefixtures("brisk")
def test_an_answer_counts_until_the_deadline_and_two_seconds_after_it(simulator: Simulator, database: Any) -> None:
    """Each press half a second from the edge; the third is a second too late."""
    moments = {"Ines": timedelta(seconds=-0.5), "Ivan": timedelta(seconds=1), "Jana": timedelta(seconds=3)}
    hasty = [Examinee(simulator, database, name) for name in moments]
    questions = [each.begins() for each in hasty]
    deadlines = [each.deadline(1) for each in hasty]
    presses = zip(deadlines, moments.values(), hasty, questions, strict=True)
    for deadline_at, moment, each, question in sorted(presses, key=lambda press: press[0] + press[1]):
        _wait_until(deadline_at + moment)
        data = _data(question, each.option(1, right=True))
        each.person.inject(_press(each, question["message_id"], data))
    assert wait_until(lambda: all(len(each.answers_given()) > 1 for each in hasty), 10)
    hasty[2].hears("The time for that question was up")
    statuses = [each.answers_given()[0].status for each in hasty]
    assert statuses == ["answered", "answered", "timed_out"]


def _press(applicant: Applicant, message_id: int, data: str) -> dict[str, object]:
    chat = {"id": applicant.person.id, "type": "private"}
    sender = {"id": applicant.person.id, "is_bot": False, "first_name": "X", "language_code": "en"}
    message = {"message_id": message_id, "chat": chat, "date": 0}
    return {"callback_query": {"id": "1", "from": sender, "message": message, "chat_instance": "1", "data": data}}


def test_double_taps_answer_once(simulator: Simulator, database: Any) -> None:
    emil = Examinee(simulator, database, "Emil")
    emil.person.inject(_press(emil, emil.invitation["message_id"], emil.invitation["buttons"][0][0]["data"]))
    first = emil.begins()
    wrong, right = (_data(first, emil.option(1, right=right)) for right in (False, True))
    for data in (wrong, right, right):
        emil.person.inject(_press(emil, first["message_id"], data))
    emil.hears(f"2/{QUESTIONS}")
    emil.says("/my", f"2/{QUESTIONS}")
    answers = emil.answers_given()
    assert (len(answers), answers[0].value) == (2, wrong.split(":")[2])


def _data(question: dict[str, Any], label: str) -> str:
    return next(button["data"] for row in question["buttons"] for button in row if button["text"] == label)


@pytest.mark.usefixtures("brisk")
def test_a_worker_killed_during_a_question_costs_nobody_anything(
    simulator: Simulator, system: System, database: Any
) -> None:
    fay = Examinee(simulator, database, "Fay")
    question = fay.begins()
    fay.deadline(1)
    system.kill("worker")
    fay.person.press(fay.option(1, right=True), message_id=question["message_id"])
    _wait_until(fay.deadline(1) + timedelta(seconds=3))
    system.restart("worker")
    fay.person.wait_for(lambda message: f"2/{QUESTIONS}" in message["text"], timeout=30, after=fay.seen)
    answer = fay.answers_given()[0]
    assert (answer.status, answer.correct) == ("answered", True)


@pytest.mark.usefixtures("brisk")
def test_without_beat_a_late_press_still_closes_the_question(
    simulator: Simulator, system: System, database: Any
) -> None:
    system.end("beat")
    try:
        gina = Examinee(simulator, database, "Gina")
        question = gina.begins()
        deadline_at = gina.deadline(1)
        _wait_until(deadline_at + timedelta(seconds=4))
        gina.person.inject(_press(gina, question["message_id"], question["buttons"][0][0]["data"]))
        gina.hears("The time for that question was up")
        assert gina.answers_given()[0].answered_at == deadline_at
    finally:
        system.restart("beat")


def test_two_minutes_without_beat_cost_nobody_a_question(
    simulator: Simulator, system: System, database: Any, sql: connection
) -> None:
    """Longer than the window in which timers are announced, so nothing closes the questions but the next beat.

    Every run of the timers announces the next ones: the exams of other tests, still going on, would keep that up.
    """
    with sql.cursor() as cursor:
        cursor.execute("update tests set question_limit_seconds = 40 where key = 'test2'")
    hanna, karl = (Examinee(simulator, database, name) for name in ("Hanna", "Karl"))
    system.end("beat")
    try:
        with sql.cursor() as cursor:
            cursor.execute("update timers set due_at = now() + interval '1 hour' where state = 'pending'")
        _wait_until(datetime.now(UTC) + WINDOW + timedelta(seconds=1))
        hanna.begins()
        karl.begins()
        stopped_at = datetime.now(UTC)
        hanna.presses(hanna.option(1, right=True), f"2/{QUESTIONS}")
        _wait_until(stopped_at + timedelta(minutes=2))
        assert len(karl.answers_given()) == 1
    finally:
        system.restart("beat")
        with sql.cursor() as cursor:
            cursor.execute("update tests set question_limit_seconds = 60 where key = 'test2'")
    for each, number in ((hanna, 3), (karl, 2)):
        each.hears(f"{number}/{QUESTIONS}")
        closed, current = each.answers_given()[-2:]
        assert (closed.status, closed.answered_at) == ("timed_out", closed.deadline_at)
        assert each.deadline(number) >= datetime.now(UTC) + timedelta(seconds=30)
        assert current.status == "open"


def _wait_until(moment: datetime) -> None:
    time.sleep(max(0.0, (moment - datetime.now(UTC)).total_seconds()))
