"""A recruiter writes with a person: who answers, what the bot does meanwhile, how it ends."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from recruitsmart.domain.candidates.operations import mark_unreachable
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.chats.models import Chat, ChatLine
from recruitsmart.domain.chats.operations import jot
from recruitsmart.domain.chats.queries import newest_line
from recruitsmart.domain.chats.thread import thread, thread_mark
from recruitsmart.domain.dialogue import operations, talking, wishing
from recruitsmart.domain.dialogue.registration import choose_city
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.errors import BadInput, Changed
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from tests.domain.talks import Talker
from tests.factories import NOW, add_candidate, add_city, add_recruiter, add_test, choice_question, typed_question

CONSENTED = {"consent_at": NOW, "consent_version": "1"}
LASTS = timedelta(minutes=45)


@pytest.fixture
def city(session):
    return add_city(session)


@pytest.fixture
def olga(session, city):
    return _account(session, city, "Ольга")


def _account(session, city, name):
    recruiter = add_recruiter(session, city, name=name)
    return session.scalars(select(Account).where(Account.recruiter_id == recruiter.id)).one()


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
    talker.commands("my")
    return talker


def test_who_writes_takes_the_conversation_and_the_person_learns_of_it(anna, olga):
    anna.asks()
    assert anna.is_written(olga, "Слушаю вас") == ["human.took_over", "human.reply"]
    assert (anna.chat.account_id, anna.chat.unread_since, anna.chat.human_until) == (olga.id, None, NOW + LASTS)


def test_what_was_typed_arrives_under_the_recruiters_name_and_escaped(anna, olga, session):
    anna.is_written(olga, "1 < 2 & <b>3")
    sent = session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "human.reply")).one()
    assert sent.body == "<b>Ольга:</b>\n1 &lt; 2 &amp; &lt;b&gt;3"


def test_the_second_message_is_only_itself(anna, olga):
    anna.is_written(olga, "Слушаю вас")
    anna.wait(minutes=3)
    assert anna.is_written(olga, "Вы тут?") == ["human.reply"]
    assert anna.chat.human_until == NOW + timedelta(minutes=3) + LASTS


def test_a_recruiter_may_write_first(anna, olga):
    anna.is_written(olga, "Здравствуйте")
    assert (anna.chat.reason, anna.chat.closed_at) == ("staff", None)
    assert anna.says("Здравствуйте!") == []
    assert (anna.chat.unread_since, anna.lines) == (NOW, ["Здравствуйте", "Здравствуйте!"])


def test_a_form_that_is_sent_twice_is_one_message(anna, olga):
    anna.is_written(olga, "Слушаю вас", token="a")
    assert anna.is_written(olga, "Слушаю вас", token="a") == []
    assert anna.lines == ["Слушаю вас"]


def test_other_words_in_a_form_that_was_sent_before_are_not_lost(anna, olga):
    anna.is_written(olga, "Слушаю вас", token="a")
    assert anna.is_written(olga, "Вы тут?", token="a") == ["human.reply"]
    assert anna.lines == ["Слушаю вас", "Вы тут?"]


def test_typed_words_are_no_name_while_a_recruiter_writes(newcomer, olga):
    newcomer.is_written(olga, "Здравствуйте")
    newcomer.wait(minutes=44)
    assert newcomer.commands("my") == ["human.later"]
    assert newcomer.says("Иванова Анна") == []
    assert newcomer.candidate.full_name is None


def test_after_45_minutes_the_bot_is_back_and_asks_what_it_expected(newcomer, olga):
    newcomer.is_written(olga, "Здравствуйте")
    assert newcomer.wait(minutes=44) == []
    assert newcomer.wait(minutes=1) == ["human.back", "name.ask"]
    assert newcomer.chat.closed_at == newcomer.now
    newcomer.says("Иванова Анна")
    assert newcomer.candidate.full_name == "Иванова Анна"


def test_each_word_of_the_recruiter_keeps_the_bot_away(newcomer, olga):
    newcomer.is_written(olga, "Здравствуйте")
    newcomer.wait(minutes=30)
    newcomer.is_written(olga, "Ещё минуту")
    assert newcomer.wait(minutes=30) == []
    assert newcomer.wait(minutes=15) == ["human.back", "name.ask"]


def test_what_nobody_has_answered_stays_in_the_inbox(anna, olga):
    anna.is_written(olga, "Слушаю вас")
    anna.says("А можно в среду?")
    assert anna.wait(minutes=45) == ["human.back"]
    assert (anna.chat.closed_at, anna.chat.unread_since, anna.chat.human_until) == (None, NOW, None)


def test_at_night_the_bot_waits_for_the_morning(newcomer, olga):
    newcomer.now = NOW.replace(hour=18, minute=30)  # 21:30 in Moscow
    newcomer.is_written(olga, "Здравствуйте")
    assert newcomer.wait(minutes=46) == []
    assert newcomer.says("Спокойной ночи") == []
    assert newcomer.wait(hours=9, minutes=45) == ["human.back", "name.ask"]


def test_a_recruiter_gives_the_conversation_back(newcomer, olga):
    newcomer.asks(), newcomer.says("Какая зарплата"), newcomer.is_written(olga, "60 тысяч")
    assert newcomer.is_handed_back(olga) == ["human.back", "name.ask"]
    assert newcomer.chat.closed_at == newcomer.now
    assert newcomer.is_handed_back(olga) == []
    assert newcomer.wait(hours=1) == []


def test_the_person_goes_back_to_the_bot_with_a_button(newcomer, olga):
    newcomer.is_taken(olga)
    assert newcomer.goes_back() == ["human.back", "name.ask"]
    assert newcomer.wait(hours=1) == []


@pytest.mark.parametrize("act", ["is_written", "is_taken"])
def test_a_line_that_came_after_the_page_still_waits_for_an_answer(anna, olga, act):
    anna.asks(), anna.says("Сколько платят?")
    shown = newest_line(anna.session, anna.candidate.id)
    anna.wait(minutes=2), anna.says("И где это?")
    anna.wait(minutes=1), anna.says("Алло?")
    getattr(anna, act)(olga, *(["60 тысяч"] if act == "is_written" else []), read=shown)
    assert (anna.chat.account_id, anna.chat.unread_since) == (olga.id, NOW + timedelta(minutes=2))
    anna.is_written(olga, "Лесная, 7")
    assert anna.chat.unread_since is None


def test_a_page_that_tells_nothing_of_what_it_showed_makes_nobody_wait_longer_than_they_do(anna, olga):
    """As one that was opened before a release. What was answered long ago does not wait again."""
    anna.asks(), anna.says("Сколько платят?")
    anna.is_written(olga, "60 тысяч"), anna.is_handed_back(olga)
    anna.wait(hours=30), anna.asks(), anna.says("А отпуск?")
    waits_since = anna.chat.unread_since
    anna.is_written(olga, "Четыре недели", read=0)
    assert anna.chat.unread_since == waits_since


def test_a_conversation_is_not_closed_over_a_line_that_came_after_the_page(newcomer, olga, session):
    newcomer.is_written(olga, "60 тысяч")
    shown = newest_line(session, newcomer.candidate.id)
    newcomer.wait(minutes=1), newcomer.says("А завтра?")
    for _ in range(2):
        newcomer.is_handed_back(olga, read=shown)
    chat = newcomer.chat
    assert (chat.closed_at, chat.human_until, chat.unread_since) == (None, None, NOW + timedelta(minutes=1))
    newcomer.says("Иванова Анна")
    assert newcomer.candidate.full_name == "Иванова Анна", "the bot answers again"
    newcomer.is_handed_back(olga)
    assert newcomer.chat.closed_at == newcomer.now
    given_back = select(func.count()).select_from(Entry).where(Entry.kind == "chat.closed")
    assert session.scalar(given_back) == 2, "not the press that changed nothing"


def test_what_answered_the_bot_does_not_keep_a_conversation_open(anna, olga, session):
    anna.is_written(olga, "60 тысяч")
    shown = newest_line(session, anna.candidate.id)
    jot(session, anna.candidate.id, text="завтра после 15", now=NOW)
    anna.is_handed_back(olga, read=shown)
    assert anna.chat.closed_at == NOW


def test_a_conversation_that_was_closed_can_be_asked_for_again(anna, olga):
    anna.asks(), anna.is_written(olga, "Да"), anna.is_handed_back(olga)
    anna.wait(minutes=1)
    anna.asks()
    assert [chat.closed_at is None for chat in anna.chats] == [False, True]


def test_a_colleague_who_did_not_see_who_answers_is_refused(anna, olga, session, city):
    darya = _account(session, city, "Дарья")
    anna.asks(), anna.is_taken(olga)
    with pytest.raises(Changed):
        anna.is_written(darya, "Здравствуйте")
    with pytest.raises(Changed):
        anna.is_taken(darya)


def test_a_conversation_is_not_handed_back_by_who_did_not_see_that_a_colleague_has_it(anna, olga, session, city):
    darya = _account(session, city, "Дарья")
    anna.is_taken(olga)
    anna.is_taken(darya, seen=olga.id)
    with pytest.raises(Changed):
        anna.is_handed_back(olga, seen=olga.id)
    assert anna.chat.account_id == darya.id
    assert anna.is_handed_back(olga, seen=darya.id) == ["human.back"]


def test_who_answers_from_a_page_of_before_the_bot_was_back_is_refused_by_nobody(anna, olga, session, city):
    darya = _account(session, city, "Дарья")
    for writes in (olga, darya):
        anna.is_written(olga, "Слушаю вас")
        anna.wait(minutes=45)
        assert anna.is_written(writes, "Ещё вопрос", seen=olga.id) == ["human.took_over", "human.reply"]
        anna.is_handed_back(writes)


def test_a_colleague_who_saw_it_takes_over_and_the_person_learns_who_writes(anna, olga, session, city):
    darya = _account(session, city, "Дарья")
    anna.asks(), anna.is_taken(olga)
    anna.wait(minutes=1)
    assert anna.is_written(darya, "Здравствуйте", seen=olga.id) == ["human.took_over", "human.reply"]
    assert anna.chat.account_id == darya.id


def test_of_two_recruiters_who_take_over_at_once_one_is_told_so(session, behind, city):
    olga, darya = _account(session, city, "Ольга"), _account(session, city, "Дарья")
    candidate = add_candidate(session, city=city, stage=Stage.SCREENING, **CONSENTED)
    session.commit()

    def take(other):
        person = other.get_one(type(candidate), candidate.id)
        talking.take_over(other, person, other.get_one(Account, darya.id), seen=None, read=0, now=NOW)

    talking.take_over(session, candidate, olga, seen=None, read=0, now=NOW)
    second = behind(take)
    session.commit()
    with pytest.raises(Changed):
        second.result()
    assert session.scalars(select(Chat.account_id)).all() == [olga.id]
    assert _count(session, OutboxMessage) == 1


def test_one_form_sent_twice_at_once_is_one_message(session, behind, city):
    olga = _account(session, city, "Ольга")
    candidate = add_candidate(session, city=city, stage=Stage.SCREENING, **CONSENTED)
    session.commit()

    def write(other):
        person, account = other.get_one(type(candidate), candidate.id), other.get_one(Account, olga.id)
        talking.write(other, person, account, "Да", token="a", seen=None, read=0, now=NOW)

    write(session)
    second = behind(write)
    session.commit()
    second.result()
    assert _count(session, ChatLine) == 1
    assert session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)).all() == [
        "human.took_over", "human.reply",
    ]  # fmt: skip


def _count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def test_somebody_whom_no_message_reaches_cannot_be_written_to(anna, olga, session):
    mark_unreachable(session, anna.candidate.contact.chat_id, reason="blocked", now=NOW)
    with pytest.raises(BadInput, match="call"):
        anna.is_written(olga, "Здравствуйте")
    with pytest.raises(BadInput, match="call"):
        anna.is_taken(olga)


def test_who_blocks_the_bot_in_the_middle_hears_nothing_of_the_end(anna, olga, session):
    anna.is_written(olga, "Здравствуйте")
    mark_unreachable(session, anna.candidate.contact.chat_id, reason="blocked", now=NOW)
    assert anna.wait(minutes=45) == []
    assert anna.chat.closed_at is not None


def test_a_pressed_city_counts_and_what_would_be_typed_next_waits(session, city, olga):
    talker = Talker(session, add_candidate(session, full_name="Анна Иванова", **CONSENTED))
    talker.is_written(olga, "Здравствуйте")
    choose_city(talker.turn(), city.id)
    assert talker.told() == ["city.taken", "human.later"]
    assert talker.goes_back() == ["human.back", "phone.ask"]


def test_a_press_on_the_keyboard_of_the_phone_is_no_word_for_the_recruiter(session, city, olga):
    talker = Talker(session, add_candidate(session, city=city, full_name="Анна Иванова", **CONSENTED))
    assert talker.commands("my")[-1] == "phone.ask"
    talker.is_written(olga, "Здравствуйте")
    talker.says("← Назад")
    assert "← Назад" not in talker.lines
    operations.share_contact(talker.turn(), "+79161234567", own=True)


def test_a_typed_answer_is_not_taken_and_comes_back_as_the_question(session, city, olga):
    add_test(session, typed_question("why"), choice_question("when", "now", "later"))
    talker = Talker(
        session, add_candidate(session, city=city, full_name="Анна", phone="+79161234567", **CONSENTED)
    )  # fmt: skip
    assert talker.commands("my")[-1] == "question.ask"
    talker.is_written(olga, "Здравствуйте")
    assert talker.says("Люблю людей") == []
    assert talker.is_handed_back(olga) == ["human.back", "question.ask"]
    assert talker.says("Люблю людей") == ["question.ask"]


def test_a_reason_to_cancel_asked_for_meanwhile_is_typed_to_the_bot(anna, olga):
    """The person pressed “Another time” after the recruiter's last word: the next words are the wish."""
    anna.candidate.stage = Stage.TO_SCHEDULE
    anna.is_written(olga, "Здравствуйте")
    anna.wait(minutes=1)
    wishing.ask_wish(anna.turn())
    assert anna.told() == ["hour.wish_ask"]
    assert anna.says("завтра после 15")[0].startswith("hour.wish")
    anna.wait(minutes=1)
    anna.is_written(olga, "Что-нибудь ещё?")
    assert anna.says("Спасибо") == []


