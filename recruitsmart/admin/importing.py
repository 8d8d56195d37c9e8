"""Hours from a CSV file: every line is shown with its number first; the text stays in the form, nothing on disk."""

import csv
import io
from collections.abc import Sequence

from flask import redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin import previews
from recruitsmart.admin.base import Access, Page, me
from recruitsmart.admin.previews import Preview
from recruitsmart.domain.directory.models import Recruiter
from recruitsmart.domain.directory.queries import cities_in, recruiters_in
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.slots import arranging
from recruitsmart.domain.slots.importing import COLUMNS
from recruitsmart.extensions import db

LONGEST_FILE_BYTES = 300_000
ENCODINGS = ("utf-8-sig", "cp1251")  # what Excel writes in Russia comes second
BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")
EXAMPLE = (("2026-12-01", "10:00", "30", "1"), ("2026-12-01", "10:30", "30", "1"), ("2026-12-02", "15:00", "60", "12"))


class Importing(Page):
    """A file, a dry run, then the good lines."""

    reads = Access.WORK

    def is_visible(self) -> bool:
        return False

    @expose("/", methods=["GET", "POST"])
    def index(self) -> str | Response:
        text = ""
        shown = None
        if request.method == "POST":
            text = _read_text()
            shown = previews.looked_at(lambda: _preview(text))
        if request.form.get("step") == "make" and (series := previews.make(shown, request.form.get("mark", ""))):
            return redirect(url_for("series.index", made=series.id))
        staff = me()
        return self.render(
            "panel/importing.html",
            text=text,
            preview=shown,
            columns=COLUMNS,
            recruiter_of=previews.by_id(recruiters_in(db.session, staff.scope)),
            city_of={city.id: city for city in cities_in(db.session, staff.scope)},
        )

    @expose("/example.csv")
    def example(self) -> Response:
        return Response(
            _example(recruiters_in(db.session, me().scope)),
            mimetype="text/csv; charset=utf-8",
            headers={"Content-Disposition": 'attachment; filename="hours.csv"'},
        )


def _read_text() -> str:
    """The uploaded file's text, else the one in the form; what no encoding fits is shown with marks."""
    file = request.files.get("file")
    content = b"" if file is None else file.read(LONGEST_FILE_BYTES + 1)
    if not content:
        return request.form.get("text", "").replace("\r\n", "\n")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding).replace("\r\n", "\n").replace("\0", "�")
        except UnicodeDecodeError:
            continue
    return content.decode("utf-8", errors="replace")


def _preview(text: str) -> Preview:
    if len(text.encode()) > LONGEST_FILE_BYTES:
        raise BadInput(_("This file is too large: at most 300 KB can be read at once."))
    if not text.strip():
        raise BadInput(_("Choose a file, or write its lines."))
    return previews.preview_of_lines(arranging.file_lines(db.session, text, me().scope), now=clock.now())


def _example(recruiters: Sequence[Recruiter]) -> str:
    """Lines that can be imported when the days are changed; nothing in them is a formula."""
    safe = [row for row in recruiters if not row.name.startswith(BEGINS_FORMULA)]
    name = safe[0].name if safe else "Anna"
    cities = [city.name for city in safe[0].cities if not city.name.startswith(BEGINS_FORMULA)] if safe else []
    sheet = io.StringIO()
    lines = csv.writer(sheet)
    lines.writerow(COLUMNS)
    for day, hour, minutes, seats in EXAMPLE:
        purpose = "intro_day" if seats != "1" else "interview"
        lines.writerow((name, (cities or [""])[0], day, hour, minutes, seats, purpose))
    return "\ufeff" + sheet.getvalue()
