"""A candidate in Test 2, without Telegram: updates are turns, sending is settled by hand, timers fire when told."""

from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.clocks import start_clock
from recruitsmart.domain.assessments.models import Answer, Attempt, TestKind
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.dialogue import testing
from recruitsmart.domain.dialogue.questions import TIMED
from recruitsmart.domain.dialogue.turn import Sender, Turn, open_turn
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.messaging.models import MessageState, OutboxMessage
from recruitsmart.domain.pipeline.testing import offer_test2
from recruitsmart.domain.timers.operations import run_due
from tests.factories import NOW, add_candidate, add_test, choice_question
from workers.tasks.timers import FIRINGS

_updates = count(1)
_message_ids = count(100)


class Examinee:
    """One person in an exam whose questions are right with "x". `now` is what the clock shows."""

    def __init__(self, session: Session, *, questions: str = "abc", now: datetime = NOW, **settings: object) -> None:
        self.session = session
        self.now = now
        values = {"kind": TestKind.EXAM, "pass_percent": 60, "question_limit_seconds": 60, **settings}
        self.test = add_test(
            session, *(choice_question(key, "x", "y", right="x") for key in questions), key="test2", **values
        )
        self.candidate: Candidate = add_candidate(
            session, stage=Stage.INTERVIEW, full_name="Anna", consent_at=now, consent_version="1"
        )
        self.prepare()
        self.attempt: Attempt = offer_test2(session, self.candidate, actor=SYSTEM, now=now)

    def prepare(self) -> None:
        """What else is so before the invitation."""

    def turn(self, *, received_at: datetime | None = None, pressed: int | None = None) -> Turn:
        sender = Sender(
            update_id=next(_updates),
            chat_id=self.candidate.contact.chat_id,
            received_at=received_at or self.now,
            pressed_message_id=pressed,
        )
        turn = open_turn(self.session, sender, now=self.now, flood_most=10_000)
        assert turn is not None
        return turn

    def begin(self, *, sent: bool = True) -> None:
        testing.begin(self.turn(), self.attempt.id)
        if sent:
            self.send()

    def send(self) -> None:
        """Everything that waits reaches Telegram now."""
        self.session.flush()
        queued = select(OutboxMessage).where(OutboxMessage.state == MessageState.QUEUED).order_by(OutboxMessage.id)
        for message in self.session.scalars(queued.execution_options(populate_existing=True)).all():
            message.state, message.settled_at = MessageState.SENT, self.now
            message.telegram_message_id = message.replaces_message_id or next(_message_ids)
            self.session.flush()
            if message.kind == TIMED:
                start_clock(self.session, message.about, self.now)

    def press(self, option: str = "x", *, question: Answer | None = None, received_at: datetime | None = None) -> None:
        answer = question or self.open
        assert answer is not None
        testing.choose_option(self.turn(received_at=received_at), answer.id, option)
        self.session.flush()

    def wait(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)

    def fire(self) -> None:
        """A sweep of the timers."""
        self.session.flush()
        run_due(self.session, FIRINGS, now=self.now)
        self.session.flush()

    @property
    def answers(self) -> list[Answer]:
        self.session.flush()
        mine = select(Answer).where(Answer.attempt_id == self.attempt.id).order_by(Answer.id)
        return list(self.session.scalars(mine.execution_options(populate_existing=True)))

    @property
    def open(self) -> Answer | None:
        return next((answer for answer in self.answers if answer.status == "open"), None)

    def said(self, kind: str | None = None) -> list[OutboxMessage]:
        self.session.flush()
        told = select(OutboxMessage).where(OutboxMessage.chat_id == self.candidate.contact.chat_id)
        told = told if kind is None else told.where(OutboxMessage.kind == kind)
        return list(self.session.scalars(told.order_by(OutboxMessage.id).execution_options(populate_existing=True)))
