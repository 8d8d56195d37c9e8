"""The API of the Mini App. Who asks is proven by Telegram's init data in a header; there is no cookie.

Reads are answered here; a tap that changes something goes to a worker, the way a button of the chat does.
"""

import json
import logging
import re
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

from flask import Blueprint, Flask, Response, abort, current_app, g, jsonify, request

from config.settings import Settings
from recruitsmart import clock
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.dialogue import page, page_view
from recruitsmart.domain.dialogue.models import PageOutcome, PageRequest
from recruitsmart.domain.messaging import texts
from recruitsmart.domain.slots.wording import REASONS
from recruitsmart.extensions import csrf, db, limiter
from recruitsmart.web.places import Places
from recruitsmart.web.webapp import init_data, openapi
from recruitsmart.web.webapp.answers import ROOT, problem
from workers.contract import CancelOnPage, FromPage, MoveOnPage, ReserveOnPage

log = logging.getLogger(__name__)
blueprint = Blueprint("webapp_api", __name__, url_prefix=ROOT)
csrf.exempt(blueprint)

LONGEST_BODY_BYTES = 4096
PER_ADDRESS = "300 per minute"  # of whoever proves nothing: a carrier or a proxy puts many people behind one
PER_PERSON = "120 per minute; 2000 per hour"
TAPS_PER_PERSON = "20 per minute; 200 per hour"
TAPS, PLACES = "recruitsmart.taps", "recruitsmart.places"

Settle = Callable[[FromPage], bool]

_STATUSES = {
    PageOutcome.BOOKED: 201,
    PageOutcome.MOVED: 200,
    PageOutcome.CANCELLED: 200,
    PageOutcome.NOT_FOUND: 404,
    PageOutcome.TROUBLE: 500,
}  # all others are conflicts


def init_app(app: Flask, places: Places, settle: Settle | None) -> None:
    """Serve the API. `settle` has a tap answered and says whether that happened in time; None: nobody is there."""
    app.extensions[TAPS], app.extensions[PLACES] = settle, places
    app.register_blueprint(blueprint)


@blueprint.get("/openapi.json")
def document() -> Response:
    """For whoever writes a client."""
    return jsonify(openapi.document())


@blueprint.before_request
def _let_in() -> Response | None:
    """Nobody is heard without valid init data; whoever asks too often waits."""
    if request.endpoint == f"{blueprint.name}.document":
        _count_address()
        return None
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.bot_token:
        log.error("without BOT_TOKEN nobody can be verified", extra={"action": "webapp.verify"})
        return problem(503)
    try:
        given = request.headers.get(openapi.INIT_DATA_HEADER, "")
        g.visitor = init_data.verified(given, settings.bot_token, now=clock.now())
    except init_data.InitDataRefused as error:
        _count_address()
        return problem(401, error.code)
    if g.visitor.language_code:
        g.page_language = texts.language_for(g.visitor.language_code)
    _count_person()
    return None


@limiter.shared_limit(PER_ADDRESS, scope="webapp.address")
def _count_address() -> None: ...


@limiter.shared_limit(PER_PERSON, scope="webapp.person", key_func=lambda: str(g.visitor.chat_id))
def _count_person() -> None: ...


@limiter.shared_limit(TAPS_PER_PERSON, scope="webapp.taps", key_func=lambda: str(g.visitor.chat_id))
def _count_tap() -> None: ...


@blueprint.get("/me")
def me() -> Response:
    """Where the application stands, and the booked hour."""
    return jsonify(page_view.my_application(db.session, _applicant(), now=clock.now()))


@blueprint.get("/slots")
def slots() -> Response:
    """Hours to choose, or to move to."""
    if not all(name in openapi.QUERY and _asked(name) is not None for name in request.args):
        return problem(422)
    first_on, last_on = (date.fromisoformat(day) if (day := _asked(name)) else None for name in ("from", "to"))
    shown = page_view.hours_to_choose(
        db.session, _applicant(), first_on=first_on, last_on=last_on, recruiter_id=_asked("recruiter"), now=clock.now()
    )
    return jsonify(shown)


