"""Pure readings of what people type into the directory."""

from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from recruitsmart.domain.errors import BadInput

MOST_ALIASES = 50


@cache
def zone_names() -> frozenset[str]:
    """Every zone there is; links such as `localtime` are not among them."""
    return frozenset(name for name in available_timezones() if "/" in name or name == "UTC")


def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name.

    Raises:
        BadInput: there is no such zone.
    """
    if name not in zone_names():
        raise BadInput(f"“{name}” is not a time zone. Write it like Europe/Moscow.")
    return ZoneInfo(name)


def parse_list(typed: str) -> list[str]:
    """Words separated by commas or lines, each once, in their order, with tidy spaces."""
    words = (" ".join(part.split()) for line in typed.splitlines() for part in line.split(","))
    return list(dict.fromkeys(word for word in words if word))[:MOST_ALIASES]


def is_web_address(typed: str) -> bool:
    """Whether something can be a link people are sent: http or https, no spaces."""
    return typed.startswith(("https://", "http://")) and not any(char.isspace() for char in typed)
