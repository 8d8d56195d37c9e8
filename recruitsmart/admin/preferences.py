"""What a person chooses for the panel itself."""

from flask import Blueprint, redirect, request
from flask_login import login_required
from werkzeug.wrappers import Response

from recruitsmart.admin.base import back_to, me
from recruitsmart.domain.messaging.texts import LANGUAGES
from recruitsmart.extensions import db

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
