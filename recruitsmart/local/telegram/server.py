"""Puts the simulator together and serves it."""

import asyncio
from collections.abc import Callable
from datetime import datetime

from aiohttp import web

from recruitsmart import clock

from . import botapi, control, page
from .errors import ControlError
from .state import TOKEN, Simulator

DEFAULT_TOKEN = "1:TEST"
SIMULATOR = web.AppKey("simulator", Simulator)

# Clients put whole messages into the address: 4096 Cyrillic letters are 24 kB there, and too long ones must
# be refused by the method, not by the server.
LONGEST_LINE = 1024 * 1024
LARGEST_UPLOAD = 64 * 1024 * 1024
WAITING_CONNECTIONS = 1024


def make_app(
    token: str | None = None,
    *,
    now: Callable[[], datetime] = clock.now,
    panel_url: str = "",
    first_person: int = 1001,
) -> web.Application:
    """The whole simulator as one application.

    Args:
        token: the bot of people who are added without one.
        now: what time it is; tests move it.
        first_person: the number of the first person added; a system that remembers the people of an earlier
            simulator needs others than those.
        panel_url: where the page's link to the panel leads; empty for none.

    Raises:
        ControlError: the token does not look like one.
    """
    token = token or DEFAULT_TOKEN
    if not TOKEN.fullmatch(token):
        raise ControlError("A token looks like 123:abc.")
    app = web.Application(client_max_size=LARGEST_UPLOAD)
    simulator = app[SIMULATOR] = Simulator(token=token, now=now, first_person=first_person)
    botapi.add_routes(app, simulator)
    control.add_routes(app, simulator)
    page.add_routes(app, simulator, panel_url=panel_url)
    app.on_cleanup.append(_stop_webhooks)
    return app


async def start(app: web.Application, *, host: str = "127.0.0.1", port: int = 0) -> tuple[web.AppRunner, int]:
    """Begin to serve; answers what to clean up and the port, which the system chooses for 0."""
    runner = web.AppRunner(
        app, access_log=None, max_line_size=LONGEST_LINE, max_field_size=LONGEST_LINE, shutdown_timeout=0.2
    )
    await runner.setup()
    await web.TCPSite(runner, host, port, backlog=WAITING_CONNECTIONS).start()
    return runner, runner.addresses[0][1]


async def _stop_webhooks(app: web.Application) -> None:
    webhooks = [bot.webhook for bot in app[SIMULATOR].bots.values() if bot.webhook]
    await asyncio.gather(*(webhook.stop() for webhook in webhooks))
