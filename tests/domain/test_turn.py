"""One update answered once: repeats, races, floods and failures."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.operations import mark_unreachable
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.chats.models import Chat, ChatLine, Reason
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.dialogue.models import Conversation, SeenUpdate
from recruitsmart.domain.dialogue.turn import Sender, forget_seen, note_failure, open_turn
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.messaging.texts import shipped
from tests.factories import NOW, add_candidate

CHAT = 55
SECOND = timedelta(seconds=1)


def _sender(update_id=812, chat_id=CHAT, **values):
    return Sender(update_id=update_id, chat_id=chat_id, received_at=NOW, **values)


def _opened(update_id=812, chat_id=CHAT):
    """A job for another transaction: the candidate's id, None when there was nothing to answer."""

    def job(session):
        turn = open_turn(session, _sender(update_id, chat_id), now=NOW)
        return None if turn is None else turn.candidate.id

    return job


def _count(session, model):
    return session.scalar(select(func.count()).select_from(model))


def _said(session):
    return session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)).all()


def test_a_person_never_seen_becomes_a_candidate_with_the_language_of_telegram(session):
    turn = open_turn(session, _sender(first_name="Ann", username="ann", language_code="en-GB"), now=NOW)
    contact = turn.candidate.contact
    assert (turn.candidate.language, contact.chat_id, contact.first_name, contact.username) == (
        "en",
        CHAT,
        "Ann",
        "ann",
    )


@pytest.mark.parametrize("username", ["anna_new", None])
def test_whoever_is_called_otherwise_in_telegram_by_now_is_known_by_that(session, username):
    known = add_candidate(session, chat_id=CHAT)
    known.contact.username = "anna_old"
    open_turn(session, _sender(first_name="Аня", username=username), now=NOW)
    assert (known.contact.username, known.contact.first_name) == (username, "Аня")


def test_an_update_that_says_no_name_takes_none_away(session):
    known = add_candidate(session, chat_id=CHAT)
    known.contact.username = "anna"
    open_turn(session, _sender(), now=NOW)
    assert (known.contact.username, known.contact.first_name) == ("anna", "Анна")


def test_a_person_never_seen_has_consent_open(session):
    assert open_turn(session, _sender(), now=NOW).conversation.prompt == Prompt.CONSENT


def test_who_has_another_name_in_telegram_by_now_is_found_by_that_one(session):
    open_turn(session, _sender(1, first_name="Ann", username="ann"), now=NOW)
    contact = open_turn(session, _sender(2, first_name="Anna", username="anna"), now=NOW).candidate.contact
    assert (contact.first_name, contact.username) == ("Anna", "anna")
    assert open_turn(session, _sender(3, first_name="Anna"), now=NOW).candidate.contact.username is None


def test_a_known_person_stays_one_candidate(session):
    known = add_candidate(session, chat_id=CHAT)
    assert open_turn(session, _sender(), now=NOW).candidate is known


def test_the_same_update_again_is_nothing_to_do(session):
    open_turn(session, _sender(), now=NOW)
    assert open_turn(session, _sender(), now=NOW + SECOND) is None


def test_each_update_is_a_turn_with_a_number_of_its_own(session):
    assert open_turn(session, _sender(1), now=NOW).about != open_turn(session, _sender(2), now=NOW).about


def test_an_update_that_was_rolled_back_is_answered_when_it_comes_again(session):
    open_turn(session, _sender(), now=NOW)
    session.rollback()
    assert open_turn(session, _sender(), now=NOW) is not None


def test_of_one_update_in_two_transactions_exactly_one_is_answered(session, behind):
    mine = open_turn(session, _sender(), now=NOW)
    theirs = behind(_opened())
    session.commit()
    assert (mine is None, theirs.result()) == (False, None)


def test_an_update_whose_first_transaction_failed_is_answered_by_the_second(session, behind):
    open_turn(session, _sender(), now=NOW)
    theirs = behind(_opened())
    session.rollback()
    assert theirs.result() is not None


def test_of_many_transactions_with_one_update_exactly_one_is_answered(session, at_once):
    answered = at_once(*[_opened()] * 8)
    assert [candidate_id is None for candidate_id in answered].count(False) == 1


def test_two_first_updates_of_one_person_at_once_make_one_candidate(session, behind):
    mine = open_turn(session, _sender(1), now=NOW)
    theirs = behind(_opened(2))
    session.commit()
    assert theirs.result() == mine.candidate.id
    assert (_count(session, Candidate), _count(session, Contact), _count(session, Conversation)) == (1, 1, 1)


