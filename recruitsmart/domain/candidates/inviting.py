"""Personal links: they tie a card that colleagues wrote to the Telegram account of the person it is about."""

import re
from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate, Channel, Contact, Invitation, new_token
from recruitsmart.domain.candidates.operations import actor_of, find_by_chat
from recruitsmart.domain.directory.deep_links import INVITATION
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.journal.operations import Actor, record

LASTS = timedelta(days=30)
_PAYLOAD = re.compile(rf"{INVITATION}([A-Za-z0-9_-]{{24}})")


def payload_of(invitation: Invitation) -> str:
    """What `/start` carries when somebody opens the link."""
    return INVITATION + invitation.token


def is_invitation(payload: str) -> bool:
    """Whether a payload is one of a personal link, in force or not; it never names a source."""
    return _PAYLOAD.fullmatch(payload) is not None


def invitation_of(session: Session, candidate_id: int, *, now: datetime) -> Invitation | None:
    """The personal link that is in force; the newest, should two have been made at once."""
    in_force = (Invitation.used_at.is_(None), Invitation.expires_at > now)
    of_person = select(Invitation).where(Invitation.candidate_id == candidate_id, *in_force)
    return session.scalar(of_person.order_by(Invitation.id.desc()).limit(1))


def invitations_of(session: Session, candidate_ids: Collection[int], *, now: datetime) -> dict[int, Invitation]:
    """The personal links in force, by the person."""
    in_force = (Invitation.used_at.is_(None), Invitation.expires_at > now)
    found = select(Invitation).where(Invitation.candidate_id.in_(candidate_ids), *in_force)
    return {one.candidate_id: one for one in session.scalars(found.order_by(Invitation.id))}


def invite(session: Session, candidate: Candidate, *, actor: Actor, now: datetime) -> Invitation:
    """A new personal link; those made before no longer work.

    Raises:
        BadInput: the person is in Telegram already.
    """
    if candidate.contact is not None:
        raise BadInput("This candidate is in Telegram already.")
    earlier = (Invitation.candidate_id == candidate.id, Invitation.used_at.is_(None), Invitation.expires_at > now)
    session.execute(update(Invitation).where(*earlier).values(expires_at=now))
    invitation = Invitation(candidate_id=candidate.id, token=new_token(), made_at=now, expires_at=now + LASTS)
    session.add(invitation)
    session.flush()
    record(session, "candidate.invited", actor=actor, now=now, candidate_id=candidate.id, subject_id=invitation.id)
    return invitation


def invite_all(session: Session, candidate_ids: Collection[int], *, actor: Actor, now: datetime) -> int:
    """Personal links for those of these people who are not in Telegram and have none in force; how many were made."""
    present = select(Contact.candidate_id).where(Contact.candidate_id.in_(candidate_ids))
    without = {*candidate_ids} - {*session.scalars(present)} - invitations_of(session, candidate_ids, now=now).keys()
    if without:
        made = {"made_at": now, "expires_at": now + LASTS}
        session.execute(insert(Invitation), [made | {"candidate_id": each, "token": new_token()} for each in without])
    for candidate_id in without:
        record(session, "candidate.invited", actor=actor, now=now, candidate_id=candidate_id)
    return len(without)


def take_up(
    session: Session, payload: str, chat_id: int, *, first_name: str, username: str | None, language: str, now: datetime
) -> None:
    """Somebody started the bot by a personal link: their chat becomes the contact of the card it was made for.

    Nothing happens when the link is unknown, used or too old, or the card has a contact: then it is a plain start.
    Somebody who has a card of their own keeps it, and the link stays in force; colleagues see that both may be one
    person. Locks the candidate, then the invitation: of two who open it at once one becomes the contact. A link that is
    not in force locks nothing, for its card may have a conversation, which is locked before the candidate.
    """
    invitation = _locked(session, payload, now=now)
    if invitation is None:
        return
    known = find_by_chat(session, chat_id)
    if known is not None:
        _note_twice(session, invitation, known, now=now)
        return
    values = {"candidate_id": invitation.candidate_id, "channel": Channel.TELEGRAM, "chat_id": chat_id}
    named = {"username": (username or "")[:64] or None, "first_name": first_name[:128]}
    row = postgresql.insert(Contact).values(values | named).on_conflict_do_nothing()
    if session.scalar(row.returning(Contact.id)) is None:
        return
    candidate = session.get_one(Candidate, invitation.candidate_id)
    candidate.language, invitation.used_at = language, now
    record(
        session, "candidate.joined", actor=actor_of(candidate), now=now, candidate_id=candidate.id,
        subject_id=invitation.id,
    )  # fmt: skip


def _locked(session: Session, payload: str, *, now: datetime) -> Invitation | None:
    """The invitation in force with its card, both locked; messages to the person may be written meanwhile."""
    read = _PAYLOAD.fullmatch(payload)
    if read is None:
        return None
    in_force = (Invitation.token == read[1], Invitation.used_at.is_(None), Invitation.expires_at > now)
    whose = session.scalar(select(Invitation.candidate_id).where(*in_force))
    if whose is None:
        return None
    session.execute(select(Candidate.id).where(Candidate.id == whose).with_for_update(key_share=True))
    return session.scalar(select(Invitation).where(*in_force).with_for_update())


def _note_twice(session: Session, invitation: Invitation, known: Candidate, *, now: datetime) -> None:
    if invitation.candidate_id == known.id or invitation.opened_by_id == known.id:
        return
    invitation.opened_by_id = known.id
    record(
        session, "candidate.perhaps_twice", actor=actor_of(known), now=now, candidate_id=invitation.candidate_id,
        subject_id=known.id,
    )  # fmt: skip
