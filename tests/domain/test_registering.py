"""The registration in the chat: going back in one's own words."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.chats.thread import thread
from recruitsmart.domain.dialogue import operations, registration
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.messaging.models import OutboxMessage, TextOverride
from tests.domain.talks import CONSENTED, Talker
from tests.factories import NOW, add_candidate, add_city, add_test, choice_question


def _asked_for_the_phone(session) -> Talker:
    """Anna, who has said her name and a city."""
    known = {"full_name": "Анна Иванова", "city": add_city(session), "stage": Stage.STARTED}
    anna = Talker(session, add_candidate(session, **known, **CONSENTED))
    operations.my_application(anna.turn())
    return anna


@pytest.mark.parametrize("typed", ["назад", "Назад.", "← Назад", "BACK"])
def test_back_may_be_typed_as_well_as_pressed(session, typed):
    anna = _asked_for_the_phone(session)
    prompts = []
    for _ in range(2):
        anna.says(typed)
        prompts.append(anna.turn().conversation.prompt)
    assert prompts == [Prompt.CITY, Prompt.NAME]


def test_who_goes_back_may_keep_what_is_known(session):
    anna = _asked_for_the_phone(session)
    anna.says("назад")
    assert _offered(anna)[0] == (f"Оставить: {anna.candidate.city.name}", Action.CITY, [anna.candidate.city_id])
    anna.says("назад")
    assert _offered(anna) == [("Оставить: Анна Иванова", Action.KEEP_NAME, [])]
    registration.keep_name(anna.turn())
    assert (anna.turn().conversation.prompt, anna.candidate.full_name) == (Prompt.PHONE, "Анна Иванова")


def test_the_back_button_of_the_phone_is_still_there_when_the_name_is_asked_again(session):
    """It goes away only with a message without buttons of its own."""
    applicant = add_candidate(
        session, full_name="Анна Иванова", city=add_city(session), stage=Stage.STARTED, consent_at=NOW,
        consent_version="1",
    )  # fmt: skip
    anna = Talker(session, applicant)
    operations.my_application(anna.turn())
    anna.says("← Назад"), anna.says("← Назад")
    assert anna.says("← Назад") == ["name.ask"]


def test_who_is_asked_for_the_first_time_has_nothing_to_keep(session):
    add_city(session)
    anna = Talker(session, add_candidate(session, stage=Stage.STARTED, consent_at=NOW, consent_version="1"))
    operations.my_application(anna.turn())
    assert _offered(anna) == []
    registration.keep_name(anna.turn())  # no button of ours
    assert anna.turn().conversation.prompt == Prompt.NAME
    anna.says("Анна Иванова")
    assert "Оставить" not in str(_offered(anna))


def test_an_old_button_to_keep_the_name_leads_to_what_is_open(session):
    anna = Talker(
        session,
        add_candidate(session, full_name="Анна Иванова", stage=Stage.STARTED, consent_at=NOW, consent_version="1"),
    )
    operations.my_application(anna.turn())
    anna.wait(seconds=5)
    anna.told()
    registration.keep_name(anna.turn())
    assert anna.told() == ["city.ask"]


def _offered(talker):
    """The inline buttons of the last thing said: label, action, arguments."""
    said = select(OutboxMessage).order_by(OutboxMessage.id.desc()).limit(1)
    keyboard = talker.session.scalars(said).one().keyboard or []
    return [(button["label"], button["action"], button.get("args", [])) for row in keyboard for button in row]


def test_a_contact_that_is_not_asked_for_is_answered_also_right_after_a_press(session):
    add_city(session)
    anna = Talker(session, add_candidate(session))
    anna.commands("my"), registration.agree(anna.turn())
    anna.told()
    operations.share_contact(anna.turn(), "+79123456789", own=True)
    assert anna.told() == ["name.ask"]


def test_the_button_that_shares_the_phone_pressed_twice_is_answered_once(session):
    city = add_city(session)
    anna = Talker(
        session,
        add_candidate(
            session, full_name="Анна", city=city, stage=Stage.STARTED, consent_at=NOW, consent_version="1", phone=None
        ),
    )
    add_test(session, choice_question("age", "x", "y"))
    operations.my_application(anna.turn())
    anna.told()
    operations.share_contact(anna.turn(), "79123456789", own=True)
    assert (anna.told(), anna.candidate.phone) == (["registered", "question.ask"], "+79123456789")
    operations.share_contact(anna.turn(), "79123456789", own=True)
    assert anna.told() == []
    operations.share_contact(anna.turn(), "79990000000", own=False)
    assert anna.told() == ["question.ask"]


def test_words_that_do_not_fit_stay_in_the_thread_beside_the_complaint(session):
    city = add_city(session, "Екатеринбург", phone_required=True)
    anna = Talker(session, add_candidate(session, stage=Stage.STARTED, consent_at=NOW, consent_version="1"))
    operations.my_application(anna.turn())
    for typed in ("Анна", "хочу работать", "Анна Иванова", "Атлантида", "Екатеринбург", "12"):
        anna.says(typed)
    assert (anna.lines, anna.chats) == (["Анна", "хочу работать", "Атлантида", "12"], [])
    assert anna.candidate.city_id == city.id
    pieces = thread(session, anna.candidate.id, limit=50)
    complaint = next(place for place, said in enumerate(pieces) if said.message and said.message.kind == "phone.bad")
    assert "12" in [said.line.text for said in pieces[:complaint] if said.line]


def test_consent_says_which_words_were_agreed_to(session):
    anna, boris, vera = (Talker(session, add_candidate(session, chat_id=chat_id)) for chat_id in (61, 62, 63))
    anna.commands("my"), registration.agree(anna.turn())
    boris.commands("my")
    override = TextOverride(key="greeting", language="ru", body="Согласны?", author="olga", version=1)
    override.saved_at = NOW + timedelta(minutes=1)
    session.add(override)
    session.flush()
    vera.now = boris.now = NOW + timedelta(minutes=2)
    vera.commands("my"), registration.agree(vera.turn()), registration.agree(boris.turn())
    versions = [each.candidate.consent_version for each in (anna, boris, vera)]
    assert versions == ["1", "1", f"1+{override.id}"]


@pytest.mark.parametrize(
    "says",
    [
        lambda turn: operations.choose_language(turn, "ru"),
        lambda turn: operations.take_other(turn, "sticker"),
        operations.my_application,
        operations.press_unknown,
        lambda turn: registration.start(turn, ""),
        lambda turn: operations.share_contact(turn, "+79990000000", own=False),
    ],
)
@pytest.mark.parametrize(("left", "asks"), [(Prompt.PHONE, "city.ask"), (Prompt.CITY, "name.ask")])
def test_who_went_back_is_asked_that_again_whatever_comes_between(session, says, left, asks):
    anna = _asked_for_the_phone(session)
    registration.back(anna.turn(), left)
    anna.wait(seconds=5)
    says(anna.turn())
    assert anna.told()[-1] == asks


def test_a_number_shared_before_it_is_asked_is_not_asked_again(session):
    city = add_city(session)
    add_test(session, choice_question("age", "x", "y"))
    anna = Talker(session, add_candidate(session, stage=Stage.STARTED, consent_at=NOW, consent_version="1"))
    operations.my_application(anna.turn())
    anna.told()
    operations.share_contact(anna.turn(), "79123456789", own=True)
    assert (anna.told(), anna.candidate.phone) == (["name.ask"], "+79123456789")
    anna.says("Анна Иванова")
    registration.choose_city(anna.turn(), city.id)
    assert anna.told()[-2:] == ["registered", "question.ask"]


def test_somebody_elses_number_is_not_taken_unasked_and_stays_in_the_thread(session):
    anna = Talker(session, add_candidate(session, stage=Stage.STARTED, consent_at=NOW, consent_version="1"))
    operations.my_application(anna.turn())
    operations.share_contact(anna.turn(), "79123456789", own=False)
    assert (anna.candidate.phone, anna.lines) == (None, ["+79123456789"])


@pytest.mark.parametrize("own", [True, False])
def test_another_number_shared_later_stays_in_the_thread_and_the_one_of_the_card_is_no_news(session, own):
    known = {"full_name": "Анна", "phone": "+79160000000", "consent_at": NOW, "consent_version": "1"}
    anna = Talker(session, add_candidate(session, city=add_city(session), stage=Stage.SCREENING, **known))
    operations.share_contact(anna.turn(), "79160000000", own=own)
    operations.share_contact(anna.turn(), "79123456789", own=own)
    assert (anna.lines, anna.candidate.phone) == (["+79123456789"], "+79160000000")
    assert anna.told()[-1] == "screening.waiting"


def test_a_number_from_somebody_whose_application_has_ended_waits_to_be_read(session):
    known = {"full_name": "Анна", "phone": "+79160000000", "consent_at": NOW, "consent_version": "1"}
    anna = Talker(
        session, add_candidate(session, stage=Stage.SCREENING, outcome=Outcome.WITHDRAWN, outcome_reason="x", **known)
    )
    operations.share_contact(anna.turn(), "79123456789", own=True)
    assert (anna.told(), anna.chat.unread_since) == (["human.waiting"], NOW)


def test_a_number_shared_before_consent_is_not_kept(session):
    stranger = Talker(session, add_candidate(session))
    operations.share_contact(stranger.turn(), "79123456789", own=True)
    assert (stranger.told(), stranger.lines, stranger.candidate.phone) == (["greeting"], [], None)


def test_a_number_with_words_around_it_is_taken(session):
    add_test(session, choice_question("age", "x", "y"))
    anna = _asked_for_the_phone(session)
    anna.says("8 912 345-67-89, звоните после 6")
    assert anna.candidate.phone == "+79123456789"
