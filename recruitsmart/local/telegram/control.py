"""The control API: /sim, for tests, benchmarks and the page."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from itertools import islice
from typing import Any

from aiohttp import web

from . import people
from .chats import Person
from .errors import ControlError
from .files import download
from .sending import MOST_DIGITS
from .state import Simulator
from .views import person_as_shown, shown_answer, shown_message
from .wire import encoded

LONGEST_WAIT_SECONDS = 300
CALLS_PER_CHUNK = 2000
NAMES = ("first_name", "last_name", "username", "language_code", "role")

Handler = Callable[[Simulator, web.Request], Awaitable[Any]]


def add_routes(app: web.Application, simulator: Simulator) -> None:
    """Serve the control API of this simulator."""
    for method, path, handler in ROUTES:
        app.router.add_route(method, path, answering(simulator, handler))


def answering(simulator: Simulator, handler: Handler) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler whose value becomes JSON, and whose refusals become JSON with a sentence."""

    async def answer(request: web.Request) -> web.StreamResponse:
        try:
            result = await handler(simulator, request)
        except ControlError as error:
            return _as_json({"error": str(error)}, status=error.status)
        return result if isinstance(result, web.StreamResponse) else _as_json(result)

    return answer


async def body_of(request: web.Request) -> dict[str, Any]:
    """The JSON object a caller sent; empty when there is no body.

    Raises:
        ControlError: 400, when it is something else.
    """
    if not request.can_read_body:
        return {}
    try:
        body = json.loads(await request.read() or b"{}")
    except ValueError as error:
        raise ControlError("The body is not JSON.") from error
    if not isinstance(body, dict):
        raise ControlError("The body must be a JSON object.")
    return body


def person_of(simulator: Simulator, request: web.Request) -> Person:
    """The person the path names."""
    given = request.match_info["person"]
    if not given.isdecimal() or len(given) > MOST_DIGITS:
        raise ControlError(f"There is no person {given}.", status=404)
    return simulator.person(int(given))


async def _add_person(simulator: Simulator, request: web.Request) -> Any:
    body = await body_of(request)
    names = {name: body[name] for name in (*NAMES, "token") if body.get(name) is not None}
    for name, value in names.items():
        if not isinstance(value, str) or len(value) > 256:
            raise ControlError(f"{name} must be a text of at most 256 characters.")
    if not names.get("first_name", "").strip():
        raise ControlError("A person needs a first_name.")
    return {"id": simulator.add_person(**names).person_id}


async def _everyone(simulator: Simulator, request: web.Request) -> Any:
    return [person_as_shown(person) for person in simulator.people.values()]


async def _write(simulator: Simulator, request: web.Request) -> Any:
    person = person_of(simulator, request)
    update_id, message_id = _said(simulator, person, await body_of(request))
    return {"update_id": update_id, "message_id": message_id}


def _said(simulator: Simulator, person: Person, body: dict[str, Any]) -> tuple[int | None, int]:
    if body.get("photo"):
        return people.send_photo(simulator, person, str(body.get("caption") or body.get("text") or ""))
    if body.get("sticker"):
        return people.send_sticker(simulator, person)
    if body.get("voice"):
        return people.send_voice(simulator, person)
    if isinstance(body.get("contact"), dict):
        return people.share_contact(simulator, person, body["contact"])
    if isinstance(body.get("text"), str):
        return people.write(simulator, person, body["text"])
    raise ControlError("Say what the person sends: text, contact, photo, sticker or voice.")


async def _edit(simulator: Simulator, request: web.Request) -> Any:
    person, given = person_of(simulator, request), request.match_info["message"]
    body = await body_of(request)
    if not isinstance(body.get("text"), str):
        raise ControlError("Say what the message becomes: text.")
    message_id = int(given) if given.isdecimal() and len(given) <= MOST_DIGITS else 0
    return {"update_id": people.edit(simulator, person, message_id, body["text"]), "message_id": message_id}


async def _press(simulator: Simulator, request: web.Request) -> Any:
    person = person_of(simulator, request)
    body = await body_of(request)
    if not isinstance(body.get("message_id"), int):
        raise ControlError("message_id must be a whole number.")
    wanted = {name: body[name] for name in ("data", "text") if body.get(name) is not None}
    if not wanted:
        raise ControlError("Name the button by its data or by its text.")
    return people.press(simulator, person, body["message_id"], wanted)


async def _messages(simulator: Simulator, request: web.Request) -> Any:
    person = person_of(simulator, request)
    after = _number(request, "after")
    await _wait_for(person, after, person.messages.values, seconds=_number(request, "wait"))
    origin = f"{request.scheme}://{request.host}"
    newer = _newer(person.messages.values(), after)
    return [shown_message(simulator.files, message, origin=origin) for message in newer]


