"""Since when updates wait at Telegram that it does not show yet: it gives a hundred, and none after those while they
are open.
"""

from collections import deque


class Backlog:
    """What was known to wait, and when. Update numbers only grow, so whatever is below the lowest open number plus the
    count of all that wait was there when they were counted. Moments are seconds since 1970 UTC.
    """

    def __init__(self) -> None:
        self._known: deque[tuple[int, float]] = deque()  # each with a higher number and a later moment than the last

    def note(self, lowest: int, waiting: int, *, at: float) -> None:
        """So many updates wait, the lowest of them with this number."""
        end = lowest + waiting
        if not self._known or end > self._known[-1][0]:
            self._known.append((end, at))

    def since(self, update_id: int, *, at: float) -> float:
        """When this update, which was fetched `at`, was first known to wait. Asked in the order of the numbers."""
        while self._known and self._known[0][0] <= update_id:
            self._known.popleft()
        return self._known[0][1] if self._known else at

    def clear(self) -> None:
        """Nothing is hidden any more. Numbers may be lower the next time: see `Inbox.offset`."""
        self._known.clear()
