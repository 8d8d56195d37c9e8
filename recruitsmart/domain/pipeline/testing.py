"""Tests on a candidate's way: the questionnaire and its screening, the exam after the interview, another go."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from recruitsmart.domain.assessments import operations as assessments
from recruitsmart.domain.assessments.models import Attempt, AttemptStatus, Screening
from recruitsmart.domain.assessments.queries import last_activity_at, last_answered_at, newest_attempt, question_count
from recruitsmart.domain.assessments.timing import lengthened
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.operations import actor_of, move
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.queries import recruiters_of_city
from recruitsmart.domain.directory.quiet import allowed_from
from recruitsmart.domain.errors import BadInput, NeedsReasonForAnother, NotInThisStage
from recruitsmart.domain.journal.operations import SYSTEM, Actor, record
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.buttons import Action, Button
from recruitsmart.domain.messaging.operations import Wording, post, staff_recipient
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.pipeline.rejections import keep_from_telling, plan_telling
from recruitsmart.domain.slots import waiting
from recruitsmart.domain.slots.models import BookingStatus, Purpose
from recruitsmart.domain.slots.outcomes import record_outcome
from recruitsmart.domain.slots.queries import live_booking
from recruitsmart.domain.timers.operations import set_timer, withdraw
from recruitsmart.domain.timers.queries import is_overtaken

TEST1, TEST2 = "test1", "test2"
STAGES = {TEST1: Stage.TEST1, TEST2: Stage.TEST2}  # where a test is taken
UNFINISHED_NUDGES = {
    "assessments.unfinished": timedelta(hours=24),
    "assessments.unfinished_again": timedelta(hours=48),
}
INVITES = "pipeline.invites_to_test2"
INVITATION, UNFINISHED = "exam.invite", "test.unfinished"
EXTRA_TIMES = (0, 25, 50, 100)


def begin_test1(session: Session, candidate: Candidate, *, now: datetime) -> Attempt:
    """The attempt at Test 1 under way, started now when there is none; moves the candidate to its stage."""
    if candidate.stage == Stage.STARTED:
        move(session, candidate, Stage.TEST1, actor=actor_of(candidate), now=now)
    attempt = assessments.start(session, candidate, TEST1, now=now)
    if attempt.started_at == now:
        _plan_nudges(session, attempt, now=now)
    return attempt


def conclude_test1(session: Session, attempt: Attempt, *, now: datetime) -> Screening:
    """Finish Test 1 and act on its screening: choose an hour, wait for a recruiter, or a kind no.

    A declined person stays in screening with the reason, so that a recruiter sees it and can reverse it; until the
    cool-down is over the person hears nothing of it.
    """
    _finish(session, attempt, now=now)
    candidate, screening = attempt.candidate, attempt.screening or Screening.REVIEW
    to = Stage.TO_SCHEDULE if screening == Screening.QUALIFIED else Stage.SCREENING
    move(session, candidate, to, now=now)
    if screening == Screening.DECLINED:
        _reject(session, candidate, "Test 1: " + ", ".join(attempt.screening_reasons), actor=SYSTEM, now=now)
    elif screening == Screening.REVIEW:
        _tell_recruiters(session, attempt, "staff.to_decide", now=now)
    return screening


def _finish(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """The attempt ends with its last answer; a time that is up ends it at its deadline, however late we notice."""
    if attempt.deadline_at is not None and attempt.deadline_at <= now:
        at = attempt.deadline_at
    else:
        at = min(now, last_answered_at(session, attempt.id) or now)
    assessments.finish(session, attempt, at=at, now=now)
    withdraw(session, tuple(UNFINISHED_NUDGES), attempt.id, now=now)


def decide(session: Session, candidate: Candidate, *, accept: bool, reason: str, actor: Actor, now: datetime) -> None:
    """A recruiter decides on somebody in screening, or reverses what a rule decided; the candidate is told of it, of a
    refusal after the cool-down.

    Raises:
        NotInThisStage: the candidate is not in screening, or ended otherwise than by a rejection.
        BadInput: a refusal needs a reason.
    """
    if candidate.stage != Stage.SCREENING or candidate.outcome not in (Outcome.ACTIVE, Outcome.REJECTED):
        raise NotInThisStage
    if not accept:
        if candidate.outcome == Outcome.ACTIVE:
            _refuse(session, candidate, reason, actor=actor, now=now)
        return
    keep_from_telling(session, candidate, now=now)
    candidate.outcome, candidate.outcome_reason = Outcome.ACTIVE, None
    record(
        session, "screening.accepted", actor=actor, now=now, candidate_id=candidate.id, reason=reason or None
    )  # fmt: skip
    move(session, candidate, Stage.TO_SCHEDULE, actor=actor, now=now)
    wording = Wording(key="screening.accepted", keyboard=[[_button(candidate, "button.choose_hour", Action.DAYS, 0)]])
    _tell(session, candidate, wording, about=f"candidate:{candidate.id}:screening", now=now)


def _refuse(session: Session, candidate: Candidate, reason: str, *, actor: Actor, now: datetime) -> None:
    if not reason.strip():
        raise BadInput("Say why, for your colleagues.")
    _reject(session, candidate, reason.strip(), actor=actor, now=now)


def _reject(session: Session, candidate: Candidate, reason: str, *, actor: Actor, now: datetime) -> None:
    candidate.outcome, candidate.outcome_reason = Outcome.REJECTED, reason
    record(session, "candidate.rejected", actor=actor, now=now, candidate_id=candidate.id, reason=reason)
    plan_telling(session, candidate, now=now)


def offer_test2(
    session: Session, candidate: Candidate, *, reason: str | None = None, actor: Actor, now: datetime
) -> Attempt:
    """The interview is passed: invite to Test 2. After a finished Test 2: another go, which needs a reason.

    The city says whether the invitation leaves at once or later; the test can be taken at once in any case (`/my`), and
    another go is not put off.
    An interview that has begun and whose outcome nobody noted counts as attended. Locks slot and booking then.

    Raises:
        NotInThisStage: neither after an interview nor in Test 2, or the application is closed.
        BadInput: another go needs a reason.
    """
    if candidate.outcome != Outcome.ACTIVE or candidate.stage not in (Stage.INTERVIEW, Stage.TEST2):
        raise NotInThisStage
    _note_attended(session, candidate, actor=actor, now=now)
    before = newest_attempt(session, candidate.id, TEST2)
    is_another_go = before is not None and before.status == AttemptStatus.FINISHED
    if is_another_go and not (reason or "").strip():
        raise NeedsReasonForAnother
    comes_anew = candidate.stage != Stage.TEST2
    move(session, candidate, Stage.TEST2, actor=actor, now=now)
    waiting.leave(session, candidate.id, now=now)  # for another interview, say
    attempt = assessments.offer(session, candidate, TEST2, reason=reason, actor=actor, now=now)
    if comes_anew:
        attempt.offered_at = now  # also the one that was open when somebody took the person back for another interview
    if attempt.offered_at == now:
        invites_at = now if is_another_go else _invites_at(candidate, now=now)
        _plan_nudges(session, attempt, now=invites_at)
        if invites_at > now:
            set_timer(session, INVITES, attempt.id, due_at=invites_at)
        else:
            _invite(session, attempt, now=now)
    return attempt


def _invites_at(candidate: Candidate, *, now: datetime) -> datetime:
    """Now, or when the city's wait is over, and not at night."""
    minutes = 0 if candidate.city is None else candidate.city.test2_after_minutes
    return when_allowed(candidate, now + timedelta(minutes=minutes)) if minutes else now


