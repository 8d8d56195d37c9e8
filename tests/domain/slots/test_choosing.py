"""Whose hour it becomes, and the reason that is written down."""

from datetime import timedelta
from itertools import permutations

import pytest

from recruitsmart.domain.directory.models import City, RecruiterChoice
from recruitsmart.domain.slots.choosing import Option, pick
from tests.factories import NOW

SYSTEM = City(recruiter_choice=RecruiterChoice.SYSTEM)
CANDIDATE = City(recruiter_choice=RecruiterChoice.CANDIDATE)


def _option(slot_id, *, weight=1, last=None):
    last_booked_at = None if last is None else NOW - timedelta(hours=last)
    return Option(slot_id=slot_id, recruiter_id=slot_id * 10, weight=weight, last_booked_at=last_booked_at)


@pytest.mark.parametrize(
    ("options", "slot_id", "why"),
    [
        ([_option(1, weight=1), _option(2, weight=5)], 2, "greatest weight of 2 recruiters free at this hour"),
        ([_option(1, weight=5, last=1), _option(2, weight=1)], 1, "greatest weight of 2 recruiters free at this hour"),
        ([_option(1, last=1), _option(2, last=9)], 2, "booked least recently of 2 recruiters free at this hour"),
        ([_option(1, last=1), _option(2)], 2, "booked least recently of 2 recruiters free at this hour"),
        ([_option(2), _option(1)], 1, "booked least recently of 2 recruiters free at this hour"),
        ([_option(1)], 1, "the only recruiter free at this hour"),
    ],
    ids=["weight", "weight before rest", "rest", "never booked", "older slot", "only one"],
)
def test_weight_then_rest_then_the_older_slot(options, slot_id, why):
    for order in permutations(options):
        choice = pick(order, chosen=1, policy=SYSTEM)
        assert (choice.slot_id, choice.why) == (slot_id, why)


def test_where_candidates_choose_the_recruiter_only_the_chosen_hour_will_do():
    options = [_option(1, weight=9), _option(2)]
    assert pick(options, chosen=2, policy=CANDIDATE).slot_id == 2
    assert pick(options, chosen=2, policy=CANDIDATE).why == "the candidate's choice"
    assert pick(options, chosen=3, policy=CANDIDATE) is None


@pytest.mark.parametrize("policy", [SYSTEM, CANDIDATE])
def test_nothing_free_is_nothing(policy):
    assert pick([], chosen=1, policy=policy) is None
