"""Who is signed in: an account and its epoch in a signed cookie, with idle and absolute expiry."""

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, abort, has_request_context, redirect, request, session, url_for
from flask_login import UserMixin, current_user, login_user, logout_user

from recruitsmart import clock
from recruitsmart.domain.directory.access import Scope, may_direct, may_work, scope_of
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.directory.queries import account_for_session
from recruitsmart.extensions import db, login

IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
_BEGAN, _SEEN, _EPOCH, LANGUAGE = "began_at", "seen_at", "epoch", "language"


class Staff(UserMixin):
    """The account that is signed in, as Flask-Login wants it, with what it may do."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.id = account.id
        self.scope: Scope = scope_of(account)
        self.may_work = may_work(account)
        self.may_direct = may_direct(account)


def init_app(app: Flask) -> None:
    """Bind Flask-Login."""
    login.session_protection = None  # phones change their address all day; the cookie is signed, strict and short
    login.user_loader(_load)
    login.unauthorized_handler(ask_to_sign_in)
    app.permanent_session_lifetime = ABSOLUTE


def begin(account: Account) -> None:
    """Start a new session; nothing of an earlier one is kept, so a planted one is worth nothing."""
    session.clear()
    session.permanent = True
    now = clock.now().timestamp()
    session[_BEGAN], session[_SEEN], session[_EPOCH] = now, now, account.session_epoch
    login_user(Staff(account))


def end() -> None:
    """Forget who was signed in."""
    logout_user()
    session.clear()


def _load(account_id: str) -> Staff | None:
    if not _is_fresh(clock.now()):
        return None
    account = account_for_session(db.session, int(account_id))
    if account is None or not account.active or account.session_epoch != session.get(_EPOCH):
        return None
    session[_SEEN] = clock.now().timestamp()
    return Staff(account)


def _is_fresh(now: datetime) -> bool:
    began, seen = session.get(_BEGAN, 0), session.get(_SEEN, 0)
    return now.timestamp() - began < ABSOLUTE.total_seconds() and now.timestamp() - seen < IDLE.total_seconds()


def ask_to_sign_in() -> Any:
    """A page leads to the login and back; a write without a session is refused."""
    if request.method not in {"GET", "HEAD"}:
        abort(401)
    target = request.full_path if request.query_string else request.path
    return redirect(url_for("login.form", next=target))


def staff() -> Staff | None:
    """Who is signed in, None outside a request or when nobody is."""
    if not has_request_context() or not current_user.is_authenticated:
        return None
    return current_user._get_current_object()
