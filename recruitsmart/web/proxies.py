"""Behind a proxy: who asked, and by which scheme, as a proxy we trust says; anybody else's word counts nothing."""

from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix

EVERYBODY = "*"  # the platform lets nobody but its own proxy in

WSGI = Callable[[dict[str, Any], Any], Iterable[bytes]]


class Believing:
    """WSGI around the application. gunicorn itself leaves the address of a request as that of the proxy.

    One proxy is believed: of a list that people send along, only what the proxy itself added last. The host is that of
    `Host`, which the proxy passes on: many let an `X-Forwarded-Host` of anybody through.
    """

    def __init__(self, app: WSGI, trusted: frozenset[str]) -> None:
        self._app = app
        self._behind: WSGI = ProxyFix(app, x_for=1, x_proto=1, x_host=0)
        self._trusted = trusted

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        is_trusted = EVERYBODY in self._trusted or environ.get("REMOTE_ADDR") in self._trusted
        return (self._behind if is_trusted else self._app)(environ, start_response)
