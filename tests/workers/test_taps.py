"""A tap on the page in the worker: in one transaction, once, and told when Postgres has it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from config.settings import Settings
from recruitsmart import clock
from recruitsmart.domain.candidates.models import Contact
from recruitsmart.domain.dialogue.models import PageRequest
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.pipeline.merging import merge
from tests.factories import add_chooser, add_city, add_recruiter, add_slot
from workers import registry
from workers.client import make_client
from workers.contract import CancelOnPage, ForgetSeenUpdates, ReserveOnPage
from workers.replies import Replies
from workers.services import Services
from workers.tasks import slots, upkeep
from workers.unit import MOST_DEATHS, answer

assert slots  # it registers who answers


@pytest.fixture
def services(settings_for: Callable[..., Settings], database_url: str, redis_url: str) -> Iterator[Services]:
    settings = settings_for(database_url=database_url, redis_url=redis_url)
    services = Services(settings=settings, celery=make_client(settings))
    yield services
    services.database.engine.dispose()


@pytest.fixture
def tap(services: Services) -> ReserveOnPage:
    """Of somebody who may choose, on a free hour of tomorrow."""
    now = clock.now()
    with services.database.unit() as session:
        city = add_city(session, approval_required=False)
        slot = add_slot(session, add_recruiter(session, city), now + timedelta(days=1))
        add_chooser(session, city, chat_id=55, consent_at=now, consent_version="1")
        return ReserveOnPage(request_id="r-1", key="k-1", chat_id=55, received_at=now.timestamp(), slot_id=slot.id)


def run(services: Services, tap: Any, *, redelivered: bool = False) -> None:
    answer(services, type(tap), asdict(tap), task_id="t-1", redelivered=redelivered)


def rows(services: Services, query: str) -> list[Any]:
    with services.database.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def is_told(services: Services, request_id: str = "r-1") -> bool:
    return Replies(services.redis).hears(request_id, within_seconds=0.05)


REQUESTS = "select key, outcome from page_requests"


def test_whoever_waits_is_told_when_postgres_has_it(services: Services, tap: ReserveOnPage) -> None:
    assert not is_told(services)
    run(services, tap)
    assert rows(services, REQUESTS) == [("k-1", "booked")]
    assert is_told(services)


def test_nobody_is_told_before_the_commit(
    services: Services, tap: ReserveOnPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[bool] = []

    def look(tapped: Any, message: ReserveOnPage) -> None:
        tapped.turn.session.flush()
        told.append(is_told(services))

    monkeypatch.setitem(registry.HANDLERS, ReserveOnPage, look)
    run(services, tap)
    assert told == [False]


def test_a_commit_that_postgres_did_not_take_is_told_to_nobody(
    services: Services, tap: ReserveOnPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lose_the_connection(tapped: Any, message: ReserveOnPage) -> None:
        pid = tapped.turn.session.scalar(text("select pg_backend_pid()"))
        rows(services, f"select pg_terminate_backend({pid}, 5000)")

    monkeypatch.setitem(registry.HANDLERS, ReserveOnPage, lose_the_connection)
    run(services, tap)
    assert (is_told(services), rows(services, REQUESTS)) == (False, [])
    monkeypatch.undo()
    run(services, tap, redelivered=True)
    assert (is_told(services), rows(services, REQUESTS)) == (True, [("k-1", "booked")])


def test_a_tap_that_kills_its_workers_is_given_up(
    services: Services, tap: ReserveOnPage, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    def die(tapped: Any, message: ReserveOnPage) -> None:
        monkeypatch.setattr(services.attempts, "end", lambda name: None)  # a dead worker takes nothing back
        raise Killed

    monkeypatch.setitem(registry.HANDLERS, ReserveOnPage, die)
    for _ in range(MOST_DEATHS):
        with pytest.raises(Killed):
            run(services, tap, redelivered=True)
    run(services, tap, redelivered=True)
    assert (is_told(services), rows(services, REQUESTS)) == (True, [("k-1", "trouble")])


def test_one_intention_has_one_fingerprint(tap: ReserveOnPage) -> None:
    asked = asdict(tap)
    same = ReserveOnPage(**asked | {"request_id": "r-2", "key": "k-2", "received_at": 1.0})
    other = ReserveOnPage(**asked | {"slot_id": tap.slot_id + 1})
    cancel = CancelOnPage(request_id="r", key="k", chat_id=55, received_at=1.0, booking_id=1, reason="plans")
    assert same.fingerprint == tap.fingerprint
    assert len({tap.fingerprint, other.fingerprint, cancel.fingerprint}) == 3


def test_answers_go_along_when_cards_are_merged(services: Services, tap: ReserveOnPage) -> None:
    run(services, tap)
    now = clock.now()
    with services.database.unit() as session:
        mine = session.scalars(select(Contact).where(Contact.chat_id == 55)).one().candidate_id
        other = add_chooser(session, add_city(session, "Тула"), chat_id=56)
        merge(session, mine, other.id, actor=SYSTEM, now=now)
        bella = add_chooser(session, add_city(session, "Омск"), chat_id=57)
        session.add(PageRequest(candidate_id=bella.id, key="k-9", fingerprint="f", received_at=now))
        session.flush()
        merge(session, mine, bella.id, actor=SYSTEM, now=now)
    assert sorted(rows(services, "select key, candidate_id from page_requests")) == [("k-1", mine), ("k-9", mine)]


def test_the_upkeep_forgets_answers_after_two_days(services: Services, tap: ReserveOnPage) -> None:
    run(services, tap)
    upkeep.forget_seen_updates(services, ForgetSeenUpdates())
    assert len(rows(services, REQUESTS)) == 1
    with services.database.unit() as session:
        session.execute(text("update page_requests set received_at = received_at - interval '49 hours'"))
    upkeep.forget_seen_updates(services, ForgetSeenUpdates())
    assert rows(services, REQUESTS) == []
