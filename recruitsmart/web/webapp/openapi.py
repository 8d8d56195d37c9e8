"""The API's document, and what it says of a request's parts in the form in which requests are judged by it."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from recruitsmart import __version__
from recruitsmart.domain.dialogue.booking import LONGEST_REASON
from recruitsmart.domain.dialogue.models import PageOutcome
from recruitsmart.domain.dialogue.page_view import Step
from recruitsmart.domain.messaging.texts import LANGUAGES
from recruitsmart.domain.slots.models import LIVE, Purpose
from recruitsmart.web.webapp.answers import ROOT
from recruitsmart.web.webapp.init_data import InitDataRefused

Schema = dict[str, Any]

INIT_DATA_HEADER, KEY_HEADER = "X-Telegram-Init-Data", "Idempotency-Key"
ID: Schema = {"type": "integer", "minimum": 1, "maximum": 2**53 - 1}
KEY: Schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
DAY: Schema = {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
REASON: Schema = {
    "type": "string", "minLength": 1, "maxLength": LONGEST_REASON,
    "description": "`plans`, `job` or `mind`, or own words.",
}  # fmt: skip

BODIES: dict[str, dict[str, Schema]] = {
    "/booking": {"slot_id": ID},
    "/reschedule": {"booking_id": ID, "slot_id": ID},
    "/cancel": {"booking_id": ID, "reason": REASON},
}
QUERY: dict[str, Schema] = {"from": DAY, "to": DAY, "recruiter": ID}


def fits(value: Any, schema: Schema) -> bool:
    """Whether a value is what a schema of this module says."""
    if schema["type"] == "integer":  # in JSON 7.0 is one too
        is_whole = type(value) is int or (type(value) is float and value.is_integer())
        return is_whole and schema["minimum"] <= value <= schema["maximum"]
    if not isinstance(value, str) or not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 64):
        return False
    return re.fullmatch(schema.get("pattern", "(?s).*"), value) is not None and _is_day_if_any(value, schema)


def _is_day_if_any(value: str, schema: Schema) -> bool:
    if schema.get("format") != "date":
        return True
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True


def _object(properties: Mapping[str, Schema]) -> Schema:
    return {"type": "object", "additionalProperties": False, "required": list(properties), "properties": properties}


def _maybe(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "null"}]}


def _words(*allowed: str) -> Schema:
    return {"type": "string", "enum": list(allowed)} if allowed else {"type": "string"}


_INSTANT = {"type": "string", "format": "date-time"}
_PURPOSE = _words(*(purpose.value for purpose in Purpose))
_PLACE = {"purpose": _PURPOSE, "city": _maybe(_words()), "time_zone": _words(), "zone": _words()}
_HOUR = {"id": ID, "starts_at": _INSTANT, "zone": _words()}
_WHEN_IT_STANDS = dict.fromkeys(("recruiter", "link", "address", "map_url", "contact", "bring"), _maybe(_words()))
_BOOKING = {
    "id": ID, "purpose": _PURPOSE, "status": _words(*(status.value for status in LIVE)), "starts_at": _INSTANT,
    "ends_at": _INSTANT, "time_zone": _words(), "zone": _words(), "city": _words(), **_WHEN_IT_STANDS,
    "may_move": {"type": "boolean"}, "may_cancel": {"type": "boolean"},
}  # fmt: skip
_ME = {
    "name": _words(), "language": _words(*LANGUAGES), "step": _words(*Step), **_PLACE,
    "booking": _maybe({"$ref": "#/components/schemas/Booking"}),
}  # fmt: skip
_SLOTS = {
    **_PLACE,
    "recruiters": {"type": "array", "items": _object({"id": ID, "name": _words()})},
    "held": {"type": "array", "items": _object({**_HOUR, "held_until": _INSTANT})},
    "slots": {"type": "array", "items": {"$ref": "#/components/schemas/Hour"}},
}
_DONE = {
    "outcome": _words(*(outcome.value for outcome in PageOutcome)),
    "booking": _maybe({"$ref": "#/components/schemas/Booking"}),
}
_ERROR = {
    "type": "object", "required": ["error"], "additionalProperties": False,
    "properties": {"error": {
        "type": "object", "required": ["code", "message"], "additionalProperties": False,
        "properties": {
            "code": _words(), "message": _words(),
            "nearest": {"type": "array", "items": {"$ref": "#/components/schemas/Hour"}},
        },
    }},
}  # fmt: skip

_REFUSED = ", ".join(sorted(kind.code for kind in InitDataRefused.__subclasses__()))
_ERRORS = {
    400: "The body is no JSON.",
    401: f"The init data prove nothing: {_REFUSED}.",
    403: "Nobody who has pressed Start and agreed to data processing: `not_started`.",
    404: "There is no such thing, or it is somebody else's.",
    409: "It cannot be done now: `taken`, `closed`, `too_soon` (with the nearest free hours), `already_booked`, "
    "`booking_gone`, `too_late`, `wrong_stage`.",
    413: "The body is too large.",
    415: "The body is not announced as application/json.",
    422: "A part of the request is wrong (`invalid`), or the key was used for another one (`key_reused`).",
    429: "Too many requests.",
    500: "It failed, and nothing was changed.",
    503: "No answer in time: repeat it with the same Idempotency-Key.",
}
_ALWAYS = (401, 403, 429, 500, 503)


def document() -> Schema:
    """The OpenAPI document."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "RecruitSmart Mini App", "version": __version__},
        "servers": [{"url": ROOT}],
        "security": [{"initData": []}],
        "paths": _paths(),
        "components": {
            "securitySchemes": {"initData": {"type": "apiKey", "in": "header", "name": INIT_DATA_HEADER}},
            "schemas": {"Booking": _object(_BOOKING), "Hour": _object(_HOUR), "Error": _ERROR},
        },
    }


def _paths() -> Schema:
    in_query = [{"name": name, "in": "query", "required": False, "schema": schema} for name, schema in QUERY.items()]
    booking = {"$ref": "#/components/schemas/Booking"}
    return {
        "/me": {"get": _operation("Where the application stands, and the booked hour.", 200, _object(_ME))},
        "/slots": {
            "get": _operation("Hours to choose, or to move to.", 200, _object(_SLOTS), 422) | {"parameters": in_query}
        },
        "/intro_day": {"get": _operation("The booked introductory day.", 200, booking, 404)},
        "/booking": {"post": _writing("Take a free hour.", 201, "/booking")},
        "/reschedule": {"post": _writing("Take another hour instead.", 200, "/reschedule")},
        "/cancel": {"post": _writing("Give the hour back.", 200, "/cancel")},
    }


def _writing(summary: str, status: int, path: str) -> Schema:
    content = {"application/json": {"schema": _object(BODIES[path])}}
    return _operation(summary, status, _object(_DONE), 400, 404, 409, 413, 415, 422) | {
        "parameters": [{"name": KEY_HEADER, "in": "header", "required": False, "schema": KEY}],
        "requestBody": {"required": True, "content": content},
    }


def _operation(summary: str, status: int, schema: Schema, *errors: int) -> Schema:
    responses = {str(status): {"description": "Done.", "content": {"application/json": {"schema": schema}}}}
    for error in sorted({*errors, *_ALWAYS}):
        problem = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
        responses[str(error)] = {"description": _ERRORS[error], "content": problem}
    return {"summary": summary, "responses": responses}
