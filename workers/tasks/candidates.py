"""Whether a person can be reached."""

from sqlalchemy.orm import Session

from recruitsmart import clock
from recruitsmart.domain.candidates.operations import unwelcome
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
    """Opening the turn already marked the person reachable. Who is not known, or no longer, has pressed nothing."""
    if turn.is_new:
        unwelcome(turn.session, turn.candidate)
