"""To call: candidates whom no message reaches any more."""

from flask_admin import expose

from recruitsmart import clock
from recruitsmart.admin.base import PAGE_SIZE, Page, counted, me, page_number
from recruitsmart.domain.slots.calling import calls_page, to_call
from recruitsmart.extensions import db


class Calls(Page):
    """Who has the nearest booked hour comes first; whoever writes to the bot again leaves the list."""

    @expose("/")
    def index(self) -> str:
        calls, number = to_call(me().scope, now=clock.now()), page_number()
        found = calls_page(db.session, calls, offset=PAGE_SIZE * (number - 1), limit=PAGE_SIZE + 1)
        return self.render(
            "panel/calls.html",
            calls=found[:PAGE_SIZE],
            total=counted(calls),
            number=number,
            more=len(found) > PAGE_SIZE,
        )
