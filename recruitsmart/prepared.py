"""Statements that Postgres parses and plans once for a while, not each time.

What every update asks for is quickly executed and slowly planned: two thirds of Postgres' share of a reply was
planning. psycopg2 sends words only, so PREPARE and EXECUTE are sent as words.
"""

import re
from dataclasses import dataclass
from itertools import count
from time import monotonic
from typing import Any

from psycopg2.errors import FeatureNotSupported
from sqlalchemy import Connection, Engine, ExceptionContext, event

PLAN_SECONDS = 10.0  # a plan knows the tables as they were: one made for an empty table suits no backlog
_VALUE = re.compile(r"%\((\w+)\)s")
_numbers = count()


@dataclass(frozen=True, kw_only=True)
class _Prepared:
    name: str
    call: str
    until: float  # of the monotonic clock


def prepare_marked(engine: Engine) -> None:
    """Send what has the execution option `prepared="name"` by that name and a number, at first with what makes it.

    The connections must be ours until they close, and a marked statement always written alike. Postgres plans for
    values it does not know: what decides between indexes (a state, a LIMIT) must be a constant in the statement; a
    value of any type at all needs a cast.
    """

    @event.listens_for(engine, "before_cursor_execute", retval=True)
    def _by_name(
        connection: Connection, _: Any, statement: str, values: Any, context: Any, is_many: bool
    ) -> tuple[str, Any]:
        label = None if context is None or is_many else context.execution_options.get("prepared")
        if label is None:
            return statement, values
        known: dict[str, _Prepared] = connection.info.setdefault("prepared", {})  # goes with the connection
        before = known.get(statement)
        if before is not None and monotonic() < before.until:
            return before.call, values
        known.pop(statement, None)  # until this has succeeded nobody knows which of the two names there are
        context.prepared = statement, (new := _named(label, statement))
        drop = "" if before is None else f"; DEALLOCATE {before.name}"
        return f"PREPARE {new.name} AS {_numbered(statement)}{drop}; {new.call}", values

    @event.listens_for(engine, "after_cursor_execute")
    def _remember(connection: Connection, _: Any, __: str, ___: Any, context: Any, ____: bool) -> None:
        prepared = getattr(context, "prepared", None)
        if prepared is not None:
            statement, new = prepared
            connection.info["prepared"][statement] = new

    @event.listens_for(engine, "handle_error")
    def _forget(failure: ExceptionContext) -> None:
        """A migration has given a column another type: what was planned before it is of no use any more."""
        if isinstance(failure.original_exception, FeatureNotSupported) and failure.connection is not None:
            failure.connection.info.pop("prepared", None)


def _places(statement: str) -> list[str]:
    return list(dict.fromkeys(_VALUE.findall(statement)))


def _numbered(statement: str) -> str:
    places = _places(statement)
    return _VALUE.sub(lambda value: f"${places.index(value[1]) + 1}", statement)


def _named(label: str, statement: str) -> _Prepared:
    name = f"{label}_{next(_numbers)}"
    given = ", ".join(f"%({place})s" for place in _places(statement))
    call = f"EXECUTE {name}" + (f" ({given})" if given else "")
    return _Prepared(name=name, call=call, until=monotonic() + PLAN_SECONDS)
