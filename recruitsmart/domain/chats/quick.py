"""Quick texts: what recruiters often answer, worded for one person, ready to be changed before it is sent."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.chats.rules import values_for
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.messaging.markup import shown_words
from recruitsmart.domain.messaging.queries import bodies_in_force

PREFIX = "quick."


@dataclass(frozen=True, kw_only=True)
class Quick:
    """One quick text: its key on the page of texts, and its words for this person."""

    key: str
    words: str


def quick_texts(session: Session, candidate: Candidate) -> list[Quick]:
    """In the person's language and as their city says it; without those that lack what they are about."""
    keys = [key for key in texts.shipped(texts.DEFAULT_LANGUAGE) if key.startswith(PREFIX)]
    bodies = bodies_in_force(session, keys, language=candidate.language, city_id=candidate.city_id)
    values = values_for(candidate)
    return [
        Quick(key=key, words=shown_words(texts.render(key, candidate.language, values, override=bodies.get(key))))
        for key in keys
        if values["address"] or "address" not in texts.variables(key)
    ]
