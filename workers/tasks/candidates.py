"""Whether a person can be reached."""

from recruitsmart.domain.candidates.operations import mark_unreachable
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.messaging.delivery import skip_queued
from workers import contract
from workers.registry import answers

BLOCKED = "blocked the bot"


@answers(contract.Block)
def block(turn: Turn, message: contract.Block) -> None:
    mark_unreachable(turn.session, message.chat_id, reason=BLOCKED, now=turn.now)
    skip_queued(turn.session, message.chat_id, reason=BLOCKED, now=turn.now)


@answers(contract.Unblock)
def unblock(turn: Turn, message: contract.Unblock) -> None:
    """Nothing to do: opening the turn already marked the person reachable."""
