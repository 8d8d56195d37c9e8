"""Sources: where people come from, each with its link, a QR code to print, and how many came by it."""

from typing import Any

from flask import Response, abort, request
from flask_admin import expose
from flask_babel import lazy_gettext as _l
from wtforms import Form

from recruitsmart import clock
from recruitsmart.admin.base import Access, actor, me
from recruitsmart.admin.directory import active_pill
from recruitsmart.admin.fields import short
from recruitsmart.admin.pictures import qr_address, qr_file
from recruitsmart.admin.rows import Table
from recruitsmart.domain.candidates.queries import other_sources, people_by_source
from recruitsmart.domain.directory.deep_links import bot_name, deep_link, is_payload, is_reserved
from recruitsmart.domain.directory.models import Source
from recruitsmart.domain.pipeline import directory
from recruitsmart.extensions import db

MOST_OTHERS = 20
_EDITING = ("create_view", "edit_view")


class Sources(Table):
    """Everybody may look and print, administrators edit. What people came by stays on their cards in any case."""

    reads, writes = Access.SIGNED_IN, Access.DIRECT
    list_template = "panel/sources.html"
    new_name = _l("New source")
    column_list = ["title", "key", "active"]
    column_searchable_list = ["title", "key"]
    column_default_sort = "title"
    column_formatters = {"active": active_pill}
    column_labels = {
        "title": _l("Title"),
        "key": _l("Key"),
        "note": _l("Note"),
        "active": _l("Active"),
    }
    column_descriptions = {
        "title": _l("For colleagues: “Flyer at the university, autumn”."),
        "key": _l("Part of the link: Latin letters, digits, hyphens, underscores. It can never be changed."),
        "active": _l("Offered when somebody is entered by hand. A link that is out works in any case."),
    }
    form_columns = ["title", "key", "note", "active"]
    form_args = {"title": short(120), "key": short(64)}

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        answer = super()._handle_view(name, **kwargs)
        if answer is None and name in _EDITING and not self.may_write:
            abort(403)
        return answer

    @expose("/<int:source_id>")
    def shown(self, source_id: int) -> str:
        """One source: its link, its picture, how many came by it; made to be printed as it is."""
        source, link = _link_of(source_id)
        people = people_by_source(db.session, [source.key], me().scope)
        return self.render(
            "panel/source.html", source=source, link=link, picture=link and qr_address(link),
            people=people.get(source.key, 0),
        )  # fmt: skip

    @expose("/<int:source_id>/qr.svg")
    def picture(self, source_id: int) -> Response:
        source, link = _link_of(source_id)
        if link is None:
            abort(404)
        named = {"Content-Disposition": f'attachment; filename="qr-{source.key}.svg"'}
        return Response(qr_file(link), mimetype="image/svg+xml", headers=named)

    def people_by(self, sources: list[Source]) -> dict[str, int]:
        """For the list: how many came by each source of the page."""
        return people_by_source(db.session, [source.key for source in sources], me().scope)

    def others(self) -> list[tuple[str, int, bool]]:
        """For the list: what else people came by, how many, and whether it can be a key."""
        found = other_sources(db.session, me().scope, limit=MOST_OTHERS)
        return [(words, people, is_payload(words) and not is_reserved(words)) for words, people in found]

    def create_form(self, obj: Any = None) -> Form:
        form = super().create_form(obj)
        if request.method == "GET":
            form.key.data, form.active.data = request.args.get("key", "")[:64], True
        return form

    def get_edit_form(self) -> type[Form]:
        form = super().get_edit_form()
        del form.key
        return form

    def on_model_change(self, form: Form, model: Source, is_created: bool) -> None:
        directory.save_source(db.session, model, actor=actor(), now=clock.now())


def _link_of(source_id: int) -> tuple[Source, str | None]:
    """A source and its link; None as long as no bot has said who it is."""
    source = db.session.get(Source, source_id)
    if source is None:
        abort(404)
    name = bot_name(db.session)
    return source, None if name is None else deep_link(name, source.key)
