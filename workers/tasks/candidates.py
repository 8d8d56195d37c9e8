"""Whether a person can be reached."""

from sqlalchemy.orm import Session

from recruitsmart import clock
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.messaging.sending import BLOCKED
from recruitsmart.domain.slots.reaching import lose_contact
from workers import contract
from workers.registry import answers


@answers(contract.Block)
def block(session: Session, message: contract.Block) -> None:
    """Nobody is written down for leaving: whoever was forgotten leaves the bot next."""
    lose_contact(session, message.chat_id, reason=BLOCKED, now=clock.now())


@answers(contract.Unblock)
def unblock(turn: Turn, message: contract.Unblock) -> None:
    """Nothing to do: opening the turn already marked the person reachable."""
