"""What a candidate's card shows."""

from datetime import datetime
from typing import Any

from recruitsmart.admin import timeline
from recruitsmart.admin.base import me
from recruitsmart.admin.history import in_words
from recruitsmart.admin.leads import personal_link
from recruitsmart.admin.threads import lines_in_words
from recruitsmart.domain.assessments.queries import attempts_of
from recruitsmart.domain.candidates.duplicates import possible_duplicates
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.chats.thread import lines_of, with_carriers
from recruitsmart.domain.journal.queries import history_of
from recruitsmart.domain.messaging.queries import messages_to
from recruitsmart.domain.notes.queries import notes_on
from recruitsmart.domain.pipeline.beside import beside
from recruitsmart.domain.pipeline.decisions import moves_by_hand
from recruitsmart.domain.pipeline.planned import Coming, planned_of
from recruitsmart.domain.slots.desk import shown_on_card
from recruitsmart.domain.slots.models import LIVE
from recruitsmart.domain.slots.reminding import planned_for
from recruitsmart.extensions import db

SAID = 6  # pieces of the chat; the rest is in the inbox


def card_values(candidate: Candidate, *, now: datetime) -> dict[str, Any]:
    """The values of the template `panel/card.html`."""
    bookings, messages = shown_on_card(db.session, candidate.id, now=now), messages_to(db.session, candidate.id)
    live = [booking for booking in bookings if booking.status in LIVE]
    attempts = attempts_of(db.session, candidate.id)
    planned = planned_of(db.session, candidate, live)
    return {
        "candidate": candidate,
        "coming": timeline.coming(
            [(booking, one) for booking in live for one in planned_for(db.session, booking, now=now)],
            planned,
        ),
        "bookings": bookings,
        "attempts": attempts,
        "messages": messages,
        "newest_first": timeline.newest_first,
        "messages_shown": timeline.MOST,
        "history": in_words(db.session, history_of(db.session, candidate.id), [attempt.test for attempt in attempts]),
        "link": personal_link(candidate, now=now),
        "duplicates": possible_duplicates(db.session, candidate, me().scope),
        "beside": beside(db.session, candidate),
        "moves": moves_by_hand(candidate),
        "said": lines_in_words(with_carriers(lines_of(db.session, candidate.id, limit=SAID), messages), candidate),
        "notes": notes_on(db.session, candidate.id),
        "told_at": next((one.at for one in planned if one.kind == Coming.REJECTION_TOLD), None),
    }
