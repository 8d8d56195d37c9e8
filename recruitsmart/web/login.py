"""The login page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_limiter import RequestLimit, RouteLimit
from limits import parse
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.domain.directory import second_factor, signing_in
from recruitsmart.domain.directory.attempts import LoginAttempt
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.directory.second_factor import WrongCode
from recruitsmart.domain.directory.signing_in import TooManyAttempts, WrongLogin
from recruitsmart.extensions import db, limiter
from recruitsmart.web import sessions
from recruitsmart.web.addresses import inside

blueprint = Blueprint("login", __name__, template_folder="templates")

Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]

FROM_ONE_ADDRESS = "30 per minute; 200 per hour"
_NOTED = parse("30 per minute")  # of what is refused: whoever goes on asking may not fill the table


def limited(login_tried: Callable[[], str]) -> RouteLimit:
    """A form at which passwords or codes can be guessed: tries from one address are bounded before anything is read.

    What is refused here is written down as refused, under the login that is tried.
    """

    def note(_: RequestLimit) -> None:
        address = request.remote_addr or ""
        if limiter.limiter.hit(_NOTED, "login.refused", address):
            signing_in.announce(db.session, login_tried(), address=address, now=clock.now()).refused = True
            db.session.commit()

    return limiter.limit(FROM_ONE_ADDRESS, on_breach=note)


def typed_login() -> str:
    """The login that the form was sent with."""
    return request.form.get("username", "")


def _login_halfway() -> str:
    halfway = sessions.halfway()
    return "" if halfway is None else halfway.account.login


@blueprint.get("/login")
def form() -> Answer:
    """The page; whoever is signed in goes on."""
    if sessions.staff() is not None:
        return redirect(_next())
    return _page()


@blueprint.post("/login")
@limited(typed_login)
def sign_in() -> Answer:
    """Check login and password; each attempt is written down before it is judged."""
    now = clock.now()
    try:
        with announced(typed_login()) as attempt:
            account = signing_in.judge(db.session, attempt, request.form.get("password", ""), now=now)
    except WrongLogin:
        return _page(_("Login or password is wrong.")), 401
    except TooManyAttempts as refusal:
        return _wait_until(refusal.retry_at, now=now)
    if second_factor.is_on(account):
        db.session.commit()
        sessions.begin_halfway(account, attempt.id)
        return redirect(url_for(".code", next=_next()))
    return _let_in(account)


@contextmanager
def announced(login: str) -> Iterator[LoginAttempt]:
    """An attempt that is written down and committed before it is judged, and marked when it is refused."""
    attempt = signing_in.announce(db.session, login, address=request.remote_addr or "", now=clock.now())
    db.session.commit()
    try:
        yield attempt
    except TooManyAttempts:
        db.session.rollback()
        attempt.refused = True
        db.session.commit()
        raise


@blueprint.get("/login/code")
def code() -> Answer:
    """The second step; whoever did not take the first begins there."""
    return _code_page() if sessions.halfway() is not None else _begin_again()


@blueprint.post("/login/code")
@limited(_login_halfway)
def type_code() -> Answer:
    """Check the code of the second factor; a try counts like one at the password."""
    halfway, now = sessions.halfway(), clock.now()
    if halfway is None:
        return _begin_again()
    try:
        with announced(halfway.account.login) as attempt:
            account = signing_in.judge_code(
                db.session, attempt, request.form.get("code", ""), account_id=halfway.account.id,
                begun_by=halfway.attempt_id, now=now,
            )  # fmt: skip
    except WrongCode:
        return _code_page(_("This code is wrong, too old, or was used already. Type the one your app shows now.")), 401
    except TooManyAttempts as refusal:
        return _wait_until(refusal.retry_at, now=now)
    if sessions.halfway() is None:  # password or sessions were taken away while we waited for the account's lock
        db.session.rollback()
        return _begin_again()
    return _let_in(account)


def _begin_again() -> Response:
    return redirect(url_for(".form", next=_next()))


def _code_page(error: str | None = None) -> str:
    return render_template("web/code.html", error=error, next=_next())


def _let_in(account: Account) -> Response:
    db.session.commit()
    sessions.begin(account)
    return redirect(_next())


def _wait_until(retry_at: datetime, *, now: datetime) -> Answer:
    sentence, headers = wait_in_words(retry_at, now=now)
    page = _page if sessions.halfway() is None else _code_page
    return page(sentence), 429, headers


def wait_in_words(retry_at: datetime, *, now: datetime) -> tuple[str, dict[str, str]]:
    """When the next try may be made: as a sentence for people, and as a header for programs."""
    zone: ZoneInfo = current_app.config["SETTINGS"].timezone
    hour = retry_at.astimezone(zone).strftime("%H:%M")
    sentence = _("Too many attempts to sign in. Try again at %(hour)s (%(zone)s).", hour=hour, zone=zone.key)
    return sentence, {"Retry-After": str(max(1, int((retry_at - now).total_seconds())))}


def _page(error: str | None = None) -> str:
    return render_template("web/login.html", error=error, username=typed_login(), next=_next())


def _next() -> str:
    return inside(request.values.get("next"), otherwise=url_for("admin.index"))


@blueprint.post("/logout")
def sign_out() -> Response:
    """End the session."""
    sessions.end()
    return redirect(url_for("login.form"))
