"""Candidates to take along: what a filter finds as CSV, streamed, or as XLSX. Each export is written down."""

from collections.abc import Iterator
from datetime import datetime
from itertools import chain
from typing import Any

from flask import Response as Answer
from flask import flash, redirect, request, stream_with_context, url_for
from flask_admin import expose
from flask_babel import gettext as _
from sqlalchemy import Select, select
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import Access, Page, actor, counted, me, refusal_of
from recruitsmart.admin.csv_rows import Cell, lines
from recruitsmart.admin.filters import as_typed, asked
from recruitsmart.admin.leads import links_to_send
from recruitsmart.admin.moments import own_zone
from recruitsmart.admin.sheets import XLSX, long_workbook
from recruitsmart.admin.words import grouped, word
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Order, list_page, matching, place_of
from recruitsmart.domain.directory.deep_links import bot_name
from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.directory.queries import cities_in
from recruitsmart.domain.journal.operations import record
from recruitsmart.extensions import db

READ_AT_ONCE = 1000
MOST_ROWS_OF_XLSX = 20_000  # a workbook is made before its first byte leaves: some seconds for so many
FORMATS = ("csv", "xlsx")
NAMELESS = ("q", "people")  # parts of a filter that may name a person: not for the journal, which outlives people


class Exports(Page):
    """The way out of the system for what is personal: for those who work with it, and never unnoticed."""

    reads = Access.WORK

    def is_visible(self) -> bool:
        return False

    @expose("/", methods=["GET", "POST"])
    def index(self) -> str | Response:
        found = matching(me().scope, asked(request.values), order=Order.OLDEST)
        if request.method == "POST":
            return _taken_along(found)
        return self.render(
            "panel/export.html",
            wanted=asked(request.args),
            total=counted(found),
            most=grouped(MOST_ROWS_OF_XLSX),
            columns=_heading(),
            city_of={city.id: city for city in cities_in(db.session, me().scope)},
        )


def _taken_along(found: Select[Candidate]) -> Response:
    kind = request.form.get("format", "")
    if kind not in FORMATS:
        kind = FORMATS[0]
    if kind == "xlsx" and _is_long(found):
        most = grouped(MOST_ROWS_OF_XLSX)
        flash(_("XLSX holds at most %(most)s people here. Take CSV, or narrow the filter.", most=most), "error")
        return redirect(url_for(".index", **as_typed(asked(request.form))))
    refusal = _note(kind)
    if refusal is not None:
        flash(refusal, "error")
        return redirect(url_for(".index", **as_typed(asked(request.form))))
    rows = chain([_heading()], _rows(found))
    name = f"candidates-{clock.now().astimezone(own_zone()):%Y-%m-%d}.{kind}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    if kind == "xlsx":
        return Answer(long_workbook(_("Candidates"), rows), mimetype=XLSX, headers=headers)
    return Answer(stream_with_context(lines(rows)), mimetype="text/csv; charset=utf-8", headers=headers)


def _is_long(found: Select[Candidate]) -> bool:
    at_most = found.with_only_columns(Candidate.id).order_by(None).limit(MOST_ROWS_OF_XLSX + 1)
    return len(db.session.execute(at_most).all()) > MOST_ROWS_OF_XLSX


def _note(kind: str) -> str | None:
    """Who took what along; committed before the first byte leaves. Or why that cannot be written: then nobody does."""
    typed = as_typed(asked(request.form))
    kept = {name: value for name, value in typed.items() if name not in NAMELESS}
    named = [name for name in NAMELESS if name in typed]
    return refusal_of(
        lambda: record(
            db.session, "candidates.exported", actor=actor(), now=clock.now(), format=kind, filter=kept, named_by=named
        )
    )


def _heading() -> list[str]:
    return [
        _("Name"), _("Phone"), _("Username"), _("City"), _("Stage"), _("At this stage since"), _("Outcome"),
        _("Reason"), _("Looked after by"), _("Source"), _("Language"), _("Came"), _("Consent"), _("Reference"),
        _("Personal link"),
    ]  # fmt: skip


def _rows(found: Select[Candidate]) -> Iterator[list[Cell]]:
    """A thousand at a time, each in a transaction of its own: a slow line keeps none open."""
    names = dict(db.session.execute(select(Recruiter.id, Recruiter.name)).all())  # also of those who left
    after, zone, bot = None, own_zone(), bot_name(db.session)

    def local(at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M}"

    while True:
        page = list_page(db.session, found, after=after, limit=READ_AT_ONCE, order=Order.OLDEST)
        links = links_to_send(page, bot, now=clock.now())
        rows = [[*_row(candidate, names, local), links.get(candidate.id, "")] for candidate in page]
        if page:
            after = place_of(page[-1], Order.OLDEST)
        db.session.rollback()
        db.session.expunge_all()
        yield from rows
        if len(rows) < READ_AT_ONCE:
            return


def _row(candidate: Candidate, names: dict[int, str], local: Any) -> list[Cell]:
    contact, city = candidate.contact, candidate.city
    return [
        candidate.full_name or "",
        candidate.phone or "",
        contact.username or "" if contact is not None else "",
        city.name if city is not None else "",
        word(candidate.stage),
        local(candidate.stage_since),
        word(candidate.outcome),
        candidate.outcome_reason or "",
        names.get(candidate.recruiter_id or 0, ""),
        candidate.source or "",
        candidate.language,
        local(candidate.created_at),
        local(candidate.consent_at),
        candidate.reference,
    ]
