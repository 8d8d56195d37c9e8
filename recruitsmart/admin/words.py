"""What the system's values are called on the panel."""

from enum import Enum
from functools import lru_cache
from typing import Any

from flask_babel import lazy_gettext as _l

from recruitsmart.admin.moments import language
from recruitsmart.domain.assessments.models import AnswerStatus, AttemptStatus, QuestionKind, Screening, TestKind
from recruitsmart.domain.batches.models import Act, BatchState, PersonState
from recruitsmart.domain.broadcasts.models import BroadcastState, RecipientState, SkipReason
from recruitsmart.domain.candidates.queries import Order
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import About, RecruiterChoice, Role
from recruitsmart.domain.intake.models import IntakeState, LineState, Verdict
from recruitsmart.domain.intake.rules import Field
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.pipeline.funnel import GroupBy, Step
from recruitsmart.domain.pipeline.planned import Coming
from recruitsmart.domain.slots.drafting import Problem
from recruitsmart.domain.slots.models import BookingStatus, EndedBy, Purpose, SlotStatus
from recruitsmart.domain.slots.reminders import Reminder
from recruitsmart.domain.timers.models import TimerState

WORDS: dict[type[Enum], dict[Any, Any]] = {
    Stage: {
        Stage.STARTED: _l("registering"),
        Stage.TEST1: _l("questionnaire"),
        Stage.SCREENING: _l("to be screened"),
        Stage.TO_SCHEDULE: _l("choosing an hour"),
        Stage.INTERVIEW: _l("interview"),
        Stage.TEST2: _l("test"),
        Stage.TO_INTRO_DAY: _l("to be invited"),
        Stage.INTRO_DAY: _l("introductory day"),
        Stage.HIRED: _l("hired"),
    },
    Step: {
        Step.STARTED: _l("started"),
        Step.TEST1: _l("finished Test 1"),
        Step.BOOKED: _l("chose an hour"),
        Step.CAME: _l("came to it"),
        Step.PASSED: _l("passed Test 2"),
        Step.INTRO_DAY: _l("came to the day"),
        Step.HIRED: _l("got the job"),
    },
    GroupBy: {
        GroupBy.SOURCE: _l("by source"),
        GroupBy.CITY: _l("by city"),
        GroupBy.RECRUITER: _l("by recruiter"),
        GroupBy.WEEK: _l("by week"),
    },
    Outcome: {
        Outcome.ACTIVE: _l("under way"),
        Outcome.HIRED: _l("hired"),
        Outcome.REJECTED: _l("rejected"),
        Outcome.WITHDRAWN: _l("withdrew"),
    },
    Order: {
        Order.NEWEST: _l("newest first"),
        Order.OLDEST: _l("oldest first"),
        Order.LONGEST_AT_STAGE: _l("longest at the stage first"),
    },
    BookingStatus: {
        BookingStatus.PENDING: _l("waits for approval"),
        BookingStatus.BOOKED: _l("booked"),
        BookingStatus.CONFIRMED: _l("confirmed"),
        BookingStatus.CANCELLED: _l("cancelled"),
        BookingStatus.MOVED: _l("moved"),
        BookingStatus.ATTENDED: _l("attended"),
        BookingStatus.LATE: _l("came late"),
        BookingStatus.NO_SHOW: _l("did not come"),
    },
    EndedBy: {
        EndedBy.CANDIDATE: _l("by the candidate"),
        EndedBy.RECRUITER: _l("by the recruiter"),
        EndedBy.SYSTEM: _l("by the system"),
    },
    Purpose: {
        Purpose.INTERVIEW: _l("interview"),
        Purpose.INTRO_DAY: _l("introductory day"),
    },
    SlotStatus: {
        SlotStatus.OPEN: _l("open"),
        SlotStatus.CLOSED: _l("closed"),
    },
    Problem: {
        Problem.PAST: _l("already past"),
        Problem.OVERLAP: _l("overlaps another hour of this recruiter"),
        Problem.SKIPPED_BY_CLOCKS: _l("the clocks skip this hour"),
        Problem.NOT_IN_CITY: _l("the recruiter does not work in that city"),
    },
    MessageState: {
        MessageState.QUEUED: _l("planned"),
        MessageState.SENDING: _l("being sent"),
        MessageState.SENT: _l("sent"),
        MessageState.SKIPPED: _l("skipped"),
        MessageState.FAILED: _l("failed"),
        MessageState.UNKNOWN: _l("in doubt"),
    },
    Reminder: {
        Reminder.FIRST: _l("first reminder"),
        Reminder.SECOND: _l("second reminder"),
        Reminder.LAST: _l("last reminder"),
    },
    Coming: {
        Coming.FIRST_REMINDER: _l("first reminder"),
        Coming.SECOND_REMINDER: _l("second reminder"),
        Coming.LAST_REMINDER: _l("last reminder"),
        Coming.OUTCOME_ASKED: _l("how did it go?"),
        Coming.REQUEST_WAITS: _l("the request still waits"),
        Coming.REQUEST_ENDS: _l("the request ends unanswered"),
        Coming.TEST_UNFINISHED: _l("the test is not finished"),
        Coming.TEST_INVITED: _l("the invitation to Test 2"),
        Coming.REJECTION_TOLD: _l("the rejection is told"),
        Coming.OFFER_ENDS: _l("the held hour goes to the next person"),
    },
    TimerState: {
        TimerState.PENDING: _l("planned"),
        TimerState.DONE: _l("sent"),
        TimerState.SKIPPED: _l("skipped"),
        TimerState.WITHDRAWN: _l("withdrawn"),
        TimerState.FAILED: _l("failed"),
    },
    Lane: {
        Lane.INTERACTIVE: _l("reply"),
        Lane.PROMISED: _l("promised"),
        Lane.BULK: _l("broadcast"),
    },
    BroadcastState: {
        BroadcastState.DRAFT: _l("draft"),
        BroadcastState.RUNNING: _l("being sent"),
        BroadcastState.PAUSED: _l("paused"),
        BroadcastState.STOPPED: _l("stopped"),
        BroadcastState.FINISHED: _l("is through"),
    },
    RecipientState: {
        RecipientState.WAITING: _l("waits"),
        RecipientState.QUEUED: _l("about to be sent"),
        RecipientState.SENT: _l("sent"),
        RecipientState.SKIPPED: _l("skipped"),
        RecipientState.FAILED: _l("failed"),
        RecipientState.UNKNOWN: _l("in doubt"),
    },
    Act: {
        Act.REJECT: _l("reject"),
        Act.MOVE: _l("move to another stage"),
        Act.RECRUITER: _l("give to a recruiter"),
        Act.CITY: _l("move to another city"),
    },
    BatchState: {
        BatchState.DRAFT: _l("draft"),
        BatchState.RUNNING: _l("under way"),
        BatchState.STOPPED: _l("has been stopped"),
        BatchState.FINISHED: _l("has finished"),
    },
    PersonState: {
        PersonState.WAITING: _l("waits"),
        PersonState.DONE: _l("done"),
        PersonState.UNCHANGED: _l("was so already"),
        PersonState.REFUSED: _l("not possible"),
        PersonState.FAILED: _l("failed"),
        PersonState.STOPPED: _l("stopped before"),
    },
    IntakeState: {
        IntakeState.UPLOADED: _l("columns to be named"),
        IntakeState.CHECKING: _l("being looked at"),
        IntakeState.CHECKED: _l("looked at"),
        IntakeState.RUNNING: _l("under way"),
        IntakeState.STOPPED: _l("has been stopped"),
        IntakeState.FINISHED: _l("has finished"),
    },
    Verdict: {
        Verdict.NEW: _l("new people"),
        Verdict.KNOWN: _l("here already"),
        Verdict.TWICE: _l("twice in the file"),
        Verdict.REFUSED: _l("cannot be taken"),
    },
    LineState: {
        LineState.WAITING: _l("waits"),
        LineState.CREATED: _l("made"),
        LineState.FILLED: _l("filled up"),
        LineState.SKIPPED: _l("skipped"),
        LineState.REFUSED: _l("not taken"),
        LineState.FAILED: _l("failed"),
        LineState.STOPPED: _l("stopped before"),
    },
    Field: {
        Field.NAME: _l("full name"),
        Field.LAST_NAME: _l("last name"),
        Field.FIRST_NAME: _l("first name"),
        Field.MIDDLE_NAME: _l("middle name"),
        Field.PHONE: _l("phone number"),
        Field.USERNAME: _l("name in Telegram"),
        Field.CITY: _l("city"),
        Field.SOURCE: _l("source"),
    },
    SkipReason: {
        SkipReason.NO_CONTACT: _l("no chat to write to"),
        SkipReason.NO_CONSENT: _l("did not agree to data processing"),
        SkipReason.UNREACHABLE: _l("cannot be reached"),
        SkipReason.ENDED: _l("no longer under way"),
        SkipReason.ELSEWHERE: _l("in another city now"),
        SkipReason.NO_TEXT: _l("for this person the text comes out empty or too long"),
        SkipReason.STOPPED: _l("the broadcast was stopped before"),
    },
    TestKind: {
        TestKind.QUESTIONNAIRE: _l("questionnaire"),
        TestKind.EXAM: _l("exam"),
    },
    QuestionKind: {
        QuestionKind.TEXT: _l("text"),
        QuestionKind.NUMBER: _l("number"),
        QuestionKind.ONE_CHOICE: _l("one choice"),
        QuestionKind.SEVERAL_CHOICES: _l("several choices"),
        QuestionKind.DATE: _l("date"),
        QuestionKind.PHONE: _l("phone number"),
    },
    AttemptStatus: {
        AttemptStatus.OFFERED: _l("offered"),
        AttemptStatus.UNDER_WAY: _l("under way"),
        AttemptStatus.FINISHED: _l("finished"),
    },
    AnswerStatus: {
        AnswerStatus.OPEN: _l("not answered yet"),
        AnswerStatus.ANSWERED: _l("answered"),
        AnswerStatus.SKIPPED: _l("skipped"),
        AnswerStatus.TIMED_OUT: _l("time was up"),
    },
    Screening: {
        Screening.QUALIFIED: _l("qualified"),
        Screening.REVIEW: _l("for review"),
        Screening.DECLINED: _l("declined by rule"),
    },
    RecruiterChoice: {
        RecruiterChoice.SYSTEM: _l("the system"),
        RecruiterChoice.CANDIDATE: _l("the candidate"),
    },
    About: {
        About.REFUSAL: _l("refusing a request"),
        About.REJECTION: _l("rejecting"),
        About.WITHDRAWAL: _l("a withdrawal"),
    },
    Role: {
        Role.ADMIN: _l("administrator"),
        Role.RECRUITER: _l("recruiter"),
        Role.VIEWER: _l("viewer"),
    },
}


def word(member: Enum) -> str:
    """What a value is called, in the reader's language."""
    return _word(member, language())


@lru_cache(maxsize=None, typed=True)  # members of two kinds may be equal: they are strings
def _word(member: Enum, _language: str) -> str:
    """Looked up once in each language: a long list asks for the same few words at every row."""
    return str(WORDS[type(member)][member])


def lane_word(lane: int) -> str:
    """What a lane is called; rows keep lanes as numbers."""
    return word(Lane(lane))


STEPS = {
    "accepted": _l("accepted"),
    "refused": _l("refused"),
    "busy": _l("told to wait"),
    "broken": _l("did not get through"),
    "doubtful": _l("no answer"),
    "moot": _l("not worth sending"),
    "abandoned": _l("broken off"),
    "again": _l("sent again"),
}


def step_word(what: str) -> str:
    """What a step of a message's trail is called; one nobody knows any more stays as it is."""
    return str(STEPS.get(what, what))


def choices(kind: type[Enum]) -> list[tuple[str, str]]:
    """The values of a kind with their names, for a select."""
    return [(str(member.value), word(member)) for member in kind]


def grouped(count: int) -> str:
    """A number as people read it, `12 345`."""
    return f"{count:,}".replace(",", " ")
