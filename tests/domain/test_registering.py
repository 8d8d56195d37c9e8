"""The registration in the chat: going back in one's own words."""

import pytest

from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.dialogue import operations
from recruitsmart.domain.dialogue.machine import Prompt
from tests.domain.talks import Talker
from tests.factories import NOW, add_candidate, add_city


@pytest.mark.parametrize("typed", ["назад", "Назад.", "← Назад", "BACK"])
def test_back_may_be_typed_as_well_as_pressed(session, typed):
    city = add_city(session)
    applicant = add_candidate(
        session, full_name="Анна Иванова", city=city, stage=Stage.STARTED, consent_at=NOW, consent_version="1"
    )
    anna = Talker(session, applicant)
    operations.my_application(anna.turn())
    prompts = []
    for _ in range(2):
        anna.says(typed)
        prompts.append(anna.turn().conversation.prompt)
    assert prompts == [Prompt.CITY, Prompt.NAME]
