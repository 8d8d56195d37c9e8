"""Answers to Test 1 in the chat."""

from recruitsmart.domain.assessments import operations as assessments
from recruitsmart.domain.assessments.models import Answer
from recruitsmart.domain.assessments.operations import AlreadyAnswered, BadAnswer
from recruitsmart.domain.dialogue.asking import ask, ask_again, in_language, put_question
from recruitsmart.domain.dialogue.machine import Prompt
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.errors import NotFound


def take_typed_answer(turn: Turn, typed: str) -> None:
    """Typed words answer the open question; words that are no answer are refused with what is expected."""
    answer_id = turn.conversation.answer_id
    if answer_id is None:
        ask(turn)
        return
    try:
        assessments.answer_typed(turn.session, answer_id, typed, received_at=turn.sender.received_at)
    except BadAnswer as error:
        turn.reply(error.refusal.key, **error.refusal.values)
    except AlreadyAnswered:
        ask_again(turn)
    else:
        put_question(turn, replace=False, chosen=None)


def choose_option(turn: Turn, answer_id: int, option_key: str) -> None:
    """A pressed option. A second press is refused kindly, a foreign one answered with what is open."""
    try:
        answer = assessments.answer_chosen(
            turn.session, turn.candidate, answer_id, option_key, received_at=turn.sender.received_at
        )
    except NotFound:
        ask_again(turn)
    except AlreadyAnswered:
        _answer_repeated_press(turn)
    else:
        put_question(turn, replace=True, chosen=chosen_label(answer, turn.language))


def _answer_repeated_press(turn: Turn) -> None:
    """A double tap needs no words; an old button does."""
    asked_at = turn.conversation.asked_at
    just_asked = asked_at is not None and (turn.sender.received_at - asked_at).total_seconds() < 3
    if turn.conversation.prompt == Prompt.QUESTION and not just_asked:
        turn.reply("answer.already")
    else:
        ask_again(turn)


def chosen_label(answer: Answer, language: str) -> str:
    """The words of the option that was chosen."""
    labels = (option["label"] for option in answer.asked["options"] if option["key"] == answer.value)
    return in_language(next(labels, {}), language)
