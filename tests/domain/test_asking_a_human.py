"""A person asks for a human, is heard, and goes back to the bot."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, func, select

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.chats.models import Chat, ChatLine
from recruitsmart.domain.dialogue import operations
from recruitsmart.domain.dialogue.registration import start
from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.slots.models import Waiting
from tests.domain.exams import Examinee
from tests.domain.talks import CONSENTED, Talker, linked_account
from tests.factories import NOW, add_candidate, add_city, add_recruiter, add_test, typed_question


@pytest.fixture
def city(session):
    return add_city(session)


@pytest.fixture
def olga(session, city):
    return linked_account(session, city)


@pytest.fixture
def anna(session, city):
    """Somebody who waits for a recruiter's decision: the bot expects nothing."""
    return Talker(
        session, add_candidate(session, city=city, full_name="Анна Иванова", stage=Stage.SCREENING, **CONSENTED)
    )


@pytest.fixture
def newcomer(session, city):
    """Somebody whose name is asked."""
    talker = Talker(session, add_candidate(session, city=city, **CONSENTED))
    assert talker.commands("my")[-1] == "name.ask"
    return talker


def _notices(session):
    told = select(OutboxMessage.chat_id, OutboxMessage.body).where(OutboxMessage.kind == "staff.human")
    return session.execute(told).all()


def test_who_asks_is_told_when_somebody_answers_and_waits_in_the_inbox(anna):
    assert anna.asks() == ["human.waiting"]
    assert (anna.chat.unread_since, anna.chat.reason, anna.chat.human_until) == (NOW, "asked", None)


def _ways(talker):
    last = select(OutboxMessage.keyboard).order_by(OutboxMessage.id.desc()).limit(1)
    keyboard = talker.session.scalars(last).one() or []
    return {button["action"] for row in keyboard for button in row if "action" in button}


@pytest.mark.parametrize(("typed", "shown"), [("Сколько?", True), ("Сколько", False)])
def test_who_asks_something_instead_of_answering_is_shown_the_way_to_a_human(newcomer, typed, shown):
    newcomer.says(typed)
    assert (Action.HUMAN in _ways(newcomer), newcomer.lines[-1]) == (shown, typed)


def test_a_question_where_an_hour_is_chosen_is_no_wish_and_holds_no_hour(session, city):
    chooser = Talker(session, add_candidate(session, full_name="Анна", city=city, stage=Stage.TO_SCHEDULE, **CONSENTED))
    chooser.commands("my")
    assert chooser.says("Скажите, а сколько вы платите?)") == ["hour.wish_question"]
    assert (Action.HUMAN in _ways(chooser), session.scalar(select(Waiting.note))) == (True, None)
    assert chooser.says("А можно завтра после 15?") == ["hour.wish_waiting"]


def test_in_an_exam_a_question_is_only_said_to_be_no_answer(session):
    anna = Examinee(session)
    anna.begin()
    operations.say(anna.turn(), "Сколько осталось?")
    said = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert (said.kind, said.keyboard) == ("answer.choose", None)


def test_a_contact_that_is_shared_with_a_recruiter_reaches_the_recruiter(anna, olga):
    anna.is_written(olga, "Пришлите, пожалуйста, ваш номер.")
    operations.share_contact(anna.turn(), "79123456789", own=True)
    assert (anna.told(), anna.lines[-1]) == ([], "+79123456789")


def test_a_number_the_bot_asks_for_is_the_bots_although_a_recruiter_writes(session, city, olga):
    add_test(session, typed_question("a"))
    newcomer = Talker(session, add_candidate(session, full_name="Анна Иванова", city=city, **CONSENTED))
    newcomer.commands("my")
    newcomer.is_written(olga, "Здравствуйте!")
    operations.share_contact(newcomer.turn(), "79123456789", own=True)
    assert newcomer.candidate.phone == "+79123456789"


