"""Everything that belongs to a candidate, in whatever table: read from Postgres, so that no later table is forgotten.

A table that points to candidates moves with them by its foreign key alone. Some lie above this subject and are known by
name only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    ColumnElement,
    FromClause,
    TableClause,
    and_,
    case,
    column,
    delete,
    exists,
    select,
    table,
    text,
    update,
)
from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.models import Attempt
from recruitsmart.domain.candidates.models import Contact

# Lists on which a sweep may be at work: whoever holds the list's row works on its people.
_LISTS = (
    ("broadcasts", "broadcast_recipients", "broadcast_id"),
    ("batches", "batch_people", "batch_id"),
    ("intakes", "intake_lines", "intake_id"),
)
_WITH_TURNS = (("broadcast_recipients", "broadcast_id"), ("batch_people", "batch_id"))
_chats = table("chats", *map(column, ("id", "candidate_id", "closed_at", "human_until", "unread_since", "said_at")))
_days = table("follow_ups", column("candidate_id"), column("due_on"))
_talks = table("conversations", *map(column, ("candidate_id", "prompt", "answer_id")), column("data", JSON))


@dataclass(frozen=True, kw_only=True)
class Reference:
    """A column that points to candidates; `keys` are the other columns of each key that names a candidate only once."""

    table: str
    column: str
    keys: tuple[tuple[str, ...], ...] = ()


def lock(session: Session, candidate_ids: Sequence[int]) -> None:
    """Lock what comes before slots in the one order: the lists these people are on, then their conversations."""
    for parent, child, key in _LISTS:
        lists, people = table(parent, column("id")), _named(child, key, "candidate_id")
        on_it = select(people.c[key]).where(people.c.candidate_id.in_(candidate_ids))
        session.execute(select(lists.c.id).where(lists.c.id.in_(on_it)).order_by(lists.c.id).with_for_update())
    lock_conversations(session, candidate_ids)


def lock_conversations(session: Session, candidate_ids: Sequence[int]) -> None:
    """Wait for what these people, or the clock of their test, do at this moment: it locks their conversation first."""
    theirs = select(_talks.c.candidate_id).where(_talks.c.candidate_id.in_(candidate_ids))
    session.execute(theirs.order_by(_talks.c.candidate_id).with_for_update())


def move(session: Session, source_id: int, target_id: int, *, now: datetime) -> None:
    """Let everything of one candidate belong to another. The caller holds the locks and has written the merged card."""
    _leave_attempts_behind(session, source_id, now=now)
    _choose_main_contact(session, source_id, target_id)
    _begin_anew(session, source_id)
    _close_one_of_two_chats(session, source_id, target_id, now=now)
    _look_again_on_the_earlier_day(session, source_id, target_id)
    for name, key in _WITH_TURNS:
        _prefer_settled(session, name, key, source_id, target_id)
    for reference in references(session):
        _drop_doubles(session, reference, source_id, target_id)
        rows = _named(reference.table, reference.column)
        whose = rows.c[reference.column]
        session.execute(update(rows).where(whose == source_id).values({whose: target_id}))


def references(session: Session) -> list[Reference]:
    """Every column that points to candidates, as Postgres knows it; two queries."""
    keys: dict[str, list[list[str]]] = {}
    for name, columns in session.execute(_KEYS):
        keys.setdefault(name, []).append(columns)
    return [
        Reference(
            table=name,
            column=pointing,
            keys=tuple(
                tuple(each for each in columns if each != pointing)
                for columns in keys.get(name, [])
                if pointing in columns
            ),
        )
        for name, pointing in session.execute(_REFERENCES)
    ]


_REFERENCES = text("""
    select rel.relname, att.attname from pg_constraint con
    join pg_class rel on rel.oid = con.conrelid
    join pg_attribute att on att.attrelid = con.conrelid and att.attnum = any(con.conkey)
    where con.contype = 'f' and con.confrelid = 'candidates'::regclass and con.conrelid <> con.confrelid
    order by rel.relname, att.attname
""")
_KEYS = text("""
    select rel.relname, array_agg(att.attname::text) from pg_index idx
    join pg_class rel on rel.oid = idx.indrelid
    join pg_attribute att on att.attrelid = rel.oid and att.attnum = any(idx.indkey)
    where idx.indisunique and idx.indpred is null
    and exists (select 1 from pg_constraint where conrelid = rel.oid and confrelid = 'candidates'::regclass)
    group by idx.indexrelid, rel.relname
