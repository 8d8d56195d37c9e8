"""Bot API methods by which a bot gets its updates and files and introduces itself."""

import json
import re
from typing import Any

from .arguments import Arguments
from .chats import Bot
from .errors import ApiError, bad_request, conflict
from .state import Simulator
from .webhook import Target, Webhook
from .wire import encoded

BATCH_LIMIT = 100
LONGEST_POLL_SECONDS = 50
COMMAND = re.compile(r"[a-z0-9_]{1,32}")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")

_BY_OTHER_POLLER = "terminated by other getUpdates request; make sure that only one bot instance is running"
_BY_WEBHOOK = "terminated by setWebhook request"
_WEBHOOK_IS_SET = "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


def get_me(simulator: Simulator, bot: Bot, arguments: Arguments) -> dict[str, Any]:
    """The bot itself."""
    return bot.as_sender | {
        "can_join_groups": False,
        "can_read_all_group_messages": False,
        "supports_inline_queries": False,
    }


async def get_updates(simulator: Simulator, bot: Bot, arguments: Arguments) -> bytes:
    """The oldest unconfirmed updates, waiting up to `timeout` seconds for the first; the answer's body."""
    if bot.webhook:
        raise conflict(_WEBHOOK_IS_SET)
    updates = bot.updates
    updates.release_poller(_BY_OTHER_POLLER)
    _choose_kinds(bot, arguments)
    updates.confirm(arguments.integer("offset"))
    limit = min(max(arguments.integer("limit", BATCH_LIMIT), 1), BATCH_LIMIT)
    seconds = min(max(arguments.integer("timeout"), 0), LONGEST_POLL_SECONDS)
    if not len(updates) and seconds:
        await updates.arrival(seconds)
    bodies = ",".join(update.body for update in updates.batch(limit))
    return encoded(f'{{"ok":true,"result":[{bodies}]}}')


def set_webhook(simulator: Simulator, bot: Bot, arguments: Arguments) -> bool:
    """Send updates to an address from now on; an empty one ends that."""
    url = arguments.text("url")
    if not url:
        return delete_webhook(simulator, bot, arguments)
    if not url.startswith(("http://", "https://")):
        raise bad_request("bad webhook: An HTTPS URL must be provided for webhook")
    secret = arguments.text("secret_token")
    if secret and not SECRET.fullmatch(secret):
        raise bad_request("secret token contains unallowed characters")
    connections = min(max(arguments.integer("max_connections", 40), 1), 100)
    delete_webhook(simulator, bot, arguments)
    _choose_kinds(bot, arguments)
    bot.updates.release_poller(_BY_WEBHOOK)
    target = Target(url=url, secret_token=secret, max_connections=connections)
    bot.webhook = Webhook(target, bot.updates, now=simulator.now)
    bot.webhook.start()
    return True


def delete_webhook(simulator: Simulator, bot: Bot, arguments: Arguments) -> bool:
    """Send no more; what was not accepted waits for getUpdates, unless it is dropped."""
    bot.stop_webhook()
    if arguments.is_set("drop_pending_updates"):
        bot.updates.clear()
    return True


def get_webhook_info(simulator: Simulator, bot: Bot, arguments: Arguments) -> dict[str, Any]:
    """Where updates go, how many wait, and what went wrong last."""
    info: dict[str, Any] = {
        "url": "",
        "has_custom_certificate": False,
        "pending_update_count": len(bot.updates),
    }
    if bot.updates.allowed is not None:
        info["allowed_updates"] = sorted(bot.updates.allowed)
    if bot.webhook:
        info |= {"url": bot.webhook.target.url, "max_connections": bot.webhook.target.max_connections}
        if bot.webhook.last_error:
            at, sentence = bot.webhook.last_error
            info |= {"last_error_date": int(at.timestamp()), "last_error_message": sentence}
    return info


def get_file(simulator: Simulator, bot: Bot, arguments: Arguments) -> dict[str, Any]:
    """Where a file can be downloaded: /file/bot<token>/<file_path>."""
    file = simulator.files.get(arguments.text("file_id"))
    if file is None:
        raise bad_request("invalid file_id")
    return {
        "file_id": file.file_id,
        "file_unique_id": f"u{file.file_id}",
        "file_size": len(file.content),
        "file_path": f"documents/{file.file_id}",
    }


def set_my_commands(simulator: Simulator, bot: Bot, arguments: Arguments) -> bool:
    """The menu of commands, per scope and language."""
    commands = arguments.structure("commands")
    if not isinstance(commands, list):
        raise bad_request("can't parse commands JSON object")
    for command in commands:
        _check_command(command)
    bot.commands[_audience(arguments)] = commands
    return True


def delete_my_commands(simulator: Simulator, bot: Bot, arguments: Arguments) -> bool:
    """No menu any more for this scope and language."""
    bot.commands.pop(_audience(arguments), None)
    return True


def set_my_description(simulator: Simulator, bot: Bot, arguments: Arguments) -> bool:
    """What an empty chat shows above Start."""
    text = arguments.text("description")
    if len(text) > 512:
        raise bad_request("description is too long")
    bot.descriptions[arguments.text("language_code")] = text
    return True


def set_my_short_description(simulator: Simulator, bot: Bot, arguments: Arguments) -> bool:
    """What the bot's profile shows."""
    if len(arguments.text("short_description")) > 120:
        raise bad_request("short description is too long")
    return True


def set_chat_menu_button(simulator: Simulator, bot: Bot, arguments: Arguments) -> bool:
    """What the button beside the composer does."""
    button = arguments.structure("menu_button") or {"type": "default"}
    if not isinstance(button, dict) or button.get("type") not in ("commands", "web_app", "default"):
        raise bad_request("can't parse menu button: Unsupported menu button type")
    bot.menu_buttons[arguments.integer("chat_id")] = button
    return True


def bot_of(simulator: Simulator, token: str) -> Bot:
    """The bot of a token.

    Raises:
        ApiError: 401, when no token looks like that.
    """
    bot = simulator.bot(token)
    if bot is None:
        raise ApiError(401, "Unauthorized")
    return bot


def _choose_kinds(bot: Bot, arguments: Arguments) -> None:
    kinds = arguments.structure("allowed_updates")
    if isinstance(kinds, list):
        bot.updates.allow([str(kind) for kind in kinds])


def _check_command(command: Any) -> None:
    if not isinstance(command, dict) or not COMMAND.fullmatch(str(command.get("command", ""))):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(str(command.get("description", ""))) <= 256:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")


def _audience(arguments: Arguments) -> tuple[str, str]:
    scope = json.dumps(arguments.structure("scope") or {"type": "default"}, sort_keys=True)
    return scope, arguments.text("language_code")
