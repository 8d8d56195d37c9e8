"""BOT_INTEGRATION_ENABLED=0: nobody writes to people from the panel, and every page where one would says so."""

from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import func, select

from recruitsmart.domain.broadcasts import operations
from recruitsmart.domain.broadcasts.models import Broadcast, BroadcastState
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Wanted
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.extensions import db
from tests.factories import add_message
from tests.panel import NOW, Company, Person, make_app, token_in

OFF = "Писать людям из панели здесь выключено"


@pytest.fixture
def app(database_url: str, redis_url: str, clock: object) -> Iterator[Flask]:
    app = make_app(database_url, redis_url, BOT_INTEGRATION_ENABLED="0")
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def anna(company: Company) -> Candidate:
    return company.candidate("Анна Иванова", company.moscow, consent_at=NOW, consent_version="1")


@pytest.fixture
def broadcast(company: Company, anna: Candidate) -> Broadcast:
    made = operations.draft(
        company.session, {"ru": "Привет"}, Wanted(), scope=EVERYTHING, actor=SYSTEM, now=NOW
    )  # fmt: skip
    company.session.commit()
    return made


def _messages(company: Company) -> int:
    company.session.rollback()
    return company.session.scalar(select(func.count()).select_from(OutboxMessage)) or 0


def _press(person: Person, path: str, **fields: str) -> str:
    """The page after a press that somebody makes all the same."""
    token = token_in(person.get("/admin/mine/"))
    answer = person.client.post(path, data={"csrf_token": token, **fields}, follow_redirects=True)
    assert answer.status_code == 200
    return answer.text


@pytest.mark.parametrize("step", ["write", "take"])
def test_nobody_writes_in_a_conversation(admin: Person, company: Company, anna: Candidate, step: str) -> None:
    page = admin.get(f"/admin/inbox/{anna.reference}").text
    assert OFF in page
    assert "data-send-with-enter disabled" in page
    assert OFF in _press(admin, f"/admin/inbox/{anna.reference}/{step}", text="Здравствуйте")
    assert _messages(company) == 0


def test_a_conversation_can_still_be_handed_back(admin: Person, anna: Candidate) -> None:
    """The page says it once; a press that is refused is told so besides."""
    here = f"/admin/inbox/{anna.reference}"
    assert _press(admin, f"{here}/take").count(OFF) == 2
    assert _press(admin, f"{here}/hand-back").count(OFF) == 1


def test_no_broadcast_starts_or_goes_on(admin: Person, company: Company, broadcast: Broadcast) -> None:
    page = admin.get(f"/admin/broadcasts/{broadcast.id}").text
    assert OFF in page and 'btn-primary" disabled' in page
    assert OFF in _press(admin, f"/admin/broadcasts/{broadcast.id}/start", revision=str(broadcast.revision))
    assert company.now(broadcast).state == BroadcastState.DRAFT
    broadcast.state, broadcast.started_at = BroadcastState.PAUSED, NOW
    company.session.commit()
    assert OFF in _press(admin, f"/admin/broadcasts/{broadcast.id}/resume")
    assert company.now(broadcast).state == BroadcastState.PAUSED


def test_nothing_is_sent_again(admin: Person, company: Company, anna: Candidate) -> None:
    failed = add_message(
        company.session, candidate_id=anna.id, state=MessageState.FAILED, reason="because", settled_at=NOW
    )  # fmt: skip
    company.session.commit()
    assert OFF in admin.get("/admin/messages/again", state="failed").text
    assert OFF in _press(admin, "/admin/messages/again", state="failed", up_to=str(failed.id))
    assert company.now(failed).state == MessageState.FAILED


def test_what_the_bot_says_by_itself_goes_on(admin: Person, company: Company, anna: Candidate) -> None:
    """An approval is a decision, and the person hears of it from the bot."""
    booking = company.request(anna, company.slot(company.olga))
    _press(admin, f"/admin/bookings/{booking.id}/approve")
    assert company.now(booking).status == "booked"
    assert _messages(company) > 0


@pytest.mark.parametrize("path", ["/admin/candidates/", "/admin/today/", "/admin/bookings/"])
def test_other_pages_say_nothing_of_it(admin: Person, path: str) -> None:
    assert OFF not in admin.get(path).text
