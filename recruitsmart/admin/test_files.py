"""A test from a file: every mistake with its line, what would change, then exactly that. Nothing on disk."""

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import Access, Page, actor, carried_out
from recruitsmart.admin.sentences import translated
from recruitsmart.domain.assessments.exchange import LONGEST_FILE_BYTES, Fate, Plan, import_test, plan_import
from recruitsmart.domain.assessments.file_reading import BadFile
from recruitsmart.extensions import db

PARTS = {
    "title": _l("title"), "pass_percent": _l("pass mark"), "question_limit_seconds": _l("seconds for a question"),
    "total_limit_seconds": _l("seconds for everything"), "shuffle_questions": _l("shuffled questions"),
    "shuffle_options": _l("shuffled options"), "tries": _l("tries"), "active": _l("asked or not"),
    "text": _l("question"), "hint": _l("hint"), "options": _l("options"), "show_if": _l("condition"),
    "lowest": _l("lower bound"), "highest": _l("upper bound"), "required": _l("must be answered"),
    "limit_seconds": _l("seconds"), "deleted_at": _l("was deleted"),
}  # fmt: skip


class TestFiles(Page):
    """A file, a dry run, then the same for good."""

    __test__ = False  # pytest must not collect it
    reads = writes = Access.DIRECT

    def is_visible(self) -> bool:
        return False

    @expose("/", methods=["GET", "POST"])
    def index(self) -> str | Response:
        text, plan, mistakes = _read_text() if request.method == "POST" else "", None, []
        try:
            plan = _plan(text) if request.method == "POST" else None
        except BadFile as error:
            mistakes = [(mistake.line, translated(mistake.sentence)) for mistake in error.mistakes]
        if plan is not None and request.form.get("step") == "import" and _imported(text):
            return redirect(url_for("tests.test", key=plan.written.key))
        return self.render(
            "panel/test_file.html", text=text, plan=plan, mistakes=mistakes, parts_called=PARTS, fates=Fate
        )


def _read_text() -> str:
    """The uploaded file's text, else the one in the form."""
    file = request.files.get("file")
    content = b"" if file is None else file.read(LONGEST_FILE_BYTES + 1)
    try:
        return (content.decode("utf-8-sig") if content else request.form.get("text", "")).replace("\r\n", "\n")
    except UnicodeDecodeError:
        return content.decode("utf-8", errors="replace").replace("\r\n", "\n")


def _plan(text: str) -> Plan | None:
    """What the file would change; nothing when there is nothing to read, and a sentence says why."""
    if len(text.encode()) > LONGEST_FILE_BYTES:
        flash(_("This file is too large: at most 300 KB can be read at once."), "error")
        return None
    if not text.strip():
        flash(_("Choose a file, or write its lines."), "error")
        return None
    return plan_import(db.session, text)


def _imported(text: str) -> bool:
    mark = request.form.get("mark", "")
    return carried_out(
        lambda: import_test(db.session, text, mark=mark, actor=actor(), now=clock.now()),
        done=_("The test is as the file says."),
    )
