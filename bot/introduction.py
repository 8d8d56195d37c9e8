"""The bot says who it is: the panel makes links to it, and must not wait for Telegram."""

import logging
from collections.abc import Callable

from kombu.exceptions import OperationalError

from recruitsmart.telegram.client import Telegram
from recruitsmart.telegram.errors import CallFailed
from workers.contract import IntroduceBot, Message

log = logging.getLogger(__name__)


def introduce(telegram: Telegram, send: Callable[[Message], None]) -> bool:
    """Ask Telegram for our own name and pass it on; False when either is away."""
    try:
        me = telegram.me()
        send(IntroduceBot(bot_id=int(me["id"]), username=str(me["username"])))
    except (*CallFailed, OperationalError):
        log.warning("the bot could not say who it is", extra={"action": "bot.introduce"})
        return False
    return True
