"""`/my` says where the application stands and what can be done there, also where something is asked."""

from datetime import timedelta

import pytest

from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.dialogue import operations
from recruitsmart.domain.messaging.buttons import Action
from recruitsmart.domain.slots.models import Purpose
from recruitsmart.domain.slots.operations import reserve
from recruitsmart.domain.slots.rules import CHOOSES_AT
from tests.domain.talks import Talker
from tests.factories import NOW, add_candidate, add_city, add_recruiter, add_slot

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


@pytest.mark.parametrize(
    ("purpose", "ways"),
    [
        (Purpose.INTERVIEW, {Action.LATE, Action.MY}),
        (Purpose.INTRO_DAY, {Action.LATE, Action.MY, Action.CANCEL, Action.CONFIRM}),  # a goodbye is never too late
    ],
)
def test_after_the_deadline_it_shows_no_button_that_would_be_refused(session, purpose, ways):
    city = add_city(session, approval_required=False)
    slot = add_slot(session, add_recruiter(session, city), NOW + timedelta(hours=5), purpose=purpose)
    anna = Talker(session, add_candidate(session, city=city, stage=CHOOSES_AT[purpose], **NAMED))
    reserve(session, anna.candidate, slot.id, now=NOW)
    anna.now = slot.starts_at - timedelta(minutes=40)
    anna.told()
    operations.obey(anna.turn(), "my")
    (status,) = anna.messages()
    assert {button["action"] for row in status.keyboard for button in row} == ways | ALWAYS
