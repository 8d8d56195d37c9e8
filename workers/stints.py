"""Long work in short stints: whoever writes to the bot meanwhile is answered between two of them."""

import logging
from collections.abc import Callable, Sequence
from time import monotonic

log = logging.getLogger(__name__)

STINT_SECONDS = 1.0


def work_in_turn(ids: Sequence[int], step: Callable[[int], bool], *, most_steps: int) -> None:
    """Call `step` for each id until it says that nothing is left; the next sweep goes on with what is.

    Each id gets one step at least, at most `most_steps`, and with the others together about `STINT_SECONDS`. One whose
    step fails is left to the next sweep: its defect must not hold up the others.
    """
    begun = monotonic()
    for number, one in enumerate(ids, 1):
        give_up_at = begun + STINT_SECONDS * number / len(ids)
        for _ in range(most_steps):
            if not _has_more(step, one) or monotonic() > give_up_at:
                break


def _has_more(step: Callable[[int], bool], one: int) -> bool:
    try:
        return step(one)
    except Exception:
        log.exception("a step of long work failed", extra={"action": "stints.fail", "subject_id": one})
        return False
