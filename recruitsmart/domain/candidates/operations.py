"""Writing down who applies and where they stand."""

from datetime import datetime

from sqlalchemy import bindparam, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload
from sqlalchemy.orm.attributes import set_committed_value

from recruitsmart.domain.candidates.models import Candidate, Channel, Contact
from recruitsmart.domain.candidates.stages import Stage, may_move, no_way
from recruitsmart.domain.errors import NotInThisStage
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import SYSTEM, Actor, record

CONSENT_VERSION = "1"


def find_by_chat(session: Session, chat_id: int) -> Candidate | None:
    """The candidate who writes from this Telegram chat, with contact and city loaded; None when never seen."""
    contact = session.scalar(_BY_CHAT, {"chat_id": chat_id})
    if contact is None:
        return None
    set_committed_value(contact.candidate, "contact", contact)  # both ends are known: no query for the way back
    return contact.candidate


_BY_CHAT = (
    select(Contact)
    .options(joinedload(Contact.candidate).joinedload(Candidate.city))
    .where(Contact.channel == Channel.TELEGRAM, Contact.chat_id == bindparam("chat_id"))
    .execution_options(prepared="candidate_of_chat")
)


def welcome(
    session: Session, chat_id: int, *, first_name: str, username: str | None, language: str, now: datetime
) -> Candidate:
    """The candidate of this chat; a person never seen before becomes one. Safe when two first updates race.

    What Telegram calls the person is kept up to date: colleagues look for somebody by `@username`.

    Each contact is unique per chat; whoever loses the race takes the winner's row.
    """
    known = find_by_chat(session, chat_id)
    if known is not None:
        _speaks_through(session, known, now=now)
        _is_called(known, first_name, username)
        return known
    candidate = Candidate(language=language, stage_since=now, created_at=now)
    session.add(candidate)
    session.flush()
    values = {"candidate_id": candidate.id, "channel": Channel.TELEGRAM, "chat_id": chat_id}
    named = {"username": _kept(username), "first_name": first_name[:128]}
    won = session.scalar(insert(Contact).values(values | named).on_conflict_do_nothing().returning(Contact.id))
    if won is None:
        session.delete(candidate)
        session.flush()
        return welcome(session, chat_id, first_name=first_name, username=username, language=language, now=now)
    record(session, "candidate.started", actor=actor_of(candidate), now=now, candidate_id=candidate.id)
    return candidate


def unwelcome(session: Session, candidate: Candidate) -> None:
    """Who has just been written down does not apply after all: no card is left. What was loaded is of no use then."""
    session.flush()
    session.execute(delete(Candidate).where(Candidate.id == candidate.id).execution_options(synchronize_session=False))
    session.expunge_all()


def _speaks_through(session: Session, candidate: Candidate, *, now: datetime) -> None:
    """Who has several accounts is answered where they write from."""
    contact = candidate.contact
    if contact is None or contact.main:
        return
    _make_main(session, contact)
    record(session, "candidate.other_account", actor=actor_of(candidate), now=now, candidate_id=candidate.id)


def _is_called(candidate: Candidate, first_name: str, username: str | None) -> None:
    """Names in Telegram change, and somebody else may have the old one by now."""
    contact = candidate.contact
    if contact is not None and first_name:
        contact.first_name, contact.username = first_name[:128], _kept(username)


def _kept(username: str | None) -> str | None:
    return (username or "")[:64] or None


def _make_main(session: Session, contact: Contact) -> None:
    session.execute(update(Contact).where(Contact.candidate_id == contact.candidate_id).values(main=False))
    contact.main = True
    session.flush()


def actor_of(candidate: Candidate) -> Actor:
    """The candidate as the one who acts."""
    return Actor(kind=ActorKind.CANDIDATE, id=candidate.id)


def consent(session: Session, candidate: Candidate, *, override_id: int | None = None, now: datetime) -> None:
    """Record that the person agreed to data processing; the first time counts.

    The version says to which words: those we ship, or (`1+37`) those the company wrote, by the number of the override.
    """
    if candidate.consent_at is not None:
        return
    version = CONSENT_VERSION if override_id is None else f"{CONSENT_VERSION}+{override_id}"
    candidate.consent_at, candidate.consent_version = now, version
    record(
        session, "candidate.consented", actor=actor_of(candidate), now=now, candidate_id=candidate.id,
        version=version,
    )  # fmt: skip


def move(session: Session, candidate: Candidate, to: Stage, *, actor: Actor = SYSTEM, now: datetime) -> None:
    """Move a candidate along the table of stages; standing there already changes nothing.

    Raises:
        NotInThisStage: the table has no such move.
    """
    if candidate.stage == to:
        return
    if not may_move(candidate.stage, to):
        raise NotInThisStage(no_way(candidate.stage, to))
    before, candidate.stage, candidate.stage_since = candidate.stage, to, now
    record(session, "candidate.moved", actor=actor, now=now, candidate_id=candidate.id, before=before, after=to)


def mark_unreachable(session: Session, chat_id: int, *, reason: str, now: datetime) -> int | None:
    """This chat no longer takes our messages; the first reason stays until the person is back.

    Returns the candidate who has just become unreachable; None when that was known, it is nobody's chat, or the person
    has another account, which takes over.
    """
    reachable = (Contact.chat_id == chat_id, Contact.unreachable_since.is_(None))
    candidate_id = session.scalar(
        update(Contact)
        .where(*reachable)
        .values(unreachable_reason=reason[:120], unreachable_since=now)
        .returning(Contact.candidate_id)
    )
    if candidate_id is not None and _other_takes_over(session, candidate_id):
        return None
    if candidate_id is not None:
        record(session, "candidate.unreachable", actor=SYSTEM, now=now, candidate_id=candidate_id, reason=reason)
    return candidate_id


def _other_takes_over(session: Session, candidate_id: int) -> bool:
    """Whether another account of the person can be written to; it becomes the one that is."""
    reachable = (Contact.candidate_id == candidate_id, Contact.unreachable_since.is_(None))
    other = session.scalar(select(Contact).where(*reachable).order_by(Contact.main.desc(), Contact.id).limit(1))
    if other is None:
        return False
    if not other.main:
        _make_main(session, other)
    return True


def other_account(session: Session, chat_id: int) -> Contact | None:
    """Where else the person of this chat is written to now; None when that is nowhere."""
    whose = select(Contact.candidate_id).where(Contact.channel == Channel.TELEGRAM, Contact.chat_id == chat_id)
    main = select(Contact).where(Contact.candidate_id.in_(whose), Contact.main, Contact.unreachable_since.is_(None))
    return session.scalar(main.where(Contact.chat_id != chat_id))


def mark_reachable(session: Session, candidate: Candidate, *, now: datetime) -> None:
    """The person wrote again, so messages arrive again."""
    contact = candidate.contact
    if contact is None or contact.unreachable_since is None:
        return
    contact.unreachable_since = contact.unreachable_reason = None
    record(session, "candidate.reachable", actor=actor_of(candidate), now=now, candidate_id=candidate.id)
