"""Personal links: they tie a card to the Telegram account that opens them first, and never make anybody twice."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

import recruitsmart.domain.schema  # noqa: F401  whoever erases must know every table
from recruitsmart.domain.candidates.duplicates import possible_duplicates, suggest_again, tell_apart
from recruitsmart.domain.candidates.inviting import (
    LASTS,
    invitation_of,
    invite,
    invite_all,
    is_invitation,
    payload_of,
)
from recruitsmart.domain.candidates.models import Candidate, Contact, Invitation
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.dialogue import registration
from recruitsmart.domain.dialogue.turn import Sender, Turn, open_turn, take_turn
from recruitsmart.domain.directory.access import EVERYTHING, Scope
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM, record
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.pipeline.erasing import erase
from tests.factories import NOW, add_candidate, add_city, add_test, typed_question

AtOnce = Callable[..., list[Any]]


def _lead(session: Session, **values: Any) -> Candidate:
    named = {"full_name": "Анна Иванова", "phone": "+79120000001", "language": "ru"}
    lead = Candidate(**{**named, "stage_since": NOW, "created_at": NOW, **values})
    session.add(lead)
    session.flush()
    return lead


def _link(session: Session, lead: Candidate) -> str:
    return payload_of(invite(session, lead, actor=SYSTEM, now=NOW))


def _starts(
    session: Session, payload: str, *, chat_id: int = 55, update_id: int = 1, later: timedelta | None = None
) -> Turn:
    now = NOW + (later or timedelta(0))
    sender = Sender(
        update_id=update_id, chat_id=chat_id, first_name="Аня", username="anna", language_code="en", received_at=now,
        payload=payload,
    )  # fmt: skip
    turn = open_turn(session, sender, now=now)
    assert turn is not None
    registration.start(turn, payload)
    session.flush()
    return turn


def _kinds(session: Session, candidate: Candidate) -> list[str]:
    kinds = select(Entry.kind).where(Entry.candidate_id == candidate.id).order_by(Entry.id)
    return list(session.scalars(kinds))


def _people(session: Session) -> int:
    return session.scalar(select(func.count()).select_from(Candidate)) or 0


def test_the_link_binds_the_card_and_makes_nobody_new(session: Session) -> None:
    lead = _lead(session)

    turn = _starts(session, _link(session, lead))

    assert turn.candidate.id == lead.id
    assert _people(session) == 1
    contact = session.scalars(select(Contact)).one()
    assert (contact.candidate_id, contact.chat_id, contact.username) == (lead.id, 55, "anna")
    assert (lead.language, lead.source) == ("en", None)
    assert _kinds(session, lead) == ["candidate.invited", "candidate.joined"]
    assert session.scalars(select(OutboxMessage.kind)).all() == ["greeting"]


def test_what_colleagues_wrote_is_not_asked_again_and_the_registration_counts(session: Session) -> None:
    add_test(session, typed_question("why"))
    lead = _lead(session, city=add_city(session))
    turn = _starts(session, _link(session, lead))

    registration.agree(turn)
    session.flush()

    assert lead.stage == Stage.TEST1
    assert lead.registered_at == NOW
    assert "candidate.registered" in _kinds(session, lead)


def test_what_they_left_out_is_asked(session: Session) -> None:
    add_test(session, typed_question("why"))
    city = add_city(session)
    lead = _lead(session)
    turn = _starts(session, _link(session, lead))
    registration.agree(turn)
    assert turn.conversation.prompt == "city"

    registration.choose_city(turn, city.id)

    assert lead.registered_at == NOW
    assert lead.stage == Stage.TEST1


@pytest.mark.parametrize("spoil", ["used", "old", "unknown", "renewed"])
def test_a_link_that_does_not_work_is_a_plain_start_and_no_source(session: Session, spoil: str) -> None:
    lead = _lead(session)
    payload = _link(session, lead)
    later = None
    if spoil == "used":
        _starts(session, payload, chat_id=54, update_id=100)
    elif spoil == "old":
        later = LASTS
    elif spoil == "unknown":
        payload = "invite_" + "x" * 24
    else:
        _link(session, lead)

    turn = _starts(session, payload, later=later)

    assert turn.candidate.id != lead.id
    assert turn.candidate.source is None
    assert "candidate.started" in _kinds(session, turn.candidate)


def test_opening_it_again_changes_nothing(session: Session) -> None:
    lead = _lead(session)
    payload = _link(session, lead)
    _starts(session, payload)
    turn = _starts(session, payload, update_id=2)
    assert turn.candidate.id == lead.id
    assert _people(session) == 1


def test_somebody_with_a_card_keeps_it_and_colleagues_see_that_both_may_be_one(session: Session) -> None:
    lead, known = _lead(session), add_candidate(session, chat_id=55, full_name="Аня")
    payload = _link(session, lead)

    turn = _starts(session, payload)
    _starts(session, payload, update_id=2)

    assert turn.candidate.id == known.id
    assert lead.contact is None
    assert [one.id for one in possible_duplicates(session, lead, EVERYTHING).suggested] == [known.id]
    assert [one.id for one in possible_duplicates(session, known, EVERYTHING).suggested] == [lead.id]
    assert _kinds(session, lead).count("candidate.perhaps_twice") == 1
    assert invitation_of(session, lead.id, now=NOW) is not None


def test_a_used_link_pressed_again_waits_for_the_conversation_and_holds_nothing_meanwhile(
    session: Session, other_session: Session, behind: Any
) -> None:
    """Whoever has the conversation writes to the person: the two must not wait for each other."""
    lead = _lead(session)
    payload = _link(session, lead)
    _starts(session, payload)
    session.commit()
    turn = take_turn(other_session, lead.id, about="turn:0", now=NOW)
    again = behind(lambda own: _starts(own, payload, update_id=2) and None)
    turn.candidate.stage_since = NOW + LASTS  # writes the card too
    turn.reply("help")
    other_session.commit()
    again.result()


def test_whoever_writes_about_a_card_does_not_wait_for_who_opens_its_link(
    session: Session, other_session: Session
) -> None:
    lead = _lead(session)
    payload = _link(session, lead)
    session.commit()
    _starts(session, payload)
    record(other_session, "candidate.note", actor=SYSTEM, now=NOW, candidate_id=lead.id)
    other_session.commit()


def test_the_same_phone_may_be_the_same_person_within_ones_cities(session: Session) -> None:
    moscow, tver = add_city(session), add_city(session, "Тверь")
    anna = add_candidate(session, phone="+79120000001", city=moscow)
    twin = add_candidate(session, phone="+79120000001", city=tver)
    add_candidate(session, city=moscow)

    assert [one.id for one in possible_duplicates(session, anna, EVERYTHING).suggested] == [twin.id]
    assert possible_duplicates(session, anna, Scope(city_ids=frozenset({moscow.id}))).suggested == []


def _twins(session: Session) -> tuple[Candidate, Candidate]:
    return add_candidate(session, phone="+79120000001"), add_candidate(session, phone="+79120000001")


def test_who_was_told_apart_is_suggested_on_neither_card_and_a_third_still_is(session: Session) -> None:
    anna, twin = _twins(session)
    third = add_candidate(session, phone="+79120000001")
    for _ in range(2):
        tell_apart(session, anna, twin, actor=SYSTEM, now=NOW)
    session.flush()
    for one, other in ((anna, twin), (twin, anna)):
        found = possible_duplicates(session, one, EVERYTHING)
        assert (found.suggested, found.told_apart) == ([third], [other])
        assert _kinds(session, one).count("candidate.told_apart") == 1
    assert possible_duplicates(session, third, EVERYTHING).suggested == [anna, twin]


def test_what_was_said_last_about_a_pair_counts(session: Session) -> None:
    anna, twin = _twins(session)
    suggest_again(session, anna, twin, actor=SYSTEM, now=NOW)  # nobody had told them apart: nothing to write down
    assert _kinds(session, anna) == []
    for say, suggested in ((tell_apart, []), (suggest_again, [anna]), (tell_apart, [])):
        say(session, anna, twin, actor=SYSTEM, now=NOW)
        session.flush()
        assert possible_duplicates(session, twin, EVERYTHING).suggested == suggested


def test_an_erased_person_is_nobodys_duplicate(session: Session) -> None:
    lead, known = _lead(session), add_candidate(session, chat_id=55)
    _starts(session, _link(session, lead))
    erase(session, known, actor=SYSTEM, now=NOW)
    session.flush()
    assert possible_duplicates(session, lead, EVERYTHING).suggested == []


def test_a_card_that_got_its_contact_otherwise_is_not_taken_over(session: Session) -> None:
    lead = _lead(session)
    payload = _link(session, lead)
    session.add(Contact(candidate_id=lead.id, chat_id=54, first_name="Аня"))
    session.flush()

    turn = _starts(session, payload)

    assert turn.candidate.id != lead.id
    assert session.scalars(select(Contact.chat_id).where(Contact.candidate_id == lead.id)).one() == 54


def test_a_used_link_never_works_again_even_when_the_card_has_lost_its_contact(session: Session) -> None:
    lead = _lead(session)
    payload = _link(session, lead)
    _starts(session, payload)
    session.execute(delete(Contact))

    assert _starts(session, payload, update_id=2).candidate.id != lead.id


def test_of_two_who_open_it_at_once_one_is_the_card(session: Session, at_once: AtOnce) -> None:
    lead = _lead(session)
    payload = _link(session, lead)
    session.commit()

    def opens(chat_id: int) -> Callable[[Session], int]:
        return lambda other: _starts(other, payload, chat_id=chat_id, update_id=chat_id).candidate.id

    cards = at_once(opens(54), opens(55))

    assert cards.count(lead.id) == 1
    assert len(set(cards)) == 2
    assert session.scalar(select(func.count()).select_from(Contact)) == 2


def test_somebody_in_telegram_gets_no_link(session: Session) -> None:
    with pytest.raises(BadInput):
        invite(session, add_candidate(session), actor=SYSTEM, now=NOW)


def test_many_get_links_where_one_is_missing(session: Session) -> None:
    known, fresh, old = add_candidate(session), _lead(session), _lead(session)
    kept = _lead(session)
    kept_link = _link(session, kept)
    _link(session, old)
    session.execute(update(Invitation).where(Invitation.candidate_id == old.id).values(expires_at=NOW))

    made = invite_all(session, [one.id for one in (known, fresh, old, kept)], actor=SYSTEM, now=NOW)

    assert made == 2
    assert invitation_of(session, fresh.id, now=NOW) and invitation_of(session, old.id, now=NOW)
    kept_now = invitation_of(session, kept.id, now=NOW)
    assert kept_now is not None
    assert payload_of(kept_now) == kept_link
    assert invitation_of(session, known.id, now=NOW) is None


def test_tokens_are_long_and_never_the_same(session: Session) -> None:
    lead = _lead(session)
    payloads = {_link(session, lead) for _ in range(50)}
    assert len(payloads) == 50
    assert all(is_invitation(payload) and len(payload) <= 64 for payload in payloads)


@pytest.mark.parametrize("payload", ["invite_", "invite_friend", "invite_" + "x" * 25, "x" * 24, "invite_" + "ы" * 24])
def test_other_payloads_are_sources(session: Session, payload: str) -> None:
    assert _starts(session, payload).candidate.source == payload
