"""The Mini App: its API at `/api/webapp` and its page at `/webapp`."""

from flask import Flask

from recruitsmart.web.places import Places
from recruitsmart.web.webapp import api, page


def init_app(app: Flask, places: Places, settle: api.Settle | None) -> None:
    """Serve both."""
    api.init_app(app, places, settle)
    app.register_blueprint(page.blueprint)
