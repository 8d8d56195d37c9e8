"""Today: whom I meet, what waits for my answer, whom to call, and what went wrong."""

from typing import Any

from flask_admin import expose

from recruitsmart import clock
from recruitsmart.admin.base import Page, me
from recruitsmart.admin.moments import own_zone
from recruitsmart.domain.pipeline import today
from recruitsmart.domain.pipeline.today import Whose
from recruitsmart.domain.slots.ahead import free_seats
from recruitsmart.extensions import db

DAYS_AHEAD = 7


class Today(Page):
    """The first page after the login; each number is defined in `domain/pipeline/today.py`."""

    @expose("/")
    def index(self) -> str:
        recruiter = me().account.recruiter
        whose = Whose(scope=me().scope, recruiter_id=None if recruiter is None else recruiter.id)
        return self.render("panel/today.html", is_own=recruiter is not None, zone=own_zone(), **_figures(whose))


def _figures(whose: Whose) -> dict[str, Any]:
    session, scope, zone, now = db.session, whose.scope, own_zone(), clock.now()
    return {
        "today": now.astimezone(zone).date(),
        "meetings": today.meetings_today(session, whose, zone, now=now),
        "groups": today.groups_today(session, whose, zone, now=now),
        "unconfirmed": today.unconfirmed(session, whose, zone, now=now),
        "requests": today.requests(session, scope),
        "undecided": today.undecided(session, scope),
        "waiting": today.longest_waiting(session, scope),
        "again": today.looks_again(session, scope, zone, now=now),
        "calls": today.first_to_call(session, scope, now=now),
        "ahead": free_seats(session, scope, zone, days=DAYS_AHEAD, now=now),
        "trouble": today.trouble(session, scope, now=now),
    }
