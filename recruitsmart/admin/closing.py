"""Closing hours: what becomes of each booking is shown and chosen first, then all of it happens at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from sqlalchemy import select
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin import typed
from recruitsmart.admin.base import Access, Page, actor, carried_out, chosen_id, is_id, me
from recruitsmart.admin.sentences import sentence_of
from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.errors import BadInput, NotFound, SlotClosed
from recruitsmart.domain.slots import closing, desk
from recruitsmart.domain.slots.closing import Proposal
from recruitsmart.domain.slots.models import Slot
from recruitsmart.domain.slots.rules import FreeHour
from recruitsmart.extensions import db
from recruitsmart.web.addresses import inside

CANCEL = "cancel"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A booking of the hours to close, what is proposed for it, and what else could be chosen."""

    proposal: Proposal
    options: Sequence[FreeHour]
    chosen: str


@dataclass(frozen=True, kw_only=True)
class AskedDays:
    """Whose days are to be closed, as the form has it; without a last day it is the first one alone."""

    recruiters: Sequence[Recruiter]
    recruiter: Recruiter | None
    first_on: date | None
    last_on: date | None


class Closing(Page):
    """One hour, or all of a recruiter's on one day or several."""

    reads = Access.WORK

    def is_visible(self) -> bool:
        return False

    @expose("/", methods=["GET", "POST"])
    def index(self) -> str | Response:
        try:
            slots = desk.open_slots_in(db.session, _slot_ids(), me().scope, now=clock.now())
            if _is_for_others(slots):
                return redirect(_back())
            if request.method == "POST" and _closed(slots):
                return redirect(_back(recruiter=slots[0].recruiter_id))
            if request.method == "POST":  # what was in the way may be that a colleague has closed them meanwhile
                slots = desk.open_slots_in(db.session, [slot.id for slot in slots], me().scope, now=clock.now())
        except SlotClosed as error:
            flash(sentence_of(error), "error")
            return redirect(_back())
        return self._page(slots)

    @expose("/day")
    def day(self) -> str:
        now, asked = clock.now(), _asked_days()
        if asked.recruiter is None or asked.first_on is None or asked.last_on is None:
            return self.render("panel/closing_day.html", asked=asked)
        try:
            found = closing.hours_of_days(db.session, asked.recruiter, asked.first_on, asked.last_on, now=now)
        except BadInput as error:
            flash(sentence_of(error), "error")
            return self.render("panel/closing_day.html", asked=asked)
        if not found:
            flash(_("There are no open hours ahead on these days."), "error")
            return self.render("panel/closing_day.html", asked=asked)
        seen = desk.hours_seen(db.session, found, me().scope)
        _say_what_stays(len(found) - len(seen))
        if not seen or _is_for_others(slots := desk.open_slots_in(db.session, seen, me().scope, now=now)):
            return self.render("panel/closing_day.html", asked=asked)
        return self._page(slots, asked=asked)

    def _page(self, slots: Sequence[Slot], *, asked: AskedDays | None = None) -> str:
        choices = [_choice(one) for one in closing.propose(db.session, [slot.id for slot in slots], now=clock.now())]
        if any(not me().scope.includes(choice.proposal.booking.candidate.city_id) for choice in choices):
            raise NotFound
        return self.render(
            "panel/closing.html",
            slots=slots,
            choices=choices,
            recruiter_of=_names(choices),
            reason=request.form.get("reason", ""),
            back=_back(),
            asked=asked,
        )


def _say_what_stays(hours: int) -> None:
    """A recruiter may have hours in a city of others, from when it was theirs."""
    if hours:
        flash(
            _(
                "Hours of these days in cities that are not yours stay open: %(count)s."
                " An administrator can close them.",
                count=hours,
            ),
            "error",
        )


def _is_for_others(slots: Sequence[Slot]) -> bool:
    """Whether people are booked here of whom this account may see nothing; who can close it then has been said."""
    cities = desk.cities_out_of_sight(db.session, [slot.id for slot in slots], me().scope)
    if cities:
        flash(
            _(
                "People of a city that is not yours any more are booked here too (%(cities)s). An administrator can"
                " move them and close the hours.",
                cities=", ".join(cities),
            ),
            "error",
        )
    return bool(cities)


def _asked_days() -> AskedDays:
    recruiters = desk.recruiters_to_close(db.session, me().scope, now=clock.now())
    first_on = typed.day_or_none(request.args.get("day", ""))
    return AskedDays(
        recruiters=recruiters,
        recruiter=next((row for row in recruiters if row.id == chosen_id("recruiter")), None),
        first_on=first_on,
        last_on=typed.day_or_none(request.args.get("last", "")) or first_on,
    )


def _back(**values: int) -> str:
    """Where the way here began: the calendar, or the list of hours."""
    return inside(request.values.get("back"), otherwise=url_for("slots.index", **values))


def _slot_ids() -> list[int]:
    return [int(number) for number in request.values.getlist("slot") if is_id(number)][: closing.MOST_HOURS]


def _closed(slots: Sequence[Slot]) -> bool:
    """Whether the plan of the form was carried out; if not, why has been said."""
    ids, plan, now = [slot.id for slot in slots], _plan(request.form), clock.now()

    def work() -> None:
        _refuse_foreign(plan, now=now)
        why = typed.reason(request.form.get("reason", "")) if plan else ""
        closing.close(db.session, ids, plan, reason=why, actor=actor(), now=now)

    return carried_out(work, done=_("Closed; everybody concerned is being told.") if plan else _("Closed."))


def _plan(form: Mapping[str, str]) -> dict[int, int | None]:
    """Booking id → the slot chosen for it, None for a cancellation, as the form has it."""
    plan: dict[int, int | None] = {}
    for name, chosen in form.items():
        number = name.removeprefix("plan-")
        if name != number and is_id(number):
            plan[int(number)] = int(chosen) if is_id(chosen) else None
    return plan


def _refuse_foreign(plan: Mapping[int, int | None], *, now: datetime) -> None:
    cities = desk.cities_of(db.session, plan, me().scope)
    wanted: dict[int, set[int | None]] = {}
    for booking_id, slot_id in plan.items():
        if slot_id is not None and booking_id in cities:
            wanted.setdefault(slot_id, set()).add(cities[booking_id])
    desk.refuse_hours_elsewhere(db.session, wanted, now=now)


def _choice(proposal: Proposal) -> Choice:
    options = sorted(proposal.near, key=lambda hour: hour.starts_at)
    if proposal.hour is not None and proposal.hour not in options:
        options.append(proposal.hour)
    typed_choice = request.form.get(f"plan-{proposal.booking.id}", "")
    known = {CANCEL, *(str(hour.slot_id) for hour in options)}
    return Choice(
        proposal=proposal,
        options=options,
        chosen=typed_choice if typed_choice in known else str(_proposed(proposal) or CANCEL),
    )


def _proposed(proposal: Proposal) -> int | None:
    return None if proposal.hour is None else proposal.hour.slot_id


def _names(choices: Iterable[Choice]) -> dict[int, str]:
    ids = {hour.recruiter_id for choice in choices for hour in choice.options}
    found = db.session.execute(select(Recruiter.id, Recruiter.name).where(Recruiter.id.in_(ids)))
    return {row.id: row.name for row in found}
