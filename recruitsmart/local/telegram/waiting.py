"""Waiting for something to happen without asking again and again."""

import asyncio


class Waiters:
    """Those who wait for one thing, for example for the next message of one chat."""

    __slots__ = ("_waiting",)

    def __init__(self) -> None:
        self._waiting: set[asyncio.Future[None]] = set()

    def wake(self) -> None:
        """Let everyone who waits go on."""
        while self._waiting:
            waiting = self._waiting.pop()
            if not waiting.done():
                waiting.set_result(None)

    async def wait(self, seconds: float) -> None:
        """Return at the next `wake`, or after so many seconds."""
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.add(waiting)
        try:
            await asyncio.wait([waiting], timeout=seconds)
        finally:
            self._waiting.discard(waiting)


class Feed:
    """What happens, told live to the open chat pages; costs nothing while no page is open."""

    CAPACITY = 2000

    def __init__(self) -> None:
        self._listeners: set[asyncio.Queue[tuple[str, object]]] = set()

    @property
    def has_listeners(self) -> bool:
        """Whether anyone would hear it."""
        return bool(self._listeners)

    def listen(self) -> asyncio.Queue[tuple[str, object]]:
        """A queue that gets every event from now on, as (name, value)."""
        queue: asyncio.Queue[tuple[str, object]] = asyncio.Queue()
        self._listeners.add(queue)
        return queue

    def leave(self, queue: asyncio.Queue[tuple[str, object]]) -> None:
        """Stop listening."""
        self._listeners.discard(queue)

    def tell(self, event: str, value: object) -> None:
        """Tell all pages; one that cannot keep up is told to load everything again."""
        for queue in self._listeners:
            if queue.qsize() < self.CAPACITY:
                queue.put_nowait((event, value))
            elif queue.qsize() == self.CAPACITY:
                queue.put_nowait(("reload", {}))
