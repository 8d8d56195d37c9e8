"""A wire between the processes and Postgres that can be made slow."""

import asyncio
from contextlib import suppress
from multiprocessing import get_context
from typing import Any

from recruitsmart.local.ports import ADDRESS, any_free_port

CHUNK = 65_536
PATIENCE_SECONDS = 30.0

_processes = get_context("spawn")


class Wire:
    """A TCP proxy in a process of its own: beside the drill's people it would get its turn too late to be fast."""

    def __init__(self, target_port: int) -> None:
        self.port = any_free_port()
        self._delay, self._listens = _processes.Value("d", 0.0), _processes.Event()
        self._process = _processes.Process(
            target=_carry_everything, args=(self.port, target_port, self._delay, self._listens), daemon=True
        )

    @property
    def delay_seconds(self) -> float:
        """What each way of each packet takes."""
        return float(self._delay.value)

    @delay_seconds.setter
    def delay_seconds(self, seconds: float) -> None:
        self._delay.value = seconds

    def start(self) -> None:
        """Listen from now on."""
        self._process.start()
        if not self._listens.wait(PATIENCE_SECONDS):
            raise RuntimeError("The wire to Postgres did not begin to listen.")

    def stop(self) -> None:
        """Let go of everything."""
        self._process.terminate()
        self._process.join(PATIENCE_SECONDS)


def _carry_everything(port: int, target_port: int, delay: Any, listens: Any) -> None:
    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, back = await asyncio.open_connection(ADDRESS, target_port)
        except OSError:
            writer.close()
            return
        await asyncio.gather(one_way(reader, back), one_way(there, writer))

    async def one_way(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while chunk := await reader.read(CHUNK):
                if delay.value:
                    await asyncio.sleep(delay.value)
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def listen() -> None:
        server = await asyncio.start_server(carry, ADDRESS, port)
        listens.set()
        await server.serve_forever()

    asyncio.run(listen())
