"""What a person chooses for the panel itself."""

from datetime import timedelta

from flask import Blueprint, current_app, redirect, request
from flask_login import login_required
from werkzeug.wrappers import Response

from recruitsmart.admin.base import back_to, me
from recruitsmart.domain.messaging.texts import LANGUAGES
from recruitsmart.extensions import db

LOOKS = ("light", "dark")  # anything else: as the device has it
_COOKIE, _KEPT = "look", timedelta(days=365)

blueprint = Blueprint("preferences", __name__, url_prefix="/admin/preferences")


@blueprint.post("/language")
@login_required
def language() -> Response:
    """From now on the panel speaks this language to this account."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        me().account.language = chosen
        db.session.commit()
    return redirect(back_to("admin.index"))


@blueprint.post("/look")
@login_required
def choose_look() -> Response:
    """From now on the panel is light or dark in this browser, or as the device has it."""
    answer, config = redirect(back_to("admin.index")), current_app.config
    chosen = request.form.get("look", "")
    if chosen in LOOKS:
        answer.set_cookie(
            _COOKIE, chosen, max_age=_KEPT, httponly=True, samesite="Strict", secure=config["SESSION_COOKIE_SECURE"]
        )
    else:
        answer.delete_cookie(_COOKIE)
    return answer


def look() -> str:
    """What was chosen in this browser: `light`, `dark`, or empty."""
    chosen = request.cookies.get(_COOKIE, "")
    return chosen if chosen in LOOKS else ""
