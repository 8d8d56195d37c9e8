"""Tables of rows over Flask-Admin's ModelView: our forms, our errors, never an overwrite of a colleague's change."""

from typing import Any

from flask import abort, flash, g, request
from flask_admin.contrib.sqla import ModelView
from flask_babel import gettext as _
from wtforms import Form

from recruitsmart.admin.base import PAGE_SIZE, Access, Guarded
from recruitsmart.admin.fields import Converter
from recruitsmart.admin.sentences import ANSWERABLE, sentence_of
from recruitsmart.domain.errors import Changed
from recruitsmart.extensions import db
from recruitsmart.web.addresses import inside


class Table(Guarded, ModelView):
    """Rows of one model: list, create, edit. Nothing is deleted here: rows are switched off.

    Operations are called in `on_model_change`; Flask-Admin commits.
    """

    reads = writes = Access.DIRECT
    list_template = "panel/rows.html"
    new_name: Any  # the heading over the form of a new row
    create_template = edit_template = "panel/row.html"
    model_form_converter = Converter
    can_delete = False
    can_view_details = False
    can_export = False
    simple_list_pager = True
    page_size = PAGE_SIZE
    column_display_pk = False
    action_disallowed_list = ["delete"]

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        if any("\0" in value for values in request.values.listvalues() for value in values):
            abort(400)  # Postgres keeps none, and no keyboard makes one
        return super()._handle_view(name, **kwargs)

    def _apply_pagination(self, query: Any, page: int | None, page_size: int | None) -> Any:
        """One row more than a page shows, which tells whether there is a next one."""
        size = page_size or self.page_size
        return query.limit(size + 1).offset((page or 0) * size)

    def get_list(self, *args: Any, **kwargs: Any) -> tuple[int | None, list[Any]]:
        count, rows = super().get_list(*args, **kwargs)
        size = kwargs.get("page_size") or self.page_size
        g.more_rows = len(rows) > size
        return count, rows[:size]

    def get_save_return_url(self, model: Any, is_created: bool = False) -> str:
        """The list as it was left: its search and its page."""
        return inside(request.values.get("url"), otherwise=self.get_url(".index_view"))

    def render(self, template: str, **kwargs: Any) -> str:
        """Where the reasons stand under the fields, a sentence of ours leads there."""
        form = kwargs.get("form")
        kwargs["more"] = g.get("more_rows", False)
        if form is not None:
            kwargs["return_url"] = self.get_save_return_url(None)  # Flask-Admin's own takes whole addresses too
        if request.method == "POST" and form is not None and form.errors:
            flash(_("Not saved: something in the form has to be put right."), "error")
        return super().render(template, **kwargs)

    def update_model(self, form: Form, model: Any) -> bool:
        """Save, unless the row has changed since the form was drawn."""
        if self.has_changed(model):
            return self._show_change(Changed())
        return super().update_model(form, model)

    def has_changed(self, model: Any) -> bool:
        """Whether somebody else has saved the row since the form was drawn."""
        return request.form.get("revision") != str(model.revision)

    def hidden_inputs(self) -> dict[str, str]:
        """What the form sends along: that a question it put has been seen."""
        return dict(g.get("asked", {}))

    def _show_change(self, error: Changed) -> bool:
        g.changed_meanwhile = True
        flash(sentence_of(error), "error")
        return False

    def handle_view_exception(self, exc: Exception) -> bool:
        """Answer what can be answered in a sentence; anything else is a defect and says so."""
        if not isinstance(exc, ANSWERABLE):
            raise exc
        db.session.rollback()  # the sentence is said in the account's language, which may have to be read again
        g.changed_meanwhile = isinstance(exc, Changed) or type(exc).__name__ == "StaleDataError"
        flash(sentence_of(exc), "error")
        return True

    def differences(self, form: Form, model: Any) -> list[tuple[str, str]]:
        """After somebody else's change: label and saved value of each field that was typed differently."""
        if not g.get("changed_meanwhile"):
            return []
        db.session.rollback()
        db.session.refresh(model)
        saved = self.edit_form_of(model)
        return [
            (str(field.label.text), self.shown(saved[name].data))
            for name, field in form._fields.items()
            if self.shown(saved[name].data) != self.shown(field.data)
        ]

    def edit_form_of(self, model: Any) -> Form:
        """The form as it would be drawn anew from the row."""
        return self._edit_form_class(None, obj=model)

    def shown(self, value: Any) -> str:
        """A saved value in words."""
        if isinstance(value, list | tuple | set):
            return ", ".join(sorted(str(part) for part in value))
        return "—" if value in (None, "") else str(value)
