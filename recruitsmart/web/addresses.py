"""Addresses inside this site, as they arrive from forms and queries."""

from urllib.parse import urlsplit


def inside(target: str | None, *, otherwise: str) -> str:
    """A path of this site to go to, or `otherwise`: no scheme, no host, nothing a browser might read as one."""
    if not target or not target.startswith("/") or target.startswith("//"):
        return otherwise
    if any(char in target for char in "\\\r\n\t\0") or not target.isprintable():
        return otherwise
    parts = urlsplit(target)
    return otherwise if parts.scheme or parts.netloc else target
