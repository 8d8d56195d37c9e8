"""The root address tells where everything is."""

from flask import Blueprint

blueprint = Blueprint("root", __name__)


@blueprint.get("/")
def root() -> dict[str, object]:
    """Where the panel, the API and the health page are."""
    return {"ok": True, "admin": "/admin", "webapp_api": "/api/webapp", "health": "/health"}
