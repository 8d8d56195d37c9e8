"""Whom a broadcast reaches, who sees it, and its draft."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from recruitsmart.domain.broadcasts import operations, queries
from recruitsmart.domain.broadcasts.models import Broadcast, BroadcastState
from recruitsmart.domain.broadcasts.models import SkipReason as Reason
from recruitsmart.domain.candidates.queries import Wanted
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.access import EVERYTHING, Scope
from recruitsmart.domain.errors import BadInput, Changed, NotFound
from tests.domain.broadcasting import BODIES, OLGA, S, add_person, drafted, press, started, states
from tests.factories import NOW, add_city

# --- the list


def test_starting_freezes_the_list(session):
    anna = add_person(session)
    broadcast = started(session)
    add_person(session)
    assert states(session, broadcast) == {anna.id: (S.WAITING, None)}
    assert (broadcast.state, broadcast.total, broadcast.started_at) == (BroadcastState.RUNNING, 1, NOW)


def test_the_filter_is_the_one_of_the_list_of_candidates(session):
    moscow, pskov = add_city(session), add_city(session, "Псков")
    wanted = Wanted(words="анна", stage=Stage.INTERVIEW, outcome=Outcome.ACTIVE, city_id=moscow.id)
    fitting = {"full_name": "Анна Иванова", "stage": Stage.INTERVIEW, "city": moscow}
    anna = add_person(session, **fitting)
    for other in ({"full_name": "Пётр"}, {"stage": Stage.TEST1}, {"city": pskov}):
        add_person(session, **fitting | other)
    assert list(states(session, started(session, wanted))) == [anna.id]


def test_whoever_cannot_get_it_is_passed_over_with_the_reason(session):
    anna = add_person(session)
    silent, gone, no_contact, ended, left = (add_person(session) for _ in range(5))
    silent.consent_at = silent.consent_version = None
    gone.contact.unreachable_since, gone.contact.unreachable_reason = NOW, "blocked"
    session.delete(no_contact.contact)
    ended.outcome, ended.outcome_reason = Outcome.REJECTED, "x"
    left.outcome, left.outcome_reason = Outcome.WITHDRAWN, "x"
    session.flush()

    broadcast = drafted(session)
    reach = queries.reach(session, broadcast)
    press(session, broadcast, operations.start, revision=broadcast.revision)

    assert states(session, broadcast) == {
        anna.id: (S.WAITING, None),
        silent.id: (S.SKIPPED, Reason.NO_CONSENT),
        gone.id: (S.SKIPPED, Reason.UNREACHABLE),
        no_contact.id: (S.SKIPPED, Reason.NO_CONTACT),
        ended.id: (S.SKIPPED, Reason.ENDED),
        left.id: (S.SKIPPED, Reason.ENDED),
    }
    assert (reach.people, dict(reach.skipped)) == (
        1, {Reason.NO_CONSENT: 1, Reason.UNREACHABLE: 1, Reason.NO_CONTACT: 1, Reason.ENDED: 2},
    )  # fmt: skip


def test_rejected_people_get_what_is_meant_for_them(session):
    rejected = add_person(session, outcome=Outcome.REJECTED, outcome_reason="x")
    add_person(session)
    assert states(session, started(session, Wanted(outcome=Outcome.REJECTED))) == {rejected.id: (S.WAITING, None)}


def test_a_broadcast_reaches_only_the_cities_of_whoever_wrote_it(session):
    moscow, pskov = add_city(session), add_city(session, "Псков")
    anna = add_person(session, city=moscow)
    add_person(session, city=pskov), add_person(session)
    broadcast = drafted(session, scope=Scope(city_ids=frozenset({moscow.id})))
    assert queries.reach(session, broadcast).people == 1
    press(session, broadcast, operations.start, revision=broadcast.revision)  # by somebody who sees everything
    assert list(states(session, broadcast)) == [anna.id]


def test_a_filter_for_a_foreign_city_reaches_nobody(session):
    moscow, pskov = add_city(session), add_city(session, "Псков")
    with pytest.raises(BadInput):
        drafted(session, Wanted(city_id=pskov.id), Scope(city_ids=frozenset({moscow.id})))
    with pytest.raises(BadInput):
        drafted(session, scope=Scope(city_ids=frozenset()))


def test_a_broadcast_is_seen_by_those_whose_cities_hold_all_it_can_reach(session):
    moscow, pskov = add_city(session), add_city(session, "Псков")
    own, both = Scope(city_ids=frozenset({moscow.id})), Scope(city_ids=frozenset({moscow.id, pskov.id}))
    of_moscow, of_both, of_all = drafted(session, scope=own), drafted(session, scope=both), drafted(session)

    def seen(scope):
        return {each.id for each in queries.listed(session, scope, before_id=None, limit=9)}

    assert seen(own) == {of_moscow.id}
    assert seen(both) == {of_moscow.id, of_both.id}
    assert seen(EVERYTHING) == {of_moscow.id, of_both.id, of_all.id}
    assert seen(Scope(city_ids=frozenset())) == set()
    for step in (operations.pause, operations.resume, operations.stop):
        with pytest.raises(NotFound):
            step(session, of_both.id, scope=own, actor=OLGA, now=NOW)


def test_nobody_to_write_to_is_no_start(session):
    add_person(session, outcome=Outcome.REJECTED, outcome_reason="x")
    with pytest.raises(BadInput, match="Nobody"):
        started(session)


def test_samples_are_people_who_would_get_it_of_each_language(session):
    russians = [add_person(session, created_at=NOW + timedelta(hours=hour)) for hour in range(4)]
    english = add_person(session, language="en", created_at=NOW - timedelta(days=9))
    add_person(session, outcome=Outcome.REJECTED, outcome_reason="x", created_at=NOW + timedelta(days=1))
    found = queries.sample_people(session, drafted(session))
    assert [each.id for each in found] == [russians[3].id, english.id, russians[2].id]


# --- drafts


def test_what_starts_is_what_was_looked_at(session):
    add_person(session)
    broadcast = drafted(session)
    seen = broadcast.revision
    operations.redraft(session, broadcast.id, {"ru": "Другое"}, Wanted(), revision=seen, scope=EVERYTHING)
    session.flush()
    with pytest.raises(Changed):
        press(session, broadcast, operations.start, revision=seen)
    with pytest.raises(Changed):
        operations.redraft(session, broadcast.id, BODIES, Wanted(), revision=seen, scope=EVERYTHING)


def test_what_has_started_is_neither_changed_nor_discarded(session):
    add_person(session)
    broadcast = started(session)
    session.flush()
    with pytest.raises(Changed):
        operations.redraft(session, broadcast.id, BODIES, Wanted(), revision=broadcast.revision, scope=EVERYTHING)
    with pytest.raises(Changed):
        operations.discard(session, broadcast.id, scope=EVERYTHING)


def test_a_draft_can_be_thrown_away(session):
    broadcast = drafted(session)
    operations.discard(session, broadcast.id, scope=EVERYTHING)
    session.flush()
    assert session.scalar(select(func.count()).select_from(Broadcast)) == 0
