"""What every page of the panel has: access, the one commit, errors as sentences, bounded pages.

Flask-Admin is never used bare: pages extend `Page`, tables of rows extend `rows.Table`.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, TypeVar

from flask import abort, current_app, flash, redirect, request, url_for
from flask_admin import BaseView, expose
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from werkzeug.wrappers import Response

from recruitsmart.admin.sentences import ANSWERABLE, sentence_of
from recruitsmart.admin.words import grouped
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import Actor
from recruitsmart.extensions import db
from recruitsmart.web import sessions
from recruitsmart.web.addresses import inside
from recruitsmart.web.sessions import Staff

Made = TypeVar("Made")

PAGE_SIZE = 50
LAST_PAGE = 200  # offsets stay small; whoever wants more should search
COUNTED = 10_000


class Access(Enum):
    """What a page asks of an account."""

    SIGNED_IN = auto()
    WORK = auto()
    DIRECT = auto()


def is_granted(access: Access, staff: Staff) -> bool:
    """Whether an account has what is asked."""
    match access:
        case Access.WORK:
            return staff.may_work
        case Access.DIRECT:
            return staff.may_direct
        case _:
            return True


class Guarded:
    """Access to a view: `reads` to see it, `writes` for anything but GET."""

    reads = Access.SIGNED_IN
    writes = Access.WORK
    sends: frozenset[str] = frozenset()  # views that write to people; see `may_send`
    before_second_factor = False  # whether the page is open to somebody who must set it up first

    def is_accessible(self) -> bool:
        staff = sessions.staff()
        return staff is not None and is_granted(self.reads, staff)

    def is_visible(self) -> bool:
        return self.is_accessible()

    @property
    def may_write(self) -> bool:
        """Whether the person in front of the page may change something on it."""
        staff = sessions.staff()
        return staff is not None and is_granted(self.writes, staff)

    def _handle_view(self, name: str, **kwargs: Any) -> Any:
        staff = sessions.staff()
        if staff is None:
            return sessions.ask_to_sign_in()
        if staff.must_add_factor and not self.before_second_factor:
            return redirect(url_for("mine.index"))
        if not self.is_accessible():
            abort(403)
        if request.method not in {"GET", "HEAD", "OPTIONS"} and not self.may_write:
            abort(403)
        if name in self.sends and request.method == "POST" and not may_send():
            flash(sending_is_off(), "error")
            return redirect(url_for(f"{self.endpoint}.{'shown' if kwargs else 'index'}", **kwargs))
        return None


def may_send() -> bool:
    """Whether staff may write to people from the panel; what the bot says by itself does not depend on it."""
    return current_app.config["SETTINGS"].bot_integration_enabled


def sending_is_off() -> str:
    """Why not."""
    return _("Writing to people from the panel is switched off (BOT_INTEGRATION_ENABLED=0). The bot goes on by itself.")


class Page(Guarded, BaseView):
    """A page of our own making."""


class OfCard(Page):
    """Forms of a candidate's card: not in the menu, and no page by themselves."""

    def is_visible(self) -> bool:
        return False

    @expose("/")
    def index(self) -> Response:
        return redirect(url_for("candidates.index"))


def me() -> Staff:
    """Who is signed in; views run only then."""
    staff = sessions.staff()
    if staff is None:
        abort(401)
    return staff


def actor() -> Actor:
    """Who is signed in, as the one who acts."""
    return Actor(kind=ActorKind.STAFF, id=me().account.id)


def carried_out(work: Callable[[], object], *, done: str) -> bool:
    """Run domain operations and commit them; or say in a sentence why not, with nothing changed.

    Raises:
        NotFound: answered with 404.
    """
    refusal = refusal_of(work)
    if refusal is not None:
        flash(refusal, "error")
        return False
    flash(done, "success")
    return True


def made(work: Callable[[], Made], *, done: str) -> Made | None:
    """What domain operations make, once it is committed; None when they could not, which has been said.

    Raises:
        NotFound: answered with 404.
    """
    results: list[Made] = []
    return results[0] if carried_out(lambda: results.append(work()), done=done) else None


def refusal_of(work: Callable[[], object]) -> str | None:
    """Run domain operations and commit them; or the sentence that says why not, with nothing changed.

    Raises:
        NotFound: answered with 404.
    """
    try:
        work()
        db.session.commit()
    except NotFound:
        db.session.rollback()
        raise
    except ANSWERABLE as error:
        db.session.rollback()
        return sentence_of(error)
    return None


def counted(rows: Select[Any], *, most: int = COUNTED) -> str:
    """How many rows there are, in words: never more than `most` are counted."""
    count = db.session.scalar(select(func.count()).select_from(rows.order_by(None).limit(most + 1).subquery())) or 0
    return f"{grouped(most)}+" if count > most else grouped(count)


def page_number() -> int:
    """The page asked for, from 1; nonsense is page 1."""
    typed = request.args.get("page", "1")
    return min(max(int(typed), 1), LAST_PAGE) if is_id(typed) else 1


def is_id(typed: str) -> bool:
    """Whether typed words are a whole number that a row's id can be."""
    return typed.isascii() and typed.isdigit() and len(typed) < 19


def chosen_id(name: str) -> int | None:
    """A row's id from the query or the form; nonsense is nothing."""
    typed = request.values.get(name, "")
    return int(typed) if is_id(typed) else None


def back_to(endpoint: str, **values: Any) -> str:
    """Where a form came from, when it says so; else the endpoint."""
    return inside(request.form.get("back"), otherwise=url_for(endpoint, **values))
