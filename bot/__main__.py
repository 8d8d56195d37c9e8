"""ENTRY: `python -m bot`."""

import logging
import signal
import sys
import threading
from functools import partial

from celery import Celery

from bot import introduction, menu
from bot.loop import Loop
from config.logging import configure_logging
from config.settings import Settings, settings_or_exit
from recruitsmart import metrics, reporting
from recruitsmart.telegram.client import Telegram
from recruitsmart.telegram.errors import CallFailed
from workers.acknowledgements import Acknowledgements
from workers.beating import keep_beating
from workers.client import make_client
from workers.connections import redis_client
from workers.contract import send, send_update

log = logging.getLogger("bot")

REST_SECONDS, AGAIN_SECONDS = 5.0, 3600.0


def main() -> int:
    settings = settings_or_exit()
    configure_logging(settings, "bot")
    reporting.begin(settings, "bot")
    if not settings.bot_enabled:
        log.info("the bot is switched off", extra={"action": "bot.idle"})
        return _wait_for_signal(threading.Event())
    if settings.bot_token is None or settings.redis_url is None:
        print("The bot needs BOT_TOKEN and REDIS_URL. `make run` sets both.", file=sys.stderr)
        return 1
    if settings.takes_webhooks:
        return _watch(settings, settings.bot_token)
    _poll(settings, settings.bot_token)
    return 0


def _watch(settings: Settings, token: str) -> int:
    """The web process takes the updates; what is left for this one is the menu."""
    log.info("the bot does not poll, Telegram posts to the web process", extra={"action": "bot.idle"})
    telegram, ended = Telegram(token, settings.telegram_api_url, page=settings.webapp_url), threading.Event()
    begin = (telegram, make_client(settings), ended)
    threading.Thread(target=_say_who_and_what, args=begin, daemon=True).start()
    return _wait_for_signal(ended)


def _poll(settings: Settings, token: str) -> None:
    celery = make_client(settings)
    telegram = Telegram(token, settings.telegram_api_url, page=settings.webapp_url)
    metrics.begin(settings.metrics_dir)
    acknowledgements = Acknowledgements(redis_client(settings))
    loop = Loop(telegram, acknowledgements, lambda message: send_update(celery, message))
    signal.signal(signal.SIGTERM, loop.stop)
    signal.signal(signal.SIGINT, loop.stop)
    ended = threading.Event()
    keep_beating(celery, "bot", ended)
    threading.Thread(target=_prepare, args=(telegram, celery, ended), daemon=True).start()
    log.info("the bot is polling", extra={"action": "bot.start"})
    loop.run()
    ended.set()
    log.info("the bot has stopped", extra={"action": "bot.stop"})


def _prepare(telegram: Telegram, celery: Celery, ended: threading.Event) -> None:
    """While a webhook is set Telegram refuses to be polled; so it must go, however long Telegram is away."""
    while not _has_no_webhook(telegram) and not ended.wait(REST_SECONDS):
        continue
    _say_who_and_what(telegram, celery, ended)


def _say_who_and_what(telegram: Telegram, celery: Celery, ended: threading.Event) -> None:
    """The menu to Telegram, our own name to the panel; again each hour, for a message may be lost and a bot renamed."""
    menu.publish(telegram)
    tell = partial(send, celery)
    while not ended.wait(AGAIN_SECONDS if introduction.introduce(telegram, tell) else REST_SECONDS):
        continue


def _has_no_webhook(telegram: Telegram) -> bool:
    try:
        telegram.delete_webhook()
    except CallFailed:
        log.warning("could not make sure that no webhook is set", extra={"action": "bot.webhook"})
        return False
    return True


def _wait_for_signal(ended: threading.Event) -> int:
    """A supervisor must not restart a process that has nothing to do: wait until it is told to end."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
