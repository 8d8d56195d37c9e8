"""Somebody with several Telegram accounts, known since their cards were merged, is one person in the chat."""

from concurrent.futures import Future
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.chats.thread import thread_mark
from recruitsmart.domain.dialogue.models import Conversation
from recruitsmart.domain.dialogue.operations import my_application, say
from recruitsmart.domain.dialogue.turn import Sender, Turn, open_turn
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging.delivery import claim, settle
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.messaging.operations import Wording, post
from recruitsmart.domain.messaging.sending import Lane, Outcome, Verdict
from recruitsmart.domain.pipeline.merging import merge
from recruitsmart.domain.pipeline.personal_data import collected
from recruitsmart.domain.slots.reaching import lose_contact
from tests.domain.broadcasting import advance, outbox, started, state_of, states
from tests.factories import NOW, add_candidate


def _turn(session: Session, chat_id: int, update_id: int = 1) -> Turn:
    turn = open_turn(session, Sender(update_id=update_id, chat_id=chat_id, received_at=NOW), now=NOW)
    assert turn is not None
    return turn


def _merged(session: Session, **other: Any) -> Candidate:
    """The card that is left of chats 54 and 55; 54 is its own."""
    anna, twin = add_candidate(session, chat_id=54, stage=Stage.SCREENING), add_candidate(session, chat_id=55, **other)
    anna.consent_at, anna.consent_version = NOW, "1"
    session.flush()
    return merge(session, anna.id, twin.id, actor=SYSTEM, now=NOW)


def _main(session: Session) -> list[int]:
    session.flush()
    return list(session.scalars(select(Contact.chat_id).where(Contact.main)))


def test_both_accounts_lead_to_the_card_and_are_answered_where_they_write(session: Session) -> None:
    anna = _merged(session)
    assert _main(session) == [54]

    turn = _turn(session, 55)
    my_application(turn)

    assert turn.candidate.id == anna.id
    assert session.scalars(select(OutboxMessage.chat_id)).all() == [55]
    assert _main(session) == [55]
    my_application(_turn(session, 54, update_id=2))
    assert session.scalars(select(OutboxMessage.chat_id).order_by(OutboxMessage.id)).all() == [55, 54]
    kinds = session.scalars(select(Entry.kind)).all()
    assert kinds.count("candidate.other_account") == 2


def test_what_we_hold_names_every_account(session: Session) -> None:
    held = collected(session, _merged(session))
    assert [held["telegram"]["chat_id"], *(other["chat_id"] for other in held["other_accounts"])] == [54, 55]


def test_when_one_account_is_lost_the_other_takes_over_without_a_word(session: Session) -> None:
    anna = _merged(session)
    lose_contact(session, 54, reason="blocked the bot", now=NOW)
    session.expire_all()
    assert _main(session) == [55]
    assert anna.recipient.unreachable is None
    assert "candidate.unreachable" not in session.scalars(select(Entry.kind)).all()


def test_the_page_of_the_conversation_looks_for_changes_whichever_account_is_lost(session: Session) -> None:
    anna = _merged(session)
    before = thread_mark(session, anna.id, limit=9)
    lose_contact(session, 55, reason="blocked the bot", now=NOW)
    session.flush()
    assert thread_mark(session, anna.id, limit=9) == before
    lose_contact(session, 54, reason="blocked the bot", now=NOW)
    session.flush()
    assert thread_mark(session, anna.id, limit=9) != before


def test_who_blocks_the_bot_with_the_other_account_can_still_be_reached(session: Session) -> None:
    _merged(session)
    _turn(session, 55)
    lose_contact(session, 55, reason="blocked the bot", now=NOW)
    assert _main(session) == [54]


