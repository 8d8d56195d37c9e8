"""The page of the Mini App: one answer that holds its words, its look and its behaviour, and asks no other host."""

import json
from functools import cache
from pathlib import Path

from flask import Blueprint, render_template
from markupsafe import Markup

from recruitsmart.domain.messaging import texts
from recruitsmart.domain.slots.wording import REASONS
from recruitsmart.extensions import limiter
from recruitsmart.web.security import may_be_framed_by

blueprint = Blueprint("webapp_page", __name__, template_folder="sources")

SOURCES = Path(__file__).parent / "sources"
SCRIPTS = ("telegram", "theme", "words", "api", "dom", "booking", "choosing", "page")  # each uses those before it
TELEGRAM_ON_THE_WEB = "https://web.telegram.org"
_BUTTONS = ("move", "cancel", "decline", "keep", "take", "any_recruiter", *(f"reason_{word}" for word in REASONS))


@blueprint.get("/webapp")
@limiter.exempt
def show() -> str:
    """The same for everybody: who looks at it is told to the API."""
    may_be_framed_by(TELEGRAM_ON_THE_WEB)
    return render_template("webapp.html", look=_look(), script=_script(), words=_words())


@cache
def _look() -> Markup:
    return Markup((SOURCES / "webapp.css").read_text(encoding="utf-8"))


@cache
def _script() -> Markup:
    """All of them in one scope: modules inside a page could not import each other."""
    return Markup("\n".join((SOURCES / f"{name}.js").read_text(encoding="utf-8") for name in SCRIPTS))


@cache
def _words() -> Markup:
    """The page's words by language. What the API says of errors comes with its answers."""
    words = {language: _words_in(language) for language in texts.LANGUAGES}
    safe = json.dumps(words, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
    return Markup(safe)


def _words_in(language: str) -> dict[str, str]:
    shipped = texts.shipped(language)
    own = {key.removeprefix("page."): words for key, words in shipped.items() if key.startswith("page.")}
    buttons = {f"button_{name}": shipped[f"button.{name}"] for name in _BUTTONS}
    return {key: words for key, words in own.items() if not key.startswith("error_")} | buttons
