"""How every process logs: one line per event, to stdout and to the shared file, with ids and no secrets."""

import io
import logging
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from config.logfile import SharedLogFile
from config.masking import masked, without_secrets
from config.model import Settings

# Extras that reach the line. Others are dropped: Celery, for one, attaches the arguments of a task to its
# events, and those are what people wrote.
_EXTRAS = frozenset(
    {"action", "attempt", "count", "error", "host", "kind", "lane", "method", "port", "queue", "reason"}
    | {"signal", "status", "task", "version"}
)
_EXTRA_ENDINGS = (
    "_id",
    "_ids",
    "_ms",
    "_seconds",
    "_bytes",
    "_count",
    "_code",
    "_at",
    "_after",
    "_kind",
    "_key",
)

# At DEBUG these write what people said, tokens, or SQL with its values.
_TALKATIVE = ("TeleBot", "amqp", "celery", "kombu", "urllib3")
# At INFO these write a line per statement or per task; our own line per update says more.
_BUSY = ("alembic.runtime.plugins", "celery.app.trace", "celery.beat", "celery.worker.strategy", "sqlalchemy")
# These bring a handler of their own, which would write a second, unmasked line.
_SELF_HANDLED = ("TeleBot", "gunicorn.error")

# Line ends and terminal sequences inside hostile text, and halves of surrogate pairs no file can take.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")

_Error = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

_context: ContextVar[dict[str, int | str]] = ContextVar("log_context")

_logger = logging.getLogger(__name__)


def configure_logging(settings: Settings, process: str) -> None:
    """Send this process' log to stdout and to `settings.log_file`; replaces whatever was configured.

    Args:
        process: the process type as in the Procfile; it is part of each line.
    """
    formatter = JsonLines(process) if settings.log_json else PlainLines(process)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # Cyrillic on a terminal set to ASCII
    root = logging.getLogger()
    _drop_handlers(root)
    for handler in (logging.StreamHandler(sys.stdout), SharedLogFile(settings.log_file)):
        handler.addFilter(complete)
        handler.setFormatter(formatter)
        root.addHandler(handler)
    root.setLevel(settings.log_level)
    _calm_libraries(root.level)
    logging.captureWarnings(True)
    sys.excepthook = _log_uncaught
    threading.excepthook = _log_uncaught_in_thread


@contextmanager
def log_context(
    *, update_id: int | None = None, candidate_id: int | None = None, task_id: str | None = None
) -> Iterator[None]:
    """Puts the ids on every line logged inside; an inner context adds to the outer one."""
    ids = {"update_id": update_id, "candidate_id": candidate_id, "task_id": task_id}
    known = {name: value for name, value in ids.items() if value is not None}
    token = _context.set({**_context.get({}), **known})
    try:
        yield
    finally:
        _context.reset(token)


def complete(record: logging.LogRecord) -> bool:
    """A filter that lets everything pass: adds the context's ids, settles and masks the message.

    `template` keeps the words before anything was put into them: all that may leave for an error tracker.
    """
    record.__dict__.setdefault("template", record.msg)
    for name, value in _context.get({}).items():
        record.__dict__.setdefault(name, value)
    try:
        message = record.getMessage()
    except Exception:  # noqa: BLE001 - an argument's own __str__ may raise anything, for example a detached row
        # nothing above would catch it, and logging's own report would show the arguments
        message = f"{record.msg} (the arguments of this log line do not fit)"
    record.msg, record.args = masked(message), None
    return True


class PlainLines(logging.Formatter):
    """`2026-03-01T10:00:00.123Z INFO web[17] recruitsmart.web: Booked. action=reserve update_id=8`"""

    def __init__(self, process: str) -> None:
        super().__init__(f"%(asctime)s %(levelname)s {process}[%(process)d] %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:
        return _timestamp(record)

    def formatMessage(self, record: logging.LogRecord) -> str:
        pairs = (f" {name}={value}" for name, value in _extras(record).items())
        return super().formatMessage(record) + "".join(pairs)

    def formatException(self, ei: _Error) -> str:
        return masked(super().formatException(ei))

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(_UNPRINTABLE.sub(_escaped, super().format(record)))


class JsonLines(JsonFormatter):
    """One JSON object per line, with the same content."""

    def __init__(self, process: str) -> None:
        super().__init__()
        self._process = process

    def add_fields(self, log_data: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        log_data["at"] = _timestamp(record)
        log_data["level"] = record.levelname
        log_data["process"] = self._process
        log_data["pid"] = record.process
        log_data["logger"] = record.name
        log_data["message"] = record.getMessage()
        log_data.update(_extras(record))
        log_data.update(message_dict)

    def formatException(self, ei: _Error) -> str:
        return masked(str(super().formatException(ei)))

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


def _timestamp(record: logging.LogRecord) -> str:
    """UTC, so that lines of processes with different zones sort."""
    instant = datetime.fromtimestamp(record.created, UTC)
    return instant.strftime("%Y-%m-%dT%H:%M:%S.") + f"{instant.microsecond // 1000:03d}Z"


def _extras(record: logging.LogRecord) -> dict[str, object]:
    return {name: value for name, value in record.__dict__.items() if name in _EXTRAS or name.endswith(_EXTRA_ENDINGS)}


def _escaped(match: re.Match[str]) -> str:
    return match[0].encode("unicode_escape").decode("ascii")


def _calm_libraries(level: int) -> None:
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(level, logging.INFO))
    for name in _BUSY:
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
    for name in _SELF_HANDLED:
        library = logging.getLogger(name)
        _drop_handlers(library)
        library.propagate = True


def _drop_handlers(logger: logging.Logger) -> None:
    for handler in logger.handlers[:]:
        logger.removeHandler(handler)
        handler.close()


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: TracebackType | None) -> None:
    """The interpreter's own report would go to stderr with the bot token in it."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, traceback)
    else:
        _logger.critical("The process ends with an uncaught error.", exc_info=(kind, error, traceback))


def _log_uncaught_in_thread(details: threading.ExceptHookArgs) -> None:
    if details.exc_value is not None and not isinstance(details.exc_value, SystemExit):
        error = details.exc_value
        _logger.critical("A thread ends with an uncaught error.", exc_info=(type(error), error, error.__traceback__))
