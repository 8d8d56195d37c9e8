"""My Telegram: a one-time code that ties this account to a chat, and untying it."""

from flask import redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import Access, Page, actor, carried_out, made, me
from recruitsmart.domain.directory import linking
from recruitsmart.domain.journal.operations import record
from recruitsmart.extensions import db


class Linking(Page):
    """Everybody links their own account, and nobody another's."""

    writes = Access.SIGNED_IN

    def is_visible(self) -> bool:
        return False  # linked to beside the name

    @expose("/", methods=["GET", "POST"])
    def index(self) -> str:
        """The code is shown once, in the answer to the press that made it."""
        code = _new_code() if request.method == "POST" else None
        return self.render("panel/linking.html", account=me().account, code=code, prefix=linking.PREFIX)

    @expose("/unlink", methods=["POST"])
    def unlink(self) -> Response:
        carried_out(_unlink, done=_("Your Telegram is no longer linked."))
        return redirect(url_for(".index"))


def _new_code() -> str | None:
    done = _("The code works once, for ten minutes.")
    return made(lambda: linking.make_code(db.session, me().account, now=clock.now()), done=done)


def _unlink() -> None:
    account = me().account
    linking.unlink(account)
    record(db.session, "account.unlinked", actor=actor(), now=clock.now(), subject_id=account.id)
