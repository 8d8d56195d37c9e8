"""Setting a password: what it must be like, and the page on which the holder of a code sets one."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from config.strength import PASSWORD_CHARACTERS, contains_name, is_common_password, is_well_known_secret
from recruitsmart import clock
from recruitsmart.domain.directory.first_password import WrongPasswordCode, set_first_password
from recruitsmart.domain.directory.signing_in import TooManyAttempts
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.journal.models import ActorKind
from recruitsmart.domain.journal.operations import Actor, record
from recruitsmart.extensions import db
from recruitsmart.web.login import announced, limited, typed_login, wait_in_words

blueprint = Blueprint("passwords", __name__, template_folder="templates")

Answer = str | Response | tuple[str, int] | tuple[str, int, dict[str, str]]


def refuse_weak(password: str, login: str) -> None:
    """What every password is asked for.

    Raises:
        BadInput: the sentence that says what is wrong with it.
    """
    if len(password) < PASSWORD_CHARACTERS:
        raise BadInput(_("Choose a password of at least %(count)s characters.", count=PASSWORD_CHARACTERS))
    if is_common_password(password) or is_well_known_secret(password) or contains_name(password, login):
        raise BadInput(_("This password is easy to guess. Choose another."))


@blueprint.get("/password")
def form() -> str:
    """The page for whoever was handed a code."""
    return _page(login=request.args.get("login", ""))


@blueprint.post("/password")
@limited(typed_login)
def set_it() -> Answer:
    """Each try is written down before it is judged, and counts like one at the password."""
    login, password, now = typed_login(), request.form.get("new", ""), clock.now()
    try:
        refuse_weak(password, login)
    except BadInput as error:
        return _page(str(error), login=login), 400
    try:
        with announced(login) as attempt:
            account = set_first_password(db.session, attempt, request.form.get("code", ""), password, now=now)
    except WrongPasswordCode:
        return _page(
            _("This login and this code do not belong together, or the code was used or is older than a day."),
            login=login,
        ), 401
    except TooManyAttempts as refusal:
        sentence, headers = wait_in_words(refusal.retry_at, now=now)
        return _page(sentence, login=login), 429, headers
    actor = Actor(kind=ActorKind.STAFF, id=account.id)
    record(db.session, "account.password_set", actor=actor, now=now, subject_id=account.id)
    db.session.commit()
    flash(_("The password is set. Sign in with it."), "success")
    return redirect(url_for("login.form"))


def _page(error: str | None = None, *, login: str) -> str:
    return render_template("web/password.html", error=error, username=login[:120], least=PASSWORD_CHARACTERS)
