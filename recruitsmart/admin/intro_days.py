"""Introductory days: which there are, and the list to tick on the day."""

from datetime import timedelta

from flask import redirect, request
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import PAGE_SIZE, Page, actor, back_to, carried_out, me, page_number
from recruitsmart.admin.moments import own_zone
from recruitsmart.domain.slots import groups
from recruitsmart.domain.slots.groups import ListedGroup
from recruitsmart.domain.slots.models import CAME
from recruitsmart.domain.slots.rules import midnight
from recruitsmart.extensions import db

BEFORE, AHEAD = timedelta(days=14), timedelta(days=366)


class IntroDays(Page):
    """The days ahead (today's first) or those of the last two weeks, and the people of one of them."""

    @expose("/")
    def index(self) -> str:
        number, is_past = page_number(), request.args.get("tab") == "past"
        listed = _listed(is_past, offset=PAGE_SIZE * (number - 1))
        return self.render(
            "panel/intro_days.html", is_past=is_past, groups=listed[:PAGE_SIZE], more=len(listed) > PAGE_SIZE,
            number=number, zone=own_zone(),
        )  # fmt: skip

    @expose("/<int:slot_id>")
    def day(self, slot_id: int) -> str:
        group = groups.group_in(db.session, slot_id, me().scope)
        return self.render("panel/intro_day.html", group=group, came=CAME)

    @expose("/<int:slot_id>/all-came", methods=["POST"])
    def all_came(self, slot_id: int) -> Response:
        scope = me().scope
        carried_out(
            lambda: groups.all_came(db.session, slot_id, scope, actor=actor(), now=clock.now()),
            done=_("Noted: everybody came. Correct whoever did not."),
        )
        return redirect(back_to(".day", slot_id=slot_id))


def _listed(is_past: bool, *, offset: int) -> list[ListedGroup]:
    zone, now = own_zone(), clock.now()
    today = midnight(now.astimezone(zone).date(), zone)
    start, end = (today - BEFORE, today) if is_past else (today, today + AHEAD)
    return groups.groups_between(db.session, me().scope, start, end, limit=PAGE_SIZE + 1, offset=offset)
