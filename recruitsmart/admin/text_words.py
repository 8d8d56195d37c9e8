"""Words about texts: which subject a text belongs to, and what its variables stand for."""

from flask_babel import lazy_gettext as _l

from recruitsmart.domain.messaging.texts import is_label

# In the order of the list; a text belongs to the first subject that names the part of its key before the dot.
SUBJECTS = (
    (_l("Getting to know each other"), {"greeting", "name", "city", "phone", "registered"}),
    (_l("Questions and their result"), {"question", "answer", "screening", "test", "exam"}),
    (_l("Choosing an hour"), {"hour", "slot"}),
    (_l("Bookings"), {"booking"}),
    (_l("Reminders"), {"reminder"}),
    (_l("Intro day and result"), {"intro", "intro_day", "hired", "rejected", "brought_back"}),
    (_l("Conversations with recruiters"), {"human", "quick"}),
    (_l("For recruiters"), {"staff"}),
)
OTHERS = _l("Everything else")
LABELS = _l("Labels of buttons")

VARIABLES = {
    "address": _l("where to come: the city’s address"),
    "bring": _l("what to bring to an introductory day: the city’s note"),
    "came": _l("how many came"),
    "candidate": _l("the candidate’s full name"),
    "chosen": _l("the option chosen before"),
    "city": _l("the candidate’s city"),
    "day": _l("the day in words, in the reader’s time zone"),
    "ends": _l("the hour at which it ends, in the reader’s time zone"),
    "first_name": _l("the name in Telegram"),
    "highest": _l("the greatest number allowed"),
    "hint": _l("the question’s hint"),
    "hour": _l("the hour, in the reader’s time zone"),
    "length": _l("how many characters were written"),
    "link": _l("the recruiter’s meeting link"),
    "longest": _l("how many characters are allowed"),
    "lowest": _l("the least number allowed"),
    "map": _l("the city’s link to a map"),
    "minutes": _l("how many minutes late"),
    "missed": _l("how many did not come"),
    "name": _l("the candidate’s full name"),
    "number": _l("which question it is"),
    "purpose": _l("what the hour is for: an interview or an introductory day"),
    "outcome": _l("how the application ended"),
    "pending": _l("yes while the recruiter has not approved"),
    "confirmed": _l("yes once the candidate has said “I will come”"),
    "question": _l("the question"),
    "reason": _l("the reason"),
    "recruiter": _l("the recruiter’s name"),
    "shortest": _l("how many characters are needed"),
    "to_call": _l("how many no message reaches who are expected or wait"),
    "to_call_names": _l("some of them, one in a line"),
    "total": _l("how many questions there are"),
    "until": _l("until when the hour is held"),
    "by": _l("who did it last"),
    "count": _l("how many"),
    "contact": _l("whom to ask for: the city’s contact person"),
    "failed": _l("how many failed"),
    "list": _l("the meetings, one in a line"),
    "more": _l("how many more there are"),
    "waiting": _l("how many wait"),
    "given_up": _l("how many moments came to nothing"),
    "login": _l("the login of the account"),
    "needed": _l("how many percent are needed"),
    "passed": _l("yes when the test is passed"),
    "old_day": _l("the day it was before, in words; missing where only the recruiter is another one"),
    "old_hour": _l("the hour it was before; missing where only the recruiter is another one"),
    "another_hour": _l("another hour the candidate holds, or nothing"),
    "people": _l("people, one in a line"),
    "percent": _l("how many percent are right"),
    "phone": _l("the candidate’s phone"),
    "questions": _l("how many questions there are"),
    "seconds": _l("how many seconds are left"),
    "several": _l("yes where several options may be ticked"),
    "status": _l("how the booking stands"),
    "tries_left": _l("how many tries are left"),
    "why": _l("why it cannot be done"),
    "writer": _l("the name of the recruiter who writes"),
    "text": _l("what the recruiter wrote"),
    "from_hour": _l("from when on somebody can answer, if not now"),
    "in_test": _l("yes in the middle of a timed test"),
    "may_go_back": _l("yes where the person can go back to the question before"),
    "heard": _l("yes where what the person wrote has gone to the recruiter already"),
    "still_waits": _l("yes while a question waits for an answer"),
    "zone": _l("the distance of that time zone from UTC"),
}


def subject_of(key: str) -> str:
    """The heading a text is listed under."""
    if is_label(key):
        return str(LABELS)
    first = key.split(".")[0]
    return str(next((name for name, keys in SUBJECTS if first in keys), OTHERS))


def in_order() -> list[str]:
    """All headings as they are listed."""
    return [*(str(name) for name, _keys in SUBJECTS), str(OTHERS), str(LABELS)]
