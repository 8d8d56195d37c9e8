"""What has happened stays as it was written; heartbeats keep the newest."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import IntegrityError

from recruitsmart.domain.journal.models import ActorKind, Entry, Heartbeat
from recruitsmart.domain.journal.operations import SYSTEM, Actor, beat, record
from recruitsmart.domain.journal.queries import heartbeats, history_of
from tests.factories import NOW, add_candidate

SECOND = timedelta(seconds=1)


def _record(session, kind="booking.reserved", **values):
    record(session, kind, actor=SYSTEM, now=NOW, **values)
    session.flush()


def test_a_fact_keeps_who_did_what_to_what_and_when(session):
    record(session, "slot.offered", actor=Actor(kind=ActorKind.STAFF, id=3), now=NOW, subject_id=17, hours=2)
    entry = session.scalars(select(Entry)).one()
    assert (entry.actor_kind, entry.actor_id, entry.subject_id, entry.at) == (ActorKind.STAFF, 3, 17, NOW)
    assert entry.details == {"hours": 2}


@pytest.mark.parametrize(
    "change",
    [{"kind": "other"}, {"at": NOW + SECOND}, {"details": {"a": 1}}, {"subject_id": 18}, {"kind": "booking.reserved"}],
)
def test_postgres_refuses_to_change_a_fact(session, change):
    _record(session, subject_id=17)
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(update(Entry).values(change))


def test_postgres_refuses_to_change_a_fact_by_plain_sql_too(session):
    _record(session)
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(text("update journal set actor_id = 1"))


def test_the_words_of_a_fact_may_be_forgotten(session):
    _record(session, subject_id=17, reason="a name")
    session.execute(update(Entry).values(details={}))
    session.expire_all()
    assert session.scalars(select(Entry)).one().details == {}
    with pytest.raises(IntegrityError, match="append-only"):
        session.execute(update(Entry).values(details={}, at=NOW + SECOND))


def test_postgres_refuses_to_change_a_fact_through_the_model(session):
    _record(session)
    session.scalars(select(Entry)).one().kind = "other"
    with pytest.raises(IntegrityError, match="append-only"):
        session.flush()


def test_a_candidate_erased_takes_the_facts_along(session):
    candidate = add_candidate(session)
    _record(session, candidate_id=candidate.id)
    session.execute(text("delete from candidates"))
    assert session.scalar(select(func.count()).select_from(Entry)) == 0


def test_the_history_of_a_candidate_is_newest_first_and_only_theirs(session):
    candidate, other = add_candidate(session), add_candidate(session)
    _record(session, "first", candidate_id=candidate.id)
    _record(session, "foreign", candidate_id=other.id)
    _record(session, "second", candidate_id=candidate.id)
    assert [entry.kind for entry in history_of(session, candidate.id)] == ["second", "first"]


def _beat(session, at, instance="host", version="1"):
    beat(session, "worker", instance, version=version, now=at)


def test_a_heartbeat_is_renewed(session):
    _beat(session, NOW)
    _beat(session, NOW + SECOND, version="2")
    heartbeat = session.scalars(select(Heartbeat)).one()
    assert (heartbeat.beat_at, heartbeat.version) == (NOW + SECOND, "2")


def test_a_heartbeat_that_arrives_late_does_not_make_a_process_look_older(session):
    _beat(session, NOW, version="2")
    _beat(session, NOW - SECOND, version="1")
    heartbeat = session.scalars(select(Heartbeat)).one()
    assert (heartbeat.beat_at, heartbeat.version) == (NOW, "2")


def test_two_instances_beat_apart(session):
    _beat(session, NOW, "one")
    _beat(session, NOW, "two")
    assert [heartbeat.instance for heartbeat in heartbeats(session, since=NOW)] == ["one", "two"]


def test_a_process_silent_since_the_moment_is_not_alive(session):
    _beat(session, NOW - SECOND)
    assert heartbeats(session, since=NOW) == []
