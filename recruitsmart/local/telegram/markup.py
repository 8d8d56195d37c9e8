"""Telegram's HTML: from the source a bot sends to the text people see and its entities."""

import re
from html import unescape
from typing import Any

from .errors import ApiError, bad_request

Entity = dict[str, Any]

TAGS = {
    "a": "text_link",
    "b": "bold",
    "blockquote": "blockquote",
    "code": "code",
    "del": "strikethrough",
    "em": "italic",
    "i": "italic",
    "ins": "underline",
    "pre": "pre",
    "s": "strikethrough",
    "span": "spoiler",
    "strike": "strikethrough",
    "strong": "bold",
    "tg-emoji": "custom_emoji",
    "tg-spoiler": "spoiler",
    "u": "underline",
}

_SPECIAL = re.compile(r"[<&]")
# Telegram knows four names and numbers; anything else stays as it was written.
_CHARACTER = re.compile(r"&(?:(?:lt|gt|amp|quot);?|#[0-9]{1,7};?|#x[0-9a-fA-F]{1,6};?)")
_TAG_NAME = re.compile(r"[^\s>]*")
_SPACES = re.compile(r"\s*")
_ATTRIBUTE_NAME = re.compile(r"[^\s=>]*")
_BARE_VALUE = re.compile(r"[A-Za-z0-9.-]*")
_LINK = re.compile(r"(?:https?|tg|mailto|tel):", re.IGNORECASE)
_BARE_LINK = re.compile(r"[\w-]+(?:\.[\w-]+)+(?:[/?#:].*)?")


def parse_html(source: str) -> tuple[str, tuple[Entity, ...]]:
    """Read HTML as Telegram does. Offsets and lengths of the entities count UTF-16 code units.

    Raises:
        ApiError: 400 "can't parse entities" with Telegram's own description.
    """
    if not _SPECIAL.search(source):
        return trimmed(source, [])
    return _Reader(source).read()


def trimmed(text: str, entities: list[Entity]) -> tuple[str, tuple[Entity, ...]]:
    """Drop the blanks around a text, as Telegram does, and move its entities along."""
    shown = text.strip()
    if not entities:
        return shown, ()
    skipped = utf16_length(text[: len(text) - len(text.lstrip())])
    end = utf16_length(shown)
    kept = []
    for entity in sorted(entities, key=lambda each: (each["offset"], -each["length"])):
        start = max(entity["offset"] - skipped, 0)
        stop = min(entity["offset"] + entity["length"] - skipped, end)
        if stop > start:
            kept.append(entity | {"offset": start, "length": stop - start})
    return shown, tuple(kept)


