"""Login, health and everything else that is no page of the panel."""

from flask import Flask


def locale() -> str:
    return "ru"


def init_app(app: Flask) -> None:
    """Register the blueprints."""
