"""ENTRY: `python -m bot`."""

import logging
import os
import signal
import socket
import sys
import threading

from celery import Celery

from bot import menu
from bot.loop import Loop
from config.logging import configure_logging
from config.settings import Settings, settings_or_exit
from recruitsmart import __version__, clock
from recruitsmart.telegram.client import Telegram
from recruitsmart.telegram.errors import CallFailed
from workers.acknowledgements import Acknowledgements
from workers.client import make_client
from workers.connections import redis_client
from workers.contract import BeatOther, FromPerson, send
from workers.nudges import nudge

log = logging.getLogger("bot")

HEARTBEAT_SECONDS = 5.0  # a third of the silence after which the bot is taken for dead


def main() -> int:
    settings = settings_or_exit()
    configure_logging(settings, "bot")
    if not settings.bot_enabled or settings.bot_use_webhook:
        log.info("the bot does not poll: it is switched off or works by webhook")
        return _wait_for_signal()
    if settings.bot_token is None or settings.redis_url is None:
        print("The bot needs BOT_TOKEN and REDIS_URL. `make run` sets both.", file=sys.stderr)
        return 1
    _poll(settings, settings.bot_token)
    return 0


def _poll(settings: Settings, token: str) -> None:
    celery = make_client(settings)
    telegram = Telegram(token, settings.telegram_api_url)

    def enqueue(message: FromPerson) -> None:
        send(celery, message, task_id=f"update-{message.update_id}")

    loop = Loop(telegram, Acknowledgements(redis_client(settings)), enqueue)
    signal.signal(signal.SIGTERM, loop.stop)
    signal.signal(signal.SIGINT, loop.stop)
    ended = threading.Event()
    _beat(celery, starts=True)  # before the first update, whose answer may depend on how long we were away
    threading.Thread(target=_keep_beating, args=(celery, ended), daemon=True).start()
    threading.Thread(target=_prepare, args=(telegram,), daemon=True).start()
    log.info("the bot is polling", extra={"action": "bot.start"})
    loop.run()
    ended.set()
    log.info("the bot has stopped", extra={"action": "bot.stop"})


def _prepare(telegram: Telegram) -> None:
    try:
        telegram.delete_webhook()
    except CallFailed:
        log.warning("could not make sure that no webhook is set", extra={"action": "bot.webhook"})
    menu.publish(telegram)


def _keep_beating(celery: Celery, ended: threading.Event) -> None:
    while not ended.wait(HEARTBEAT_SECONDS):
        _beat(celery)


def _beat(celery: Celery, *, starts: bool = False) -> None:
    instance = f"{socket.gethostname()}:{os.getpid()}"
    sent_at = clock.now().timestamp()
    nudge(
        celery,
        BeatOther(process="bot", instance=instance, version=__version__, sent_at=sent_at, starts=starts),
    )


def _wait_for_signal() -> int:
    """A supervisor must not restart a process that has nothing to do: wait until it is told to end."""
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
