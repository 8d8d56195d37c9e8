"""The pure state machine of the dialogue."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.dialogue.machine import (
    DOUBLE_TAP,
    Facts,
    Prompt,
    is_double_tap,
    means,
    next_prompt,
    previous,
)
from tests.factories import NOW

INSTANT = timedelta(microseconds=1)
STRANGER = Facts(
    consented=False,
    has_name=False,
    has_city=False,
    has_phone=False,
    phone_declined=False,
    stage=Stage.STARTED,
    outcome=Outcome.ACTIVE,
)
REGISTERED = replace(STRANGER, consented=True, has_name=True, has_city=True, has_phone=True)
ANY_FACTS = st.builds(
    Facts,
    consented=st.booleans(),
    has_name=st.booleans(),
    has_city=st.booleans(),
    has_phone=st.booleans(),
    phone_declined=st.booleans(),
    stage=st.sampled_from(Stage),
    outcome=st.sampled_from(Outcome),
)


@given(ANY_FACTS)
def test_nothing_is_asked_before_consent(facts):
    assert next_prompt(replace(facts, consented=False)) == Prompt.CONSENT


@pytest.mark.parametrize(
    ("missing", "prompt"), [("has_name", Prompt.NAME), ("has_city", Prompt.CITY), ("has_phone", Prompt.PHONE)]
)
def test_what_is_missing_is_asked(missing, prompt):
    assert next_prompt(replace(REGISTERED, **{missing: False})) == prompt


def test_the_first_thing_missing_is_asked_first():
    assert next_prompt(replace(STRANGER, consented=True)) == Prompt.NAME


def test_a_declined_phone_is_not_asked_again():
    assert next_prompt(replace(REGISTERED, has_phone=False, phone_declined=True)) == Prompt.QUESTION


@pytest.mark.parametrize(
    ("stage", "prompt"),
    [
        (Stage.STARTED, Prompt.QUESTION),
        (Stage.TEST1, Prompt.QUESTION),
        (Stage.SCREENING, Prompt.REVIEW),
        (Stage.TO_SCHEDULE, Prompt.HOUR),
        (Stage.INTERVIEW, Prompt.BOOKED),
        (Stage.TEST2, Prompt.EXAM),
        (Stage.TO_INTRO_DAY, Prompt.HOUR),
        (Stage.INTRO_DAY, Prompt.BOOKED),
        (Stage.HIRED, Prompt.NOTHING),
    ],
)
def test_what_is_asked_of_a_registered_person_follows_from_the_stage(stage, prompt):
    assert next_prompt(replace(REGISTERED, stage=stage)) == prompt


@pytest.mark.parametrize("outcome", [Outcome.REJECTED, Outcome.WITHDRAWN])
@pytest.mark.parametrize("stage", Stage)
def test_whoever_has_ended_is_asked_nothing(stage, outcome):
    assert next_prompt(replace(REGISTERED, stage=stage, outcome=outcome)) == Prompt.ENDED


@given(ANY_FACTS)
def test_whatever_is_known_there_is_a_prompt(facts):
    assert next_prompt(facts) in Prompt


@pytest.mark.parametrize(
    ("prompt", "before"), [(Prompt.PHONE, Prompt.CITY), (Prompt.CITY, Prompt.NAME), (Prompt.NAME, Prompt.NAME)]
)
def test_back_leads_to_the_prompt_before(prompt, before):
    assert previous(prompt) == before


@pytest.mark.parametrize("prompt", set(Prompt) - {Prompt.NAME, Prompt.CITY, Prompt.PHONE})
def test_back_stays_outside_the_registration(prompt):
    assert previous(prompt) == prompt


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (timedelta(0), True),
        (DOUBLE_TAP - INSTANT, True),
        (DOUBLE_TAP, False),
        (-timedelta(seconds=1), True),
    ],
)
def test_a_press_within_three_seconds_is_a_double_tap(after, expected):
    assert is_double_tap(NOW, received_at=NOW + after) is expected


def test_without_a_prompt_put_there_is_no_double_tap():
    assert not is_double_tap(None, received_at=NOW)


REGISTERED = replace(STRANGER, consented=True, has_name=True, has_city=True, has_phone=True)


@pytest.mark.parametrize(
    ("opened", "facts", "expected"),
    [
        (Prompt.NAME, replace(STRANGER, consented=True), Prompt.NAME),
        (Prompt.NAME, replace(REGISTERED, has_phone=False), Prompt.NAME),
        (Prompt.PHONE, REGISTERED, Prompt.PHONE),
        (Prompt.PHONE, replace(REGISTERED, stage=Stage.TEST1), Prompt.QUESTION),
        (Prompt.WISH, replace(REGISTERED, stage=Stage.TO_SCHEDULE), Prompt.WISH),
        (Prompt.REASON, replace(REGISTERED, stage=Stage.INTERVIEW), Prompt.REASON),
        (Prompt.HOUR, replace(REGISTERED, stage=Stage.INTERVIEW), Prompt.BOOKED),
        (Prompt.REVIEW, replace(REGISTERED, stage=Stage.TO_SCHEDULE), Prompt.HOUR),
        (Prompt.NAME, replace(REGISTERED, stage=Stage.TO_SCHEDULE), Prompt.HOUR),
        (Prompt.QUESTION, STRANGER, Prompt.CONSENT),
        *(
            (opened, replace(REGISTERED, outcome=Outcome.REJECTED), Prompt.ENDED)
            for opened in (Prompt.NAME, Prompt.HOUR, Prompt.EXAM, Prompt.WISH)
        ),
    ],
)
def test_typed_words_answer_what_was_opened_while_the_person_still_stands_there(opened, facts, expected):
    assert means(opened, facts) == expected
