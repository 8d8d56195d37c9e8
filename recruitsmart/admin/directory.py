"""The directory: cities and recruiters."""

from typing import Any

from flask import flash, g, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from markupsafe import Markup
from sqlalchemy.orm import Query, selectinload, undefer
from wtforms import Form, StringField

from recruitsmart import clock
from recruitsmart.admin.base import actor
from recruitsmart.admin.fields import ZoneField, bounded, bounded_or_empty, short
from recruitsmart.admin.moments import moment
from recruitsmart.admin.reasons import reason_word
from recruitsmart.admin.rows import Table
from recruitsmart.domain.directory.access import EVERYTHING
from recruitsmart.domain.directory.models import City, Recruiter
from recruitsmart.domain.directory.queries import cities_in
from recruitsmart.domain.pipeline import directory
from recruitsmart.domain.slots.desk import bookings_ahead
from recruitsmart.domain.slots.reminding import count_to_replan
from recruitsmart.extensions import db

TEN_DAYS_IN_MINUTES = 14_400
TWO_WEEKS_IN_MINUTES = 20_160


def _yes_no(view: Any, context: Any, model: Any, name: str) -> str:
    return _("yes") if getattr(model, name) else _("no")


def _joined(view: Any, context: Any, model: Any, name: str) -> str:
    return ", ".join(str(part) for part in getattr(model, name)) or "—"


def active_pill(view: Any, context: Any, model: Any, name: str) -> Markup:
    tone, label = ("good", _("active")) if model.active else ("off", _("not active"))
    return Markup('<span class="pill {}">{}</span>').format(tone, label)


def _telegram(view: Any, context: Any, model: Recruiter, name: str) -> Markup:
    """Whether the recruiter is told things in Telegram, and since when not."""
    if model.chat_id is None:
        return Markup('<span class="muted">{}</span>').format(_("not linked"))
    if model.unreachable_since is None:
        return Markup('<span class="pill good">{}</span>').format(_("linked"))
    since = _("since %(moment)s", moment=moment(model.unreachable_since))
    pill = Markup('<span class="pill bad">{}</span> <span class="muted">{}, {}</span>')
    return pill.format(_("cannot be reached"), reason_word(model.unreachable_reason), since)


