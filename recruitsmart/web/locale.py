"""Which language the panel speaks to the person in front of it."""

from typing import Any

from flask import Flask, g, has_request_context, request, session
from flask_babel import get_translations

from recruitsmart.domain.messaging.texts import DEFAULT_LANGUAGE, LANGUAGES
from recruitsmart.extensions import babel
from recruitsmart.web import sessions


def init_app(app: Flask) -> None:
    """Bind Flask-Babel. For a template's words the catalogue is looked up once in a request: a page has hundreds."""
    babel.init_app(app, locale_selector=locale)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]  # it comes with Jinja's own extension
        gettext=lambda words: _catalogue().ugettext(words),
        ngettext=lambda one, many, number: _catalogue().ungettext(one, many, number),
        newstyle=True,
    )


def _catalogue() -> Any:
    if "catalogue" not in g:
        g.catalogue = get_translations()
    return g.catalogue


def locale() -> str:
    """The account's language; before signing in what the browser asks for; Russian when nothing fits."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    staff = sessions.staff() if "_user_id" in session else None
    if staff is not None:
        return staff.account.language
    return request.accept_languages.best_match(LANGUAGES, DEFAULT_LANGUAGE) or DEFAULT_LANGUAGE
