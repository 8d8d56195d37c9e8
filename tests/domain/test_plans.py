"""The weekly plans of cities: the local week, who is counted, and the people behind a number."""

from datetime import UTC, datetime, timedelta

import pytest

from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.access import EVERYTHING, Scope
from recruitsmart.domain.journal.operations import SYSTEM, record
from recruitsmart.domain.pipeline.decisions import take_hire_back
from recruitsmart.domain.pipeline.periods import Window
from recruitsmart.domain.pipeline.plans import hired_this_week, weekly_plans
from tests.factories import add_candidate, add_city

WEDNESDAY = datetime(2026, 11, 25, 9, tzinfo=UTC)
MONDAY_IN_MOSCOW = datetime(2026, 11, 22, 21, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def moscow(session):
    return add_city(session, "Москва", time_zone="Europe/Moscow", weekly_plan=10)


def hire(session, city, *moments):
    candidate = add_candidate(session, city=city, stage=Stage.HIRED, outcome=Outcome.HIRED)
    for at in moments:
        record(session, "candidate.hired", actor=SYSTEM, now=at, candidate_id=candidate.id)
    session.flush()
    return candidate


def hired(session, scope=EVERYTHING, now=WEDNESDAY):
    return {plan.city.name: (plan.hired, plan.planned) for plan in weekly_plans(session, scope=scope, now=now)}


def listed(session, city, scope=EVERYTHING, now=WEDNESDAY):
    return list(hired_this_week(session, city.id, scope=scope, now=now, window=Window(offset=0, limit=50)))


@pytest.mark.parametrize(("at", "counts"), [(MONDAY_IN_MOSCOW - SECOND, 0), (MONDAY_IN_MOSCOW, 1)])
def test_the_week_begins_on_monday_at_midnight_in_the_city(session, moscow, at, counts):
    hire(session, moscow, at)
    assert hired(session) == {"Москва": (counts, 10)}
    assert len(listed(session, moscow)) == counts


def test_each_city_has_its_own_midnight(session, moscow):
    omsk = add_city(session, "Омск", time_zone="Asia/Omsk", weekly_plan=3)
    for city in (moscow, omsk):
        hire(session, city, MONDAY_IN_MOSCOW - timedelta(hours=2))
    assert hired(session) == {"Москва": (0, 10), "Омск": (1, 3)}


def test_a_hire_that_was_taken_back_does_not_count(session, moscow):
    anna = hire(session, moscow, WEDNESDAY)
    take_hire_back(session, anna, actor=SYSTEM, now=WEDNESDAY)
    assert hired(session) == {"Москва": (0, 10)}
    assert listed(session, moscow) == []


def test_a_person_counts_once_and_is_behind_the_number(session, moscow):
    anna = hire(session, moscow, WEDNESDAY - SECOND, WEDNESDAY)
    assert hired(session) == {"Москва": (1, 10)}
    assert listed(session, moscow) == [anna]


def test_cities_without_a_plan_or_closed_or_of_others_are_not_listed(session, moscow):
    add_city(session, "Казань")
    add_city(session, "Псков", weekly_plan=5, active=False)
    other = add_city(session, "Омск", weekly_plan=5)
    anna = hire(session, other, WEDNESDAY)
    scope = Scope(city_ids=frozenset({moscow.id}))
    assert set(hired(session)) == {"Москва", "Омск"}
    assert set(hired(session, scope)) == {"Москва"}
    assert (listed(session, other), listed(session, other, scope)) == ([anna], [])
