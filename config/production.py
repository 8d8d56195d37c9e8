"""The production rules as data: which variable, when it is wrong, what to do.

Rules judge settings that could be read; texts that cannot be read at all are refused by the parsers.
"""

import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from config.model import NotificationBroker, Problem, SameSite, Settings
from config.strength import (
    PASSWORD_CHARACTERS,
    SESSION_SECRET_CHARACTERS,
    contains_name,
    is_common_password,
    is_well_known_secret,
)

REPOSITORY = Path(__file__).resolve().parent.parent

_BOT_TOKEN = re.compile(r"[0-9]{5,20}:[A-Za-z0-9_-]{30,64}")
PAGES = frozenset({"admin", "api", "health", "login", "logout", "metrics", "password", "static", "webapp"})
METRICS_TOKEN_CHARACTERS = 16
WEBHOOK_SECRET_CHARACTERS = 16
# printed in Telegram's own documentation, and copied from there
_PUBLISHED_TOKENS = frozenset(
    {"123456:ABC-DEF1234ghIkl-zyx57W2v1u123ew11", "110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw"}
)
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Rule:
    """One reason not to start.

    `broken` is asked only for a variable that is set, unless `required` says that it must be; then it
    tells whether it must be set here, and only an unset variable is wrong.
    """

    variable: str
    broken: Callable[[Settings], bool]
    sentence: str
    required: bool = False
    everywhere: bool = False


def production_problems(settings: Settings, given: Mapping[str, str]) -> list[Problem]:
    """Every broken rule.

    Args:
        given: the variables that are set, by name; defaults are not among them.
    """
    return [_problem(rule) for rule in RULES if _is_broken(rule, settings, given)]


def development_problems(settings: Settings, given: Mapping[str, str]) -> list[Problem]:
    """The broken ones among the rules that hold outside production too."""
    return [_problem(rule) for rule in RULES if rule.everywhere and _is_broken(rule, settings, given)]


def _is_broken(rule: Rule, settings: Settings, given: Mapping[str, str]) -> bool:
    is_set = rule.variable in given
    return is_set != rule.required and rule.broken(settings)


def _problem(rule: Rule) -> Problem:
    return Problem(variable=rule.variable, sentence=rule.sentence)


def _always(_settings: Settings) -> bool:
    return True


def _cannot_write(folder: Path) -> bool:
    # os.access answers from the mode bits: wrong for root, for full and for some network file systems
    try:
        with tempfile.TemporaryFile(dir=folder):
            return False
    except OSError:
        return True


def _is_in_repository(folder: Path) -> bool:
    return folder.resolve().is_relative_to(REPOSITORY)


def _is_https(url: str | None) -> bool:
    return url is not None and urlsplit(url).scheme == "https"


def _webhook_is_open(settings: Settings) -> bool:
    """Telegram itself accepts only https; the simulator on the same machine has no certificate."""
    url = settings.bot_webhook_url or ""
    is_simulator = not settings.is_production and urlsplit(url).hostname in _LOOPBACK
    return settings.bot_use_webhook and not _is_https(url) and not is_simulator


def _has_placeholder_password(url: str | None) -> bool:
    """No password at all is another matter: a socket or a private network may do without."""
    password = unquote(urlsplit(url or "").password or "")
    return bool(password) and (is_common_password(password) or is_well_known_secret(password))


def _is_placeholder_token(token: str) -> bool:
    if not _BOT_TOKEN.fullmatch(token):
        return False  # another rule says so
    return is_well_known_secret(token.partition(":")[2]) or token in _PUBLISHED_TOKENS


def _is_a_page(path: str) -> bool:
    return path.split("/")[1] in PAGES


