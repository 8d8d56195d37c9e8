"""What may be asked of the workers, and how it is refused where it is asked."""

import json
from dataclasses import asdict, fields
from typing import Any, get_type_hints

import pytest

from workers.contract import QUEUES, Deliver, FromPerson, Message, ReserveSlot, Say, ShareContact, all_messages

PERSON = {"update_id": 812, "chat_id": 55, "received_at": 1000.5}
EXAMPLES = {int: 7, float: 1.5, str: "words", bool: True}


def example(kind: type[Message]) -> Message:
    hints = get_type_hints(kind)
    return kind(**{field.name: EXAMPLES.get(hints[field.name]) for field in fields(kind)})


@pytest.mark.parametrize(
    "wrong",
    [
        {"slot_id": "17"},
        {"slot_id": 17.0},
        {"slot_id": True},
        {"slot_id": None},
        {"slot_id": 17, "update_id": "812"},
        {"slot_id": 17, "received_at": 1000},
        {"slot_id": 17, "username": 5},
        {"slot_id": 17, "first_name": None},
        {"slot_id": 17, "pressed_message_id": "7"},
    ],
)
def test_an_argument_of_another_type_is_refused_by_the_sender(wrong: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=rf"ReserveSlot\.{list(wrong)[-1]} must be"):
        ReserveSlot(**PERSON | wrong)


def test_a_missing_argument_is_refused_by_the_sender() -> None:
    with pytest.raises(TypeError, match="slot_id"):
        ReserveSlot(**PERSON)


def test_an_unknown_argument_is_refused_by_the_sender() -> None:
    with pytest.raises(TypeError, match="seat"):
        ReserveSlot(**PERSON, slot_id=17, seat=1)


def test_arguments_are_named_never_counted() -> None:
    with pytest.raises(TypeError):
        Say(812, 55, 1000.5, "hello")


@pytest.mark.parametrize("username", [None, "anna_m"])
def test_what_may_be_absent_may_be_given_or_not(username: str | None) -> None:
    assert Say(**PERSON, text="hello", username=username).username == username


def test_a_message_cannot_be_changed_after_it_was_checked() -> None:
    said = Say(**PERSON, text="hello")
    with pytest.raises(AttributeError):
        said.text = 5


def test_a_number_is_not_a_truth() -> None:
    with pytest.raises(TypeError, match="own"):
        ShareContact(**PERSON, phone="+7", own=1)


KINDS = pytest.mark.parametrize("kind", all_messages(), ids=lambda kind: kind.__name__)


@KINDS
def test_each_message_goes_to_a_queue_somebody_reads(kind: type[Message]) -> None:
    assert kind.queue in QUEUES


@KINDS
def test_each_message_has_a_task_named_in_words(kind: type[Message]) -> None:
    subject, _, act = kind.task.partition(".")
    assert subject.isidentifier()
    assert act.isidentifier()


@KINDS
def test_each_message_says_what_it_means(kind: type[Message]) -> None:
    assert kind.__doc__
    assert not kind.__doc__.startswith(f"{kind.__name__}("), "that is the docstring dataclasses make up"


@KINDS
def test_each_message_travels_as_json(kind: type[Message]) -> None:
    message = example(kind)
    assert kind(**json.loads(json.dumps(asdict(message)))) == message


def test_no_two_messages_share_a_task() -> None:
    names = [kind.task for kind in all_messages()]
    assert len(set(names)) == len(names)


def test_what_people_send_is_all_on_one_queue() -> None:
    assert {kind.queue for kind in all_messages() if issubclass(kind, FromPerson)} == {"dialogue"}


def test_sending_has_a_queue_of_its_own() -> None:
    assert Deliver.queue == "delivery"
