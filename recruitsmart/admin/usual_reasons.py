"""The usual reasons: rows that administrators edit, and the same as one press in every form that asks why."""

from typing import Any

from flask import g, request
from flask_babel import lazy_gettext as _l
from wtforms import Form

from recruitsmart import clock
from recruitsmart.admin.base import actor
from recruitsmart.admin.directory import active_pill
from recruitsmart.admin.fields import bounded, short
from recruitsmart.admin.moments import language
from recruitsmart.admin.rows import Table
from recruitsmart.admin.words import word
from recruitsmart.domain.directory.models import UsualReason
from recruitsmart.domain.directory.queries import usual_reasons
from recruitsmart.domain.pipeline import directory
from recruitsmart.extensions import db


def _about(view: Any, context: Any, model: UsualReason, name: str) -> str:
    return word(model.about)


class UsualReasons(Table):
    """Why people are refused, rejected or let go. A reason is hidden, never deleted: histories have its words."""

    new_name = _l("New reason")
    column_list = ["words_ru", "words_en", "about", "position", "active"]
    column_default_sort = [("about", False), ("position", False)]
    column_formatters = {"about": _about, "active": active_pill}
    column_labels = {
        "about": _l("Asked about"),
        "words_ru": _l("In Russian"),
        "words_en": _l("In English"),
        "position": _l("Place"),
        "active": _l("Active"),
    }
    column_descriptions = {
        "position": _l("The smaller number is offered first."),
        "active": _l("Offered in the panel and in Telegram. What was noted before keeps its words."),
    }
    form_columns = list(column_labels)
    form_args = {"words_ru": short(60), "words_en": short(60), "position": bounded(0, 10_000)}

    def create_form(self, obj: Any = None) -> Form:
        form = super().create_form(obj)
        if request.method == "GET":
            form.active.data, form.position.data = True, 100
        return form

    def get_edit_form(self) -> type[Form]:
        form = super().get_edit_form()
        del form.about
        return form

    def on_model_change(self, form: Form, model: UsualReason, is_created: bool) -> None:
        directory.save_reason(db.session, model, actor=actor(), now=clock.now())


def reasons_about(about: str) -> list[str]:
    """The words that are offered when somebody decides so, in the reader's language; read once a request."""
    if "usual_reasons" not in g:
        kinds: dict[str, list[str]] = {}
        for reason in usual_reasons(db.session):
            kinds.setdefault(reason.about, []).append(reason.words_in(language()))
        g.usual_reasons = kinds
    return list(g.usual_reasons.get(about, ()))
