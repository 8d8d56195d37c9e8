"""The chat page and what it asks for besides the control API."""

import asyncio
import json
from functools import partial
from pathlib import Path
from typing import Any

from aiohttp import web

from .chats import Person
from .control import answering, person_of
from .errors import ControlError
from .miniapp import menu_button, offered, signed_address
from .state import Simulator
from .views import person_as_shown, shown_message
from .wire import encoded

STATIC = Path(__file__).parent / "static"
ASSETS = (
    "api.js",
    "bubbles.js",
    "chat.css",
    "chat.js",
    "dom.js",
    "icon.svg",
    "pane.js",
    "people.js",
    "rich.js",
)
PEOPLE_SHOWN = 200
MESSAGES_SHOWN = 300
HEARTBEAT_SECONDS = 15

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}


def add_routes(app: web.Application, simulator: Simulator, *, panel_url: str) -> None:
    """Serve the page; `panel_url` is where its link to the panel leads, empty for none."""
    app.router.add_get("/", _index)
    app.router.add_get("/static/{name}", _asset)
    app.router.add_get("/page/events", partial(_events, simulator))
    app.router.add_get("/page/start", answering(simulator, partial(_start, panel_url)))
    app.router.add_get("/page/chats/{person}", answering(simulator, _chat))
    app.router.add_get("/page/chats/{person}/app", answering(simulator, _open_app))


async def _index(request: web.Request) -> web.FileResponse:
    return web.FileResponse(STATIC / "index.html", headers=_HEADERS)


async def _asset(request: web.Request) -> web.FileResponse:
    name = request.match_info["name"]
    if name not in ASSETS:
        raise web.HTTPNotFound
    return web.FileResponse(STATIC / name, headers=_HEADERS)


async def _start(panel_url: str, simulator: Simulator, request: web.Request) -> dict[str, Any]:
    everyone = list(simulator.people.values())
    return {
        "panel_url": panel_url,
        "people": [_with_last(simulator, person) for person in everyone[-PEOPLE_SHOWN:]],
        "hidden": max(len(everyone) - PEOPLE_SHOWN, 0),
    }


def _with_last(simulator: Simulator, person: Person) -> dict[str, Any]:
    last = next(reversed(person.messages.values()), None)
    return person_as_shown(person) | {"last": last and shown_message(simulator.files, last)}


async def _chat(simulator: Simulator, request: web.Request) -> dict[str, Any]:
    person = person_of(simulator, request)
    newest = list(person.messages.values())[-MESSAGES_SHOWN:]
    return {
        "person": person_as_shown(person),
        "messages": [shown_message(simulator.files, message) for message in newest],
        "commands": _commands(person),
        "menu_button": menu_button(person),
        "description": _in_language(person, person.bot.descriptions),
    }


async def _open_app(simulator: Simulator, request: web.Request) -> web.Response:
    person = person_of(simulator, request)
    url = request.query.get("url", "")
    if not url.startswith(("http://", "https://")) or not offered(person, url):
        raise ControlError("The bot has not offered this Mini App here.", status=404)
    # Not HTTPFound: it takes the address apart and loses the escapes the signature relies on.
    address = signed_address(url, person, theme=request.query.get("theme", ""), now=simulator.now())
    return web.Response(status=302, headers={"Location": address})


async def _events(simulator: Simulator, request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
    await response.prepare(request)
    queue = simulator.feed.listen()
    try:
        await response.write(_event("hello", {}))
        while True:
            await response.write(await _next_event(queue))
    except ConnectionError:
        return response
    finally:
        simulator.feed.leave(queue)


async def _next_event(queue: asyncio.Queue[tuple[str, object]]) -> bytes:
    try:
        async with asyncio.timeout(HEARTBEAT_SECONDS):
            return _event(*await queue.get())
    except TimeoutError:
        return b": still here\n\n"


def _event(name: str, value: object) -> bytes:
    return encoded(f"event: {name}\ndata: {json.dumps(value, ensure_ascii=False)}\n\n")


def _commands(person: Person) -> list[dict[str, str]]:
    """The menu Telegram would show: this chat's own first, then private chats', then everyone's."""
    own = json.dumps({"chat_id": person.person_id, "type": "chat"}, sort_keys=True)
    for scope in (own, '{"type": "all_private_chats"}', '{"type": "default"}'):
        by_language = {
            language: commands for (each, language), commands in person.bot.commands.items() if each == scope
        }
        if found := _in_language(person, by_language):
            return found
    return []


def _in_language(person: Person, by_language: dict[str, Any]) -> Any:
    return by_language.get(person.language_code) or by_language.get("") or ""
