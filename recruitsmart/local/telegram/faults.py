"""What may go wrong on the way between a bot and Telegram, on request."""

from dataclasses import dataclass, field, fields
from random import Random
from typing import Any

from .errors import ControlError

_RATES = ("error_rate", "lost_response_rate")
_FLAGS = ("rate_limits", "down")


@dataclass
class Faults:
    """Troubles of the Bot API side; the control API never has any.

    `error_rate` and `lost_response_rate` are shares of calls from 0 to 1: the first answers 502 and does
    nothing, the second does it and hangs up. `down` hangs up on everyone.
    """

    latency_ms: float = 0
    error_rate: float = 0
    lost_response_rate: float = 0
    rate_limits: bool = True
    down: bool = False
    chance: Random = field(default_factory=Random, repr=False, compare=False)

    def change(self, wanted: dict[str, Any]) -> None:
        """Change what is named and leave the rest; `seed` makes the coming accidents repeatable."""
        for name, value in wanted.items():
            _check(name, value)
        for name, value in wanted.items():
            if name == "seed":
                self.chance.seed(value)
            else:
                setattr(self, name, value)

    def as_json(self) -> dict[str, Any]:
        """The settings, without the dice."""
        return {each.name: getattr(self, each.name) for each in fields(self) if each.name != "chance"}

    def answers_502(self) -> bool:
        """Whether this call meets a server error."""
        return self.error_rate > 0 and self.chance.random() < self.error_rate

    def loses_response(self) -> bool:
        """Whether the connection dies after the call was carried out."""
        return self.lost_response_rate > 0 and self.chance.random() < self.lost_response_rate


def _check(name: str, value: Any) -> None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if name in _FLAGS:
        if not isinstance(value, bool):
            raise ControlError(f"{name} must be true or false.")
    elif name in _RATES:
        if not is_number or not 0 <= value <= 1:
            raise ControlError(f"{name} must be a number from 0 to 1.")
    elif name == "latency_ms":
        if not is_number or not 0 <= value <= 600_000:
            raise ControlError("latency_ms must be a number from 0 to 600000.")
    elif name == "seed":
        if not isinstance(value, int | str):
            raise ControlError("seed must be a whole number or a text.")
    else:
        raise ControlError(f"There is no fault named {name}.")
