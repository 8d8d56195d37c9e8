"""What came of an attempt, question by question: for the card and for the file one can download."""

from dataclasses import dataclass

from recruitsmart.domain.assessments.models import Answer, AnswerStatus, Attempt
from recruitsmart.domain.assessments.rules import consequence_of


@dataclass(frozen=True, kw_only=True)
class Line:
    """One question as it was asked, and what came back.

    `seconds` is the time until it was settled, without what was given back because we were away. `consequence` is what
    a chosen option of the questionnaire led to: `flag`, `decline` or nothing.
    """

    answer: Answer
    seconds: int | None
    timed_out: bool
    consequence: str | None


def lines_of(attempt: Attempt) -> list[Line]:
    """Every question that was asked, in that order; needs the answers loaded."""
    return [_line(answer) for answer in sorted(attempt.answers, key=lambda answer: answer.id)]


def decisive_lines(attempt: Attempt) -> list[Line]:
    """The answers that led to the screening, the gravest first."""
    led = [line for line in lines_of(attempt) if line.consequence is not None]
    return sorted(led, key=lambda line: line.consequence != "decline")


def _line(answer: Answer) -> Line:
    return Line(
        answer=answer,
        seconds=_seconds(answer),
        timed_out=answer.status == AnswerStatus.TIMED_OUT,
        consequence=_consequence(answer),
    )


def _seconds(answer: Answer) -> int | None:
    if answer.answered_at is None:
        return None
    spent = (answer.answered_at - answer.asked_at).total_seconds() - answer.credited_seconds
    return max(0, round(spent))


def _consequence(answer: Answer) -> str | None:
    """What the chosen options led to; None when that is nothing."""
    found = consequence_of(answer.asked, answer.value)
    return None if found == "none" else found
