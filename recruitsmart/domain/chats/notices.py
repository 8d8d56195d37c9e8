"""Who is told in Telegram that somebody waits for a human."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.chats.models import Chat
from recruitsmart.domain.directory.models import Account, Recruiter, Role, recruiter_cities
from recruitsmart.domain.messaging.operations import Recipient, Wording, post
from recruitsmart.domain.messaging.sending import Lane


def tell_staff(session: Session, chat: Chat, candidate: Candidate, *, now: datetime) -> None:
    """The linked recruiters of the city learn of a conversation once; where there is no city yet, administrators."""
    values = {
        "candidate": candidate.full_name or _telegram_name(candidate),
        "city": candidate.city.name if candidate.city else "",
    }
    linked = select(Account).where(Account.active, Account.chat_id.is_not(None), _concerns(candidate.city_id))
    for account in session.scalars(linked.order_by(Account.id)):
        if account.chat_id is not None:
            recipient = Recipient(
                chat_id=account.chat_id, language=account.language, unreachable=account.unreachable_reason
            )
            wording = Wording(key="staff.human", values=values)
            post(session, wording, recipient, about=f"chat:{chat.id}", lane=Lane.PROMISED, now=now)


def _concerns(city_id: int | None) -> ColumnElement[bool]:
    if city_id is None:
        return Account.role == Role.ADMIN
    serving = select(recruiter_cities.c.recruiter_id).where(recruiter_cities.c.city_id == city_id)
    active = select(Recruiter.id).where(Recruiter.active, Recruiter.id.in_(serving))
    return Account.recruiter_id.in_(active)


def _telegram_name(candidate: Candidate) -> str:
    return candidate.contact.first_name if candidate.contact else ""
