"""A wire between the processes and Postgres that can be made slow."""

import asyncio
import threading
from contextlib import suppress

from recruitsmart.local.ports import ADDRESS, any_free_port

CHUNK = 65_536


class Wire:
    """A TCP proxy in a thread of its own; `delay_seconds` is what each way of each packet takes."""

    def __init__(self, target_port: int) -> None:
        self.port = any_free_port()
        self.delay_seconds = 0.0
        self._target_port = target_port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        """Listen from now on."""
        self._thread.start()
        listening = asyncio.start_server(self._carry, ADDRESS, self.port)
        asyncio.run_coroutine_threadsafe(listening, self._loop).result(timeout=10)

    def stop(self) -> None:
        """Let go of everything."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(ADDRESS, self._target_port)
        except OSError:
            writer.close()
            return
        ways = [self._one_way(reader, back), self._one_way(there, writer)]
        await asyncio.gather(*ways)

    async def _one_way(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                if self.delay_seconds:
                    await asyncio.sleep(self.delay_seconds)
                writer.write(chunk)
                await writer.drain()
        writer.close()
