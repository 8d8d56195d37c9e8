"""Whether a person can be reached."""

from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.slots.reaching import lose_contact
from workers import contract
from workers.registry import answers

BLOCKED = "blocked the bot"


@answers(contract.Block)
def block(turn: Turn, message: contract.Block) -> None:
    lose_contact(turn.session, message.chat_id, reason=BLOCKED, now=turn.now)


@answers(contract.Unblock)
def unblock(turn: Turn, message: contract.Unblock) -> None:
    """Nothing to do: opening the turn already marked the person reachable."""
