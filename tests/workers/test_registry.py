"""Which function answers which message; every mistake is an error at import."""

from collections.abc import Callable
from typing import Any

import pytest

from recruitsmart.domain.dialogue.turn import Turn
from workers import registry
from workers.contract import Deliver, Message, Say, all_messages
from workers.registry import answers, check_complete
from workers.services import Services

Registered = dict[type[Message], Any]


@pytest.fixture
def handlers(monkeypatch: pytest.MonkeyPatch) -> Registered:
    """An empty registry for this test."""
    handlers: Registered = {}
    monkeypatch.setattr(registry, "HANDLERS", handlers)
    return handlers


def answer_say(turn: Turn, message: Say) -> None: ...


def answer_deliver(services: Services, message: Deliver) -> None: ...


def test_a_fitting_function_is_registered_and_stays_callable(handlers: Registered) -> None:
    assert answers(Say)(answer_say) is answer_say
    assert answers(Deliver)(answer_deliver) is answer_deliver
    assert handlers == {Say: answer_say, Deliver: answer_deliver}


def _takes_another_message(turn: Turn, message: Deliver) -> None: ...
def _takes_services(services: Services, message: Say) -> None: ...
def _takes_nothing() -> None: ...
def _takes_more(turn: Turn, message: Say, more: int) -> None: ...
def _says_nothing(turn, message): ...


@pytest.mark.parametrize(
    "function", [_takes_another_message, _takes_services, _takes_nothing, _takes_more, _says_nothing]
)
def test_a_function_with_another_signature_is_refused(handlers: Registered, function: Callable[..., None]) -> None:
    with pytest.raises(TypeError, match=r"must take \(Turn, Say\)"):
        answers(Say)(function)
    assert handlers == {}


def test_what_no_person_sent_is_not_answered_inside_a_turn(handlers: Registered) -> None:
    def wrong(turn: Turn, message: Deliver) -> None: ...

    with pytest.raises(TypeError, match=r"must take \(Services, Deliver\)"):
        answers(Deliver)(wrong)


def test_a_second_function_for_a_message_is_refused(handlers: Registered) -> None:
    answers(Say)(answer_say)
    with pytest.raises(TypeError, match="answered by answer_say already"):
        answers(Say)(answer_say)


def test_messages_nobody_answers_are_named(handlers: Registered) -> None:
    handlers.update(dict.fromkeys(all_messages(), answer_say))
    del handlers[Say], handlers[Deliver]
    with pytest.raises(TypeError, match=r"nobody answers (Say, Deliver|Deliver, Say)$"):
        check_complete()


def test_when_all_are_answered_there_is_nothing_to_say(handlers: Registered) -> None:
    handlers.update(dict.fromkeys(all_messages(), answer_say))
    check_complete()
