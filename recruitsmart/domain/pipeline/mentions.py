"""Where somebody may be named outside what belongs to them: filters and words of lists, files of people, reasons.

Lists lie above this subject or beside it, and a worker need not have imported their models: they are known by name.
"""

import re
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    SQLColumnExpression,
    String,
    TableClause,
    and_,
    cast,
    column,
    func,
    or_,
    select,
    table,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate, Contact, folded
from recruitsmart.domain.candidates.queries import LEAST_DIGITS, national
from recruitsmart.domain.intake.models import Intake, IntakeLine, LineState
from recruitsmart.domain.intake.operations import NO_WORDS
from recruitsmart.domain.journal.models import Entry

NOBODY = "—"  # in a filter it finds nobody: no draft reaches more people because somebody was forgotten
_LOST_WORDS = ("candidate.merged", "candidate.corrected")  # entries that keep what the card no longer says
_FREE_WORDS = ("slot.closed",)  # entries about no candidate in which staff say why

# In the order in which they are locked; the column beside the filter holds words of staff, which stay in these states:
# many people are just being told them, and anybody may register with a name that stands in them.
_LISTS: tuple[tuple[TableClause, str, tuple[str, ...]], ...] = (
    (
        table(
            "broadcasts",
            column("id"),
            column("state"),
            column("wanted", JSONB),
            column("bodies", JSONB),
            column("revision"),
        ),
        "bodies",
        ("running", "paused"),
    ),
    (table("batches", column("id"), column("state"), column("wanted", JSONB), column("details", JSONB)), "details", ()),
)


@dataclass(frozen=True, kw_only=True)
class Person:
    """By what somebody can be recognised; `earlier` are names and phones that cards said which are one with this."""

    reference: str
    full_name: str = ""
    phone: str = ""
    usernames: tuple[str, ...] = ()
    earlier: tuple[str, ...] = ()

    @property
    def said(self) -> list[str]:
        """Names and phones, those of now and the earlier ones: what recruiters have read."""
        return [name for name in (self.full_name, self.phone, *self.earlier) if name]

    @property
    def names(self) -> list[str]:
        """What tells of this person wherever it stands."""
        return [*self.said, *self.usernames]


def person_of(session: Session, candidate: Candidate) -> Person:
    """What is known of a candidate now."""
    usernames = select(Contact.username).where(Contact.candidate_id == candidate.id, Contact.username.is_not(None))
    lost = select(Entry.details).where(Entry.candidate_id == candidate.id, Entry.kind.in_(_LOST_WORDS))
    earlier = [details.get(part) for details in session.scalars(lost) for part in ("full_name", "phone")]
    return Person(
        reference=candidate.reference,
        full_name=candidate.full_name or "",
        phone=candidate.phone or "",
        usernames=tuple(name for name in session.scalars(usernames) if name),
        earlier=tuple(words for words in earlier if words),
    )


def finds(words: str, person: Person) -> bool:
    """Whether a list filtered by these words would show the person, as `candidates.queries` does."""
    keys = [key for word in words.split() if (key := folded(word))]
    if keys and any(all(key in folded(name) for key in keys) for name in (person.full_name, *person.earlier)):
        return True
    digits = "".join(char for char in words if char.isdecimal())
    if len(digits) >= LEAST_DIGITS and any(national(digits) in phone for phone in (person.phone, *person.earlier)):
        return True
    typed = "".join(words.split()).removeprefix("@").lower()
    return bool(typed) and any(typed in username.lower() for username in person.usernames)


def forget(session: Session, person: Person) -> None:
    """Take the person's names out of lists, files and reasons. Locks the lists that are changed."""
    for rows, words, staying in _LISTS:
        _forget_in_lists(session, rows, words, person, staying=staying)
    _forget_in_files(session, person)
    if person.names:
        said = Entry.kind.in_(_FREE_WORDS), _says(cast(Entry.details, String), person)
        session.execute(update(Entry).where(*said).values(details={}).execution_options(synchronize_session=False))


def _says(words: ColumnElement[str], person: Person) -> ColumnElement[bool]:
    return or_(*(tell(words, name) for name in person.names))


def tell(words: SQLColumnExpression[str], name: str) -> ColumnElement[bool]:
    """Whether words say this name or phone, and no longer one that only begins or ends alike."""
    return and_(words.icontains(name, autoescape=True), words.regexp_match(_whole(name), flags="i"))


def _whole(name: str) -> str:
    """For Python and for Postgres."""
    return rf"(?<!\w){re.escape(name)}(?!\w)"


def _forget_in_lists(
    session: Session, rows: TableClause, words: str, person: Person, *, staying: tuple[str, ...]
) -> None:
    wanted, said = rows.c.wanted, rows.c[words]
    may_tell = [wanted.has_key("words"), wanted["references"].has_key(person.reference)]
    if person.names:
        may_tell.append(_says(cast(said, String), person))
    stay = rows.c.state.in_(staying)
    found = select(rows.c.id, wanted, said, stay).where(or_(*may_tell)).order_by(rows.c.id).with_for_update()
    for number, kept_filter, kept_words, they_stay in session.execute(found).all():
        nameless = kept_words if they_stay else _nameless(kept_words, person)
        new = {"wanted": _without(kept_filter, person), words: nameless}
        if new != {"wanted": kept_filter, words: kept_words}:
            grown = {"revision": rows.c.revision + 1} if "revision" in rows.c else {}
            session.execute(update(rows).where(rows.c.id == number).values(**new, **grown))


def _without(wanted: dict[str, Any], person: Person) -> dict[str, Any]:
    """A filter that no longer names the person, and finds nobody more than before."""
    changed = dict(wanted)
    if finds(wanted.get("words", ""), person):
        changed["words"] = NOBODY
    if person.reference in wanted.get("references", ()):
        changed["references"] = [NOBODY if one == person.reference else one for one in wanted["references"]]
    return changed


def _nameless(words: dict[str, Any], person: Person) -> dict[str, Any]:
    return {name: _unnamed(value, person) if isinstance(value, str) else value for name, value in words.items()}


def _unnamed(words: str, person: Person) -> str:
    for name in person.names:
        words = re.sub(_whole(name), NOBODY, words, flags=re.IGNORECASE)
    return words


def _forget_in_files(session: Session, person: Person) -> None:
    """Lines that came to nothing belong to nobody; they go by what stands in them.

    Files write names in any order and in several columns, and phones as people do.
    """
    if not person.names:
        return
    files = update(Intake).where(_says(cast(Intake.file_name, String), person)).values(file_name=NOBODY)
    session.execute(files.execution_options(synchronize_session=False))  # a file is locked before its lines
    cells = func.array_to_string(IntakeLine.cells, "\n")
    told = [_says(cells, person)]
    if person.full_name:
        parts = (cells.icontains(word, autoescape=True) for word in person.full_name.split())
        told.append(and_(IntakeLine.state != LineState.WAITING, *parts))  # one that waits may be a namesake's
    if person.phone:
        digits = func.regexp_replace(cells, r"[^0-9\n]", "", "g")
        told.append(and_(IntakeLine.phone.is_(None), digits.contains(national(person.phone.removeprefix("+")))))
    lines = update(IntakeLine).where(IntakeLine.cells != [], or_(*told))
    session.execute(lines.values(**NO_WORDS).execution_options(synchronize_session=False))
