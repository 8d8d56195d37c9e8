"""What typed words mean when staff have moved somebody on since the bot last asked."""

from datetime import timedelta

import pytest

from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.pipeline.decisions import reject
from recruitsmart.domain.slots.models import Waiting
from recruitsmart.domain.slots.operations import reserve
from tests.domain.talks import CONSENTED, Talker
from tests.factories import NOW, add_candidate, add_city, add_recruiter, add_slot


@pytest.fixture
def city(session):
    return add_city(session, approval_required=False)


def _talker(session, city, **facts):
    return Talker(session, add_candidate(session, city=city, **CONSENTED | facts))


def _is_rejected(talker):
    reject(talker.session, talker.candidate, reason="x", actor=SYSTEM, now=talker.now)
    talker.session.flush()
    talker.told()


@pytest.mark.parametrize(
    "facts", [{"full_name": "Анна Иванова", "stage": Stage.TO_SCHEDULE}, {"full_name": None}], ids=["hour", "name"]
)
def test_who_is_rejected_writes_to_recruiters_whatever_was_asked_before(session, city, facts):
    anna = _talker(session, city, **facts)
    anna.commands("my")
    _is_rejected(anna)
    assert anna.says("Как жаль") == ["human.waiting"]
    assert (anna.lines[-1], anna.chat.reason, anna.candidate.full_name) == ("Как жаль", "came_back", facts["full_name"])
    assert anna.candidate.outcome == Outcome.REJECTED


def test_thanks_for_an_hour_that_a_recruiter_booked_is_no_wish_for_another(session, city):
    anna = _talker(session, city, full_name="Анна Иванова", stage=Stage.TO_SCHEDULE)
    slot = add_slot(session, add_recruiter(session, city), NOW + timedelta(days=2))
    anna.commands("my")
    reserve(session, anna.candidate, slot.id, now=NOW)
    anna.told()
    assert "hour.wish_noted" not in anna.says("Спасибо, приду!")
    assert (anna.lines[-1], session.query(Waiting).count()) == ("Спасибо, приду!", 0)
