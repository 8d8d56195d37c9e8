"""My account: password and second factor. Everybody changes their own, and nobody another's."""

from collections.abc import Callable

import segno
from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from config.strength import PASSWORD_CHARACTERS
from recruitsmart import clock
from recruitsmart.admin.base import Access, Page, actor, carried_out, me, refusal_of
from recruitsmart.domain.directory import second_factor, signing_in
from recruitsmart.domain.directory.operations import set_password
from recruitsmart.domain.journal.operations import record
from recruitsmart.extensions import db
from recruitsmart.web import sessions
from recruitsmart.web.login import announced
from recruitsmart.web.passwords import refuse_weak


class Mine(Page):
    """What opens this account. Also for somebody who may do nothing else until the second factor is on."""

    writes = Access.SIGNED_IN
    before_second_factor = True

    def is_visible(self) -> bool:
        return False  # linked to beside the name

    @expose("/")
    def index(self) -> str:
        return self._page()

    @expose("/password", methods=["POST"])
    def password(self) -> Response:
        """The present password is asked for like at the login, and counted like there."""
        login, given = me().account.login, request.form.get("present", "")
        _begun_anew(lambda: _change_password(login, given), done=_("The password is changed."))
        return redirect(url_for(".index"))

    @expose("/second-factor", methods=["POST"])
    def begin(self) -> str:
        """A QR code to scan, in this answer only; nothing is in force before its first code was typed.

        The present password is asked for: whoever found a panel open must not bind the account to a phone of theirs.
        """
        login, given = me().account.login, request.form.get("present", "")
        done = _("Scan the picture with your authenticator app, then type the code it shows.")
        return self._page(begun=carried_out(lambda: _begin_factor(login, given), done=done))

    @expose("/second-factor/confirm", methods=["POST"])
    def confirm(self) -> str:
        """The spare codes are shown in this answer and never again."""
        spare: list[str] = []
        _begun_anew(lambda: spare.extend(_confirmed()), done=_("The second factor is on."))
        return self._page(spare=spare)

    @expose("/second-factor/remove", methods=["POST"])
    def remove(self) -> Response:
        carried_out(_removed, done=_("The second factor is off."))
        return redirect(url_for(".index"))

    def _page(self, *, spare: list[str] | None = None, begun: bool = False) -> str:
        account = me().account
        is_on = second_factor.is_on(account)
        waits = account.totp_secret is not None and not is_on
        if me().must_add_factor:
            flash(_("Administrators need a second factor here. Set it up to go on."), "error")
        return self.render(
            "panel/mine.html",
            account=account,
            is_on=is_on,
            waits=waits,
            picture=segno.make(second_factor.app_uri(account), error="m") if waits and begun else None,
            spare=spare,
            least=PASSWORD_CHARACTERS,
        )


def _begun_anew(work: Callable[[], object], *, done: str) -> None:
    """As `carried_out`, for what ends all sessions: this one begins anew, and only then is it said, for a session that
    begins keeps nothing."""
    refusal = refusal_of(work)
    if refusal is not None:
        flash(refusal, "error")
        return
    sessions.begin(me().account)
    flash(done, "success")


def _change_password(login: str, present: str) -> None:
    """A weak one is refused before the present one is looked at: that would stand as a try that failed."""
    new = request.form.get("new", "")
    refuse_weak(new, login)
    with announced(login) as attempt:
        account = signing_in.judge(db.session, attempt, present, now=clock.now())
    attempt.succeeded = True  # the second factor was asked for when this session began
    set_password(account, new)
    record(db.session, "account.password_changed", actor=actor(), now=clock.now(), subject_id=account.id)


def _begin_factor(login: str, present: str) -> None:
    with announced(login) as attempt:
        account = signing_in.judge(db.session, attempt, present, now=clock.now())
    second_factor.begin(account)


def _confirmed() -> list[str]:
    now, account_id = clock.now(), me().account.id
    spare = second_factor.confirm(db.session, account_id, request.form.get("code", ""), now=now)
    record(db.session, "account.second_factor_added", actor=actor(), now=now, subject_id=account_id)
    return spare


def _removed() -> None:
    """A try counts like one at the login: whoever found a panel open must not guess for long."""
    now, account, code = clock.now(), me().account, request.form.get("code", "")
    with announced(account.login) as attempt:
        account = signing_in.judge_code(
            db.session, attempt, code, account_id=account.id, begun_by=attempt.id, now=now
        )  # fmt: skip
    second_factor.remove(account)
    record(db.session, "account.second_factor_removed", actor=actor(), now=now, subject_id=account.id)
