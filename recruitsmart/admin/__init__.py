"""The recruiters' panel."""

from flask import Flask


def init_app(app: Flask) -> None:
    """Register the panel."""
