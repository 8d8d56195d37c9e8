"""Login, health and everything else that is no page of the panel."""

from flask import Flask

from recruitsmart.domain.directory import signing_in
from recruitsmart.web import (
    errors,
    health,
    locale,
    login,
    metrics,
    passwords,
    root,
    security,
    sessions,
    timing,
    webapp,
    webhook,
)

__all__ = ["init_app", "locale", "webapp", "webhook"]


def init_app(app: Flask) -> None:
    """Register the blueprints, the headers and the error pages."""
    sessions.init_app(app)
    security.init_app(app)
    errors.init_app(app)
    metrics.init_app(app)
    timing.init_app(app)
    for module in (root, health, login, passwords, metrics):
        app.register_blueprint(module.blueprint)
    signing_in.prepare()
