"""Which language the panel speaks to the person in front of it."""

from flask import has_request_context, request, session

from recruitsmart.domain.messaging.texts import DEFAULT_LANGUAGE, LANGUAGES
from recruitsmart.web import sessions


def locale() -> str:
    """The account's language; before signing in what the browser asks for; Russian when nothing fits."""
    if not has_request_context():
        return DEFAULT_LANGUAGE
    staff = sessions.staff() if "_user_id" in session else None
    if staff is not None:
        return staff.account.language
    return request.accept_languages.best_match(LANGUAGES, DEFAULT_LANGUAGE) or DEFAULT_LANGUAGE