def test_many_first_updates_of_one_person_at_once_make_one_candidate(session, at_once):
    assert len(set(at_once(*[_opened(update_id) for update_id in range(1, 9)]))) == 1
    assert _count(session, Candidate) == 1


def test_a_person_who_begins_twice_at_once_is_journaled_once(session, behind):
    open_turn(session, _sender(1), now=NOW)
    theirs = behind(_opened(2))
    session.commit()
    theirs.result()
    assert session.scalars(select(Entry.kind)).all() == ["candidate.started"]


def test_updates_of_one_person_are_answered_one_after_another(session, behind):
    open_turn(session, _sender(1), now=NOW)
    session.commit()
    open_turn(session, _sender(2), now=NOW)
    theirs = behind(_opened(3))
    assert not theirs.done()
    session.commit()
    assert theirs.result()


def test_who_waited_for_another_update_of_the_person_knows_what_it_changed(session, behind):
    mine = open_turn(session, _sender(1), now=NOW)
    session.commit()
    open_turn(session, _sender(2), now=NOW)
    mine.candidate.stage = Stage.TEST1
    theirs = behind(lambda other: open_turn(other, _sender(3), now=NOW).candidate.stage)
    session.commit()
    assert theirs.result() == Stage.TEST1


def test_updates_of_two_people_do_not_wait_for_each_other(session, behind):
    open_turn(session, _sender(1, chat_id=55), now=NOW)
    theirs = behind(_opened(2, chat_id=66))
    assert theirs.done()


def test_a_person_who_writes_again_is_reachable_again(session):
    candidate = add_candidate(session, chat_id=CHAT)
    mark_unreachable(session, CHAT, reason="blocked", now=NOW)
    session.refresh(candidate.contact)
    open_turn(session, _sender(), now=NOW)
    assert (candidate.contact.unreachable_since, candidate.contact.unreachable_reason) == (None, None)


def _flood(session, updates, now=NOW, first=1):
    """How many of these updates are answered."""
    senders = [replace(_sender(first + number), received_at=now) for number in range(updates)]
    turns = [open_turn(session, sender, now=now) for sender in senders]
    return sum(turn is not None for turn in turns)


def test_twenty_updates_in_ten_seconds_are_answered(session):
    assert (_flood(session, 20), _said(session)) == (20, [])


def test_a_flood_is_answered_once_and_then_passed_over(session):
    assert (_flood(session, 25), _said(session)) == (20, ["flood"])


def _lines(session):
    return [(line.text, line.sent) for line in session.scalars(select(ChatLine).order_by(ChatLine.id))]


def _write(session, words, first=1):
    for number, text in enumerate(words, first):
        open_turn(session, _sender(number, text=text), now=NOW)


def test_words_of_a_flood_are_kept_without_an_answer(session):
    add_candidate(session, chat_id=CHAT, consent_at=NOW, consent_version="1")
    _flood(session, 20)
    _write(session, ["Я не смогу завтра", "Алло"], first=21)
    open_turn(session, _sender(23, sent="photo", text="паспорт"), now=NOW)
    open_turn(session, _sender(24), now=NOW)
    assert _lines(session) == [("Я не смогу завтра", None), ("Алло", None), ("паспорт", "photo")]
    assert _said(session) == ["flood"]


def test_words_of_a_flood_wait_to_be_read_in_an_open_conversation(session):
    anna = add_candidate(session, chat_id=CHAT, consent_at=NOW, consent_version="1")
    chat = Chat(candidate_id=anna.id, reason=Reason.ASKED, opened_at=NOW)
    session.add(chat)
    _flood(session, 20)
    _write(session, ["Я не смогу завтра"], first=21)
    assert chat.unread_since == NOW


def test_of_a_flood_a_bounded_number_of_lines_is_kept(session):
    add_candidate(session, chat_id=CHAT, consent_at=NOW, consent_version="1")
    _write(session, [str(number) for number in range(1, 131)])
    assert _lines(session) == [(str(number), None) for number in range(21, 121)]
    assert _said(session) == ["flood"]


def test_before_consent_nothing_of_a_flood_is_kept(session):
    _write(session, ["Алло"] * 25)
    assert _lines(session) == []


def test_what_came_over_minutes_is_no_flood_when_it_is_answered_all_at_once(session):
    spread = [replace(_sender(number), received_at=NOW + number * SECOND) for number in range(1, 26)]
    assert all(open_turn(session, sender, now=NOW + 60 * SECOND) for sender in spread)
    assert _said(session) == []


def test_updates_of_a_flood_are_remembered_as_seen(session):
    _flood(session, 25)
    assert _count(session, SeenUpdate) == 25


