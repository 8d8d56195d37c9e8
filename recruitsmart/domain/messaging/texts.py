"""The shipped texts, the variables each declares, and rendering. A broken text never reaches a person."""

import functools
import logging
import tomllib
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, meta
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from recruitsmart.domain.errors import BadInput

log = logging.getLogger(__name__)

LANGUAGES = ("ru", "en")
DEFAULT_LANGUAGE = "ru"
LONGEST = 4096  # Telegram's limit for a message's text

_jinja: Environment = SandboxedEnvironment(
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=False,
)


class BadText(BadInput):
    """This text cannot be used."""


def language_for(language_code: str | None) -> str:
    """The shipped language nearest to a Telegram language code such as `en-GB`; Russian when none fits."""
    prefix = (language_code or "").split("-")[0].lower()
    return prefix if prefix in LANGUAGES else DEFAULT_LANGUAGE


@functools.cache
def shipped(language: str) -> dict[str, str]:
    """All shipped texts of a language, by key."""
    file = resources.files("recruitsmart.domain.messaging") / "shipped" / f"{language}.toml"
    return dict(tomllib.loads(file.read_text(encoding="utf-8")))


@functools.cache
def variables(key: str) -> frozenset[str]:
    """The variables a text may use: those of its shipped versions."""
    used = (meta.find_undeclared_variables(_jinja.parse(shipped(language)[key])) for language in LANGUAGES)
    return frozenset().union(*used)


def check(key: str, body: str) -> None:
    """Refuse an override that could not be sent.

    Raises:
        BadText: unknown key, a template that does not parse, an unknown variable, or too long.
    """
    if key not in shipped(DEFAULT_LANGUAGE):
        raise BadText(f"There is no text called “{key}”.")
    try:
        used = meta.find_undeclared_variables(_jinja.parse(body))
    except TemplateError as error:
        raise BadText(f"The template does not parse: {error}.") from error
    if unknown := sorted(used - variables(key)):
        known = ", ".join(sorted(variables(key))) or "none"
        raise BadText(f"Unknown variable: {', '.join(unknown)}. This text knows: {known}.")
    if len(body) > LONGEST:
        raise BadText(f"The text has {len(body)} characters; Telegram takes at most {LONGEST}.")
    if not body.strip():
        raise BadText("The text is empty.")


def render(key: str, language: str, values: dict[str, Any], *, override: str | None = None) -> str:
    """The text as Telegram HTML; values are escaped. A broken override gives way to the shipped text."""
    if override is not None:
        try:
            return _sendable(override, values)
        except Exception:  # a template is a program that somebody typed: it can raise anything
            log.exception("an overridden text is broken; the shipped one goes out", extra={"text_key": key})
    return _rendered(shipped(language)[key], values)


def _sendable(body: str, values: dict[str, Any]) -> str:
    words = _rendered(body, values)
    if not 0 < len(words) <= LONGEST:
        raise BadText(f"With its values the text has {len(words)} characters.")
    return words


def label(key: str, language: str, **values: Any) -> str:
    """A shipped text as plain words, for buttons and lists: no HTML, nothing escaped."""
    return str(Markup(_rendered(shipped(language)[key], values)).unescape())


def render_unchecked(body: str, values: dict[str, Any]) -> str:
    """A template that was not saved yet, rendered for its author; raises whatever it raises."""
    return _rendered(body, values)


def _rendered(body: str, values: dict[str, Any]) -> str:
    return str(_compiled(body).render(values)).strip()


@functools.lru_cache(maxsize=2048)
def _compiled(body: str) -> Any:
    # Keyed by the text itself: an edited text is another key, so this cache cannot be stale.
    return _jinja.from_string(body)