def _asked(name: str) -> Any:
    """A part of the query; None when it is not there or not what the document says."""
    schema, value = openapi.QUERY[name], request.args.get(name, "")
    if schema["type"] != "integer":
        return value if openapi.fits(value, schema) else None
    number = int(value) if re.fullmatch("[0-9]{1,16}", value, re.ASCII) else None
    return number if openapi.fits(number, schema) else None


@blueprint.get("/intro_day")
def intro_day() -> Response:
    """The booked introductory day."""
    shown = page_view.intro_day(db.session, _applicant(), now=clock.now())
    return problem(404, "no_intro_day") if shown is None else jsonify(shown)


@blueprint.post("/booking")
def book() -> Response:
    """Take a free hour."""
    return _carry_out(ReserveOnPage, "/booking")


@blueprint.post("/reschedule")
def reschedule() -> Response:
    """Take another hour instead."""
    return _carry_out(MoveOnPage, "/reschedule")


@blueprint.post("/cancel")
def cancel() -> Response:
    """Give the hour back."""
    return _carry_out(CancelOnPage, "/cancel")


def _applicant() -> Candidate:
    candidate = page.applicant(db.session, g.visitor.chat_id)
    if candidate is None:
        abort(problem(403, "not_started"))
    g.page_language = candidate.language
    return candidate


def _carry_out(kind: type[FromPage], path: str) -> Response:
    _count_tap()
    asked, key = _body(openapi.BODIES[path]), request.headers.get(openapi.KEY_HEADER, uuid4().hex)
    if not openapi.fits(key, openapi.KEY):
        return problem(422)
    _applicant()
    whose, at = g.visitor.chat_id, clock.now().timestamp()
    tap = kind(request_id=uuid4().hex, key=key, chat_id=whose, received_at=at, **asked)
    answer = _known(tap)
    if answer is None and _settle(tap) is not None:
        answer = _known(tap)  # Postgres is the only truth, also when nobody said in time that it is there
    if answer is None:
        return problem(503)
    return problem(422, "key_reused") if answer.fingerprint != tap.fingerprint else _told(answer)


def _settle(tap: FromPage) -> bool | None:
    settle: Settle | None = current_app.extensions[TAPS]
    if settle is None:
        return None
    places: Places = current_app.extensions[PLACES]
    settled = places.settle(settle, tap)
    if settled is None:
        log.warning("too many taps wait already", extra={"action": "webapp.wait"})
    return settled


def _known(tap: FromPage) -> PageRequest | None:
    """What became of the tap; keeps no connection while others wait."""
    answer = page.answered(db.session, tap.chat_id, tap.key)
    if answer is not None:
        db.session.expunge(answer)
    db.session.rollback()
    return answer


def _told(answer: PageRequest) -> Response:
    status = _STATUSES.get(answer.outcome, 409)
    if status >= 400:
        return problem(status, answer.outcome.value, **answer.details)
    response = jsonify(outcome=answer.outcome.value, booking=answer.details.get("booking"))
    response.status_code = status
    return response


def _body(parts: dict[str, openapi.Schema]) -> dict[str, Any]:
    """The parts of the request, each as the document has it."""
    request.max_content_length = LONGEST_BODY_BYTES
    body = request.get_data(cache=False)
    if request.mimetype != "application/json":
        abort(415)
    try:
        asked = json.loads(body)
    except (ValueError, RecursionError):
        abort(400)
    if not isinstance(asked, dict) or asked.keys() != parts.keys():
        abort(422)
    if not all(openapi.fits(asked[name], schema) for name, schema in parts.items()):
        abort(422)
    return {name: _clean(value) if isinstance(value, str) else int(value) for name, value in asked.items()}


def _clean(words: str) -> str:
    """Somebody's words in one line; what no eye can see is nothing."""
    seen = "".join(letter if letter.isprintable() else " " for letter in words)
    return " ".join(seen.split()) or REASONS[0]
