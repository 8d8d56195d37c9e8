"""What a broadcast may say, how fast it goes, which steps it may take."""

import json
from dataclasses import fields
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recruitsmart.domain.broadcasts import rules
from recruitsmart.domain.broadcasts.models import BroadcastState
from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.candidates.queries import Wanted
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.errors import BadText, Changed
from recruitsmart.domain.messaging.markup import shown_words
from tests.factories import NOW

TEXT = "<b>{{ first_name }}</b>, {{ name }}{% if city %} ({{ city }}){% endif %}"


def _anna(**values):
    contact = Contact(chat_id=55, first_name=values.pop("telegram_name", "Аня"))
    return Candidate(**{"full_name": "Анна Иванова", "language": "ru", "contact": contact, **values})


def test_a_text_is_worded_for_the_person():
    assert rules.words_for({"ru": TEXT}, _anna(city=City(name="Псков"))) == "<b>Аня</b>, Анна Иванова (Псков)"


def test_what_is_not_known_of_a_person_leaves_no_trace():
    assert rules.words_for({"ru": TEXT}, _anna(full_name=None)) == "<b>Аня</b>, Аня"
    assert rules.words_for({"ru": TEXT}, _anna(telegram_name="")) == "<b>Анна Иванова</b>, Анна Иванова"


def test_who_reads_another_language_gets_that_text_or_the_russian_one():
    reader = _anna(language="en")
    assert rules.words_for({"ru": "Да", "en": "Yes"}, reader) == "Yes"
    assert rules.words_for({"ru": "Да"}, reader) == "Да"


@given(name=st.text(max_size=200), telegram_name=st.text(max_size=128))
def test_whatever_people_are_called_the_markup_stays_ours(name, telegram_name):
    said = rules.words_for({"ru": TEXT}, _anna(full_name=name or None, telegram_name=telegram_name))
    assert shown_words(said)
    assert said.count("<") == 2


@pytest.mark.parametrize(
    "body",
    [
        "{{ salary }}",
        "{{ name",
        "<b>{{ name }}",
        "</i>",
        "<script>alert(1)</script>",
        "x" * 4097,
        "{% if city %}<b>{% endif %}{{ name }}",
        "{% for one in range(99999) %}{% for two in range(99999) %}{% endfor %}{% endfor %}x",
        "{{ name * 1000000000 }}",
        "{{ name.format(name) }}",
        "{{ name | center(1000000000) }}",
        "{{ ''.__class__ }}",
        "{% include 'x' %}",
        "{% set name = 'x' %}x",
    ],
)
def test_a_text_that_could_not_be_sent_or_would_compute_is_refused(body):
    with pytest.raises(BadText):
        rules.checked_bodies({"ru": body})
    with pytest.raises(BadText):
        rules.checked_bodies({"ru": "Привет", "en": body})


def test_a_text_may_depend_on_the_person():
    bodies = {"ru": '{% if city == "Псков" and not name %}да{% else %}{{ name }}{% endif %}'}
    assert rules.checked_bodies(bodies) == bodies


@pytest.mark.parametrize("typed", [{}, {"ru": " "}, {"en": "Hello"}])
def test_there_is_always_a_russian_text(typed):
    with pytest.raises(BadText, match="Russian"):
        rules.checked_bodies(typed)


def test_a_text_too_long_for_the_longest_name_is_refused_before_anybody_is_passed_over():
    body = "я" * 3900 + "{{ name }}"
    assert rules.words_for({"ru": body}, _anna())
    with pytest.raises(BadText, match="With the longest names and addresses the text has 4100 characters"):
        rules.checked_bodies({"ru": body})


def test_an_empty_translation_is_none():
    assert rules.checked_bodies({"ru": " Привет ", "en": " "}) == {"ru": "Привет"}


def test_a_person_for_whom_nothing_is_left_of_the_text_is_found_out():
    with pytest.raises(BadText):
        rules.words_for({"ru": "{% if city %}{{ city }}{% endif %}"}, _anna())
    with pytest.raises(BadText):
        rules.words_for({"ru": "{{ name }}" * 400}, _anna())


def test_a_filter_survives_being_written_down():
    """Whoever adds a part to the filter sees here whether broadcasts keep it."""
    examples = {
        "words": "Анна", "stage": Stage.INTERVIEW, "outcome": Outcome.ACTIVE, "city_id": 7, "recruiter_id": 3,
        "source": "poster", "created_from": NOW, "created_until": NOW, "stage_since_until": NOW,
        "assigned_id": 5, "references": ("a", "b"),
    }  # fmt: skip
    assert examples.keys() == {field.name for field in fields(Wanted)}
    for wanted in (Wanted(), Wanted(**examples)):
        assert rules.from_json(json.loads(json.dumps(rules.as_json(wanted)))) == wanted


@pytest.mark.parametrize(
    ("state", "to", "new"),
    [
        (BroadcastState.RUNNING, BroadcastState.PAUSED, True),
        (BroadcastState.PAUSED, BroadcastState.PAUSED, False),
        (BroadcastState.PAUSED, BroadcastState.RUNNING, True),
        (BroadcastState.RUNNING, BroadcastState.RUNNING, False),
        (BroadcastState.RUNNING, BroadcastState.STOPPED, True),
        (BroadcastState.PAUSED, BroadcastState.STOPPED, True),
        (BroadcastState.STOPPED, BroadcastState.STOPPED, False),
    ],
)
def test_a_press_is_a_new_step_once(state, to, new):
    assert rules.is_new_step(state, to) is new


@pytest.mark.parametrize("state", [BroadcastState.DRAFT, BroadcastState.STOPPED, BroadcastState.FINISHED])
@pytest.mark.parametrize("to", [BroadcastState.RUNNING, BroadcastState.PAUSED])
def test_what_is_not_under_way_can_neither_be_paused_nor_resumed(state, to):
    with pytest.raises(Changed):
        rules.is_new_step(state, to)


def test_a_broadcast_leaves_a_tenth_of_the_rate_to_replies():
    assert rules.duration(2250, 25) == timedelta(seconds=100)
    assert rules.duration(0, 25) == timedelta(0)
    assert rules.duration(10, 1) == timedelta(seconds=10)


def test_only_a_few_seconds_of_messages_wait_at_once():
    assert rules.most_queued(25) == 135
    assert rules.most_queued(1) == 6
