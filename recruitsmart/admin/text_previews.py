"""The preview of a text in the form: with samples, with gaps, and for a real candidate."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flask import request
from markupsafe import Markup

from recruitsmart import clock
from recruitsmart.admin.base import me
from recruitsmart.admin.bubbles import bubble
from recruitsmart.admin.occasions import occasion_of
from recruitsmart.admin.sentences import sentence_of
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import Wanted, by_reference, list_page, matching
from recruitsmart.domain.dialogue.previews import Draft, Outgoing, outgoing
from recruitsmart.domain.errors import BadText, NotFound
from recruitsmart.domain.messaging import samples, texts
from recruitsmart.domain.messaging.markup import shown_words, telegram_length
from recruitsmart.domain.messaging.proofreading import greatest_length, proofread
from recruitsmart.domain.messaging.queries import longest_known
from recruitsmart.domain.pipeline.planned import Next, next_of
from recruitsmart.extensions import db

MOST_FOUND = 8


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What the page shows beside the form. A text that could not be sent has a problem and no bubble."""

    problem: str | None = None
    sample: Markup | None = None
    gaps: Markup | None = None
    length: int = 0
    greatest: int = 0
    found: Sequence[Candidate] = field(default_factory=list)
    chosen: Candidate | None = None
    outgoing: Outgoing | None = None
    real: Markup | None = None
    real_problem: str | None = None
    occasion: str = ""
    next: Next | None = None


def preview_of(draft: Draft) -> Preview:
    """The draft with samples; with gaps where it says something else then; and for the candidate who is chosen."""
    people = _people()
    try:
        known = longest_known(db.session)
        proofread(draft.key, draft.body, language=draft.language, known=known)
    except BadText as error:
        return Preview(problem=sentence_of(error), **people)
    values = samples.sample_values(draft.key, draft.language)
    html = texts.worded(draft.key, draft.body, values)
    gaps = texts.worded(draft.key, draft.body, samples.without_what_may_be_missing(values))
    return Preview(
        sample=bubble(html), gaps=bubble(gaps) if gaps != html else None, length=telegram_length(shown_words(html)),
        greatest=greatest_length(draft.key, draft.body, language=draft.language, known=known),
        occasion=occasion_of(draft.key), **people, **_for_person(people["chosen"], draft),
    )  # fmt: skip


def _people() -> dict:
    """The candidate who is chosen, and those found by name, within what the account may see."""
    words, chosen = request.values.get("who", "").strip()[:200], _chosen()
    found = (
        []
        if not words
        else list_page(db.session, matching(me().scope, Wanted(words=words)), after=None, limit=MOST_FOUND)
    )
    others = [candidate for candidate in found if chosen is None or candidate.id != chosen.id]
    return {"found": [chosen, *others] if chosen else others, "chosen": chosen}


def _chosen() -> Candidate | None:
    reference = request.values.get("candidate", "")
    try:
        return by_reference(db.session, reference, me().scope) if reference else None
    except NotFound:  # gone or given to another city meanwhile: what was typed must not be lost for that
        return None


def _for_person(candidate: Candidate | None, draft: Draft) -> dict:
    if candidate is None:
        return {}
    try:
        now = clock.now()
        sent = outgoing(db.session, candidate, draft, now=now)
        return {
            "outgoing": sent,
            "real": bubble(sent.html),
            "next": next_of(db.session, candidate, draft.key, now=now),
        }
    except BadText as error:
        return {"real_problem": sentence_of(error)}