def invite_later(session: Session, attempt_id: int, planned_at: datetime, now: datetime) -> str | None:
    """Timer: the city's wait after a passed interview is over."""
    attempt = session.get(Attempt, attempt_id)
    if attempt is None or attempt.status != AttemptStatus.OFFERED or attempt.merged_at is not None:
        return "begun"
    if attempt.candidate.outcome != Outcome.ACTIVE or attempt.candidate.stage != Stage.TEST2:
        return "moved on"
    allowed_at = when_allowed(attempt.candidate, now)
    if allowed_at > now:  # this sweep came late
        set_timer(session, INVITES, attempt_id, due_at=allowed_at)
        return None
    _invite(session, attempt, now=now)
    return None


def _invite(session: Session, attempt: Attempt, *, now: datetime) -> None:
    _tell(session, attempt.candidate, invitation_to(session, attempt), about=_each_time_offered(attempt), now=now)


def _each_time_offered(attempt: Attempt) -> str:
    """Names an attempt and when it was offered last; Test 1 is offered to nobody, it begins."""
    return f"attempt:{attempt.id}@{attempt.offered_at or attempt.started_at:%Y%m%d%H%M%S}"


def begin_exam(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """Start the clock; whoever has begun needs no invitation. Beginning again changes nothing."""
    assessments.begin(session, attempt, now=now)
    withdraw(session, (INVITES,), attempt.id, now=now)


def _note_attended(session: Session, candidate: Candidate, *, actor: Actor, now: datetime) -> None:
    booking = live_booking(session, candidate.id, Purpose.INTERVIEW)
    if booking is not None:
        record_outcome(session, booking.id, BookingStatus.ATTENDED, actor=actor, now=now)


def invitation_to(session: Session, attempt: Attempt) -> Wording:
    """The invitation to an exam: how many questions, how long, and the button that starts the clock."""
    test, extra = attempt.test, attempt.candidate.extra_time_percent
    limit, total = test.question_limit_seconds, test.total_limit_seconds
    values = {
        "questions": question_count(session, test.id),
        "seconds": None if limit is None else round(lengthened(limit, extra).total_seconds()),
        "minutes": None if total is None else -(-round(lengthened(total, extra).total_seconds()) // 60),
    }
    start = _button(attempt.candidate, "button.start_test", Action.START_TEST, attempt.id)
    return Wording(key=INVITATION, values=values, keyboard=[[start]])


def conclude_exam(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """Finish Test 2 and act on the result: who passed waits for the intro day, else a recruiter decides."""
    _finish(session, attempt, now=now)
    follow_result(session, attempt, now=now)


def follow_result(session: Session, attempt: Attempt, *, now: datetime) -> None:
    """Let the stage follow the result of a finished exam, and tell recruiters.

    Also after an answer that was in time was found late; then they are told again if that changed the result.
    """
    candidate = attempt.candidate
    if attempt.passed and candidate.outcome == Outcome.ACTIVE and candidate.stage == Stage.TEST2:
        move(session, candidate, Stage.TO_INTRO_DAY, now=now)
    _tell_recruiters(session, attempt, "staff.exam_result", result=f"={attempt.score_percent}%", now=now)


def grant_extra_time(session: Session, candidate: Candidate, percent: int, *, actor: Actor, now: datetime) -> None:
    """Lengthen every limit of this person's tests from the next one on: by 25, 50 or 100 %, or (0) no longer.

    Raises:
        BadInput: another percentage.
    """
    if percent not in EXTRA_TIMES:
        raise BadInput("Extra time is 25, 50 or 100 percent.")
    before, candidate.extra_time_percent = candidate.extra_time_percent, percent
    record(
        session, "candidate.extra_time", actor=actor, now=now, candidate_id=candidate.id, before=before, after=percent
    )  # fmt: skip


def _plan_nudges(session: Session, attempt: Attempt, *, now: datetime) -> None:
    for kind, wait in UNFINISHED_NUDGES.items():
        set_timer(session, kind, attempt.id, due_at=now + wait)


def nudge_unfinished(
    session: Session, attempt_id: int, planned_at: datetime, now: datetime, *, kind: str
) -> str | None:
    """Timer: a test was begun or offered a day (two days) ago and lies still; one kind nudge each, then no more.

    Who has answered since then gets it that much later, and nobody in the quiet hours of their city.
    """
    attempt = session.get(Attempt, attempt_id)
    if attempt is None or attempt.status == AttemptStatus.FINISHED or attempt.candidate.outcome != Outcome.ACTIVE:
        return "finished"
    if attempt.merged_at is not None:
        return "merged"
    if attempt.candidate.stage != STAGES[attempt.test.key]:
        return "moved on"
    wait, last_active_at = UNFINISHED_NUDGES[kind], last_activity_at(session, attempt)
    is_last_due = last_active_at + max(UNFINISHED_NUDGES.values()) <= now
    if is_last_due and is_overtaken(session, tuple(UNFINISHED_NUDGES), attempt_id, planned_at, now=now):
        return "the next one comes at once"
    due_at = when_allowed(attempt.candidate, max(last_active_at + wait, now))
    if now < due_at:
        set_timer(session, kind, attempt_id, due_at=due_at)
        return None
    about = f"{_each_time_offered(attempt)}@{wait // timedelta(hours=1)}h"
    _tell(session, attempt.candidate, unfinished(attempt.candidate), about=about, now=now)
    return None


def unfinished(candidate: Candidate) -> Wording:
    """“You have not finished”, with a button that leads to the next question."""
    return Wording(key=UNFINISHED, keyboard=[[_button(candidate, "button.go_on", Action.MY)]])


def when_allowed(candidate: Candidate, at: datetime) -> datetime:
    """That moment, or the end of the quiet hours it falls into."""
    return allowed_from(candidate.city, at)


def _button(candidate: Candidate, key: str, action: Action, *args: int) -> Button:
    return Button(label=texts.label(key, candidate.language), action=action, args=args)


def _tell(session: Session, candidate: Candidate, wording: Wording, *, about: str, now: datetime) -> None:
    if candidate.contact is not None:
        post(session, wording, candidate.recipient, about=about, lane=Lane.PROMISED, now=now)


def _tell_recruiters(session: Session, attempt: Attempt, key: str, *, result: str = "", now: datetime) -> None:
    """Every recruiter of the city who is linked to a chat; once about each result."""
    candidate = attempt.candidate
    values = {
        "candidate": candidate.full_name or "—",
        "city": candidate.city.name if candidate.city else "",
        "percent": attempt.score_percent,
        "passed": attempt.passed,
    }
    for recruiter in recruiters_of_city(session, candidate.city_id):
        recipient = staff_recipient(recruiter)
        if recipient is not None:
            wording = Wording(key=key, values=values)
            post(session, wording, recipient, about=f"attempt:{attempt.id}{result}", lane=Lane.PROMISED, now=now)
