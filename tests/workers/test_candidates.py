"""Blocking the bot and coming back, as Telegram tells it."""

from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import select

from config.settings import Settings
from recruitsmart import clock
from recruitsmart.domain.candidates.models import Contact
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.messaging.sending import Lane
from tests.factories import add_candidate, add_message, add_recruiter
from workers.client import make_client
from workers.contract import Block, Unblock
from workers.services import Services
from workers.tasks import candidates
from workers.unit import answer

PERSON = {"chat_id": 55, "received_at": 1_800_000_000.0, "first_name": "Anna"}


@pytest.fixture
def services(settings_for: Callable[..., Settings], database_url: str, redis_url: str) -> Iterator[Services]:
    settings = settings_for(database_url=database_url, redis_url=redis_url)
    services = Services(settings=settings, celery=make_client(settings))
    now = clock.now()
    with services.database.unit() as session:
        anna = add_candidate(session, chat_id=55)
        values = {"chat_id": 55, "candidate_id": anna.id, "lane": Lane.PROMISED, "created_at": now}
        add_message(session, about="booking:1", due_at=now, **values)
    yield services
    services.database.engine.dispose()


def _standing(services: Services) -> tuple[str | None, str, str | None]:
    with services.database.unit() as session:
        contact = session.scalars(select(Contact)).one()
        message = session.scalars(select(OutboxMessage)).one()
        return contact.unreachable_reason, message.state, message.reason


def test_who_blocks_the_bot_is_unreachable_and_what_waits_is_skipped_with_that_reason(services: Services) -> None:
    answer(services, Block, {"update_id": 1, **PERSON}, task_id="1", redelivered=False)
    assert _standing(services) == (candidates.BLOCKED, "skipped", candidates.BLOCKED)


def test_who_comes_back_can_be_reached_again(services: Services) -> None:
    answer(services, Block, {"update_id": 1, **PERSON}, task_id="1", redelivered=False)
    answer(services, Unblock, {"update_id": 2, **PERSON}, task_id="2", redelivered=False)
    assert _standing(services)[0] is None


def test_nobody_is_written_down_for_leaving(services: Services) -> None:
    stranger = PERSON | {"chat_id": 56}
    answer(services, Block, {"update_id": 1, **stranger}, task_id="1", redelivered=False)
    with services.database.unit() as session:
        assert session.scalars(select(Contact.chat_id)).all() == [55]


def test_nobody_is_written_down_for_coming_back_either(services: Services) -> None:
    stranger = PERSON | {"chat_id": 56}
    answer(services, Unblock, {"update_id": 1, **stranger}, task_id="1", redelivered=False)
    with services.database.unit() as session:
        assert session.scalars(select(Contact.chat_id)).all() == [55]
        assert session.scalars(select(Entry).where(Entry.kind == "candidate.started")).all() == []


def test_staff_who_come_back_can_be_reached_and_are_no_candidates(services: Services) -> None:
    with services.database.unit() as session:
        add_recruiter(session, chat_id=56)
    for number, message in enumerate((Block, Unblock), 1):
        answer(services, message, {"update_id": number, **PERSON, "chat_id": 56}, task_id="1", redelivered=False)
        with services.database.unit() as session:
            account = session.scalars(select(Account)).one()
            assert (account.unreachable_since is None) == (message is Unblock)
            assert session.scalars(select(Contact.chat_id)).all() == [55]


def test_leaving_told_twice_or_late_counts_once(services: Services) -> None:
    answer(services, Block, {"update_id": 1, **PERSON}, task_id="1", redelivered=False)
    answer(services, Unblock, {"update_id": 2, **PERSON}, task_id="2", redelivered=False)
    answer(services, Block, {"update_id": 1, **PERSON}, task_id="1", redelivered=True)
    assert _standing(services)[0] is None
