"""Files on a candidate's card: kept, taken, taken away."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ScalarSelect, SQLColumnExpression, func, select
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session, undefer

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.errors import BadInput, NotFound
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.notes.models import File

LONGEST_FILE_BYTES = 5_000_000
LONGEST_NAME = 150
MOST_FILES = 20  # on one card


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A file as the card lists it; `login` is None when the account is gone."""

    id: int
    name: str
    size_bytes: int
    kept_at: datetime
    login: str | None


def keep(session: Session, candidate: Candidate, name: str, content: bytes, *, actor: Actor, now: datetime) -> File:
    """Keep a file under the last part of its name, without what no file system takes.

    Raises:
        BadInput: it is empty or too large, or the card has enough of them.
    """
    if not content:
        raise BadInput("This file is empty.")
    if len(content) > LONGEST_FILE_BYTES:
        raise BadInput("This file is too large: a card keeps files of up to 5 MB.")
    if session.scalars(select(func.count()).where(File.candidate_id == candidate.id)).one() >= MOST_FILES:
        raise BadInput("A card keeps at most 20 files. Take one away first.")
    file = File(
        candidate_id=candidate.id, account_id=actor.id, name=plain_name(name), size_bytes=len(content), content=content,
        kept_at=now,
    )  # fmt: skip
    session.add(file)
    session.flush()
    _record(session, "file.kept", file, actor=actor, now=now)
    return file


def take_away(session: Session, candidate: Candidate, file_id: int, *, actor: Actor, now: datetime) -> None:
    """The file is gone; the history keeps its name.

    Raises:
        NotFound: the card has no such file, or no longer.
    """
    file = file_of(session, candidate, file_id)
    session.delete(file)
    _record(session, "file.taken_away", file, actor=actor, now=now)


def _record(session: Session, kind: str, file: File, *, actor: Actor, now: datetime) -> None:
    whose = file.candidate_id
    record(session, kind, actor=actor, now=now, candidate_id=whose, subject_id=file.id, name=file.name)


def file_of(session: Session, candidate: Candidate, file_id: int, *, with_content: bool = False) -> File:
    """A file of this very card.

    Raises:
        NotFound
    """
    wanted = select(File).where(File.id == file_id, File.candidate_id == candidate.id)
    file = session.scalar(wanted.options(undefer(File.content)) if with_content else wanted)
    if file is None:
        raise NotFound
    return file


def plain_name(typed: str) -> str:
    """A name without folders and invisible characters; of a long one the end is kept, which says what it is."""
    name = "".join(letter for letter in typed.replace("\\", "/").rpartition("/")[2] if letter.isprintable()).strip(" .")
    return name[-LONGEST_NAME:] or "file"


def listed_files(candidate_id: SQLColumnExpression[int]) -> ScalarSelect[Any]:
    """As SQL: the files of a card, newest first, as one value that `read_files` reads."""
    line = func.json_build_object(
        "id", File.id, "name", File.name, "size_bytes", File.size_bytes, "kept_at", File.kept_at, "login", Account.login
    )
    lines = select(func.json_agg(aggregate_order_by(line, File.id.desc()))).outerjoin(
        Account, Account.id == File.account_id
    )
    return lines.where(File.candidate_id == candidate_id).scalar_subquery()


def read_files(value: Sequence[dict[str, Any]] | None) -> list[Kept]:
    """What `listed_files` found."""
    return [Kept(**{**line, "kept_at": datetime.fromisoformat(line["kept_at"])}) for line in value or ()]
