"""A person who talks with the bot and with recruiters, without Telegram: each act is a turn at `now`."""

from datetime import datetime, timedelta
from itertools import count

from sqlalchemy import select
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.chats.models import Chat, ChatLine
from recruitsmart.domain.chats.queries import newest_line
from recruitsmart.domain.dialogue import human, operations, talking
from recruitsmart.domain.dialogue.turn import Sender, Turn, open_turn
from recruitsmart.domain.directory.models import Account, City
from recruitsmart.domain.messaging.models import OutboxMessage
from recruitsmart.domain.timers.operations import run_due
from tests.factories import NOW, add_recruiter
from workers.tasks.timers import FIRINGS

CONSENTED = {"consent_at": NOW, "consent_version": "1"}
_updates, _tokens = count(50_000), count(1)


def linked_account(session: Session, city: City) -> Account:
    """The account of Olga, a recruiter of the city who is linked to a chat."""
    recruiter = add_recruiter(session, city, name="Ольга", chat_id=77)
    return session.scalars(select(Account).where(Account.recruiter_id == recruiter.id)).one()


class Talker:
    """One candidate. Time passes only with `wait`."""

    def __init__(self, session: Session, candidate: Candidate, now: datetime = NOW) -> None:
        self.session, self.candidate, self.now = session, candidate, now
        self._read = 0

    def turn(self) -> Turn:
        chat_id = self.candidate.contact.chat_id
        turn = open_turn(
            self.session, Sender(update_id=next(_updates), chat_id=chat_id, received_at=self.now), now=self.now
        )
        assert turn is not None
        return turn

    def says(self, text: str) -> list[str]:
        operations.say(self.turn(), text)
        return self.told()

    def sends(self, kind: str, caption: str = "") -> list[str]:
        operations.take_other(self.turn(), kind, caption)
        return self.told()

    def commands(self, name: str, text: str = "") -> list[str]:
        operations.obey(self.turn(), name, text)
        return self.told()

    def asks(self) -> list[str]:
        human.ask_human(self.turn())
        return self.told()

    def goes_back(self) -> list[str]:
        human.go_back(self.turn())
        return self.told()

    def wait(self, **time: float) -> list[str]:
        """Time passes, and a sweep looks at the timers."""
        self.now += timedelta(**time)
        self.session.flush()
        run_due(self.session, FIRINGS, now=self.now)
        return self.told()

    def is_written(
        self,
        account: Account,
        text: str,
        *,
        token: str | None = None,
        seen: int | None = None,
        read: int | None = None,
    ) -> list[str]:
        token, shown = token or f"t{next(_tokens)}", self._shown(read)
        talking.write(self.session, self.candidate, account, text, token=token, seen=seen, read=shown, now=self.now)
        return self.told()

    def is_taken(self, account: Account, *, seen: int | None = None, read: int | None = None) -> list[str]:
        talking.take_over(self.session, self.candidate, account, seen=seen, read=self._shown(read), now=self.now)
        return self.told()

    def is_handed_back(self, account: Account, *, seen: int | None = None, read: int | None = None) -> list[str]:
        talking.hand_back(self.session, self.candidate, account, seen=seen, read=self._shown(read), now=self.now)
        return self.told()

    def _shown(self, read: int | None) -> int:
        """The last line on the recruiter's page: the newest, unless the page is an old one."""
        return newest_line(self.session, self.candidate.id) if read is None else read

    def told(self) -> list[str]:
        """The kinds of what was posted to the person since this was asked last."""
        return [message.kind for message in self.messages()]

    def messages(self) -> list[OutboxMessage]:
        self.session.flush()
        mine = select(OutboxMessage).where(
            OutboxMessage.chat_id == self.candidate.contact.chat_id, OutboxMessage.id > self._read
        )
        found = list(self.session.scalars(mine.order_by(OutboxMessage.id)))
        self._read = max((message.id for message in found), default=self._read)
        return found

    @property
    def chats(self) -> list[Chat]:
        self.session.flush()
        mine = select(Chat).where(Chat.candidate_id == self.candidate.id).order_by(Chat.id)
        return list(self.session.scalars(mine.execution_options(populate_existing=True)))

    @property
    def chat(self) -> Chat:
        return self.chats[-1]

    @property
    def lines(self) -> list[str]:
        self.session.flush()
        mine = select(ChatLine).where(ChatLine.candidate_id == self.candidate.id).order_by(ChatLine.id)
        return [line.sent or line.text for line in self.session.scalars(mine)]
