"""Inbox: who waits for a human, and what is said in each conversation. Pages look for changes by themselves."""

from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any

from flask import make_response, redirect, render_template, request, url_for
from flask_admin import expose
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import PAGE_SIZE, Page, chosen_id, is_id, me, refusal_of
from recruitsmart.admin.moments import own_zone
from recruitsmart.admin.threads import lines_in_words
from recruitsmart.domain.assessments.pausing import is_in_exam
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.chats import queries
from recruitsmart.domain.chats.models import Chat
from recruitsmart.domain.chats.quick import quick_texts
from recruitsmart.domain.chats.rules import LONGEST_LINE
from recruitsmart.domain.chats.thread import thread, thread_mark
from recruitsmart.domain.dialogue import talking
from recruitsmart.domain.directory.models import Account
from recruitsmart.domain.messaging import local_time
from recruitsmart.extensions import db
from recruitsmart.web import sessions

MOST_SAID = 60
LONGEST_TOKEN = 64
TABS = ("open", "closed")


class Inbox(Page):
    """Conversations, and one of them."""

    sends = frozenset({"write", "take"})

    @expose("/")
    def index(self) -> str:
        tab = _tab()
        return self.render("panel/inbox.html", tab=tab, **_listed(tab))

    @expose("/changes")
    def changes(self) -> Response:
        """The list alone, for the page's script; nothing when it looks as it did."""
        tab, asked = _tab(), sha256(request.query_string).hexdigest()  # a mark may not hold all that an address may
        mark = f"{queries.open_mark(db.session, me().scope, after=_after(), limit=PAGE_SIZE + 1)}.{asked}"
        return _if_changed(mark, lambda: render_template("panel/inbox_list.html", tab=tab, **_listed(tab)))

    @expose("/unread")
    def unread(self) -> Response:
        """How many wait, for the menu of every page."""
        count = unread_chats()
        return _if_changed(str(count), lambda: render_template("panel/unread.html", count=count))

    @expose("/<reference>")
    def shown(self, reference: str) -> str:
        return self._page(by_reference(db.session, reference, me().scope))

    @expose("/<reference>/changes")
    def said(self, reference: str) -> Response:
        """The thread alone, for the page's script; nothing when it looks as it did."""
        candidate = by_reference(db.session, reference, me().scope)
        mark = thread_mark(db.session, candidate.id, limit=MOST_SAID)
        return _if_changed(mark, lambda: render_template("panel/chat_live.html", **_talk(candidate)))

    @expose("/<reference>/write", methods=["POST"])
    def write(self, reference: str) -> str | Response:
        """Send what was typed; or put a quick text below it, to be read before it is sent."""
        candidate, typed = by_reference(db.session, reference, me().scope), request.form.get("text", "")
        if key := request.form.get("quick"):
            chosen = [quick.words for quick in quick_texts(db.session, candidate) if quick.key == key]
            return self._page(candidate, typed="\n".join(part for part in (typed.strip(), *chosen) if part))
        account, token, now = me().account, _token(), clock.now()
        refusal = refusal_of(
            lambda: talking.write(db.session, candidate, account, typed, token=token, **_shown(), now=now)
        )
        if refusal is None:
            return redirect(url_for(".shown", reference=reference))
        return self._page(candidate, typed=typed, token=token, refusal=refusal)

    @expose("/<reference>/take", methods=["POST"])
    def take(self, reference: str) -> str | Response:
        return self._carried_out(
            reference,
            lambda who, account, now: talking.take_over(db.session, who, account, **_shown(), now=now),
        )

    @expose("/<reference>/hand-back", methods=["POST"])
    def hand_back(self, reference: str) -> str | Response:
        return self._carried_out(
            reference,
            lambda who, account, now: talking.hand_back(db.session, who, account, **_shown(), now=now),
        )

    def _carried_out(self, reference: str, act: Callable[[Candidate, Account, datetime], None]) -> str | Response:
        candidate, account, now = by_reference(db.session, reference, me().scope), me().account, clock.now()
        refusal = refusal_of(lambda: act(candidate, account, now))
        typed = request.form.get("text", "")
        if refusal is None and not typed.strip():
            return redirect(url_for(".shown", reference=reference))
        return self._page(candidate, typed=typed, refusal=refusal or "")

    def _page(self, candidate: Candidate, *, typed: str = "", token: str = "", refusal: str = "") -> str:
        return self.render(
            "panel/chat.html",
            typed=typed,
            token=token or token_urlsafe(12),
            refusal=refusal,
            quick=quick_texts(db.session, candidate) if self.may_write else [],
            in_exam=is_in_exam(db.session, candidate.id),
            longest=LONGEST_LINE,
            **_talk(candidate),
        )


def unread_chats() -> int:
    """How many people wait for an answer from whoever is signed in."""
    staff = sessions.staff()
    return 0 if staff is None else queries.unread_count(db.session, staff.scope)


def _if_changed(mark: str, render: Callable[[], str]) -> Response:
    """What a page asks for again and again costs a look at a mark while nothing happens."""
    if request.if_none_match.contains(mark):
        return Response(status=304)
    response = make_response(render())
    response.set_etag(mark)
    return response


def _listed(tab: str) -> dict[str, Any]:
    scope, limit = me().scope, PAGE_SIZE + 1
    if tab == "closed":
        found = queries.closed_chats(db.session, scope, before_id=chosen_id("before"), limit=limit)
    else:
        found = queries.open_chats(db.session, scope, after=_after(), limit=limit)
    chats = found[:PAGE_SIZE]
    return {
        "chats": chats,
        "last": queries.last_lines(db.session, [chat.candidate_id for chat in chats]),
        "next_place": _next(tab, chats[-1]) if len(found) > PAGE_SIZE else None,
    }


def _tab() -> str:
    tab = request.args.get("tab", "")
    return tab if tab in TABS else TABS[0]


def _next(tab: str, chat: Chat) -> dict[str, Any]:
    if tab == "closed":
        return {"tab": tab, "before": chat.id}
    since = chat.unread_since.isoformat() if chat.unread_since else ""
    return {"after": f"{since}_{chat.id}"}


def _after() -> queries.Place | None:
    moment, _gap, number = request.args.get("after", "").partition("_")
    if not is_id(number):
        return None
    try:
        since = datetime.fromisoformat(moment) if moment else None
    except ValueError:
        return None
    is_naive = since is not None and since.tzinfo is None
    return None if is_naive else queries.Place(unread_since=since, id=int(number))


def _token() -> str:
    return request.form.get("once", "").replace("\0", "")[:LONGEST_TOKEN] or token_urlsafe(12)


def _shown() -> dict[str, Any]:
    """What the page showed when it was answered: who answers, and the last line. What it does not tell was not read."""
    return {"seen": chosen_id("seen"), "read": chosen_id("read") or 0}


def _talk(candidate: Candidate) -> dict[str, Any]:
    """What changes on the page of a conversation."""
    last_line = queries.newest_line(db.session, candidate.id)  # before the thread is read, so that it is surely in it
    newest = queries.newest_chat(db.session, candidate.id)
    contact = candidate.contact
    unread_since = newest.unread_since if newest is not None else None
    pieces = thread(db.session, candidate.id, limit=MOST_SAID)
    return {
        "candidate": candidate,
        "chat": newest if newest is not None and newest.closed_at is None else None,
        "lines": lines_in_words(pieces, candidate, unread_since=unread_since),
        "last_line": last_line,
        "more": MOST_SAID,
        "zone_words": local_time.offset(clock.now(), own_zone()),
        "unreachable": contact is None or contact.unreachable_since is not None,
    }
