"""Headers that every answer carries, and the nonce of inline scripts and styles."""

import secrets

from flask import Flask, Response, current_app, g

_CSP = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors {frames}"
)

_OF_ONE_READER = ("text/html", "application/json")


def init_app(app: Flask) -> None:
    """Every answer of this application carries the headers."""
    app.after_request(_protect)
    app.jinja_env.globals["csp_nonce"] = nonce


def nonce() -> str:
    """The nonce of this request, made when first asked for."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return g.csp_nonce


def may_be_framed_by(origin: str) -> None:
    """The answer to this request may be shown inside a page of that origin."""
    g.may_frame = origin


def _protect(response: Response) -> Response:
    headers = response.headers
    frames = g.get("may_frame")
    headers.setdefault("Content-Security-Policy", _CSP.format(nonce=nonce(), frames=frames or "'none'"))
    headers["X-Content-Type-Options"] = "nosniff"
    if frames is None:
        headers["X-Frame-Options"] = "DENY"  # it knows no list of those who may
    headers["Referrer-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    if response.mimetype in _OF_ONE_READER:
        headers["Cache-Control"] = "no-store"  # a page of candidates must not stay in a shared computer, nor in a proxy
    if current_app.config["SESSION_COOKIE_SECURE"]:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"
    return response
