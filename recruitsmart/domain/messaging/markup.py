"""Telegram's HTML: which tags there are, and whether they are closed."""

from html.parser import HTMLParser

from recruitsmart.domain.messaging.texts import BadText

# https://core.telegram.org/bots/api#html-style
TAGS = {
    "b",
    "strong",
    "i",
    "em",
    "u",
    "ins",
    "s",
    "strike",
    "del",
    "span",
    "tg-spoiler",
    "a",
    "tg-emoji",
    "code",
    "pre",
}
TAGS |= {"code", "pre", "blockquote"}


class _Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS:
            raise BadText(f"Telegram has no tag <{tag}>.")
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise BadText(f"The tag </{tag}> closes nothing.")


def check_markup(html: str) -> None:
    """Refuse what Telegram could not show.

    Raises:
        BadText: an unknown tag, one that is not closed, or one that is closed without having been opened.
    """
    balance = _Balance()
    balance.feed(html)
    balance.close()
    if balance.open:
        raise BadText(f"The tag <{balance.open[-1]}> is not closed.")
