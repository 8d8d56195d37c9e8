"""`flask bot webhook` says in sentences what is wrong."""

from collections.abc import Callable

import pytest
from click.testing import Result

from recruitsmart.local.ports import any_free_port
from recruitsmart.telegram.client import Telegram
from tests.simulator import Simulator
from tests.web.test_webhook import make_app

TOKEN = "123456789:AAF-x7QmZ2kT9vLcR4dWbN8sYpEuHgJ1oVi"
Run = Callable[..., Result]


def run(*words: str, **environ: str) -> Result:
    return make_app(None, **environ).test_cli_runner().invoke(args=["bot", "webhook", *words])


def test_without_a_token_there_is_nothing_to_ask() -> None:
    result = run("info")
    assert (result.exit_code, result.output) == (1, "Error: BOT_TOKEN is not set.\n")


def test_the_webhook_is_not_set_while_the_bot_would_delete_it() -> None:
    result = run("set", BOT_USE_WEBHOOK="0")
    assert result.exit_code == 1
    assert "BOT_USE_WEBHOOK is off" in result.output


@pytest.fixture
def refusal() -> Run:
    """Runs a command against some Telegram."""

    def ask(url: str, token: str = TOKEN) -> Result:
        app = make_app(None)
        app.extensions["recruitsmart.telegram"] = Telegram(token, url)
        return app.test_cli_runner().invoke(args=["bot", "webhook", "info"])

    return ask


def test_a_telegram_that_does_not_answer_is_a_sentence_without_the_token(refusal: Run) -> None:
    result = refusal(f"http://127.0.0.1:{any_free_port()}")
    assert (result.exit_code, TOKEN in result.output) == (1, False)
    assert "Telegram does not answer" in result.output


def test_a_refused_token_is_a_sentence(refusal: Run) -> None:
    with Simulator() as simulator:
        result = refusal(simulator.url, token="nonsense")
    assert (result.exit_code, result.output) == (1, "Error: Telegram says: 401 Unauthorized\n")
