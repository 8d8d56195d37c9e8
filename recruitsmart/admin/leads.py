"""Leads: people entered by hand, and the personal links that bring them to the bot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Response as Answer
from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import Access, Page, actor, carried_out, chosen_id, made, me, refusal_of
from recruitsmart.admin.csv_rows import Cell, lines
from recruitsmart.admin.pictures import qr_address
from recruitsmart.domain.candidates.inviting import invitation_of, invitations_of, invite, invite_all, payload_of
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.directory.deep_links import bot_name, deep_link
from recruitsmart.domain.directory.queries import active_sources, cities_in
from recruitsmart.domain.intake import leads, queries
from recruitsmart.domain.intake.leads import Lead
from recruitsmart.domain.intake.models import Intake
from recruitsmart.domain.intake.operations import MOST_LINES
from recruitsmart.domain.journal.operations import record
from recruitsmart.extensions import db

READ_AT_ONCE = 1000


@dataclass(frozen=True, kw_only=True)
class PersonalLink:
    """What the card shows of a personal link; `address` is None as long as no bot has said who it is."""

    address: str | None
    picture: str | None
    expires_at: datetime


class Leads(Page):
    """Entering somebody, and making their link anew."""

    reads = Access.WORK

    def is_visible(self) -> bool:
        return False

    @expose("/", methods=["GET", "POST"])
    def index(self) -> str | Response:
        """The form; somebody who is here already is shown instead of being made again."""
        typed = request.form if request.method == "POST" else MultiDict(request.args)
        known = None
        if request.method == "POST":
            entered = _entered()
            if entered is not None:
                return redirect(url_for("candidates.card", reference=entered.reference))
            known, _unsure = leads.known_as(db.session, _typed())
        return self.render(
            "panel/lead_new.html",
            typed=typed,
            known=known if known is not None and me().scope.includes(known.city_id) else None,
            cities=[city for city in cities_in(db.session, me().scope) if city.active],
            sources=active_sources(db.session),
            by_hand=leads.BY_HAND,
        )

    @expose("/<reference>/link", methods=["POST"])
    def link(self, reference: str) -> Response:
        """A new personal link; the one before ends."""

        def work() -> None:
            candidate = by_reference(db.session, reference, me().scope)
            invite(db.session, candidate, actor=actor(), now=clock.now())

        carried_out(work, done=_("The link is ready. It works once, for 30 days; an earlier one works no longer."))
        return redirect(url_for("candidates.card", reference=reference, _anchor="invitation"))

    @expose("/of-file/<int:intake_id>.csv", methods=["POST"])
    def of_file(self, intake_id: int) -> Response:
        """Everybody a file made who is not in Telegram yet, with their links; who has none in force gets a new one."""
        intake = queries.by_id(db.session, intake_id, me().account.id, me().scope)
        bot = bot_name(db.session)
        if bot is None:
            flash(_("The bot has not said yet what it is called. It does so when it starts."), "error")
            return redirect(url_for("intake.shown", intake_id=intake_id))
        refusal = refusal_of(lambda: _note_links(intake))
        if refusal is not None:
            flash(refusal, "error")
            return redirect(url_for("intake.shown", intake_id=intake_id))
        headers = {
            "Content-Disposition": f'attachment; filename="links-{intake.id}.csv"', "Cache-Control": "no-store"
        }  # fmt: skip
        rows = list(_rows(intake, bot))  # a slow line must not keep a transaction open
        return Answer(lines(rows), mimetype="text/csv; charset=utf-8", headers=headers)


def _note_links(intake: Intake) -> None:
    """Who took them along, and the links that were missing; committed before the first byte leaves, or none leaves."""
    now = clock.now()
    people = queries.absent(db.session, intake, me().scope, limit=MOST_LINES)
    invite_all(db.session, [person.id for _number, person in people], actor=actor(), now=now)
    record(db.session, "candidates.exported", actor=actor(), now=now, format="csv", filter={"file": intake.id})


def _rows(intake: Intake, bot: str) -> Iterator[list[Cell]]:
    yield [_("Line"), _("Name"), _("Phone"), _("City"), _("Personal link")]
    after = None
    while page := queries.absent(db.session, intake, me().scope, after=after, limit=READ_AT_ONCE):
        links = links_to_send([person for _number, person in page], bot, now=clock.now())
        for number, person in page:
            city = "" if person.city is None else person.city.name
            yield [number, person.full_name or "", person.phone or "", city, links.get(person.id, "")]
        after = page[-1][0]


def _typed() -> Lead:
    words = {name: request.form.get(name, "").replace("\0", "")[:500] for name in ("name", "phone", "username")}
    return Lead(**words, city_id=chosen_id("city"), source=request.form.get("source", "").replace("\0", ""))


def _entered() -> Candidate | None:
    lead = _typed()
    done = _("Entered. Send the personal link: it opens the bot and ties the chat to this card.")
    return made(lambda: leads.enter(db.session, lead, scope=me().scope, actor=actor(), now=clock.now()), done=done)


def personal_link(candidate: Candidate, *, now: datetime) -> PersonalLink | None:
    """The link in force of somebody who is not in Telegram yet."""
    invitation = None if candidate.contact is not None else invitation_of(db.session, candidate.id, now=now)
    if invitation is None:
        return None
    name = bot_name(db.session)
    address = None if name is None else deep_link(name, payload_of(invitation))
    return PersonalLink(address=address, picture=address and qr_address(address), expires_at=invitation.expires_at)


def links_to_send(people: Sequence[Candidate], bot: str | None, *, now: datetime) -> dict[int, str]:
    """The personal links in force of those who are not in Telegram yet; one query."""
    absent = [candidate.id for candidate in people if candidate.contact is None]
    if bot is None or not absent:
        return {}
    found = invitations_of(db.session, absent, now=now)
    return {candidate_id: deep_link(bot, payload_of(one)) for candidate_id, one in found.items()}