def utf16_length(text: str) -> int:
    """How long Telegram says a text is: characters beyond the basic plane count twice."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def link_target(address: str) -> str | None:
    """The address a link leads to, or None when Telegram would not make it a link."""
    address = address.strip()
    if _LINK.match(address):
        return address
    return f"http://{address}" if _BARE_LINK.fullmatch(address) else None


class _Reader:
    """One pass over one source; `stack` holds the tags that are still open."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.position = 0
        self.parts: list[str] = []
        self.length = 0
        self.stack: list[tuple[str, str | None, int]] = []
        self.entities: list[Entity] = []

    def read(self) -> tuple[str, tuple[Entity, ...]]:
        while found := _SPECIAL.search(self.source, self.position):
            self._write(self.source[self.position : found.start()])
            self.position = found.start()
            self._special()
        self._write(self.source[self.position :])
        if self.stack:
            raise _unreadable(f'Can\'t find end tag corresponding to start tag "{self.stack[-1][0]}"')
        return trimmed("".join(self.parts), self.entities)

    def _write(self, text: str) -> None:
        self.parts.append(text)
        self.length += utf16_length(text)

    def _special(self) -> None:
        if self.source[self.position] == "&":
            self._character()
        elif self.source.startswith("</", self.position):
            self._end_tag()
        else:
            self._start_tag()

    def _character(self) -> None:
        found = _CHARACTER.match(self.source, self.position)
        self._write(unescape(found.group()) if found else "&")
        self.position = found.end() if found else self.position + 1

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self.source, self.position)
        taken = found.group() if found else ""
        self.position += len(taken)
        return taken

    def _next(self) -> str:
        return self.source[self.position : self.position + 1]

    def _at(self, position: int) -> str:
        return f"at byte offset {len(self.source[:position].encode())}"

    def _start_tag(self) -> None:
        begin = self.position
        self.position += 1
        tag = self._take(_TAG_NAME).lower()
        if not self._next():
            raise _unreadable(f"Unclosed start tag {self._at(begin)}")
        if tag not in TAGS:
            raise _unreadable(f'Unsupported start tag "{tag}" {self._at(begin)}')
        attributes = self._attributes(tag, begin)
        if tag == "span" and attributes.get("class") != "tg-spoiler":
            raise _unreadable(f'Tag "span" must have class "tg-spoiler" {self._at(begin)}')
        self.stack.append((tag, _argument(tag, attributes), self.length))

    def _attributes(self, tag: str, begin: int) -> dict[str, str]:
        attributes: dict[str, str] = {}
        while True:
            self._take(_SPACES)
            if self._next() == ">":
                self.position += 1
                return attributes
            if not self._next():
                raise _unreadable(f'Unclosed start tag "{tag}" {self._at(begin)}')
            name, value = self._attribute(tag, begin)
            attributes[name] = value

    def _attribute(self, tag: str, begin: int) -> tuple[str, str]:
        name_at = self.position
        name = self._take(_ATTRIBUTE_NAME).lower()
        if not name:
            raise _unreadable(f'Empty attribute name in the tag "{tag}" {self._at(name_at)}')
        self._take(_SPACES)
        if self._next() != "=":
            if tag == "blockquote" and name == "expandable":
                return name, ""
            raise _unreadable(
                f'Expected equal sign in declaration of an attribute of the tag "{tag}" {self._at(begin)}'
            )
        self.position += 1
        self._take(_SPACES)
        return name, self._value(tag, begin)

    def _value(self, tag: str, begin: int) -> str:
        value_at = self.position
        quote = self._next()
        if quote in ('"', "'"):
            end = self.source.find(quote, value_at + 1)
            if end < 0:
                raise _unreadable(f'Unclosed start tag "{tag}" {self._at(begin)}')
            self.position = end + 1
            return _CHARACTER.sub(lambda found: unescape(found.group()), self.source[value_at + 1 : end])
        value = self._take(_BARE_VALUE)
        if self._next() and not self._next().isspace() and self._next() != ">":
            raise _unreadable(f"Unexpected end of name token {self._at(value_at)}")
        return value.lower()

    def _end_tag(self) -> None:
        begin = self.position
        if not self.stack:
            raise _unreadable(f"Unexpected end tag {self._at(begin)}")
        self.position += 2
        found = self._take(_TAG_NAME).lower()
        self._take(_SPACES)
        if self._next() != ">":
            raise _unreadable(f"Unclosed end tag {self._at(begin)}")
        self.position += 1
        tag, argument, offset = self.stack.pop()
        if found and found != tag:
            raise _unreadable(f'Unmatched end tag {self._at(begin)}, expected "</{tag}>", found "</{found}>"')
        self._close(tag, argument, offset)

    def _close(self, tag: str, argument: str | None, offset: int) -> None:
        entity: Entity = {"type": TAGS[tag], "offset": offset, "length": self.length - offset}
        if tag == "a":
            target = link_target(argument or "".join(self.parts)[-entity["length"] :])
            if target is None:
                return
            entity["url"] = target
        elif tag == "tg-emoji":
            entity["custom_emoji_id"] = argument or ""
        elif tag == "blockquote" and argument is not None:
            entity["type"] = "expandable_blockquote"
        elif tag == "code" and argument and self.stack and self.stack[-1][0] == "pre":
            entity |= {"type": "pre", "language": argument}
        elif tag == "pre" and self._already_pre(entity):
            return
        self.entities.append(entity)

    def _already_pre(self, entity: Entity) -> bool:
        last = self.entities[-1] if self.entities else {}
        return "language" in last and all(last[key] == entity[key] for key in ("offset", "length"))


def _argument(tag: str, attributes: dict[str, str]) -> str | None:
    if tag == "a":
        return attributes.get("href")
    if tag == "tg-emoji":
        return attributes.get("emoji-id")
    if tag == "blockquote":
        return attributes.get("expandable")
    if tag == "code":
        return attributes.get("class", "").removeprefix("language-") or None
    return None


def _unreadable(reason: str) -> ApiError:
    return bad_request(f"can't parse entities: {reason}")