async def _answers(simulator: Simulator, request: web.Request) -> Any:
    person = person_of(simulator, request)
    after = _number(request, "after")
    await _wait_for(person, after, lambda: person.answers, seconds=_number(request, "wait"))
    return [shown_answer(answer) for answer in _newer(person.answers, after)]


async def _wait_for(person: Person, after: float, entries: Callable[[], Any], *, seconds: float) -> None:
    """Return when an entry is newer than `after`, or when the time is over."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + min(seconds, LONGEST_WAIT_SECONDS)
    while not _newer(entries(), after) and (left := deadline - clock()) > 0:
        await person.news.wait(left)


def _newer(entries: Any, after: float) -> list[Any]:
    """The entries after a `seq`, oldest first; looks at no others, however long the chat is."""
    newer = []
    for entry in reversed(entries):
        if entry.seq <= after:
            break
        newer.append(entry)
    return newer[::-1]


async def _block(simulator: Simulator, request: web.Request) -> Any:
    return {"update_id": people.block(simulator, person_of(simulator, request)), "blocked": True}


async def _unblock(simulator: Simulator, request: web.Request) -> Any:
    return {"update_id": people.unblock(simulator, person_of(simulator, request)), "blocked": False}


async def _inject(simulator: Simulator, request: web.Request) -> Any:
    return {"update_id": people.inject(person_of(simulator, request), await body_of(request))}


async def _show_faults(simulator: Simulator, request: web.Request) -> Any:
    return simulator.faults.as_json()


async def _change_faults(simulator: Simulator, request: web.Request) -> Any:
    simulator.faults.change(await body_of(request))
    return simulator.faults.as_json()


async def _calls(simulator: Simulator, request: web.Request) -> web.StreamResponse:
    """All calls, in pieces: a million of them must not keep anyone else waiting."""
    entries = simulator.calls.after(int(_number(request, "after")))
    if "limit" in request.query:
        entries = islice(entries, int(_number(request, "limit")))
    response = web.StreamResponse(headers={"Content-Type": "application/json"})
    await response.prepare(request)
    opening = "["
    while chunk := list(islice(entries, CALLS_PER_CHUNK)):
        await response.write((opening + ",".join(map(json.dumps, chunk))).encode())
        opening = ","
    await response.write(b"[]" if opening == "[" else b"]")
    return response


async def _stats(simulator: Simulator, request: web.Request) -> Any:
    return simulator.stats()


async def _reset(simulator: Simulator, request: web.Request) -> Any:
    simulator.reset()
    return {}


async def _file(simulator: Simulator, request: web.Request) -> web.Response:
    return download(simulator, request.match_info["file_id"])


async def _nothing_here(simulator: Simulator, request: web.Request) -> Any:
    raise ControlError(f"{request.method} {request.path} is not part of the control API.", status=404)


def _number(request: web.Request, name: str) -> float:
    given = request.query.get(name) or "0"
    try:
        number = float(given)
    except ValueError as error:
        raise ControlError(f"{name} must be a number.") from error
    if not 0 <= number < 1e15:
        raise ControlError(f"{name} must be a number from 0.")
    return number


def _as_json(value: Any, *, status: int = 200) -> web.Response:
    body = encoded(json.dumps(value, ensure_ascii=False))
    return web.Response(body=body, status=status, content_type="application/json")


_PERSON = "/sim/people/{person}"
ROUTES: tuple[tuple[str, str, Handler], ...] = (
    ("POST", "/sim/people", _add_person),
    ("GET", "/sim/people", _everyone),
    ("POST", f"{_PERSON}/messages", _write),
    ("GET", f"{_PERSON}/messages", _messages),
    ("PUT", f"{_PERSON}/messages/{{message}}", _edit),
    ("POST", f"{_PERSON}/presses", _press),
    ("GET", f"{_PERSON}/answers", _answers),
    ("POST", f"{_PERSON}/block", _block),
    ("DELETE", f"{_PERSON}/block", _unblock),
    ("POST", f"{_PERSON}/updates", _inject),
    ("GET", "/sim/faults", _show_faults),
    ("PUT", "/sim/faults", _change_faults),
    ("GET", "/sim/calls", _calls),
    ("GET", "/sim/stats", _stats),
    ("POST", "/sim/reset", _reset),
    ("GET", "/sim/files/{file_id}", _file),
    ("*", "/sim/{rest:.*}", _nothing_here),
)
