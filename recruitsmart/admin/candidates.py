"""Candidates: the list and the card."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from flask import request
from flask_admin import expose

from recruitsmart import clock
from recruitsmart.admin.base import PAGE_SIZE, Page, counted, is_id, me
from recruitsmart.admin.history import in_words
from recruitsmart.admin.timeline import coming, newest_first
from recruitsmart.domain.assessments.queries import attempts_of
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Place, Wanted, by_reference, list_page, matching
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.queries import cities_in
from recruitsmart.domain.journal.queries import history_of
from recruitsmart.domain.messaging.queries import messages_to
from recruitsmart.domain.slots.desk import recently_ended_of
from recruitsmart.domain.slots.listing import live_of
from recruitsmart.domain.slots.reminding import planned_for
from recruitsmart.extensions import db

Choice = TypeVar("Choice", bound=StrEnum)


class Candidates(Page):
    """Everybody who pressed Start, newest first."""

    @expose("/")
    def index(self) -> str:
        wanted, scope = asked(request.args), me().scope
        found = matching(scope, wanted)
        page = list_page(db.session, found, after=_after(), limit=PAGE_SIZE + 1)
        shown = page[:PAGE_SIZE]
        return self.render(
            "panel/candidates.html",
            candidates=shown,
            wanted=wanted,
            total=counted(found),
            next_place=_as_place(shown[-1]) if len(page) > PAGE_SIZE else None,
            cities=cities_in(db.session, scope),
        )

    @expose("/<reference>")
    def card(self, reference: str) -> str:
        candidate, now = by_reference(db.session, reference, me().scope), clock.now()
        live = live_of(db.session, candidate.id)
        return self.render(
            "panel/card.html",
            candidate=candidate,
            coming=[one for booking in live for one in coming(booking, planned_for(db.session, booking, now=now))],
            bookings=[
                *live,
                *recently_ended_of(db.session, candidate.id, now=now),
            ],
            attempts=attempts_of(db.session, candidate.id),
            messages=messages_to(db.session, candidate.id),
            newest_first=newest_first,
            history=in_words(db.session, history_of(db.session, candidate.id)),
        )


def asked(typed: Mapping[str, str]) -> Wanted:
    """The filter as a form or an address has it; nonsense is left out."""
    city = typed.get("city", "")
    return Wanted(
        words=typed.get("q", "").replace("\0", "")[:200],
        stage=_one_of(Stage, typed.get("stage", "")),
        outcome=_one_of(Outcome, typed.get("outcome", "")),
        city_id=int(city) if is_id(city) else None,
    )


def _one_of(kind: type[Choice], typed: str) -> Choice | None:
    return kind(typed) if typed in {member.value for member in kind} else None


def _as_place(candidate: Candidate) -> str:
    return f"{candidate.created_at.isoformat()}_{candidate.id}"


def _after() -> Place | None:
    moment, _, number = request.args.get("after", "").partition("_")
    try:
        created_at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    if created_at.tzinfo is None or not is_id(number):
        return None
    return Place(created_at=created_at, id=int(number))
