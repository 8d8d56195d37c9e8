"""`flask doctor` looks at the address of the Mini App as a phone would."""

from collections.abc import Iterator
from dataclasses import replace
from threading import Thread

import pytest
from flask import Flask
from werkzeug.serving import make_server

from recruitsmart.cli.checks import CHECKS, run
from recruitsmart.local.ports import any_free_port
from tests.web.conftest import app, clock, nudged

__all__ = ["app", "clock", "nudged"]

CHECK = next(check for check in CHECKS if check.name == "Mini App")


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """Where the application answers."""
    app.add_url_rule("/starting", view_func=lambda: ("no process answers", 502))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    serving = Thread(target=server.serve_forever)
    serving.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    serving.join()
    server.server_close()


def looked(app: Flask, url: str | None, **changed: str) -> tuple[bool, str]:
    with app.app_context():
        return run(CHECK, replace(app.config["SETTINGS"], webapp_url=url, **changed))


def test_an_address_that_shows_the_page_passes(app: Flask, address: str) -> None:
    assert looked(app, f"{address}/webapp") == (True, f"{address}/webapp shows the page")


@pytest.mark.parametrize("path", ["/", "/login", "/nowhere"])
def test_an_address_of_something_else_fails_and_says_what_to_set(app: Flask, address: str, path: str) -> None:
    passed, sentence = looked(app, address + path)
    assert not passed
    assert sentence.endswith("is not the page. Set WEBAPP_URL to https://HOST/webapp.")


def test_what_cannot_be_reached_from_here_or_has_not_begun_is_said(app: Flask, address: str) -> None:
    closed = f"http://someone:kestrel-71-oak@127.0.0.1:{any_free_port()}/webapp"
    for url, words in ((closed, "not reached from here"), (f"{address}/starting", "answers 502 so far")):
        passed, sentence = looked(app, url)
        assert passed
        assert words in sentence
        assert "kestrel" not in sentence
    assert looked(app, None) == (True, "none, WEBAPP_URL is empty")


def test_production_without_https_fails(app: Flask, address: str) -> None:
    passed, sentence = looked(app, f"{address}/webapp", environment="production")
    assert not passed
    assert "is not https" in sentence
