"""On which event a text is sent, in words; which moment is planned for somebody is asked of the timers."""

from flask_babel import lazy_gettext as _l

_OCCASIONS = {
    "test.unfinished": _l(
        "A day and two days after a test was begun or offered and lies still, never in quiet hours; and at once, when"
        " a rejection in the middle of a test is taken back."
    ),
    "question.timed": _l("At once, when the question before is answered or its time is up."),
    "question.closed": _l("At once, when the time of a question is up."),
    "exam.invite": _l("At once, when the recruiter notes that the interview is passed."),
    "exam.passed": _l("At once, when Test 2 ends: with its last answer, or when its time is up."),
    "screening.received": _l("At once, after the last answer of a questionnaire that ends in a refusal told later."),
    "screening.declined": _l(
        "Half an hour after a refusal that follows from the questionnaire, never in quiet hours; if it is taken back"
        " until then, not at all."
    ),
    "screening.accepted": _l("At once, when a recruiter decides to meet the person."),
    "slot.offered": _l("As soon as an hour becomes free, to those who wait, the oldest first, never in quiet hours."),
    "slot.earlier": _l(
        "When an hour is given back that suits nobody who waits: to those booked later who said that they would come"
        " earlier, one after the other, never in quiet hours."
    ),
    "booking.pending": _l("At once, when an hour is chosen where the recruiter must approve."),
    "booking.booked": _l("At once, when the hour stands: when it is chosen, or when the recruiter approves."),
    "booking.moved_by_us": _l("At once, when a recruiter gives another hour."),
    "booking.refused": _l("At once, when the recruiter refuses; or at the hour itself, when nobody has answered."),
    "booking.proposed": _l("At once, when the recruiter proposes other hours in Telegram."),
    "booking.called_off": _l("At once, when a recruiter calls the hour off."),
    "booking.missed": _l("At once, when the recruiter notes that the person did not come; twice at most."),
    "booking.calendar": _l("Along with the confirmation of an hour."),
    "booking.calendar_cancelled": _l(
        "Along with the word that a confirmed hour is given up, called off or must be approved anew."
    ),
    "rejected": _l(
        "Half an hour after the rejection; in quiet hours only where a meeting soon after them is lost with it. If it "
        "is taken back until then, not at all."
    ),
    "brought_back": _l("At once, when an ended application goes on."),
    "hired": _l("At once, when the recruiter notes that the person is hired."),
    "staff.request_waits": _l("Half an hour and two hours after a request that nobody has answered."),
    "staff.ask_outcome": _l("At the end of an interview whose outcome nobody has noted."),
    "staff.digest": _l("At six in the recruiter’s evening, when there is somebody to meet or to call."),
    "staff.people_wait": _l("When somebody begins to wait and nobody in the city has free hours; once a day."),
    "staff.stuck": _l("To administrators, when messages do not leave; once an hour at most."),
}
_SAME = {"exam.failed": "exam.passed"}
# By the beginning of the key, where nothing is said of the text itself.
_OF_KIND = {
    "reminder.": _l("Before an hour that is booked, as the city wants it."),
    "human.": _l("When a recruiter writes or takes over in the inbox, or in answer to the person."),
    "quick.": _l("When a recruiter chooses it in the inbox."),
    "staff.": _l("At once, to recruiters: when it happens, or in answer to what they ask."),
    "": _l("At once, in answer to what the person writes or presses."),
}


def occasion_of(key: str) -> str:
    """When a text is sent. What is said of an introductory day is sent as what is said of an interview."""
    rest = key.removeprefix("intro_day.")
    similar = [key] if rest == key else [key, f"booking.{rest}", f"slot.{rest}", rest.replace("reminder_", "reminder.")]
    for name in similar:
        if words := _OCCASIONS.get(_SAME.get(name, name)):
            return str(words)
    return str(next(words for start, words in _OF_KIND.items() if similar[-1].startswith(start)))


def occasions() -> set[str]:
    """The texts of which something is said."""
    return {*_OCCASIONS, *_SAME}