def test_a_repeated_update_is_no_flood(session):
    for _ in range(25):
        open_turn(session, _sender(1), now=NOW)
    assert open_turn(session, _sender(2), now=NOW) is not None


@pytest.mark.parametrize(
    ("after", "answered"), [(-SECOND, 0), (10 * SECOND - timedelta(microseconds=1), 0), (10 * SECOND, 1)]
)
def test_a_flood_is_over_ten_seconds_after_it_began_and_not_by_a_clock_that_went_back(session, after, answered):
    _flood(session, 25)
    assert _flood(session, 1, now=NOW + after, first=100) == answered


def test_a_second_flood_is_answered_once_more(session):
    _flood(session, 25)
    _flood(session, 25, now=NOW + 10 * SECOND, first=100)
    assert _said(session) == ["flood", "flood"]


def test_a_flood_of_one_person_is_not_one_of_another(session):
    _flood(session, 25)
    assert open_turn(session, _sender(100, chat_id=66), now=NOW) is not None


def test_replies_of_a_turn_leave_in_their_order(session):
    turn = open_turn(session, _sender(), now=NOW)
    turn.reply("help"), turn.reply("trouble"), turn.reply("help")
    assert _said(session) == ["help", "trouble", "help"]


def _sent(session, *telegram_message_ids):
    """What the person has been sent so far, oldest first."""
    turn = open_turn(session, _sender(1), now=NOW)
    for number in telegram_message_ids:
        turn.reply("help")
        message = session.scalars(select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)).one()
        message.state, message.telegram_message_id = MessageState.SENT, number
        session.flush()


def _replaced(session):
    numbers = select(OutboxMessage.replaces_message_id).where(OutboxMessage.state == MessageState.QUEUED)
    return session.scalars(numbers.order_by(OutboxMessage.id)).all()


def test_only_the_first_reply_replaces_the_pressed_message(session):
    _sent(session, 9)
    turn = open_turn(session, _sender(2, pressed_message_id=9), now=NOW)
    turn.reply("help", replace=True), turn.reply("help", replace=True)
    assert _replaced(session) == [9, None]


def test_a_message_with_a_newer_one_below_is_not_replaced_because_nobody_would_look_up(session):
    _sent(session, 9, 12)
    turn = open_turn(session, _sender(2, pressed_message_id=9), now=NOW)
    turn.reply("help", replace=True)
    assert _replaced(session) == [None]


def test_a_failed_update_tells_a_known_person_in_their_language(session):
    add_candidate(session, chat_id=CHAT, language="en")
    note_failure(session, _sender(language_code="ru"), failure="KeyError", now=NOW)
    message = session.scalars(select(OutboxMessage)).one()
    assert (message.chat_id, message.body) == (CHAT, shipped("en")["trouble"])


def test_a_failed_update_tells_a_stranger_in_the_language_of_telegram(session):
    note_failure(session, _sender(language_code="en"), failure="KeyError", now=NOW)
    message = session.scalars(select(OutboxMessage)).one()
    assert (message.chat_id, message.candidate_id, message.body) == (CHAT, None, shipped("en")["trouble"])


def test_a_failed_update_is_remembered_with_its_failure(session):
    note_failure(session, _sender(), failure="K" * 300, now=NOW)
    assert session.scalars(select(SeenUpdate)).one().failure == "K" * 200


def test_a_failed_update_is_not_answered_again(session):
    note_failure(session, _sender(), failure="KeyError", now=NOW)
    assert open_turn(session, _sender(), now=NOW) is None


def test_a_failure_noted_twice_is_told_once(session):
    note_failure(session, _sender(), failure="KeyError", now=NOW)
    note_failure(session, _sender(), failure="KeyError", now=NOW)
    assert _said(session) == ["trouble"]


def test_an_update_that_was_answered_did_not_fail(session):
    open_turn(session, _sender(), now=NOW)
    note_failure(session, _sender(), failure="KeyError", now=NOW)
    assert (_said(session), session.scalars(select(SeenUpdate)).one().failure) == ([], None)


def test_updates_seen_before_a_moment_are_forgotten(session):
    open_turn(session, _sender(1), now=NOW - SECOND)
    open_turn(session, _sender(2), now=NOW)
    forget_seen(session, before=NOW)
    assert session.scalars(select(SeenUpdate.update_id)).all() == [2]


def test_a_number_of_telegram_that_comes_again_after_a_week_is_another_turn(session):
    first = open_turn(session, _sender(), now=NOW)
    first.reply("help")
    forget_seen(session, before=NOW + SECOND)
    second = open_turn(session, _sender(), now=NOW + timedelta(days=8))
    second.reply("help")
    assert _said(session) == ["help", "help"]
