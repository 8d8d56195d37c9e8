"""System: are all processes alive, what is behind, who signed in or tried to, and with which settings this runs."""

from flask import current_app
from flask_admin import expose

from config.settings import shown
from recruitsmart import clock
from recruitsmart.admin.base import Access, Page, chosen_id, me
from recruitsmart.domain.directory import signing_in
from recruitsmart.domain.pipeline import today
from recruitsmart.domain.pipeline.erasure_wishes import who_asked
from recruitsmart.extensions import db
from recruitsmart.web.health import whole_report

ATTEMPTS_SHOWN = 50
WISHES_SHOWN = 50


class System(Page):
    """What an operator asks first. The same report as `/health/workers`, in words."""

    reads = writes = Access.DIRECT

    @expose("/")
    def index(self) -> str:
        found = signing_in.latest_attempts(db.session, before_id=chosen_id("before"), limit=ATTEMPTS_SHOWN + 1)
        attempts = found[:ATTEMPTS_SHOWN]
        return self.render(
            "panel/system.html",
            report=whole_report(),
            trouble=today.trouble(db.session, me().scope, now=clock.now()),
            to_erase=who_asked(db.session, limit=WISHES_SHOWN),
            attempts=attempts,
            next_before=attempts[-1].id if len(found) > ATTEMPTS_SHOWN else None,
            settings=shown(current_app.config["SETTINGS"]),
        )