def test_commands_work_while_a_recruiter_writes(anna, olga):
    anna.is_taken(olga)
    assert anna.commands("my") == ["screening.waiting"]
    operations.choose_language(anna.turn(), "en")
    assert anna.told() == ["language.taken", "screening.waiting"]


def test_the_thread_tells_all_in_one_order(anna, olga, session):
    anna.asks()
    for minute, act in enumerate((lambda: anna.says("Вопрос"), lambda: anna.is_written(olga, "Ответ")), 1):
        anna.now = NOW + timedelta(minutes=minute)
        act()
    told = thread(session, anna.candidate.id, limit=20)
    shown = [
        said.entry.kind if said.entry else said.line.text if said.line else said.message.kind for said in told
    ]  # fmt: skip
    assert shown == [
        "chat.asked", "human.waiting", "Вопрос", "human.passed_on", "human.took_over", "Ответ",
    ]  # fmt: skip
    answer = next(said for said in told if said.line and said.line.by_staff)
    assert (answer.message.state, answer.line.account.recruiter.name) == (MessageState.QUEUED, "Ольга")


def test_what_was_said_in_one_turn_stays_in_its_order(anna, session):
    anna.sends("sticker")
    told = thread(session, anna.candidate.id, limit=20)
    assert [said.message.kind for said in told if said.message] == ["unsupported", "screening.waiting"]


def test_the_mark_of_a_thread_changes_with_what_it_shows(anna, olga, session):
    marks = []

    def mark():
        session.flush()
        marks.append(thread_mark(session, anna.candidate.id, limit=20))

    mark()
    for act in (anna.asks, lambda: anna.says("Вопрос"), lambda: anna.is_written(olga, "Ответ")):
        act()
        mark()
    session.scalars(select(OutboxMessage).where(OutboxMessage.kind == "human.reply")).one().state = MessageState.SENT
    mark()
    anna.is_handed_back(olga)
    mark()
    assert len({*marks}) == 6
    mark()
    assert marks[-1] == marks[-2]


def test_the_history_knows_who_took_it_and_who_gave_it_back(anna, olga, session):
    anna.asks(), anna.is_written(olga, "Да"), anna.is_handed_back(olga)
    session.flush()
    assert session.scalars(select(Entry.kind).order_by(Entry.id)).all() == ["chat.asked", "chat.taken", "chat.closed"]
