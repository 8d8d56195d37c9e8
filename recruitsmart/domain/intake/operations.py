"""Bringing a file with people, naming its columns, starting and stopping it; each takes the lock of the file's row."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, update
from sqlalchemy.orm import Session

from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.queries import cities_in
from recruitsmart.domain.errors import BadInput, Changed, NotFound
from recruitsmart.domain.intake import queries
from recruitsmart.domain.intake.models import Intake, IntakeLine, IntakeState, LineState
from recruitsmart.domain.intake.rules import SOURCE, Field, guessed
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.timers.operations import set_timer

FORGETS = "intake.forgets"
KEPT = timedelta(days=30)
MOST_LINES = 20_000
MOST_COLUMNS = 50
# A line without anybody's words; its reason quotes some of them.
NO_WORDS: dict[str, Any] = {
    "cells": [], "phone": None, "why": func.regexp_replace(IntakeLine.why, "“[^”]*”", "“…”", "g"),
}  # fmt: skip
EDITABLE = (IntakeState.UPLOADED, IntakeState.CHECKING, IntakeState.CHECKED)

Row = tuple[int, list[str]]


def bring(session: Session, rows: Sequence[Row], *, file_name: str, actor: Actor, now: datetime) -> Intake:
    """Keep the lines of a file by their numbers; nothing is read into them yet. The words go after a month.

    When the first line names columns that are recognised it is the heading, else it is a line like the others.

    Raises:
        BadInput: the file has no line with a person, or too many.
    """
    if not rows:
        raise BadInput("The file is empty.")
    mapping = guessed(rows[0][1])
    people = rows[1:] if mapping else rows
    if not people:
        raise BadInput("The file has a heading only.")
    if len(people) > MOST_LINES:
        raise BadInput("The file has more than 20,000 lines; divide it.")
    intake = Intake(
        account_id=actor.id, file_name=file_name[:120], headings=rows[0][1] if mapping else [], mapping=mapping,
        source=SOURCE, total=len(people), created_at=now,
    )  # fmt: skip
    session.add(intake)
    session.flush()
    lines = [{"intake_id": intake.id, "number": number, "cells": cells} for number, cells in people]
    session.execute(insert(IntakeLine), lines)
    set_timer(session, FORGETS, intake.id, due_at=now + KEPT)
    return intake


def look(
    session: Session,
    intake_id: int,
    mapping: Mapping[str, int],
    *,
    city_id: int | None,
    source: str,
    scope: Scope,
    actor: Actor,
) -> Intake:
    """Name the columns and begin to look at the lines; nobody is made yet. May be done again, before it is started.

    Raises:
        BadInput: a column is named twice or cannot be, or there is none for the name or the phone.
        NotFound: the city is not among those of the scope.
        Changed: it has been started.
    """
    intake = _locked(session, intake_id, scope, actor)
    if intake.state not in EDITABLE:
        raise Changed
    intake.mapping, intake.city_id = _checked(mapping), city_id
    if city_id is not None and city_id not in {city.id for city in cities_in(session, scope)}:
        raise NotFound
    intake.source = " ".join(source.split())[:64] or SOURCE
    intake.state = IntakeState.CHECKING
    nothing = {"verdict": None, "why": None, "phone": None, "candidate_id": None}
    anew = update(IntakeLine).where(IntakeLine.intake_id == intake.id).values(nothing)
    session.execute(anew.execution_options(synchronize_session=False))
    return intake


def _checked(mapping: Mapping[str, int]) -> dict[str, int]:
    named = {kind.value: mapping[kind.value] for kind in Field if kind.value in mapping}
    if len(set(named.values())) < len(named):
        raise BadInput("A column can hold one thing only.")
    if not all(0 <= column < MOST_COLUMNS for column in named.values()):
        raise BadInput("A file has at most 50 columns.")
    if not {Field.NAME.value, Field.LAST_NAME.value} & named.keys():
        raise BadInput("Say which column holds the name.")
    if Field.PHONE.value not in named:
        raise BadInput("Say which column holds the phone number.")
    return named


def start(
    session: Session, intake_id: int, *, fills: bool, scope: Scope, actor: Actor, now: datetime
) -> Intake:  # fmt: skip
    """Take the lines in; `fills` says whether empty fields of known people are filled. Starting twice changes nothing.

    Raises:
        Changed: the lines have not been looked at as the columns are named now.
    """
    intake = _locked(session, intake_id, scope, actor)
    if intake.started_at is not None:
        return intake
    if intake.state != IntakeState.CHECKED:
        raise Changed
    intake.state, intake.fills, intake.started_at, intake.account_id = IntakeState.RUNNING, fills, now, actor.id
    record(session, "intake.started", actor=actor, now=now, subject_id=intake.id, lines=intake.total)
    return intake


def stop(session: Session, intake_id: int, *, scope: Scope, actor: Actor, now: datetime) -> Intake:
    """End it: lines whose turn has not come make nobody. Stopping twice changes nothing.

    Raises:
        Changed: it is through already, or was never started.
    """
    intake = _locked(session, intake_id, scope, actor)
    if intake.state == IntakeState.STOPPED:
        return intake
    if intake.state != IntakeState.RUNNING:
        raise Changed
    intake.state, intake.ended_at = IntakeState.STOPPED, now
    left = (IntakeLine.intake_id == intake.id, IntakeLine.state == LineState.WAITING)
    stopped = update(IntakeLine).where(*left).values(state=LineState.STOPPED)
    session.execute(stopped.execution_options(synchronize_session=False))
    record(session, "intake.stopped", actor=actor, now=now, subject_id=intake.id)
    return intake


def discard(session: Session, intake_id: int, *, scope: Scope, actor: Actor) -> None:
    """Throw the file away with its lines.

    Raises:
        Changed: it has been started.
    """
    intake = _locked(session, intake_id, scope, actor)
    if intake.state not in EDITABLE:
        raise Changed
    session.delete(intake)


def _locked(session: Session, intake_id: int, scope: Scope, actor: Actor) -> Intake:
    return queries.by_id(session, intake_id, actor.id or 0, scope, lock=True)


def forget(session: Session, intake_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: a month is over; the words of the lines go, and a file that was never taken in goes whole."""
    intake = session.get(Intake, intake_id, with_for_update=True)
    if intake is None:
        return "thrown away"
    if intake.state in EDITABLE:
        session.delete(intake)
        return None
    session.execute(delete(IntakeLine).where(IntakeLine.intake_id == intake_id, IntakeLine.candidate_id.is_(None)))
    session.execute(update(IntakeLine).where(IntakeLine.intake_id == intake_id).values(**NO_WORDS))
    return None
