"""Who is signed in: an account and its epoch in a signed cookie, with idle and absolute expiry."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask import Flask, abort, current_app, g, has_request_context, redirect, request, session, url_for
from flask_login import UserMixin, current_user, login_user, logout_user

from recruitsmart import clock
from recruitsmart.domain.directory import second_factor
from recruitsmart.domain.directory.access import Scope, may_direct, may_work, scope_of
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.directory.queries import account_for_session
from recruitsmart.extensions import db, login

IDLE = timedelta(hours=2)
ABSOLUTE = timedelta(hours=12)
HALFWAY = timedelta(minutes=5)  # between the password and the code
_BEGAN, _SEEN, _EPOCH, LANGUAGE = "began_at", "seen_at", "epoch", "language"
_HALFWAY = "halfway"
BY_ITSELF = "X-By-Itself"  # a page that looks for changes: nobody sits before it for that


class Staff(UserMixin):
    """The account that is signed in, as Flask-Login wants it, with what it may do."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.id = account.id
        self.scope: Scope = scope_of(account)
        self.may_work = may_work(account)
        self.may_direct = may_direct(account)

    @property
    def must_add_factor(self) -> bool:
        """Whether the only thing this account may do is to set up its second factor."""
        required = current_app.config["SETTINGS"].admin_second_factor
        return second_factor.is_missing(self.account, required_of_admins=required)


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


@dataclass(frozen=True, kw_only=True)
class Halfway:
    """Somebody who has typed the right password and must type a code yet."""

    account: Account
    attempt_id: int


def begin_halfway(account: Account, attempt_id: int) -> None:
    """Remember for five minutes that the password was right; nobody is signed in by this."""
    session.clear()
    session[_HALFWAY] = [account.id, account.session_epoch, attempt_id, clock.now().timestamp()]


def halfway() -> Halfway | None:
    """Who has typed the right password in this browser, if that still counts."""
    account_id, epoch, attempt_id, began = session.get(_HALFWAY, (0, 0, 0, 0.0))
    if clock.now().timestamp() - began >= HALFWAY.total_seconds():
        return None
    account = account_for_session(db.session, account_id)
    if account is None or not account.active or account.session_epoch != epoch:
        return None
    return Halfway(account=account, attempt_id=attempt_id)


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
    if BY_ITSELF not in request.headers:
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
    if not has_request_context():
        return None
    user = current_user._get_current_object()
    return user if isinstance(user, Staff) else None


def forget_who_asks() -> None:
    """For the page that says that the database is away: it must not ask it once more who is signed in."""
    g._login_user = login.anonymous_user()  # where Flask-Login looks first
