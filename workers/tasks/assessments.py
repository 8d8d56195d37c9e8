"""Answers to tests."""

from recruitsmart.domain.dialogue import testing
from recruitsmart.domain.dialogue.turn import Turn
from workers import contract
from workers.registry import answers


@answers(contract.AnswerQuestion)
def answer(turn: Turn, message: contract.AnswerQuestion) -> None:
    testing.choose_option(turn, message.answer_id, message.option_key)


@answers(contract.FinishTicking)
def finish_ticking(turn: Turn, message: contract.FinishTicking) -> None:
    testing.finish_ticking(turn, message.answer_id)


@answers(contract.PassOver)
def pass_over(turn: Turn, message: contract.PassOver) -> None:
    testing.pass_over(turn, message.answer_id)


@answers(contract.StepBack)
def step_back(turn: Turn, message: contract.StepBack) -> None:
    testing.step_back(turn, message.answer_id)


@answers(contract.BeginTest)
def begin(turn: Turn, message: contract.BeginTest) -> None:
    testing.begin(turn, message.attempt_id)