def test_what_was_promised_goes_to_the_other_account_when_one_is_lost(session: Session) -> None:
    anna = _merged(session)
    for about, lane in (("booking:1", Lane.PROMISED), ("turn:1", Lane.INTERACTIVE)):
        post(session, Wording(key="hired"), anna.recipient, about=about, lane=lane, now=NOW)
    for _ in range(2):
        lose_contact(session, 54, reason="blocked the bot", now=NOW)
    found = select(OutboxMessage.about, OutboxMessage.chat_id, OutboxMessage.state).order_by(OutboxMessage.id)
    assert [tuple(row) for row in session.execute(found)] == [
        ("booking:1", 54, "skipped"), ("turn:1", 54, "skipped"), ("booking:1", 55, "queued"),
    ]  # fmt: skip


def test_the_message_whose_refusal_says_that_an_account_is_lost_goes_to_the_other(session: Session) -> None:
    anna = _merged(session)
    post(session, Wording(key="hired"), anna.recipient, about="booking:1", lane=Lane.PROMISED, now=NOW)
    claimed = claim(session, now=NOW)
    assert claimed is not None
    refused = Outcome(verdict=Verdict.REFUSED, reason="blocked", unreachable=True)
    settle(session, claimed, refused, spread=0, now=NOW)
    lose_contact(session, 54, reason="blocked", now=NOW)
    assert sorted(outbox(session)) == [(54, "failed"), (55, "queued")]


def test_a_broadcast_reaches_the_other_account_when_one_is_lost_meanwhile(session: Session) -> None:
    anna = _merged(session)
    broadcast = started(session)
    advance(session, broadcast)
    lose_contact(session, 54, reason="blocked the bot", now=NOW)
    session.expire_all()
    advance(session, broadcast)
    assert sorted(outbox(session)) == [(54, "skipped"), (55, "queued")]
    lose_contact(session, 55, reason="blocked the bot", now=NOW)
    session.expire_all()
    advance(session, broadcast)
    assert states(session, broadcast) == {anna.id: ("skipped", "unreachable")}
    assert state_of(session, broadcast) == "finished"


def test_when_both_are_lost_the_person_cannot_be_reached(session: Session) -> None:
    anna = _merged(session)
    for chat_id in (55, 54):
        lose_contact(session, chat_id, reason="blocked the bot", now=NOW)
    session.expire_all()
    assert anna.recipient.unreachable == "blocked the bot"
    assert "candidate.unreachable" in session.scalars(select(Entry.kind)).all()


def test_the_account_that_can_be_written_to_is_the_main_one(session: Session) -> None:
    anna, twin = add_candidate(session, chat_id=54, stage=Stage.TEST1), add_candidate(session, chat_id=55)
    lose_contact(session, 54, reason="blocked the bot", now=NOW)
    session.flush()
    merge(session, anna.id, twin.id, actor=SYSTEM, now=NOW)
    assert _main(session) == [55]


def test_a_card_without_an_account_gets_the_others_and_what_is_due_is_asked(session: Session) -> None:
    lead = Candidate(full_name="Анна", language="ru", stage=Stage.SCREENING, stage_since=NOW, created_at=NOW)
    session.add(lead)
    known = add_candidate(session, chat_id=55, language="en", consent_at=NOW, consent_version="1")
    my_application(_turn(session, 55))

    merge(session, lead.id, known.id, actor=SYSTEM, now=NOW)
    turn = _turn(session, 55, update_id=2)
    say(turn, "Пётр Сидоров")

    assert turn.candidate.id == lead.id
    assert (lead.full_name, lead.language) == ("Анна", "en")
    assert session.scalars(select(OutboxMessage.kind).order_by(OutboxMessage.id)).all()[-1] == "screening.waiting"
    assert session.scalars(select(Conversation.candidate_id)).one() == lead.id


def test_an_update_that_meets_a_merge_waits_for_it_and_finds_the_card_that_is_left(
    session: Session, behind: Any
) -> None:
    anna, twin = add_candidate(session, chat_id=54), add_candidate(session, chat_id=55)
    _turn(session, 55)
    session.commit()
    merge(session, anna.id, twin.id, actor=SYSTEM, now=NOW)

    def writes(other: Session) -> int:
        return _turn(other, 55, update_id=2).candidate.id

    theirs: Future[int] = behind(writes)
    session.commit()
    assert theirs.result() == anna.id
