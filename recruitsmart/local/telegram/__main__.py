"""python -m recruitsmart.local.telegram --port 8081"""

import argparse
import asyncio
import signal

from recruitsmart import clock

from .server import DEFAULT_TOKEN, make_app, start
from .state import TOKEN

_PEOPLE_SINCE = 1_735_689_600  # fewer than one person a second is added over the years


def main() -> None:
    """Serve until SIGTERM or Ctrl+C."""
    options = _options()
    asyncio.run(_serve(options))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m recruitsmart.local.telegram", description="Telegram on one machine."
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8081, help="0 takes a free one")
    parser.add_argument("--token", default=DEFAULT_TOKEN, help="the bot people talk to (default: %(default)s)")
    parser.add_argument("--panel-url", default="", help="where the page's link to the panel leads")
    parser.add_argument(
        "--first-person", type=int, default=1001, help="the number of the first person added; 0 takes it from the clock"
    )
    options = parser.parse_args()
    if not TOKEN.fullmatch(options.token):
        parser.error("--token must look like 123:abc")
    return options


async def _serve(options: argparse.Namespace) -> None:
    first_person = options.first_person or int(clock.now().timestamp()) - _PEOPLE_SINCE
    app = make_app(options.token, panel_url=options.panel_url, first_person=first_person)
    runner, port = await start(app, host=options.host, port=options.port)
    print(f"Telegram simulator: http://{options.host}:{port}", flush=True)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    await stopped.wait()
    await runner.cleanup()


if __name__ == "__main__":
    main()