def test_what_is_written_behind_the_command_reaches_the_recruiter(anna, olga):
    assert anna.commands("human", "/human не смогу\nзавтра") == ["human.waiting"]
    assert (anna.lines, anna.chat.said_at, anna.chat.unread_since) == (["не смогу\nзавтра"], NOW, NOW)
    assert "рекрутер уже получил" in anna.session.scalars(select(OutboxMessage.body)).all()[-1]
    anna.is_written(olga, "Хорошо")
    assert anna.commands("human", "/human спасибо") == ["human.here"]
    assert anna.lines[-1] == "спасибо"


def test_in_an_exam_who_wrote_behind_the_command_need_not_write_it_again(session):
    anna = Examinee(session)
    anna.begin()
    operations.obey(anna.turn(), "human", "/human картинка не открывается")
    said = session.scalars(select(OutboxMessage.body).order_by(OutboxMessage.id.desc())).first()
    assert "рекрутер уже получил" in said and "Тест тем временем продолжается" in said and "/human" not in said


def test_a_line_with_a_slash_reaches_the_recruiter_who_writes_with_the_person(anna, olga):
    anna.is_written(olga, "Во сколько вы можете?")
    assert anna.commands("в", "/в 15 или 16") == []
    assert (anna.lines[-1], anna.chat.unread_since) == ("/в 15 или 16", NOW)


@pytest.mark.parametrize(
    ("command", "text", "kept"),
    [("не", "/не смогу завтра", "/не смогу завтра"), ("help", "/help не открывается", "не открывается")],
)
def test_a_line_with_a_slash_is_kept_and_answered_with_what_can_be_done(anna, command, text, kept):
    assert anna.commands(command, text) == ["help"]
    assert (anna.lines, anna.chats) == ([kept], [])


def test_words_behind_any_command_are_kept(anna):
    anna.commands("my", "/my почему отменили?")
    assert anna.lines == ["почему отменили?"]


@pytest.mark.parametrize(("command", "told"), [("human", "greeting"), ("help", "help"), ("не", "help")])
def test_nothing_behind_a_command_is_kept_before_consent(session, command, told):
    stranger = Talker(session, add_candidate(session))
    assert stranger.commands(command, f"/{command} смогу завтра") == [told]
    assert (stranger.lines, stranger.chats) == ([], [])


def test_at_night_the_morning_is_promised(anna):
    anna.now = NOW.replace(hour=20)
    anna.asks()
    assert "после 08:00 (UTC+3)" in anna.session.scalars(select(OutboxMessage.body)).all()[-1]


def test_asking_twice_makes_one_conversation_and_tells_recruiters_once(anna, olga):
    anna.asks(), anna.asks()
    assert len(anna.chats) == 1
    assert [(chat, "Анна Иванова" in body) for chat, body in _notices(anna.session)] == [(77, True)]


def test_recruiters_of_other_cities_hear_nothing(anna, session):
    add_recruiter(session, add_city(session, "Омск"), chat_id=88)
    anna.asks()
    assert _notices(session) == []


def test_somebody_without_a_city_is_told_to_administrators(session, olga):
    session.add(Account(login="boss", password_hash="!", role=Role.ADMIN, chat_id=99))
    Talker(session, add_candidate(session, **CONSENTED)).asks()
    assert [chat for chat, _ in _notices(session)] == [99]


def test_before_consent_consent_is_asked_and_nothing_is_kept(session):
    stranger = Talker(session, add_candidate(session))
    assert stranger.asks() == ["greeting"]
    assert stranger.says("Сколько вы платите?") == ["greeting"]
    assert stranger.sends("photo") == ["unsupported", "greeting"]
    assert (stranger.chats, stranger.lines) == ([], [])


def test_what_is_typed_then_goes_to_the_recruiter_and_not_into_the_name(newcomer):
    newcomer.asks()
    assert newcomer.says("Какая зарплата") == ["human.passed_on"]
    assert (newcomer.candidate.full_name, newcomer.lines) == (None, ["Какая зарплата"])


def test_the_bot_goes_on_when_the_person_presses_and_the_question_stays_in_the_inbox(newcomer):
    newcomer.asks(), newcomer.says("Какая зарплата")
    assert newcomer.goes_back() == ["human.back", "name.ask"]
    assert newcomer.chat.closed_at is None
    newcomer.says("Анна Иванова")
    assert newcomer.candidate.full_name == "Анна Иванова"


