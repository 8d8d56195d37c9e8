"""What stands beside a candidate on the card and is at most a row each: read in one look."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate, Contact
from recruitsmart.domain.chats.models import Chat
from recruitsmart.domain.directory.models import Source
from recruitsmart.domain.notes.files import Kept, listed_files, read_files
from recruitsmart.domain.notes.models import FollowUp
from recruitsmart.domain.pipeline.erasure_wishes import asked_at
from recruitsmart.domain.slots.models import Waiting, WaitingStatus


@dataclass(frozen=True, kw_only=True)
class Beside:
    """The open conversation, the day to look again, where the person came from (None when nobody has written that
    source down), their place in the queue for an hour, the accounts besides the one the person is written to at, the
    files on the card, newest first, and since when the person wants to be erased."""

    chat: Chat | None
    follow_up: FollowUp | None
    source: Source | None
    waiting: Waiting | None
    other_accounts: Sequence[Contact]
    files: Sequence[Kept]
    asked_to_go_at: datetime | None


def beside(session: Session, candidate: Candidate) -> Beside:
    """What stands beside this candidate; one query."""
    found = (
        select(
            Chat,
            FollowUp,
            Source,
            Waiting,
            Contact,
            listed_files(Candidate.id).label("files"),
            asked_at(Candidate.id).label("asked_at"),
        )
        .select_from(Candidate)
        .outerjoin(Chat, and_(Chat.candidate_id == Candidate.id, Chat.closed_at.is_(None)))
        .outerjoin(FollowUp, FollowUp.candidate_id == Candidate.id)
        .outerjoin(Source, Source.key == Candidate.source)
        .outerjoin(Waiting, and_(Waiting.candidate_id == Candidate.id, Waiting.status == WaitingStatus.WAITING))
        .outerjoin(Contact, and_(Contact.candidate_id == Candidate.id, ~Contact.main))
        .where(Candidate.id == candidate.id)
        .order_by(Waiting.since.desc(), Contact.id)
    )
    rows = session.execute(found).all()
    chat, follow_up, source, waiting, _, files, asked_to_go_at = rows[0]
    others = list(dict.fromkeys(row.Contact for row in rows if row.Contact is not None))
    return Beside(
        chat=chat, follow_up=follow_up, source=source, waiting=waiting, other_accounts=others, files=read_files(files),
        asked_to_go_at=asked_to_go_at,
    )  # fmt: skip
