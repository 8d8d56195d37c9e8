"""Server-Timing: how long a request took here and in Postgres; browsers show it to staff who look for it.

Only for who is signed in: to others, how long we took may say what we know.
"""

from dataclasses import dataclass
from time import monotonic, thread_time
from typing import Any

from flask import Flask, Response, g, has_app_context
from sqlalchemy import event

from recruitsmart.extensions import db

HEADER = "Server-Timing"


@dataclass(kw_only=True)
class Spent:
    """What one request has used so far; seconds."""

    began: float
    processor_began: float
    statements: int = 0
    in_postgres: float = 0.0
    slowest: float = 0.0
    statement_began: float = 0.0


def init_app(app: Flask) -> None:
    """Time every request and its statements."""
    app.before_request(_begin)
    app.after_request(_tell)
    with app.app_context():
        event.listen(db.engine, "before_cursor_execute", _statement_begins)
        event.listen(db.engine, "after_cursor_execute", _statement_ends)


def _begin() -> None:
    g.spent = Spent(began=monotonic(), processor_began=thread_time())


def _spent() -> Spent | None:
    return g.get("spent") if has_app_context() else None


def _statement_begins(*_: Any) -> None:
    spent = _spent()
    if spent is not None:
        spent.statement_began = monotonic()


def _statement_ends(*_: Any) -> None:
    spent = _spent()
    if spent is not None:
        took = monotonic() - spent.statement_began
        spent.statements += 1
        spent.in_postgres += took
        spent.slowest = max(spent.slowest, took)


def _tell(response: Response) -> Response:
    spent, who = _spent(), g.get("_login_user")  # Flask-Login's place; asking it would load the account
    if spent is not None and who is not None and who.is_authenticated:
        response.headers[HEADER] = ", ".join([
            f"app;dur={(monotonic() - spent.began) * 1000:.1f}",
            f"cpu;dur={(thread_time() - spent.processor_began) * 1000:.1f}",
            f"db;dur={spent.in_postgres * 1000:.1f};desc={spent.statements}",
            f"slowest;dur={spent.slowest * 1000:.1f}",
        ])  # fmt: skip
    return response