RULES: tuple[Rule, ...] = (
    Rule(
        variable="DATABASE_URL",
        required=True,
        broken=_always,
        sentence="is not set. Set it to a PostgreSQL address: postgresql://USER:PASSWORD@HOST:5432/DATABASE.",
    ),
    Rule(
        variable="REDIS_URL",
        required=True,
        broken=_always,
        sentence="is not set. Set it to a Redis address: redis://HOST:6379/0 (rediss:// with TLS).",
    ),
    Rule(
        variable="NOTIFICATION_BROKER",
        broken=lambda settings: settings.notification_broker is not NotificationBroker.REDIS,
        sentence="must be 'redis' in production: 'memory' loses its queue with the process. Set it to redis.",
    ),
    Rule(
        variable="DATA_DIR",
        required=True,
        broken=_always,
        sentence="is not set. Set it to a folder outside the repository that this user may write.",
    ),
    Rule(
        variable="DATA_DIR",
        broken=lambda settings: not settings.data_dir.is_dir(),
        sentence="does not exist. Create the folder, or set the variable to one that exists.",
    ),
    Rule(
        variable="DATA_DIR",
        broken=lambda settings: settings.data_dir.is_dir() and _cannot_write(settings.data_dir),
        sentence="cannot be written. Give the folder to the user that runs the processes.",
    ),
    Rule(
        variable="DATA_DIR",
        broken=lambda settings: _is_in_repository(settings.data_dir),
        sentence="is inside the repository, where a deployment erases it. Choose a folder outside.",
    ),
    Rule(
        variable="SESSION_SECRET",
        required=True,
        broken=_always,
        sentence="is not set. Set it to the output of: openssl rand -hex 32.",
    ),
    Rule(
        variable="SESSION_SECRET",
        broken=lambda settings: len(settings.session_secret) < SESSION_SECRET_CHARACTERS,
        sentence=f"is shorter than {SESSION_SECRET_CHARACTERS} characters. "
        "Set it to the output of: openssl rand -hex 32.",
    ),
    Rule(
        variable="SESSION_SECRET",
        broken=lambda settings: is_well_known_secret(settings.session_secret),
        sentence="is a placeholder, a published example or a pattern. Set it to the output of: openssl rand -hex 32.",
    ),
    Rule(
        variable="BOT_TOKEN",
        required=True,
        broken=lambda settings: settings.bot_enabled,
        sentence="is not set and the bot is enabled. Set it to the token from @BotFather, or BOT_ENABLED=0.",
    ),
    Rule(
        variable="BOT_TOKEN",
        broken=lambda settings: settings.bot_enabled and not _BOT_TOKEN.fullmatch(settings.bot_token or ""),
        sentence="does not look like a bot token (digits, a colon, 35 characters). "
        "Copy it again from @BotFather, or set BOT_ENABLED=0.",
    ),
    Rule(
        variable="ADMIN_USER",
        required=True,
        broken=lambda settings: settings.admin_password is not None,
        sentence="is not set, but ADMIN_PASSWORD is. Set both or neither.",
    ),
    Rule(
        variable="ADMIN_PASSWORD",
        required=True,
        broken=lambda settings: settings.admin_user is not None,
        sentence="is not set, but ADMIN_USER is. "
        f"Set a password of at least {PASSWORD_CHARACTERS} characters, or unset both.",
    ),
    Rule(
        variable="ADMIN_PASSWORD",
        broken=lambda settings: len(settings.admin_password or "") < PASSWORD_CHARACTERS,
        sentence=f"is shorter than {PASSWORD_CHARACTERS} characters. Choose a longer one.",
    ),
    Rule(
        variable="ADMIN_PASSWORD",
        broken=lambda settings: is_common_password(settings.admin_password or ""),
        sentence="is a common password or a pattern. Choose several unrelated words or random characters.",
    ),
    Rule(
        variable="ADMIN_PASSWORD",
        broken=lambda settings: contains_name(settings.admin_password or "", settings.admin_user or ""),
        sentence="contains the name of ADMIN_USER. Choose a password without it.",
    ),
    Rule(
        variable="BOT_WEBHOOK_URL",
        required=True,
        everywhere=True,
        broken=lambda settings: settings.bot_use_webhook,
        sentence="is not set and BOT_USE_WEBHOOK is on. Set it to the https address Telegram shall call, "
        "or BOT_USE_WEBHOOK=0.",
    ),
    Rule(
        variable="BOT_WEBHOOK_URL",
        everywhere=True,
        broken=_webhook_is_open,
        sentence="does not begin with https://, and Telegram calls nothing else. Set an https address.",
    ),
    Rule(
        variable="BOT_WEBHOOK_URL",
        everywhere=True,
        broken=lambda settings: settings.bot_use_webhook and _is_a_page(settings.webhook_path),
        sentence="is the address of a page of ours. Give it a path of its own, such as /telegram/webhook.",
    ),
    Rule(
        variable="BOT_WEBHOOK_SECRET",
        required=True,
        everywhere=True,
        broken=lambda settings: settings.bot_use_webhook,
        sentence="is not set and BOT_USE_WEBHOOK is on. Set it to the output of: openssl rand -hex 32.",
    ),
    Rule(
        variable="TELEGRAM_API_URL",
        broken=lambda settings: not _is_https(settings.telegram_api_url),
        sentence="does not begin with https://: the bot token would travel in the clear. "
        "Set an https address, or unset it to use Telegram's.",
    ),
    Rule(
        variable="WEBAPP_URL",
        broken=lambda settings: not _is_https(settings.webapp_url),
        sentence="does not begin with https://, and Telegram opens nothing else. "
        "Set it to https://HOST/webapp, or unset it to do without the Mini App.",
    ),
    Rule(
        variable="METRICS_TOKEN",
        broken=lambda settings: (
            len(settings.metrics_token or "") < METRICS_TOKEN_CHARACTERS
            or is_well_known_secret(settings.metrics_token or "")
        ),
        sentence=f"is shorter than {METRICS_TOKEN_CHARACTERS} characters, a placeholder or a pattern. "
        "Set it to the output of: openssl rand -hex 32, or unset it.",
    ),
    Rule(
        variable="BOT_WEBHOOK_SECRET",
        broken=lambda settings: (
            settings.bot_use_webhook
            and (
                len(settings.bot_webhook_secret or "") < WEBHOOK_SECRET_CHARACTERS
                or is_well_known_secret(settings.bot_webhook_secret or "")
            )
        ),
        sentence=f"is shorter than {WEBHOOK_SECRET_CHARACTERS} characters, a placeholder or a pattern: "
        "whoever guesses it writes in the name of others. Set it to the output of: openssl rand -hex 32.",
    ),
    Rule(
        variable="DATABASE_URL",
        broken=lambda settings: _has_placeholder_password(settings.database_url),
        sentence="contains a placeholder or a common word as password. Give the database's user a password of its own.",
    ),
    Rule(
        variable="REDIS_URL",
        broken=lambda settings: _has_placeholder_password(settings.redis_url),
        sentence="contains a placeholder or a common word as password. Give Redis a password of its own.",
    ),
    Rule(
        variable="BOT_TOKEN",
        broken=lambda settings: settings.bot_enabled and _is_placeholder_token(settings.bot_token or ""),
        sentence="is an example from a documentation. Copy yours from @BotFather, or set BOT_ENABLED=0.",
    ),
    Rule(
        variable="SESSION_COOKIE_SECURE",
        broken=lambda settings: not settings.session_cookie_secure,
        sentence="is off: sessions could be read on the way. Set it to 1, or unset it.",
    ),
    Rule(
        variable="SESSION_COOKIE_SAMESITE",
        broken=lambda settings: settings.session_cookie_samesite is not SameSite.STRICT,
        sentence="must be 'strict' in production. Set it to strict, or unset it.",
    ),
)
