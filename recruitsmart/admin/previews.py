"""Hours that could be made, shown before anything is written, then made exactly as shown."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from flask import flash
from flask_babel import gettext as _

from recruitsmart import clock
from recruitsmart.admin.base import made, me
from recruitsmart.admin.sentences import ANSWERABLE, sentence_of, translated
from recruitsmart.admin.words import word
from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.slots import drafting
from recruitsmart.domain.slots.drafting import Checked, Draft
from recruitsmart.domain.slots.importing import Line
from recruitsmart.domain.slots.models import SlotSeries
from recruitsmart.extensions import db

MOST_SHOWN = 500


@dataclass(frozen=True, kw_only=True)
class Row:
    """One hour of a preview; `number` is its line in a file, `problem` why it will not be made."""

    draft: Draft | None
    problem: str | None
    number: int | None = None


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What would be made; `mark` names exactly these hours."""

    rows: Sequence[Row]
    good: int
    mark: str

    @property
    def bad(self) -> int:
        """How many will not be made."""
        return len(self.rows) - self.good

    @property
    def shown(self) -> Sequence[Row]:
        """The rows a page shows: all of them up to a bound, and beyond it those with a problem first."""
        if len(self.rows) <= MOST_SHOWN:
            return self.rows
        return sorted(self.rows, key=lambda row: row.problem is None)[:MOST_SHOWN]


def preview(drafts: Sequence[Draft], *, now: datetime) -> Preview:
    """Drafts with what stands against each; nothing is written."""
    return _of(_row(checked) for checked in drafting.check(db.session, drafts, now=now))


def preview_of_lines(lines: Iterable[Line], *, now: datetime) -> Preview:
    """The lines of a file with their numbers and what stands against each."""
    lines = list(lines)
    checked = iter(drafting.check(db.session, [line.draft for line in lines if line.draft is not None], now=now))
    return _of(
        Row(draft=None, problem=translated(line.problem or ""), number=line.number)
        if line.draft is None
        else _row(next(checked), line.number)
        for line in lines
    )


def _row(checked: Checked, number: int | None = None) -> Row:
    problem = None if checked.problem is None else word(checked.problem)
    return Row(draft=checked.draft, problem=problem, number=number)


def _of(rows: Iterable[Row]) -> Preview:
    rows = list(rows)
    good = [row.draft for row in rows if row.problem is None]
    return Preview(rows=rows, good=len(good), mark=sha256(repr(good).encode()).hexdigest()[:16])


def looked_at(look: Callable[[], Preview]) -> Preview | None:
    """The preview; None when there is none, and why has been said.

    Raises:
        NotFound: answered with 404.
    """
    try:
        return look()
    except NotFound:
        raise
    except ANSWERABLE as error:
        flash(sentence_of(error), "error")
        return None


def make(shown: Preview | None, mark: str) -> SlotSeries | None:
    """Make the hours when they are the very ones that were shown; else say why not, with nothing made."""
    if shown is None:
        return None
    if shown.mark != mark:
        flash(_("This is no longer what you saw: look at the hours again, nothing has been made."), "error")
        return None
    drafts = [row.draft for row in shown.rows if row.draft is not None and row.problem is None]
    return made(
        lambda: drafting.make(db.session, drafts, account_id=me().account.id, now=clock.now()),
        done=_("Hours made: %(count)s.", count=shown.good),
    )


def by_id(recruiters: Iterable[Recruiter]) -> dict[int, Recruiter]:
    """Recruiters by their ids, for the rows of a preview."""
    return {recruiter.id: recruiter for recruiter in recruiters}
