"""Somebody changes a message they sent: a recruiter who reads with them is told, the bot says that it does not look."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.chats.models import ChatLine
from recruitsmart.domain.dialogue import operations, testing
from recruitsmart.domain.dialogue.turn import Sender, open_turn
from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.models import OutboxMessage
from tests.domain.exams import Examinee
from tests.domain.talks import CONSENTED, Talker, linked_account
from tests.factories import NOW, add_candidate, add_chooser, add_city, add_test, typed_question


@pytest.fixture
def city(session):
    return add_city(session)


@pytest.fixture
def olga(session, city):
    return linked_account(session, city)


@pytest.fixture(params=["ru", "en"])
def newcomer(request, session, city):
    """Somebody whose name is asked."""
    talker = Talker(session, add_candidate(session, language=request.param, **CONSENTED))
    assert talker.commands("my")[-1] == "name.ask"
    return talker


def _edits(talker, text):
    operations.take_edit(talker.turn(), text)
    return talker.messages()


def _kinds(messages):
    return [message.kind for message in messages]


def _ways(message):
    return {button["action"]: button.get("args", []) for row in message.keyboard or [] for button in row}


def _kept(talker):
    talker.session.flush()
    lines = talker.session.scalars(select(ChatLine).where(~ChatLine.by_staff).order_by(ChatLine.id))
    return [(line.sent, line.text) for line in lines]


def test_words_for_a_recruiter_who_waits_to_read_them_are_passed_on_as_a_correction(newcomer):
    newcomer.asks(), newcomer.says("Какая зарплата")
    newcomer.wait(minutes=1)
    assert _kinds(_edits(newcomer, "Какая зарплата и график?")) == ["human.passed_on"]
    assert _kept(newcomer) == [(None, "Какая зарплата"), ("correction", "Какая зарплата и график?")]
    assert newcomer.chat.said_at == newcomer.now


def test_the_bot_keeps_silent_while_a_recruiter_writes_and_the_words_wait_to_be_read(newcomer, olga):
    newcomer.is_written(olga, "Когда вам удобно?")
    newcomer.says("Во вторник")
    newcomer.chat.unread_since = None
    assert _edits(newcomer, "Во вторник в 15") == []
    assert _kept(newcomer)[-1] == ("correction", "Во вторник в 15")
    assert newcomer.chat.unread_since == NOW


def test_what_reads_as_before_is_no_correction(newcomer, olga):
    newcomer.is_written(olga, "Где вы живёте?")
    newcomer.says("https://example.org/map")
    assert _edits(newcomer, "https://example.org/map") == []
    assert len(_kept(newcomer)) == 1


@pytest.mark.parametrize("blank", ["", " \n"])
def test_nothing_is_no_correction(newcomer, blank):
    assert (_edits(newcomer, blank), _kept(newcomer)) == ([], [])


def test_a_command_is_not_for_the_recruiter(newcomer, olga):
    newcomer.is_taken(olga)
    newcomer.told()
    assert _kinds(_edits(newcomer, "/help")) == ["edited.expected"]


def test_where_the_bot_waits_for_words_the_right_ones_are_to_be_sent_anew(newcomer):
    newcomer.says("Анна")
    newcomer.told()
    (said,) = _edits(newcomer, "Анна Иванова")
    assert (said.kind, newcomer.candidate.full_name) == ("edited.expected", None)
    assert ("новым сообщением" in said.body or "new message" in said.body) and "Назад" not in said.body
    assert _ways(said) == {Action.HUMAN: []}
    assert _kept(newcomer)[-1] == ("correction", "Анна Иванова")


def test_what_was_taken_already_is_changed_by_going_back(newcomer):
    newcomer.says("Анна Ивонова")
    newcomer.told()
    (said,) = _edits(newcomer, "Анна Иванова")
    assert "«Назад»" in said.body or "“Back”" in said.body
    assert _ways(said)[Action.BACK] == ["city"]
    assert newcomer.candidate.full_name == "Анна Ивонова"


def test_an_answer_of_the_questionnaire_is_changed_by_going_back(session, city):
    add_test(session, typed_question("a"), typed_question("b"))
    anna = Talker(
        session, add_candidate(session, full_name="Анна Иванова", city=city, phone="+79123456789", **CONSENTED)
    )
    anna.commands("my")
    first = anna.turn().conversation.answer_id
    assert _ways(_edits(anna, "раньше")[0]) == {Action.HUMAN: []}
    anna.says("Работал в магазине")
    (said,) = _edits(anna, "Работала в магазине")
    (answer_id,) = _ways(said)[Action.STEP_BACK]
    assert answer_id != first
    testing.step_back(anna.turn(), answer_id)
    assert anna.turn().conversation.answer_id == first


def test_in_an_exam_what_was_answered_stands_and_no_way_leads_out(session):
    anna = Examinee(session)
    anna.begin()
    operations.take_edit(anna.turn(), "x")
    said = anna.said()[-1]
    assert (said.kind, said.keyboard) == ("edited.test", None)


def test_where_nothing_is_expected_a_recruiter_can_put_it_right(session, city):
    anna = Talker(session, add_candidate(session, city=city, full_name="Анна", stage=Stage.SCREENING, **CONSENTED))
    (said,) = _edits(anna, "Анна Иванова")
    assert (said.kind, _ways(said)) == ("edited.nothing", {Action.HUMAN: []})


def test_where_an_hour_is_chosen_another_wish_is_to_be_sent_anew(session, city):
    anna = Talker(session, add_chooser(session, city, **CONSENTED))
    anna.commands("my"), anna.says("завтра после 15"), anna.told()
    assert _kinds(_edits(anna, "завтра после 16")) == ["edited.expected"]


def test_an_application_that_has_ended_is_not_opened_by_a_change(session, city):
    gone = {"stage": Stage.SCREENING, "outcome": Outcome.REJECTED, "outcome_reason": "x"}
    ivan = Talker(session, add_candidate(session, city=city, full_name="Иван", **CONSENTED, **gone))
    assert (_kinds(_edits(ivan, "Хочу вернуться")), ivan.chats) == (["edited.nothing"], [])


def test_who_was_rejected_in_the_middle_of_a_test_is_not_sent_back_to_it(session):
    anna = Examinee(session)
    anna.begin()
    anna.candidate.outcome, anna.candidate.outcome_reason = Outcome.REJECTED, "x"
    operations.take_edit(anna.turn(), "x")
    assert anna.said()[-1].kind == "edited.nothing"


def test_who_corrects_in_several_steps_is_told_once(newcomer):
    newcomer.told()
    assert _kinds(_edits(newcomer, "Анна")) == ["edited.expected"]
    assert _edits(newcomer, "Анна И") == []
    newcomer.says("Анна")
    newcomer.told()
    assert _kinds(_edits(newcomer, "Анна Иванова")) == ["edited.expected"]


def test_before_consent_nothing_is_kept(session):
    stranger = Talker(session, add_candidate(session, created_at=NOW - timedelta(days=1)))
    assert (_kinds(_edits(stranger, "Сколько?")), _kept(stranger)) == (["greeting"], [])


def _change_of_a_stranger(session):
    turn = open_turn(session, Sender(update_id=1, chat_id=5, received_at=NOW), now=NOW)
    operations.take_edit(turn, "Анна Иванова")
    session.flush()


def test_a_change_writes_nobody_down(session):
    """As after /forget: the chat is there with its old messages, the person is not."""
    _change_of_a_stranger(session)
    assert [session.scalar(select(func.count()).select_from(model)) for model in (Candidate, OutboxMessage)] == [0, 0]


def test_staff_who_never_applied_are_told_in_their_language(session):
    session.add(Account(login="boss", password_hash="!", role=Role.ADMIN, chat_id=5, language="en"))
    session.flush()
    _change_of_a_stranger(session)
    said = session.scalars(select(OutboxMessage)).one()
    assert (said.kind, "new message" in said.body) == ("staff.edited", True)
    assert session.scalar(select(func.count()).select_from(Candidate)) == 0
