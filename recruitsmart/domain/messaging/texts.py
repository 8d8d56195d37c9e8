"""The shipped texts, the variables each declares, and rendering. A broken text never reaches a person."""

import functools
import logging
import tomllib
from collections.abc import Callable, Iterator, Mapping
from importlib import resources
from typing import Any

from jinja2 import Environment, StrictUndefined, TemplateError, TemplateSyntaxError, Undefined, meta, nodes
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from recruitsmart.domain.errors import BadText
from recruitsmart.domain.messaging.markup import shown_words, telegram_length

log = logging.getLogger(__name__)

LANGUAGES = ("ru", "en")
DEFAULT_LANGUAGE = "ru"
LONGEST = 4096  # Telegram's limit for a message, of what people see
LONGEST_CAPTION = 1024  # … for words that go along with a file
LONGEST_LIST = 3000  # of meetings or people in a message, one in a line: it leaves room for the words around it
LONGEST_SHORT_LIST = 400  # of a few people below such a list
LONGEST_TEMPLATE = 16_000  # so that no template costs more than a moment
CAPTIONS = frozenset({"booking.calendar", "booking.calendar_cancelled", "mydata"})


class EmptyText(BadText):
    """Nothing is left to say."""


class LongText(BadText):
    """People would see more characters than Telegram takes: `length` of them, `most` is the bound; it says so."""

    def __init__(self, length: int, most: int) -> None:
        super().__init__(f"The text has {length} characters; Telegram takes at most {most}.")
        self.length, self.most = length, most


_jinja: Environment = SandboxedEnvironment(
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=False,
    finalize=lambda value: "" if value is None else value,  # nobody is ever told “None”
)


def _of_words_only(filter_: Callable[..., Any]) -> Callable[..., Any]:
    """What is missing stays missing: `{{ hint|upper }}` is never “NONE”."""

    @functools.wraps(filter_)
    def applied(value: Any, *arguments: Any, **named: Any) -> Any:
        return None if value is None else filter_(value, *arguments, **named)

    return applied


def _default(value: Any, instead: Any = "", boolean: bool = False) -> Any:
    """Jinja's own knows only what is undefined; for us a value that is missing is None."""
    return instead if value is None or isinstance(value, Undefined) or (boolean and not value) else value


_jinja.filters |= {
    name: _of_words_only(_jinja.filters[name]) for name in ("capitalize", "lower", "title", "trim", "upper")
} | {"default": _default, "d": _default}

# What a text of the panel may be made of: words, variables and conditions. No loops, no calls, no arithmetic: a text
# then costs a moment whatever its author wrote, and reads like a text.
_ALLOWED = (
    nodes.Template, nodes.Output, nodes.TemplateData, nodes.Name, nodes.Const, nodes.If, nodes.CondExpr,
    nodes.Compare, nodes.Operand, nodes.And, nodes.Or, nodes.Not, nodes.Test, nodes.Filter,
)  # fmt: skip
_NAMED = frozenset(
    {"capitalize", "default", "d", "lower", "upper", "title", "trim", "defined", "undefined", "none", "true", "false"}
)  # filters and tests


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


def longest(key: str) -> int:
    """How many characters of a text people may see."""
    return LONGEST_CAPTION if key in CAPTIONS else LONGEST


def is_label(key: str) -> bool:
    """Whether a text is a label, a title or of the Mini App's page: said by `label`, as it is shipped."""
    return key.startswith(("button.", "calendar.", "page."))


def is_for_staff(key: str) -> bool:
    """Whether recruiters read the text: in one language, and alike in all cities."""
    return key.startswith("staff.")


def render(
    key: str,
    language: str,
    values: Mapping[str, Any],
    *,
    override: str | None = None,
    broken: Callable[[str], object] = lambda reason: None,
) -> str:
    """The text as Telegram HTML; values are escaped.

    A broken override gives way to the shipped text, and `broken` is told why.
    """
    if override is not None:
        try:
            return worded(key, override, values)
        except BadText as error:
            log.error("an overridden text is broken; the shipped one goes out: %s", error, extra={"text_key": key})
            broken(str(error))
    return _rendered(shipped(language)[key], values)


def worded(key: str, body: str, values: Mapping[str, Any]) -> str:
    """A template that somebody typed, as Telegram HTML with these values: what is sent when it is in force.

    Raises:
        BadText: it could not be sent so.
    """
    return filled_in(body, values, allowed=variables(key), most=longest(key))


def filled_in(body: str, values: Mapping[str, Any], *, allowed: frozenset[str], most: int = LONGEST) -> str:
    """Any template that somebody typed, as Telegram HTML: with these variables and at most so many characters.

    Raises:
        BadText: it could not be sent so.
    """
    template = typed_template(body)
    if unknown := sorted(used(body) - allowed):
        known = ", ".join(sorted(allowed)) or "—"
        raise BadText(f"Unknown variable: {', '.join(unknown)}. This text knows: {known}.")
    try:
        html = str(template.render(values)).strip()
    except Exception as error:  # a template is a program: it can raise anything
        raise BadText(f"The template cannot be filled in: {type(error).__name__}.") from error
    length = telegram_length(shown_words(html))
    if length == 0:
        raise EmptyText("The text is empty.")
    if length > most:
        raise LongText(length, most)
    return html


def label(key: str, language: str, **values: Any) -> str:
    """A shipped text as plain words, for buttons and lists: no HTML, nothing escaped."""
    return str(Markup(_rendered(shipped(language)[key], values)).unescape())


def _rendered(body: str, values: Mapping[str, Any]) -> str:
    return str(_compiled(body).render(values)).strip()


@functools.lru_cache(maxsize=2048)
def _compiled(body: str) -> Any:
    # Keyed by the text itself: an edited text is another key, so this cache cannot be stale.
    return _jinja.from_string(body)


@functools.lru_cache(maxsize=2048)
def typed_template(body: str) -> Any:
    """The compiled template of somebody's text; keyed by the text, so it cannot be stale.

    Raises:
        BadText: it does not parse, is endless, or does more than fill in variables under conditions.
    """
    if len(body) > LONGEST_TEMPLATE:
        raise LongText(len(body), LONGEST)
    try:
        tree = _jinja.parse(body)
        for problem in _too_clever(tree):
            raise BadText(f"A text has words, variables and conditions, not “{problem}”.")
        return _jinja.from_string(body)
    except TemplateSyntaxError as error:
        raise BadText(f"Line {error.lineno} of the template does not parse: {error.message}.") from error
    except TemplateError as error:
        raise BadText(f"The template does not parse: {error}.") from error
    except (RecursionError, SyntaxError, MemoryError) as error:  # of Python's own compiler
        raise BadText("The conditions of this text are nested too deep.") from error


def _too_clever(tree: nodes.Template) -> Iterator[str]:
    for node in tree.find_all(nodes.Node):
        if not isinstance(node, _ALLOWED):
            yield type(node).__name__.lower()
        elif isinstance(node, nodes.Filter | nodes.Test) and node.name not in _NAMED:
            yield node.name


@functools.lru_cache(maxsize=2048)
def used(body: str) -> frozenset[str]:
    """The variables that a template which parses mentions."""
    return frozenset(meta.find_undeclared_variables(_jinja.parse(body)))
