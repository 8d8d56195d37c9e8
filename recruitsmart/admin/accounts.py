"""Accounts: who signs in to the panel, with which rights; for administrators only."""

from collections.abc import Callable

from flask import abort, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import PAGE_SIZE, Access, Page, actor, carried_out, chosen_id, made, page_number
from recruitsmart.admin.history import in_words
from recruitsmart.admin.typed import one_of
from recruitsmart.domain.directory import second_factor, throttle
from recruitsmart.domain.directory.access import EVERYTHING, scope_of
from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.domain.directory.queries import account_for_session, accounts, last_sign_ins, recruiters_in
from recruitsmart.domain.errors import BadInput
from recruitsmart.domain.journal.queries import entries_about
from recruitsmart.domain.pipeline import accounts as steps
from recruitsmart.extensions import db

STORY = (
    "account.made", "account.changed", "account.deactivated", "account.activated", "account.sessions_ended",
    "account.password_reset", "account.password_set", "account.password_changed", "account.second_factor_added",
    "account.second_factor_removed", "account.linked", "account.unlinked", "account.lock_lifted",
    "account.unreachable", "account.reachable",
)  # fmt: skip


class Accounts(Page):
    """Everybody who signs in. Passwords are never seen here: a code is handed over, with which the person sets one."""

    reads = writes = Access.DIRECT

    @expose("/")
    def index(self) -> str:
        number = page_number()
        found = accounts(db.session, limit=PAGE_SIZE + 1, offset=PAGE_SIZE * (number - 1))
        shown = found[:PAGE_SIZE]
        return self.render(
            "panel/accounts.html",
            accounts=shown,
            signed_in=last_sign_ins(db.session, [account.login for account in shown]),
            number=number,
            more=len(found) > PAGE_SIZE,
            **_readings(),
        )

    @expose("/new", methods=["GET", "POST"])
    def new(self) -> str:
        """The code is shown once, in the answer to the press that made the account."""
        if request.method == "POST":
            done = _("The account is made. Hand over the login and the code; the code is shown this once.")
            if (opened := made(_opened, done=done)) is not None:
                account, code = opened
                return self._page(account.id, code=code)
        typed = request.form if request.method == "POST" else MultiDict({"role": Role.RECRUITER.value})
        return self.render("panel/account_new.html", typed=typed, recruiters=recruiters_in(db.session, EVERYTHING))

    @expose("/<int:account_id>")
    def shown(self, account_id: int) -> str:
        return self._page(account_id)

    @expose("/<int:account_id>/change", methods=["POST"])
    def change(self, account_id: int) -> Response:
        _account(account_id)  # nobody's is not found, whatever was typed

        def work() -> None:
            role, recruiter_id, seen = _role(), chosen_id("recruiter"), request.form.get("seen", "")
            steps.change(db.session, account_id, role, recruiter_id, seen=seen, actor=actor(), now=clock.now())

        carried_out(work, done=_("Saved. It counts from the next press on."))
        return redirect(url_for(".shown", account_id=account_id))

    @expose("/<int:account_id>/password", methods=["POST"])
    def password(self, account_id: int) -> str:
        done = _("The old password works no longer. Hand over the code; it is shown this once.")
        code = made(
            lambda: steps.reset_password(db.session, account_id, actor=actor(), now=clock.now()), done=done
        )  # fmt: skip
        return self._page(account_id, code=code)

    @expose("/<int:account_id>/off", methods=["POST"])
    def off(self, account_id: int) -> Response:
        return _step(steps.deactivate, account_id, done=_("Switched off: nobody signs in with it any more."))

    @expose("/<int:account_id>/on", methods=["POST"])
    def on(self, account_id: int) -> Response:
        return _step(steps.activate, account_id, done=_("Switched on again."))

    @expose("/<int:account_id>/sessions", methods=["POST"])
    def sessions(self, account_id: int) -> Response:
        return _step(steps.end_sessions, account_id, done=_("Wherever it was signed in, it must sign in again."))

    @expose("/<int:account_id>/unlock", methods=["POST"])
    def unlock(self, account_id: int) -> Response:
        return _step(steps.lift_lock, account_id, done=_("Nobody waits any more: it can be signed in to at once."))

    @expose("/<int:account_id>/factor", methods=["POST"])
    def factor(self, account_id: int) -> Response:
        done = _("The second factor is off, and its Telegram is no longer linked.")
        return _step(steps.remove_second_factor, account_id, done=done)

    @expose("/<int:account_id>/telegram", methods=["POST"])
    def telegram(self, account_id: int) -> Response:
        return _step(steps.untie, account_id, done=_("Its Telegram is no longer linked."))

    def _page(self, account_id: int, *, code: str | None = None) -> str:
        account = _account(account_id)
        return self.render(
            "panel/account.html",
            account=account,
            code=code,
            recruiters=_recruiters_for(account),
            signed_in_at=last_sign_ins(db.session, [account.login]).get(account.login.lower()),
            story=in_words(db.session, entries_about(db.session, STORY, account.id)),
            seen=steps.standing(account),
            locked_until=throttle.locked_until(db.session, account, now=clock.now()),
            **_readings(),
        )


def _readings() -> dict[str, Callable[[Account], object]]:
    return {"scope_words": scope_words, "has_factor": second_factor.is_on}


def _account(account_id: int) -> Account:
    account = account_for_session(db.session, account_id)
    if account is None:
        abort(404)
    return account


def _recruiters_for(account: Account) -> list[object]:
    """Who can be chosen: those in use, and the one that is chosen already."""
    offered = list(recruiters_in(db.session, EVERYTHING))
    chosen = account.recruiter
    return offered if chosen is None or chosen in offered else [*offered, chosen]


def scope_words(account: Account) -> str:
    """Whose candidates an account sees."""
    scope = scope_of(account)
    if scope.is_everything:
        return _("all cities")
    names = [] if account.recruiter is None else sorted(city.name for city in account.recruiter.cities)
    return ", ".join(names) or _("none: link a recruiter who works in some")


def _role() -> Role:
    role = one_of(Role, request.form.get("role", ""))
    if role is None:
        raise BadInput(_("Choose a role."))
    return role


def _opened() -> tuple[Account, str]:
    login = request.form.get("login", "")
    return steps.make(db.session, login, _role(), chosen_id("recruiter"), actor=actor(), now=clock.now())


def _step(step: Callable[..., None], account_id: int, *, done: str) -> Response:
    carried_out(lambda: step(db.session, account_id, actor=actor(), now=clock.now()), done=done)
    return redirect(url_for("accounts.shown", account_id=account_id))
