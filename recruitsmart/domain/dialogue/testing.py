"""Answers to tests in the chat: the questionnaire and the exam are one engine."""

from collections.abc import Callable

from recruitsmart.domain.assessments import answering
from recruitsmart.domain.assessments.answering import AlreadyAnswered, BadAnswer, TimeIsUp, TryAgain
from recruitsmart.domain.assessments.models import Answer, AnswerStatus, AttemptStatus, QuestionKind, TestKind
from recruitsmart.domain.assessments.queries import open_answer, own_attempt
from recruitsmart.domain.assessments.reading import Refusal
from recruitsmart.domain.dialogue.asking import ask_again, put, put_next, put_result
from recruitsmart.domain.dialogue.human import keep, refuse
from recruitsmart.domain.dialogue.machine import Prompt, is_double_tap
from recruitsmart.domain.dialogue.questions import chosen_words, put_question, show_closed
from recruitsmart.domain.dialogue.turn import Turn
from recruitsmart.domain.errors import NotFound
from recruitsmart.domain.pipeline.testing import begin_exam, follow_result

TESTING = (Prompt.QUESTION, Prompt.EXAM)


def begin(turn: Turn, attempt_id: int) -> None:
    """“Start the test”. A second press changes nothing, nor one by somebody who is elsewhere by now."""
    attempt = own_attempt(turn.session, turn.candidate.id, attempt_id)
    if attempt is None or attempt.status != AttemptStatus.OFFERED or turn.due_prompt() != Prompt.EXAM:
        ask_again(turn)
        return
    begin_exam(turn.session, attempt, now=turn.now)
    put_next(turn, attempt, replace=True)


def take_typed_answer(turn: Turn, typed: str) -> None:
    """Typed words answer the open question; words that are no answer are refused with what is expected.

    Before a test and after it no question is open: then they are kept for the recruiter.
    """
    if turn.conversation.answer_id is not None:
        _take(turn, answering.answer_typed, turn.conversation.answer_id, typed)
    elif keep(turn, text=typed):
        put(turn, turn.asked_prompt)


def asks_phone(turn: Turn) -> bool:
    """Whether the question that is open asks for a phone number."""
    answer_id = turn.conversation.answer_id
    answer = None if answer_id is None else turn.session.get(Answer, answer_id)
    return answer is not None and bool(answer.asked["kind"] == QuestionKind.PHONE)


def choose_option(turn: Turn, answer_id: int, option_key: str) -> None:
    """A pressed option. A second press is refused kindly, a foreign one answered with what is open."""
    _take(turn, answering.answer_chosen, answer_id, option_key)


def finish_ticking(turn: Turn, answer_id: int) -> None:
    """“Done”, where several options may be ticked."""
    _take(turn, answering.answer_ticked, answer_id)


def pass_over(turn: Turn, answer_id: int) -> None:
    """“Skip”, where nothing need be answered."""
    _take(turn, answering.pass_over, answer_id)


def step_back(turn: Turn, answer_id: int) -> None:
    """“Back”: the question before this one again."""
    try:
        before = answering.step_back(turn.session, turn.candidate, answer_id)
    except NotFound:
        ask_again(turn)
    else:
        put_question(turn, before, replace=True)


def _take(turn: Turn, take: Callable[..., Answer], answer_id: int, *words: str) -> None:
    """Take an answer and go on, or say why it does not count."""
    try:
        answer = take(turn.session, turn.candidate, answer_id, *words, received_at=turn.received_at, now=turn.now)
    except NotFound:
        ask_again(turn)
    except BadAnswer as error:
        _refuse(turn, take, words, error.refusal)
    except TryAgain as error:
        put_question(turn, error.answer, replace=True, tries_left=_tries_left(error.answer))
    except TimeIsUp as error:
        _say_too_late(turn, answer_id, error.key)
    except AlreadyAnswered as error:
        _answer_repeated_press(turn, error)
    else:
        _go_on(turn, answer)


def _refuse(turn: Turn, take: Callable[..., Answer], words: tuple[str, ...], refusal: Refusal) -> None:
    if take is answering.answer_typed:
        refuse(turn, words[0], refusal.key, **refusal.values)
    else:
        turn.reply(refusal.key, **refusal.values)


def _tries_left(answer: Answer) -> int:
    return answer.attempt.tries - answer.tries


def _go_on(turn: Turn, answer: Answer) -> None:
    """After an answer the next question. One that was in time may be found so only after the question had closed."""
    attempt = answer.attempt
    if answer.status == AnswerStatus.OPEN:  # an option was ticked, and the question stays
        put_question(turn, answer, replace=True)
    elif attempt.status == AttemptStatus.FINISHED and attempt.test.kind == TestKind.EXAM:  # another result, perhaps
        follow_result(turn.session, attempt, now=turn.now)
        put_result(turn, attempt)
    elif attempt.status == AttemptStatus.FINISHED or open_answer(attempt) is not None:
        turn.reply("answer.in_time")
    else:
        put_next(turn, attempt, replace=True, chosen=chosen_words(answer, turn.language))


def _say_too_late(turn: Turn, answer_id: int, key: str) -> None:
    """Refused kindly; when it is the press that finds the time to be up, the question closes and the next follows."""
    turn.reply(key)
    answer = answering.time_out(turn.session, answer_id, now=turn.now)
    if answer is not None:
        show_closed(turn, answer)
        put_next(turn, answer.attempt, replace=False)


def _answer_repeated_press(turn: Turn, error: AlreadyAnswered) -> None:
    """A double tap needs no words; an old button does."""
    if is_double_tap(error.answer.answered_at, received_at=turn.received_at):
        return
    if turn.conversation.prompt in TESTING and error.answer.attempt.status == AttemptStatus.UNDER_WAY:
        turn.reply(error.key)
    else:
        ask_again(turn)
