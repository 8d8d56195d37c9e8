"""Reporting errors to Sentry when a DSN is set: where they happened, never what people wrote."""

from typing import Any

import sentry_sdk

from config.settings import Settings
from recruitsmart import __version__

# An event is rebuilt from these; whatever a library adds (requests, arguments of tasks, breadcrumbs) stays here.
_KEPT = ("event_id", "timestamp", "level", "logger", "platform", "release", "environment", "sdk", "tags", "type")
_KEPT_OF_FRAME = ("filename", "function", "module", "lineno", "in_app")


def begin(settings: Settings, process: str) -> None:
    """Report errors of this process from now on; does nothing without SENTRY_DSN."""
    if settings.sentry_dsn is None:
        return
    sentry_sdk.init(
        dsn=settings.sentry_dsn,
        release=__version__,
        environment=settings.environment,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        auto_session_tracking=False,
        before_send=_without_words,
    )
    sentry_sdk.set_tag("process", process)


def _without_words(event: Any, hint: dict[str, Any]) -> Any:
    """The kinds of the errors and their places. Messages are left out: an exception's may quote a person.

    Of a log line its template stays, as `config.logging.complete` has kept it.
    """
    errors = event.get("exception", {}).get("values", [])
    template = getattr(hint.get("log_record"), "template", None)
    return {
        **{name: event[name] for name in _KEPT if name in event},
        "exception": {"values": [_bare(error) for error in errors]},
        **({"logentry": {"message": template}} if isinstance(template, str) else {}),
    }


def _bare(error: dict[str, Any]) -> dict[str, Any]:
    frames = (error.get("stacktrace") or {}).get("frames", [])
    places = [{name: frame[name] for name in _KEPT_OF_FRAME if name in frame} for frame in frames]
    return {"type": error.get("type"), "module": error.get("module"), "stacktrace": {"frames": places}}
