"""People whom colleagues enter by hand, as a file would: nobody twice, and each with a personal link."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.inviting import invite
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.access import Scope
from recruitsmart.domain.directory.queries import cities_in
from recruitsmart.domain.errors import BadInput, NotFound
from recruitsmart.domain.intake import queries
from recruitsmart.domain.intake.rules import full_name_of, phone_of, username_of
from recruitsmart.domain.intake.taking import KNOWN, OF_COLLEAGUES, TURNS, person_of
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.domain.messaging.texts import DEFAULT_LANGUAGE

BY_HAND = "by_hand"  # the source where nobody named one


@dataclass(frozen=True, kw_only=True)
class Lead:
    """What was typed about a person. `username` is looked up only: the bot learns it by itself."""

    name: str
    phone: str = ""
    username: str = ""
    city_id: int | None = None
    source: str = ""


def enter(session: Session, lead: Lead, *, scope: Scope, actor: Actor, now: datetime) -> Candidate:
    """Make a person who has not written to the bot yet, with a personal link. Waits for files that are being taken in.

    Raises:
        BadInput: the name, the phone or the username is none, the city is missing, or the person is here or may be.
        NotFound: the city is not among those of the scope.
    """
    name, wrong_name = full_name_of(" ".join(lead.name.split()))
    phone, wrong_phone = phone_of(lead.phone.strip()) if lead.phone.strip() else (None, "")
    _username, wrong_username = username_of(lead.username.strip())
    problems = [problem for problem in (wrong_name, wrong_phone, wrong_username) if problem]
    if problems:
        raise BadInput(problems[0])
    _check_city(session, lead.city_id, scope)
    session.execute(select(func.pg_advisory_xact_lock(TURNS)))
    known, unsure = known_as(session, lead)
    if unsure:
        raise BadInput(unsure)
    if known is not None:
        raise BadInput(KNOWN if scope.includes(known.city_id) else OF_COLLEAGUES)
    person = Candidate(
        full_name=name, phone=phone, city_id=lead.city_id, source=" ".join(lead.source.split())[:64] or BY_HAND,
        language=DEFAULT_LANGUAGE, stage_since=now, created_at=now,
    )  # fmt: skip
    session.add(person)
    session.flush()
    record(session, "candidate.entered", actor=actor, now=now, candidate_id=person.id)
    invite(session, person, actor=actor, now=now)
    return person


def _check_city(session: Session, city_id: int | None, scope: Scope) -> None:
    if city_id is None and not scope.is_everything:
        raise BadInput("Choose a city.")
    if city_id is not None and city_id not in {city.id for city in cities_in(session, scope)}:
        raise NotFound


def known_as(session: Session, lead: Lead) -> tuple[Candidate | None, str]:
    """Who is here already with this phone or this name in Telegram, in whatever city; or why that is not sure."""
    phone, _ = phone_of(lead.phone.strip())
    username, _ = username_of(lead.username.strip())
    people = queries.known(session, [phone] if phone else [], [username] if username else [])
    return person_of(people, phone, username)
