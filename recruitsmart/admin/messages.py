"""Messages: the outbox as a ledger."""

from flask import request
from flask_admin import expose

from recruitsmart.admin.base import PAGE_SIZE, Page, chosen_id, counted, me
from recruitsmart.domain.candidates.queries import by_reference, ledger, ledger_page
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.extensions import db


class Messages(Page):
    """What was or will be sent, newest first."""

    @expose("/")
    def index(self) -> str:
        scope, state = me().scope, _state()
        reference = request.args.get("candidate", "")
        candidate = by_reference(db.session, reference, scope) if reference else None
        lines = ledger(scope, state=state, candidate_id=None if candidate is None else candidate.id)
        page = ledger_page(db.session, lines, before_id=chosen_id("before"), limit=PAGE_SIZE + 1)
        return self.render(
            "panel/messages.html",
            lines=page[:PAGE_SIZE],
            next_before=page[PAGE_SIZE - 1].message.id if len(page) > PAGE_SIZE else None,
            total=counted(lines),
            state=state,
            candidate=candidate,
        )


def _state() -> MessageState | None:
    typed = request.args.get("state", "")
    return MessageState(typed) if typed in {state.value for state in MessageState} else None