class Cities(Table):
    """Places where people are hired, each with its booking policy."""

    new_name = _l("New city")
    column_list = ["name", "aliases", "time_zone", "address", "approval_required", "active"]
    column_searchable_list = ["name"]
    column_default_sort = "name"
    column_formatters = {"aliases": _joined, "approval_required": _yes_no, "active": active_pill}
    column_labels = {
        "name": _l("Name of the city"),
        "aliases": _l("Other names"),
        "time_zone": _l("Time zone"),
        "address": _l("Office address"),
        "map_url": _l("Link to the map"),
        "contact_person": _l("Contact person"),
        "intro_day_note": _l("What to bring to an introductory day"),
        "active": _l("Active"),
        "phone_required": _l("Phone number is required"),
        "approval_required": _l("A recruiter must approve each booking"),
        "recruiter_choice": _l("Who picks the recruiter"),
        "minimum_notice_minutes": _l("Shortest notice, minutes"),
        "horizon_days": _l("Bookable ahead, days"),
        "change_deadline_minutes": _l("Change or cancel until, minutes before"),
        "test2_after_minutes": _l("Invitation to Test 2, minutes after the interview was passed"),
        "weekly_plan": _l("Plan: people to hire a week"),
        "quiet_from": _l("No reminders from"),
        "quiet_until": _l("No reminders until"),
        "first_reminder_minutes": _l("First reminder, minutes before"),
        "second_reminder_minutes": _l("Second reminder, minutes before"),
        "last_reminder_minutes": _l("Last reminder, minutes before"),
    }
    column_descriptions = {
        "aliases": _l("With commas between them: as people write the city."),
        "time_zone": _l("As in the IANA list, for example Asia/Yekaterinburg."),
        "intro_day_note": _l("The invitation and its reminders say so, with the address, the map and the contact."),
        "test2_after_minutes": _l("0: at once. A later one waits until the quiet hours are over."),
        "weekly_plan": _l("Analytics says how much of it is done. Empty: no plan."),
        "quiet_from": _l("Local time in the city; may span midnight."),
        "first_reminder_minutes": _l("1440 is a day. Empty: no such reminder."),
        "second_reminder_minutes": _l("180 is three hours. Empty: no such reminder."),
        "last_reminder_minutes": _l("With the link or the address; everybody gets it."),
    }
    form_columns = list(column_labels)
    form_overrides = {"time_zone": ZoneField, "map_url": StringField, "contact_person": StringField}
    form_args = {
        "name": short(120),
        "intro_day_note": short(1000),
        "minimum_notice_minutes": bounded(0, TEN_DAYS_IN_MINUTES),
        "horizon_days": bounded(1, 365),
        "change_deadline_minutes": bounded(0, TEN_DAYS_IN_MINUTES),
        "test2_after_minutes": bounded(0, TWO_WEEKS_IN_MINUTES),
        "weekly_plan": bounded_or_empty(1, 10_000),
        "first_reminder_minutes": bounded_or_empty(35, TWO_WEEKS_IN_MINUTES),
        "second_reminder_minutes": bounded_or_empty(35, TWO_WEEKS_IN_MINUTES),
        "last_reminder_minutes": bounded(5, 180),
    }

    def update_model(self, form: Form, model: City) -> bool:
        """Save; but first say how many bookings' reminders a change of their hours concerns."""
        if self.has_changed(model):  # before that question: the form it is put into has the newest revision
            return super().update_model(form, model)
        changes = any(form[name].data != getattr(model, name) for name in directory.REMINDER_RULES)
        if changes and "replan_seen" not in request.form:
            concerned = count_to_replan(db.session, model, now=clock.now())
            if concerned:
                g.asked = {"replan_seen": "1"}
                flash(
                    _(
                        "Bookings ahead whose reminders this changes: %(count)s. Save again to change them.",
                        count=concerned,
                    ),
                    "error",
                )
                return False
        return super().update_model(form, model)

    def on_model_change(self, form: Form, model: City, is_created: bool) -> None:
        replanned = directory.save_city(db.session, model, actor=actor(), now=clock.now())
        if replanned:
            flash(_("Bookings with reminders planned anew: %(count)s.", count=replanned), "success")


class Recruiters(Table):
    """People who meet candidates."""

    new_name = _l("New recruiter")
    column_auto_select_related = False  # `get_query` says what is loaded along
    column_list = ["name", "cities", "time_zone", "buffer_minutes", "daily_cap", "chat_id", "active"]
    column_searchable_list = ["name"]
    column_default_sort = "name"
    column_sortable_list = ["name", "time_zone", "buffer_minutes", "daily_cap", "active"]
    column_formatters = {"cities": _joined, "chat_id": _telegram, "active": active_pill}
    column_labels = {
        "name": _l("Name"),
        "time_zone": _l("Time zone"),
        "cities": _l("Cities"),
        "meeting_url": _l("Meeting link"),
        "buffer_minutes": _l("Pause after each hour, minutes"),
        "daily_cap": _l("At most a day"),
        "weight": _l("Weight"),
        "active": _l("Active"),
        "chat_id": "Telegram",
    }
    column_descriptions = {
        "time_zone": _l("As in the IANA list, for example Asia/Yekaterinburg."),
        "weight": _l("Of two free recruiters the one with the greater weight is offered first."),
        "daily_cap": _l("Empty: no limit."),
    }
    form_columns = [name for name in column_labels if name != "chat_id"]
    form_overrides = {"time_zone": ZoneField, "meeting_url": StringField}
    form_args = {
        "name": short(200),
        "buffer_minutes": bounded(0, 720),
        "daily_cap": bounded(1, 500),
        "weight": bounded(0, 100),
        "cities": {"query_factory": lambda: cities_in(db.session, EVERYTHING)},
    }

    def get_query(self) -> Query[Recruiter]:
        return super().get_query().options(selectinload(Recruiter.cities), undefer(Recruiter.unreachable_since))

    def on_model_change(self, form: Form, model: Recruiter, is_created: bool) -> None:
        directory.save_recruiter(db.session, model, actor=actor(), now=clock.now())
        expected = 0 if model.active else bookings_ahead(db.session, model, now=clock.now())
        if expected:
            flash(
                _("People whom this recruiter still meets: %(count)s. Close these days in time.", count=expected),
                "error",
            )