def test_who_asked_and_wrote_nothing_waits_for_nothing_after_going_back(newcomer):
    newcomer.asks(), newcomer.goes_back()
    assert newcomer.chat.closed_at == NOW


def test_who_has_gone_on_with_the_bot_while_waiting_answers_the_bot(newcomer):
    newcomer.asks()
    newcomer.wait(minutes=1)
    assert newcomer.commands("my")[-1] == "name.ask"
    newcomer.says("Анна Иванова")
    assert newcomer.candidate.full_name == "Анна Иванова"


def test_start_leads_out_of_a_conversation(newcomer, olga):
    newcomer.is_taken(olga)
    start(newcomer.turn(), "")
    assert newcomer.told() == ["human.back", "name.ask"]


def test_a_second_press_on_the_way_back_only_leads_to_what_is_open(newcomer):
    newcomer.asks(), newcomer.goes_back()
    newcomer.wait(seconds=5)
    assert newcomer.goes_back() == ["name.ask"]


def test_words_that_answer_nothing_are_kept_and_lead_to_what_is_open(anna):
    assert anna.says("Здравствуйте") == ["screening.waiting"]
    assert (anna.lines, anna.chats) == (["Здравствуйте"], [])


def test_a_photo_is_kept_as_such(anna):
    assert anna.sends("photo") == ["unsupported", "screening.waiting"]
    assert anna.lines == ["photo"]


@pytest.mark.parametrize("asks_first", [False, True])
def test_what_is_written_under_a_photo_is_kept(anna, asks_first):
    if asks_first:
        anna.asks()
    anna.sends("photo", "мой паспорт")
    line = anna.session.scalars(select(ChatLine)).one()
    assert (line.sent, line.text) == ("photo", "мой паспорт")


def test_a_photo_for_the_recruiter_is_said_not_to_arrive(anna):
    anna.asks()
    assert anna.sends("photo") == ["human.no_files"]


def test_who_writes_after_the_end_is_put_into_the_inbox(session, city, olga):
    gone = {"stage": Stage.SCREENING, "outcome": Outcome.REJECTED, "outcome_reason": "x"}
    ivan = Talker(session, add_candidate(session, city=city, full_name="Иван", **CONSENTED, **gone))
    operations.say(ivan.turn(), "Хочу вернуться")
    said = ivan.messages()
    assert [message.kind for message in said] == ["human.waiting"]
    assert "рекрутер уже получил" in said[0].body and "Напишите вопрос" not in said[0].body
    assert (ivan.chat.reason, ivan.lines, len(_notices(session))) == ("came_back", ["Хочу вернуться"], 1)
    assert ivan.says("Пожалуйста") == ["human.passed_on"]


@pytest.mark.parametrize("command", ["my", "help"])
def test_the_way_to_a_human_is_under_what_the_bot_says_of_itself(anna, command):
    anna.commands(command)
    newest = anna.session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc())).first()
    assert "human" in [button["action"] for row in newest.keyboard for button in row]


def test_the_history_knows_who_asked(anna):
    anna.asks(), anna.asks()
    assert anna.session.scalars(select(Entry.kind)).all() == ["chat.asked"]


def test_a_person_who_is_erased_leaves_no_conversation(anna, olga):
    anna.asks(), anna.says("Вопрос"), anna.is_written(olga, "Ответ")
    anna.session.flush()
    anna.session.execute(delete(Candidate).where(Candidate.id == anna.candidate.id))
    assert [anna.session.scalar(select(func.count()).select_from(model)) for model in (Chat, ChatLine)] == [0, 0]


def test_time_alone_changes_nothing_for_who_waits(newcomer):
    newcomer.asks()
    assert newcomer.wait(hours=5) == []
    assert newcomer.says("Вы тут?") == ["human.passed_on"]
    assert newcomer.chat.unread_since == NOW
    assert newcomer.chat.said_at == NOW + timedelta(hours=5)
