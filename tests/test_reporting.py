"""Sentry learns where an error happened, and nothing about a person."""

import gzip
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.servers import ROOT

FAILING = """
import logging, os
from config.logging import configure_logging
from config.settings import read_settings
from recruitsmart import reporting
settings = read_settings(dict(os.environ))
configure_logging(settings, "worker")
reporting.begin(settings, "worker")

def answer(name):
    raise ValueError(f"{name} is too long")

try:
    answer("Anna Miller")
except ValueError:
    logging.getLogger("workers.unit").exception("an update of %s failed", "Anna Miller", extra={"text": "my phone"})
"""


@pytest.fixture
def sentry() -> Iterator[tuple[str, "queue.Queue[str]"]]:
    """Its address, and what was sent there."""
    received: queue.Queue[str] = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            received.put((gzip.decompress(body) if body[:2] == b"\x1f\x8b" else body).decode())
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://key@127.0.0.1:{server.server_port}/1", received
        server.shutdown()


def _fail(folder: Path, **environment: str) -> None:
    environment["DATA_DIR"] = str(folder)
    surroundings = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **environment}
    subprocess.run([sys.executable, "-c", FAILING], env=surroundings, check=True, timeout=60, capture_output=True)


def test_an_error_is_reported_with_its_place_and_without_a_word_of_anybody(
    sentry: tuple[str, "queue.Queue[str]"], tmp_path: Path
) -> None:
    dsn, received = sentry
    _fail(tmp_path, SENTRY_DSN=dsn)
    report = received.get(timeout=10)
    for wanted in ("ValueError", '"function":"answer"', "an update of %s failed", '"process":"worker"', "development"):
        assert wanted in report
    assert [word for word in ("Anna", "Miller", "phone", "too long") if word in report] == []


def test_without_an_address_nothing_is_sent(sentry: tuple[str, "queue.Queue[str]"], tmp_path: Path) -> None:
    _fail(tmp_path)
    assert sentry[1].empty()
