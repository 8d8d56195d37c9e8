"""The menu of commands that Telegram shows, and the button beside the composer."""

import logging

from recruitsmart.telegram.client import Telegram
from recruitsmart.telegram.errors import CallFailed

log = logging.getLogger(__name__)

# setChatMenuButton, unlike setMyCommands, takes no language: one label for everybody, or a call for each chat, again
# whenever its reader changes the language. Most read Russian; the page behind it speaks the reader's language.
PAGE = "Моя заявка"
COMMANDS = {
    "": {
        "my": "Моя заявка",
        "human": "Спросить рекрутера",
        "language": "Язык",
        "help": "Что можно сделать",
        "mydata": "Мои данные",
        "forget": "Удалить мои данные",
        "start": "Продолжить",
    },
    "en": {
        "my": "My application",
        "human": "Ask a recruiter",
        "language": "Language",
        "help": "What you can do",
        "mydata": "My data",
        "forget": "Erase my data",
        "start": "Go on",
    },
}


def publish(telegram: Telegram) -> None:
    """Tell Telegram the commands in each language, and the Mini App; failing only leaves yesterday's menu."""
    try:
        for language, commands in COMMANDS.items():
            telegram.set_commands(commands, language=language)
        telegram.offer_page(PAGE)
    except CallFailed:
        log.warning("the menu of commands could not be published", extra={"action": "bot.menu"})
