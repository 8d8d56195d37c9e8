"""Telegram's HTML, read strictly: which pieces a message has, what people see of it, and how long that is.

The rules are those of https://core.telegram.org/bots/api#html-style. Where Telegram drops formatting without a word
(bold inside code, a link inside a link) this refuses, because the author would not get what was written.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from recruitsmart.domain.errors import BadText

STYLES = {"b", "strong", "i", "em", "u", "ins", "s", "strike", "del", "span", "tg-spoiler"}
CODE = {"code", "pre"}
SINGLE = CODE | {"a", "tg-emoji"}  # none of these may hold another of them
TAGS = STYLES | SINGLE | {"blockquote"}
MOST_TAGS, DEEPEST = 100, 20  # Telegram drops what is formatted beyond a hundred; each refusal names its number
NEEDED = {"a": "href", "tg-emoji": "emoji-id", "span": "class"}

_PIECE = re.compile(
    r"""(?P<words>[^<&]+|&)
    |</(?P<end>[A-Za-z][\w-]*)\s*>
    |<(?P<start>[A-Za-z][\w-]*)(?P<attributes>(?:\s+[\w-]+(?:\s*=\s*(?:"[^"]*"|'[^']*'))?)*)\s*>""",
    re.VERBOSE,
)
_ATTRIBUTE = re.compile(r"""([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'))?""")
# Telegram knows four names and numbers; anything else stays as it was written.
_CHARACTER = re.compile(r"&(?:lt|gt|amp|quot|#[0-9]{1,7}|#x[0-9a-fA-F]{1,6});?")


@dataclass(frozen=True, kw_only=True)
class Opened:
    """A tag begins."""

    tag: str
    attributes: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Closed:
    """A tag ends."""

    tag: str


Piece = str | Opened | Closed


def pieces(html: str) -> Iterator[Piece]:
    """A message's words and tags in their order, checked on the way.

    Raises:
        BadText: a tag Telegram does not know or would not show there, one that is not closed, or too many.
    """
    open_tags: list[str] = []
    position = opened = 0
    while position < len(html):
        found = _CHARACTER.match(html, position) or _PIECE.match(html, position)
        if found is None:
            raise BadText("“<” begins no tag here. To show the sign itself, write &lt;")
        position = found.end()
        piece = _read(found, open_tags)
        opened += isinstance(piece, Opened)
        if opened > MOST_TAGS:
            raise BadText("A message has at most 100 tags.")
        yield piece
    if open_tags:
        raise BadText(f"The tag <{open_tags[-1]}> is not closed.")


def _read(found: re.Match[str], open_tags: list[str]) -> Piece:
    parts = found.groupdict()
    if parts.get("start"):
        return _opened(parts["start"].lower(), parts["attributes"], open_tags)
    if parts.get("end"):
        return _closed(parts["end"].lower(), open_tags)
    return unescape(found.group()) if found.re is _CHARACTER else found.group()


def _opened(tag: str, written: str, open_tags: list[str]) -> Opened:
    if tag not in TAGS:
        raise BadText(f"Telegram has no tag <{tag}>.")
    attributes = {
        name.lower(): _characters(double or single) for name, double, single in _ATTRIBUTE.findall(written or "")
    }
    _refuse_attributes(tag, attributes)
    if len(open_tags) == DEEPEST:
        raise BadText("There are at most 20 tags inside one another.")
    _refuse_nesting(tag, attributes, open_tags)
    open_tags.append(tag)
    return Opened(tag=tag, attributes=attributes)


def _characters(value: str) -> str:
    return _CHARACTER.sub(lambda found: unescape(found.group()), value)


def _refuse_attributes(tag: str, attributes: Mapping[str, str]) -> None:
    known = {
        "a": {"href"},
        "tg-emoji": {"emoji-id"},
        "span": {"class"},
        "code": {"class"},
        "blockquote": {"expandable"},
    }
    if unknown := sorted(attributes.keys() - known.get(tag, set())):
        raise BadText(f"The tag <{tag}> takes no “{unknown[0]}”.")
    if NEEDED.get(tag, "") not in attributes and tag in NEEDED:
        raise BadText(f"The tag <{tag}> needs “{NEEDED[tag]}”.")
    if tag == "span" and attributes["class"] != "tg-spoiler":
        raise BadText("Telegram knows <span> only with class=“tg-spoiler”.")
    if tag == "code" and not attributes.get("class", "language-").startswith("language-"):
        raise BadText("Telegram knows <code> only with class=“language-…”, or without.")


def _refuse_nesting(tag: str, attributes: Mapping[str, str], open_tags: list[str]) -> None:
    outer = next((outer for outer in open_tags if _cannot_hold(outer, tag)), None)
    is_listing = tag == "code" and open_tags == ["pre"]
    if outer is not None and not is_listing:
        raise BadText(f"Telegram does not show <{tag}> inside <{outer}>.")
    if "class" in attributes and tag == "code" and not is_listing:
        raise BadText("Telegram knows the language of <code> only right inside <pre>.")


def _cannot_hold(outer: str, inner: str) -> bool:
    if outer in CODE or (outer in STYLES and inner in CODE):
        return True
    return (outer in SINGLE and inner in SINGLE | {"blockquote"}) or outer == inner == "blockquote"


def _closed(tag: str, open_tags: list[str]) -> Closed:
    if not open_tags or open_tags.pop() != tag:
        raise BadText(f"The tag </{tag}> closes nothing.")
    return Closed(tag=tag)


def shown_words(html: str) -> str:
    """What people see of a message, without its formatting, as Telegram counts it: blanks around it do not count.

    Raises:
        BadText: Telegram could not show it.
    """
    return "".join(piece for piece in pieces(html) if isinstance(piece, str)).strip()


def lines_that_fit(lines: Iterable[str], most: int) -> list[str]:
    """The first of these lines, as many as fit into `most` characters as Telegram counts them."""
    fitting: list[str] = []
    for line in lines:
        most -= telegram_length(line) + 1
        if most < -1:  # the last line needs no end
            break
        fitting.append(line)
    return fitting


def telegram_length(words: str) -> int:
    """How long Telegram says words are, in UTF-16 code units.

    Its entities are counted so; whether the limit of a text counts an emoji once or twice is told differently. Twice
    is the stricter reading, so what passes here passes there.
    """
    return len(words) if words.isascii() else len(words.encode("utf-16-le", "surrogatepass")) // 2
