"""Which function answers which message. A missing, doubled or mismatched one is an error at import, not at night."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from recruitsmart.domain.dialogue.page import PageTurn
from recruitsmart.domain.dialogue.staff import StaffTurn
from recruitsmart.domain.dialogue.turn import Turn
from workers.contract import Block, FromPage, FromPerson, FromStaff, Message, all_messages
from workers.services import Services

AnyMessage = TypeVar("AnyMessage", bound=Message)
Handler = Callable[[Any, Any], None]

_FIRST: dict[type[Message], type] = {
    FromStaff: StaffTurn, Block: Session, FromPerson: Turn, FromPage: PageTurn, Message: Services,
}  # fmt: skip
HANDLERS: dict[type[Message], Handler] = {}


def answers(kind: type[AnyMessage]) -> Callable[[Handler], Handler]:
    """Register the function that answers a message.

    What a person sent is answered by `f(turn: Turn, message: Kind)` (of staff: `StaffTurn`, on the page: `PageTurn`;
    who left has no turn: `Session`) inside one transaction that the unit commits; any other message by
    `f(services: Services, message: Kind)`, which opens its own units.

    Raises:
        TypeError: the signature is another one, or the message already has its function.
    """

    def register(handler: Handler) -> Handler:
        first = next(turn for base, turn in _FIRST.items() if issubclass(kind, base))
        parameters = [parameter.annotation for parameter in inspect.signature(handler).parameters.values()]
        if parameters != [first, kind]:
            raise TypeError(f"{handler.__name__} must take ({first.__name__}, {kind.__name__})")
        if kind in HANDLERS:
            raise TypeError(f"{kind.__name__} is answered by {HANDLERS[kind].__name__} already")
        HANDLERS[kind] = handler
        return handler

    return register


def check_complete() -> None:
    """Every message of the contract has its function.

    Raises:
        TypeError: names those that have none.
    """
    missing = [kind.__name__ for kind in all_messages() if kind not in HANDLERS]
    if missing:
        raise TypeError(f"nobody answers {', '.join(missing)}")
