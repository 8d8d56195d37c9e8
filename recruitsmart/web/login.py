"""The login page."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import login_required
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.domain.directory import signing_in
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.directory.signing_in import TooManyAttempts, WrongLogin
from recruitsmart.extensions import db, limiter
from recruitsmart.web import sessions
from recruitsmart.web.addresses import inside

blueprint = Blueprint("login", __name__, template_folder="templates")

Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]


@blueprint.get("/login")
def form() -> Answer:
    """The page; whoever is signed in goes on."""
    if sessions.staff() is not None:
        return redirect(_next())
    return _page()


@blueprint.post("/login")
@limiter.limit("30 per minute; 200 per hour")
def sign_in() -> Answer:
    """Check login and password; each attempt is written down before it is judged."""
    now = clock.now()
    attempt = signing_in.announce(
        db.session, request.form.get("username", ""), address=request.remote_addr or "", now=now
    )
    db.session.commit()
    try:
        account = signing_in.judge(db.session, attempt, request.form.get("password", ""), now=now)
    except WrongLogin:
        return _page(_("Login or password is wrong.")), 401
    except TooManyAttempts as refusal:
        return _wait_until(refusal.retry_at, now=now)
    return _let_in(account)


def _let_in(account: Account) -> Response:
    db.session.commit()
    sessions.begin(account)
    return redirect(_next())


def _wait_until(retry_at: datetime, *, now: datetime) -> Answer:
    zone: ZoneInfo = current_app.config["SETTINGS"].timezone
    hour = retry_at.astimezone(zone).strftime("%H:%M")
    sentence = _("Too many attempts to sign in. Try again at %(hour)s (%(zone)s).", hour=hour, zone=zone.key)
    seconds = max(1, int((retry_at - now).total_seconds()))
    return _page(sentence), 429, {"Retry-After": str(seconds)}


def _page(error: str | None = None) -> str:
    known = request.form.get("username", "")
    return render_template("web/login.html", error=error, username=known, next=_next())


def _next() -> str:
    return inside(request.values.get("next"), otherwise=url_for("admin.index"))


@blueprint.post("/logout")
@login_required
def sign_out() -> Response:
    """End the session."""
    sessions.end()
    return redirect(url_for("login.form"))
