"""TCP ports of this machine's own address."""

import socket
from collections.abc import Container

ADDRESS = "127.0.0.1"
_TRIED = 200


def any_free_port() -> int:
    """A port nobody listens on right now, chosen by the kernel."""
    with socket.socket() as probe:
        probe.bind((ADDRESS, 0))
        return probe.getsockname()[1]


def next_free_port(wanted: int, *, except_for: Container[int] = ()) -> int:
    """The wanted port, or the first free one above it; the kernel's choice when a long row is taken."""
    for port in range(wanted, min(wanted + _TRIED, 65_536)):
        if port not in except_for and is_free(port):
            return port
    return any_free_port()


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        # as servers do: connections of an ended server that linger in TIME_WAIT do not count
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((ADDRESS, port))
        except OSError:
            return False
        return True
