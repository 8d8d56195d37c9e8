"""Messages as Telegram shows them, and what differs between two texts: HTML that a page may show."""

import re
from collections import Counter
from collections.abc import Iterator
from difflib import SequenceMatcher

from markupsafe import Markup, escape

from recruitsmart.domain.messaging.markup import Opened, pieces

_SHOWN_AS = {
    "b": "b", "strong": "b", "i": "i", "em": "i", "u": "u", "ins": "u", "s": "s", "strike": "s", "del": "s",
    "code": "code", "pre": "pre", "blockquote": "blockquote",
}  # fmt: skip
_LINK = re.compile(r"(?:https?|tg|mailto|tel):", re.IGNORECASE)
_BARE_LINK = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[/?#:].*)?")
_WORD = re.compile(r"(?:\{\{.*?\}\}|\{%.*?%\}|</?\w[^<>]*>|\w+|[^\w\s])\s*|\s+")
MOST_PAIRS = 10_000


def bubble(html: str) -> Markup:
    """Telegram's HTML as HTML of ours: only tags we know, only links that lead somewhere, the words escaped.

    Raises:
        BadText: Telegram could not show it.
    """
    shown: list[str] = []
    ends: list[str] = []
    for piece in pieces(html):
        if isinstance(piece, str):
            shown.append(str(escape(piece)))
        elif isinstance(piece, Opened):
            start, end = _around(piece)
            shown.append(start)
            ends.append(end)
        else:
            shown.append(ends.pop())
    return Markup("".join(shown).strip())


def _around(opened: Opened) -> tuple[str, str]:
    if opened.tag == "a":
        return _link(opened.attributes["href"].strip())
    if opened.tag in {"span", "tg-spoiler"}:
        return '<span class="spoiler" tabindex="0">', "</span>"
    name = _SHOWN_AS.get(opened.tag)
    return (f"<{name}>", f"</{name}>") if name else ("", "")


def _link(address: str) -> tuple[str, str]:
    """A link where Telegram makes one; else the bare words, as there."""
    target = f"http://{address}" if _BARE_LINK.fullmatch(address) else address
    if not _LINK.match(target):
        return "", ""
    return f'<a href="{escape(target)}" target="_blank" rel="noopener noreferrer nofollow">', "</a>"


def differences(before: str, after: str) -> Markup:
    """The newer text, with what was taken out and put in marked: word by word, or more coarsely where words repeat."""
    old, new = next(parts for parts in _split(before, after) if _pairs(*parts) <= MOST_PAIRS)
    marked = Markup()
    for what, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        gone, come = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        if what == "equal":
            marked += come
            continue
        marked += Markup("<del>{}</del>").format(gone) if gone else ""
        marked += Markup("<ins>{}</ins>").format(come) if come else ""
    return marked


def _split(*versions: str) -> Iterator[list[list[str]]]:
    yield [_WORD.findall(text) for text in versions]
    yield [text.splitlines(keepends=True) for text in versions]
    yield [[text] for text in versions]


def _pairs(old: list[str], new: list[str]) -> int:
    """How many pairs of equal parts there are: comparing takes that long, times how often they lie apart."""
    counts = Counter(old)
    return sum(counts[part] for part in new)
