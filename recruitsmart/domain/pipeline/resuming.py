"""Going on with a test after an end that was taken back: an invitation that fell into it, or a way back to it."""

from datetime import datetime

from sqlalchemy.orm import Session

from recruitsmart.domain.assessments.models import Attempt, AttemptStatus
from recruitsmart.domain.assessments.queries import newest_attempt, open_answer, open_attempt
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.messaging.operations import post
from recruitsmart.domain.messaging.queries import newest_said
from recruitsmart.domain.messaging.sending import Lane
from recruitsmart.domain.pipeline.testing import (
    INVITATION,
    INVITES,
    STAGES,
    TEST2,
    UNFINISHED,
    invitation_to,
    unfinished,
    when_allowed,
)
from recruitsmart.domain.timers.models import TimerState
from recruitsmart.domain.timers.operations import set_timer
from recruitsmart.domain.timers.queries import timers_of


def resume_invitation(session: Session, candidate: Candidate, *, now: datetime) -> None:
    """An ended application goes on: an invitation that fell due meanwhile leaves now, but not at night."""
    attempt = newest_attempt(session, candidate.id, TEST2)
    timer = None if attempt is None else timers_of(session, (INVITES,), attempt.id).get(INVITES)
    if timer is not None and timer.state == TimerState.SKIPPED:
        set_timer(session, INVITES, timer.subject_id, due_at=when_allowed(candidate, now))


def _attempt_now(session: Session, candidate: Candidate) -> Attempt | None:
    """The open attempt at the test of the stage the person stands at."""
    key = next((key for key, stage in STAGES.items() if stage == candidate.stage), None)
    return None if key is None else open_attempt(session, candidate.id, key)


def offer_to_go_on(session: Session, candidate: Candidate, *, now: datetime) -> None:
    """Who stands in a test is offered to go on with it, unless the last thing they read leads on."""
    attempt = _attempt_now(session, candidate)
    if candidate.contact is None or attempt is None or _leads_on(session, attempt):
        return
    begun = attempt.status == AttemptStatus.UNDER_WAY
    wording = unfinished(candidate) if begun else invitation_to(session, attempt)
    about = f"attempt:{attempt.id}@{now:%Y%m%d%H%M%S}"
    post(session, wording, candidate.recipient, about=about, lane=Lane.PROMISED, now=now)


def _leads_on(session: Session, attempt: Attempt) -> bool:
    """Whether the newest message does: the open question, an invitation, a nudge; or an invitation will come."""
    invites = timers_of(session, (INVITES,), attempt.id).get(INVITES)
    if invites is not None and invites.state == TimerState.PENDING:
        return True
    about, kind = newest_said(session, attempt.candidate_id) or ("", "")
    if kind in (INVITATION, UNFINISHED):
        return True
    answer = open_answer(attempt)
    return answer is not None and about.startswith(f"answer:{answer.id}#")
