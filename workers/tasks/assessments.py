"""Answers to tests."""

from recruitsmart.domain.dialogue import testing
from recruitsmart.domain.dialogue.turn import Turn
from workers import contract
from workers.registry import answers


@answers(contract.AnswerQuestion)
def answer(turn: Turn, message: contract.AnswerQuestion) -> None:
    testing.choose_option(turn, message.answer_id, message.option_key)
