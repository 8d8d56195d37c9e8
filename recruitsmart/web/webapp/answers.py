"""What the API answers: JSON, also when something cannot be done; the sentence is in the language of whoever asks."""

from typing import Any

from flask import Response, g, jsonify, request
from werkzeug.exceptions import HTTPException

from recruitsmart.domain.messaging import texts

ROOT = "/api/webapp"
RETRY_AFTER_SECONDS = {429: 30, 503: 2}

# What an HTTP error is called here; anything else is ours to mend.
CODES = {
    400: "bad_request",
    404: "not_found",
    405: "wrong_method",
    413: "too_large",
    415: "not_json",
    422: "invalid",
    429: "too_many",
    503: "busy",
}


def is_asked() -> bool:
    """Whether the request is one to the API."""
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")


def problem(status: int, code: str | None = None, **details: Any) -> Response:
    """An error with a word for programs and a sentence for people."""
    code = code or CODES.get(status, "trouble" if status >= 500 else "bad_request")
    response = jsonify(error={"code": code, "message": sentence(code), **details})
    response.status_code = status
    if status in RETRY_AFTER_SECONDS:
        response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS[status])
    return response


def problem_of(error: HTTPException) -> Response:
    """An error that Flask found."""
    response = problem(error.code or 500)
    if "Allow" in (headers := dict(error.get_headers())):
        response.headers["Allow"] = headers["Allow"]
    return response


def sentence(code: str) -> str:
    """What a person is told about an error."""
    return texts.label(f"page.error_{code}", language())


def language() -> str:
    """The candidate's; of somebody unknown Telegram's; else what the browser asks for."""
    known = g.get("page_language")
    return known or request.accept_languages.best_match(texts.LANGUAGES, texts.DEFAULT_LANGUAGE)
