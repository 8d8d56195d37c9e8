"""Pure decisions about conversations: to whom typed words go, how long a human is there, what can be sent."""

from datetime import datetime, timedelta

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.directory.models import City
from recruitsmart.domain.directory.quiet import allowed_from
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.messaging.markup import telegram_length

LASTS = timedelta(minutes=45)  # after the last word of a recruiter
LONGEST_LINE = 3500  # what a text may add around it still fits into a message


def is_for_human(*, turned_at: datetime | None, with_human: bool, asked_at: datetime | None, own_errand: bool) -> bool:
    """Whether typed words go to the recruiter, in an open conversation, rather than to what the bot asked.

    `asked_at` is when the bot last put something to the person. While a human is there all words are theirs, but for an
    `own_errand` the person began since: “another time”, a reason to cancel. While the person only waits, words are for
    the recruiter until anything is put.
    """
    if turned_at is None:
        return False
    is_untouched = asked_at is None or asked_at <= turned_at
    return is_untouched or (with_human and not own_errand)


def is_question(typed: str) -> bool:
    """Whether typed words ask something, which only a human can answer."""
    return typed.rstrip(" )»”\"'!\n").endswith("?")


def human_until(city: City | None, *, now: datetime) -> datetime:
    """When the bot is back after a recruiter's word; never at night: it would write to the person then."""
    return allowed_from(city, now + LASTS)


def answer_from(city: City | None, *, now: datetime) -> datetime | None:
    """When somebody can answer at the earliest, if that is not now."""
    begins = allowed_from(city, now)
    return begins if begins > now else None


def checked_line(typed: str) -> str:
    """What a recruiter typed, as it is sent.

    Raises:
        BadInput: nothing is left, or it is too long.
    """
    words = typed.replace("\r\n", "\n").replace("\0", "").strip()
    if not words:
        raise BadInput("Write something first.")
    if telegram_length(words) > LONGEST_LINE:
        raise BadInput("This is too long for one message; send it in parts.")
    return words


def values_for(candidate: Candidate) -> dict[str, str]:
    """What the variables of a quick text are for this person."""
    city, first_name = candidate.city, candidate.contact.first_name if candidate.contact else ""
    return {
        "first_name": first_name or (candidate.full_name or ""),
        "city": city.name if city else "",
        "address": city.address if city else "",
        "map": city.map_url if city else "",
    }