""")


def _named(name: str, *columns: str) -> TableClause:
    return table(name, *map(column, columns))


def _leave_attempts_behind(session: Session, source_id: int, *, now: datetime) -> None:
    """What was tried on the other card is history: it must not go on, nor stand for the newest attempt."""
    theirs = (Attempt.candidate_id == source_id, Attempt.merged_at.is_(None))
    session.execute(update(Attempt).where(*theirs).values(merged_at=now).execution_options(synchronize_session=False))


def _choose_main_contact(session: Session, source_id: int, target_id: int) -> None:
    """All accounts stay known; the main one is the target's, unless only the other can be written to."""
    mains = select(Contact).where(Contact.candidate_id.in_((source_id, target_id)), Contact.main)
    by_owner = {contact.candidate_id: contact for contact in session.scalars(mains)}
    own, other = by_owner.get(target_id), by_owner.get(source_id)
    if own is not None and other is not None:
        gives_way = own if own.unreachable_since is not None and other.unreachable_since is None else other
        gives_way.main = False
        session.flush()


def _begin_anew(session: Session, source_id: int) -> None:
    """A conversation that is taken over begins with what is due, not with what was open on the other card."""
    neutral: dict[str, Any] = {"prompt": "nothing", "answer_id": None, "data": {}}
    session.execute(update(_talks).where(_talks.c.candidate_id == source_id).values(neutral))


def _close_one_of_two_chats(session: Session, source_id: int, target_id: int, *, now: datetime) -> None:
    """A person has one open conversation with a human: the one where a human is there for longer, else the target's.

    It holds what was written in both, and whoever waits for an answer in either of them waits in that one.
    """
    is_open = (_chats.c.candidate_id.in_((source_id, target_id)), _chats.c.closed_at.is_(None))
    chats = session.execute(select(_chats).where(*is_open)).all()
    if len(chats) < 2:
        return
    goes_on = max(
        chats, key=lambda chat: (chat.human_until is not None, chat.human_until or now, chat.candidate_id == target_id)
    )  # fmt: skip
    closed = {"closed_at": now, "human_until": None, "unread_since": None}
    session.execute(update(_chats).where(*is_open, _chats.c.id != goes_on.id).values(closed))
    waits = {
        "unread_since": min((chat.unread_since for chat in chats if chat.unread_since), default=None),
        "said_at": max((chat.said_at for chat in chats if chat.said_at), default=None),
    }
    session.execute(update(_chats).where(_chats.c.id == goes_on.id).values(waits))


def _look_again_on_the_earlier_day(session: Session, source_id: int, target_id: int) -> None:
    other = _days.alias("other")
    is_later = exists().where(other.c.candidate_id == source_id, other.c.due_on < _days.c.due_on).correlate(_days)
    session.execute(delete(_days).where(_days.c.candidate_id == target_id, is_later))


def _prefer_settled(session: Session, name: str, key: str, source_id: int, target_id: int) -> None:
    """On a list that names both, whoever had their turn already stands for the person: nobody gets a second one.

    Who was passed over got nothing: the other card, which perhaps can be written to, keeps its turn.
    """
    people = _named(name, key, "candidate_id", "state")
    other = people.alias("other")
    is_further = exists().where(
        other.c.candidate_id == source_id, other.c[key] == people.c[key], _turn(other) > _turn(people)
    )
    session.execute(delete(people).where(people.c.candidate_id == target_id, is_further.correlate(people)))


def _turn(people: FromClause) -> ColumnElement[int]:
    return case((people.c.state == "skipped", 0), (people.c.state == "waiting", 1), else_=2)


def _drop_doubles(session: Session, reference: Reference, source_id: int, target_id: int) -> None:
    """Where a key names a candidate once, what the target has stands for both."""
    for others in reference.keys:
        rows = _named(reference.table, reference.column, *others)
        other = rows.alias("other")
        same = and_(
            other.c[reference.column] == target_id, *(other.c[name] == rows.c[name] for name in others)
        )  # fmt: skip
        double = exists().where(same).correlate(rows)
        session.execute(delete(rows).where(rows.c[reference.column] == source_id, double))
