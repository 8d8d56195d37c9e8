"""The arguments of a Bot API call, whichever way they came: query, form, multipart or JSON."""

import json
import re
from typing import Any

from aiohttp import web

from .errors import bad_request
from .multipart import Upload, read_multipart

_SURROGATE = re.compile("[\ud800-\udfff]")
_FALSE = ("", "false", "0", "no", "none", "null")


async def read_arguments(request: web.Request) -> "Arguments":
    """Everything the caller sent; the body wins over the query.

    Raises:
        ApiError: 400, when a JSON body is not an object.
    """
    values: dict[str, Any] = dict(request.query) if request.query_string else {}
    if request.can_read_body:
        if request.content_type == "application/json":
            values |= await _json_body(request)
        elif request.content_type == "multipart/form-data":
            values |= read_multipart(request.headers["Content-Type"], await request.read())
        elif request.content_type == "application/x-www-form-urlencoded":
            values |= dict(await request.post())
    return Arguments(values)


async def _json_body(request: web.Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except (ValueError, LookupError) as error:  # no JSON, or in a charset that nobody knows
        raise bad_request("can't parse request as JSON object") from error
    if not isinstance(body, dict):
        raise bad_request("can't parse request as JSON object")
    return body


class Arguments:
    """One call's arguments, read the way Telegram is: texts may stand for numbers, truths and JSON."""

    __slots__ = ("_values",)

    def __init__(self, values: dict[str, Any]) -> None:
        self._values = values

    def raw(self, name: str) -> Any:
        """The argument as it came; None when absent."""
        return self._values.get(name)

    def text(self, name: str) -> str:
        """The argument as text; empty when absent.

        Raises:
            ApiError: 400, when it holds half of a surrogate pair.
        """
        value = self._values.get(name)
        if value is None or isinstance(value, Upload):
            return ""
        text = value if isinstance(value, str) else json.dumps(value)
        if not text.isascii() and _SURROGATE.search(text):
            raise bad_request("strings must be encoded in UTF-8")
        return text

    def integer(self, name: str, default: int = 0) -> int:
        """The argument as a whole number.

        Raises:
            ApiError: 400, when it is something else.
        """
        value = self._values.get(name)
        if value in (None, ""):
            return default
        try:
            return int(value)
        except (TypeError, ValueError, OverflowError) as error:
            raise bad_request(f'invalid value of parameter "{name}" specified') from error

    def number(self, name: str) -> float:
        """The argument as a number.

        Raises:
            ApiError: 400, when it is absent or something else.
        """
        try:
            return float(self._values.get(name, ""))
        except (TypeError, ValueError) as error:
            raise bad_request(f'parameter "{name}" is not specified or not a number') from error

    def is_set(self, name: str) -> bool:
        """The argument as a truth; absent means no."""
        value = self._values.get(name)
        return value.lower() not in _FALSE if isinstance(value, str) else bool(value)

    def structure(self, name: str) -> Any:
        """The argument as JSON; None when absent.

        Raises:
            ApiError: 400, when its text is not JSON.
        """
        value = self._values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value) if value else None
        except ValueError as error:
            raise bad_request(f"can't parse {name} JSON object") from error

    def upload(self, name: str) -> Upload | None:
        """An uploaded file, also one that another argument points to with attach://."""
        value = self._values.get(name)
        if isinstance(value, str) and value.startswith("attach://"):
            value = self._values.get(value.removeprefix("attach://"))
        return value if isinstance(value, Upload) else None
