"""`/my` says where the application stands and what can be done there, also where something is asked."""

import pytest

from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.dialogue import operations
from recruitsmart.domain.messaging.buttons import Action
from tests.domain.talks import Talker
from tests.factories import NOW, add_candidate, add_city

ALWAYS = {Action.HUMAN, Action.ASK_LANGUAGE, Action.MY_DATA}
NAMED = {"consent_at": NOW, "consent_version": "1", "full_name": "Анна Иванова"}


@pytest.mark.parametrize(
    ("stage", "kinds"),
    [
        (Stage.STARTED, ["status.registration", "city.ask"]),
        (Stage.SCREENING, ["screening.waiting"]),
        (Stage.TO_SCHEDULE, ["status.hour", "hour.none"]),
        (Stage.TO_INTRO_DAY, ["status.day", "intro_day.none"]),
    ],
)
def test_it_says_how_far_one_is_and_then_what_is_asked(session, stage, kinds):
    city = None if stage == Stage.STARTED else add_city(session)
    anna = Talker(session, add_candidate(session, city=city, stage=stage, **NAMED))
    operations.obey(anna.turn(), "my")
    said = anna.messages()
    assert [message.kind for message in said] == kinds
    assert {button["action"] for row in said[0].keyboard for button in row} >= ALWAYS


def test_before_consent_there_is_nothing_to_say(session):
    assert Talker(session, add_candidate(session)).commands("my") == ["greeting"]
