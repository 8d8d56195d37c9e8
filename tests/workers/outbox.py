"""A delivery process without Celery, and what became of its messages."""

from datetime import timedelta
from typing import Any

import pytest

from config.settings import Settings
from recruitsmart import clock
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.telegram.client import Telegram
from tests.factories import add_message
from tests.simulator import Person, Simulator
from workers import contract
from workers.client import make_client
from workers.services import Services
from workers.tasks import delivery

TOKEN = "123456789:" + "AbCdEfGhIjKlMnOpQrStUvWxYz-_0123456"


class Outbox:
    """`nudges` are those that would have left, with their delays."""

    def __init__(self, settings: Settings, simulator: Simulator, monkeypatch: pytest.MonkeyPatch) -> None:
        self.services = Services(settings=settings, celery=make_client(settings))
        self.services.__dict__["telegram"] = Telegram(TOKEN, simulator.url)
        monkeypatch.setattr(self.services.bell, "listen", lambda: False)  # a run ends when nothing is left to send
        monkeypatch.setattr(self.services.bell, "rest", lambda moment: False)
        self.nudges: list[timedelta] = []
        monkeypatch.setattr(delivery, "nudge", self._note)
        monkeypatch.setattr(delivery, "nudge_delivery", lambda *_: self.nudges.append(timedelta(0)))

    def _note(self, celery: Any, message: contract.Message, *, after: timedelta = timedelta(0)) -> None:
        self.nudges.append(after)

    def add(self, chat_id: int, **values: Any) -> int:
        now = clock.now()
        with self.services.database.unit() as session:
            return add_message(session, chat_id=chat_id, **{"due_at": now, "created_at": now, **values}).id

    def run(self) -> None:
        delivery.send(self.services, contract.Deliver())

    def sweep(self) -> None:
        delivery.sweep(self.services, contract.SweepDelivery())

    def row(self, message_id: int) -> OutboxMessage:
        with self.services.database.unit() as session:
            return session.get_one(OutboxMessage, message_id)

    def states(self, *ids: int) -> list[MessageState]:
        return [self.row(message_id).state for message_id in ids]


def person(simulator: Simulator, name: str = "Anna") -> Person:
    """Somebody who has written, so that the bot may answer."""
    somebody = simulator.person(name)
    somebody.write("/start")
    return somebody
