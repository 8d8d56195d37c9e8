"""Errors as sentences, in the same look as everything else."""

import logging

import psycopg2
from flask import Flask, Response, abort, render_template, request
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from psycopg2.errors import (
    IdleInTransactionSessionTimeout,
    LockNotAvailable,
    QueryCanceled,
    ReadOnlySqlTransaction,
)
from sqlalchemy.exc import DataError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.exceptions import HTTPException

from recruitsmart.domain.errors import NotFound
from recruitsmart.extensions import db
from recruitsmart.web import sessions
from recruitsmart.web.webapp import answers

Answer = Response | tuple[str, int]

log = logging.getLogger(__name__)

TOO_LONG = (QueryCanceled, LockNotAvailable)
# The last two: Postgres has become a copy of another one that took over; and it ended a transaction that stood still.
AWAY = (psycopg2.OperationalError, psycopg2.InterfaceError, ReadOnlySqlTransaction, IdleInTransactionSessionTimeout)

SENTENCES = {
    400: _l("This request cannot be understood."),
    401: _l("Please sign in first."),
    403: _l("Your account may not do this."),
    404: _l("This page does not exist, or it is not yours."),
    405: _l("This address takes no such request."),
    413: _l("The file or the text is too large, and nothing was saved. Go back: the page says how large it may be."),
    429: _l("Too many requests. Wait a minute and try again."),
    500: _l("Something went wrong on our side. Try again; if it stays so, tell the operators."),
    503: _l("The database does not answer. Try again in a moment."),
}


def init_app(app: Flask) -> None:
    """Every error has a page of its own."""
    app.before_request(_refuse_nul)
    app.before_request(_refuse_what_is_no_text)
    app.register_error_handler(CSRFError, _without_token)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(NotFound, lambda error: _page(404))
    app.register_error_handler(DataError, _out_of_range)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(NoConnectionFree, _database_away)
    app.register_error_handler(Exception, _unexpected)


def _refuse_nul() -> None:
    """No text in Postgres holds this character, so no row has such an address."""
    if "\0" in request.path:
        abort(404)


def _refuse_what_is_no_text() -> None:
    """Werkzeug reads the part behind the question mark as UTF-8, or raises wherever a page looks at it."""
    try:
        request.query_string.decode()
    except UnicodeDecodeError:
        request.query_string = b""  # the page that says so looks at it as well
        abort(400)


def _without_token(error: CSRFError) -> Answer:
    return _page(400, _("This form has expired. Go back, reload the page and send it again; nothing was changed."))


def _http(error: HTTPException) -> Answer | HTTPException:
    code = error.code or 500
    if code < 400 or error.response is not None:
        return error
    return answers.problem_of(error) if answers.is_asked() else _page(code)


def _out_of_range(error: DataError) -> Answer:
    """An address with a number or a word no row can have."""
    _forget_session()
    return _page(404)


def _database(error: DBAPIError) -> Answer:
    """Whatever else Postgres refuses is a mistake of ours."""
    if isinstance(error.orig, TOO_LONG):
        return _database_away(error, _("This took too long; nothing was changed."))
    return _database_away(error) if isinstance(error.orig, AWAY) else _unexpected(error)


def _database_away(error: SQLAlchemyError, sentence: str | None = None) -> Answer:
    cause = type(getattr(error, "orig", error)).__name__
    log.error("the database does not answer: %s", cause, extra={"action": "web.request", "endpoint": request.endpoint})
    _forget_session()
    sessions.forget_who_asks()
    return _page(503, sentence)


def _unexpected(error: Exception) -> Answer:
    log.exception("a request failed", extra={"action": "web.request", "endpoint": request.endpoint})
    _forget_session()
    return _page(500)


def _forget_session() -> None:
    try:
        db.session.rollback()
    except SQLAlchemyError:
        db.session.remove()


def _page(code: int, sentence: str | None = None) -> Answer:
    if answers.is_asked():
        return answers.problem(code)
    known = SENTENCES.get(code, SENTENCES[500] if code >= 500 else SENTENCES[400])
    return render_template("web/error.html", code=code, sentence=sentence or known, typed=_typed_words()), code


def _typed_words() -> list[str]:
    """Texts of the form that came to nothing, to be copied: our pages stay in no cache, so “back” would lose them."""
    try:
        fields = request.form.items(multi=True)
    except HTTPException:  # too large to be read at all
        return []
    return [words for name, words in fields if name not in _NOT_TO_COPY and any(map(str.isspace, words.strip()))]


_NOT_TO_COPY = {"csrf_token", "password", "present", "new", "code", "back", "seen", "next"}
