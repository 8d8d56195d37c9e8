"""The lists behind the numbers of Analytics: each shows who was counted, by the definition that counted them."""

from collections.abc import Sequence
from datetime import date
from typing import Any, TypeVar

from flask import abort, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin.base import PAGE_SIZE, Page, me, page_number
from recruitsmart.admin.counted import counted
from recruitsmart.admin.figures import DAY, Question, asked, lead_words, names_of
from recruitsmart.admin.words import word
from recruitsmart.domain.candidates.stages import Stage
from recruitsmart.domain.directory.queries import cities_in
from recruitsmart.domain.pipeline.funnel import GroupBy, Key, Line, Step, people_behind
from recruitsmart.domain.pipeline.periods import Window
from recruitsmart.domain.pipeline.plans import hired_this_week
from recruitsmart.domain.pipeline.show_rates import LEADS, interviews_behind
from recruitsmart.domain.pipeline.stays import stays_behind
from recruitsmart.extensions import db

Choice = TypeVar("Choice", Step, Stage)

NOBODY, OTHERS = "none", "others"  # lines without a key of their own


class Behind(Page):
    """Not in the menu: one comes from a number."""

    def is_visible(self) -> bool:
        return False

    @expose("/")
    def index(self) -> Response:
        return redirect(url_for("analytics.index"))

    @expose("/people")
    def people(self) -> str:
        """Who is counted by a step of the funnel, in one line or in all."""
        question, step = asked(), _member(Step, request.args.get("step", ""))
        keys, but, name = _lines_meant(question)
        people = people_behind(
            db.session, question.period, question.by, step, keys=keys, but=but, window=_window(), **_about(question)
        )
        named = [name] if name and people else []  # whom an account does not see, it need not know by name
        return self._list("people", question, people, title=": ".join([*named, word(step)]))

    @expose("/interviews")
    def interviews(self) -> str:
        """The interviews of a group of leads or of an hour of the day."""
        question, lead, hour = asked(), _number("lead", most=len(LEADS)), _number("hour", most=23)
        kept = request.args.get("kept") == "1"
        met = interviews_behind(
            db.session, question.period, lead=lead, hour=hour, only_kept=kept, window=_window(), **_about(question)
        )
        group = lead_words(lead) if lead is not None else f"{hour:02}:00" if hour is not None else _("all")
        title = _("Interviews, %(group)s: came", group=group) if kept else _("Interviews, %(group)s", group=group)
        return self._list("interviews", question, met, title=title)

    @expose("/stays")
    def stays(self) -> str:
        """How long each person stood at a stage."""
        question, stage = asked(), _member(Stage, request.args.get("stage", ""))
        stays = stays_behind(db.session, question.period, stage, window=_window(), **_about(question))
        return self._list("stays", question, stays, title=_("Time in the stage “%(stage)s”", stage=word(stage)))

    @expose("/hired")
    def hired(self) -> str:
        """Whom a city has hired this week."""
        question, now = asked(), clock.now()
        if question.city_id is None:
            abort(404)
        people = hired_this_week(db.session, question.city_id, scope=me().scope, now=now, window=_window())
        return self._list("hired", question, people, title=_("Hired this week"))

    def _list(self, kind: str, question: Question, rows: Sequence[Any], *, title: str) -> str:
        shown, more = rows[:PAGE_SIZE], len(rows) > PAGE_SIZE
        return self.render(
            "panel/behind.html", kind=kind, asked=question, rows=shown, more=more, number=page_number(), title=title
        )


def _about(question: Question) -> dict[str, Any]:
    return {"scope": me().scope, "city_id": question.city_id}


def _window() -> Window:
    return Window(offset=PAGE_SIZE * (page_number() - 1), limit=PAGE_SIZE + 1)


def _member(choices: type[Choice], typed: str) -> Choice:
    """One of the choices; an address that names none leads nowhere."""
    if typed not in {member.value for member in choices}:
        abort(404)
    return choices(typed)


def _number(name: str, *, most: int) -> int | None:
    typed = request.args.get(name, "")
    if not (typed.isascii() and typed.isdigit() and len(typed) < 3 and int(typed) <= most):
        return None
    return int(typed)


def _lines_meant(question: Question) -> tuple[list[Key] | None, bool, str]:
    """Which lines of the funnel, whether all but these, and what they are called."""
    group = request.args.get("group")
    if group == OTHERS:
        return [line.key for line in counted(question).lines if not line.rest], True, _("all others")
    if group is None and "line" not in request.args:
        return None, False, ""
    key = None if group == NOBODY else _key(question.by, request.args.get("line", ""))
    line = Line(key=key, counts={})
    names = names_of(question.by, [line], cities_in(db.session, me().scope))
    return [key], False, names.get(key, "—")


def _key(by: GroupBy, typed: str) -> Key:
    if by == GroupBy.SOURCE:
        return typed.replace("\0", "")
    if by == GroupBy.WEEK:
        try:
            return date.fromisoformat(typed)
        except ValueError:
            abort(404)
    if not (typed.isascii() and typed.isdigit() and len(typed) < 10):
        abort(404)
    return int(typed)


def of_step(question: Question, step: Step, line: Line | None) -> str:
    """The address of the people a number of the funnel counts.

    Who started is a filter of the list of candidates, where something can be done with all of them at once. Not so
    with a recruiter: that filter knows live bookings only, the funnel the newest one whatever became of it.
    """
    if step == Step.STARTED and (line is None or _is_a_filter(question, line)):
        return _started(question, line)
    which: dict[str, Any] = {}
    if line is not None:
        which = {"group": OTHERS} if line.rest else {"group": NOBODY} if line.key is None else {"line": line.key}
    return url_for("behind.people", **_days(question), by=question.by.value, step=step.value, **which)


def _is_a_filter(question: Question, line: Line) -> bool:
    return not (line.rest or line.key is None or question.by == GroupBy.RECRUITER)


def _started(question: Question, line: Line | None) -> str:
    wanted = _days(question)
    if line is None:
        return url_for("candidates.index", **wanted)
    if isinstance(line.key, date):
        week = {"from": max(line.key, question.first), "to": min(line.key + 6 * DAY, question.last)}
        return url_for("candidates.index", **{**wanted, **week})
    return url_for("candidates.index", **{**wanted, question.by.value: line.key})


def of_rate(question: Question, group: str, number: int, kept: bool) -> str:
    """The address of the interviews a show rate is made of; `group` is `lead` or `hour`."""
    return url_for("behind.interviews", **_days(question), **{group: number}, kept="1" if kept else None)


def of_stay(question: Question, stage: Stage) -> str:
    """The address of the stays a median is made of."""
    return url_for("behind.stays", **_days(question), stage=stage.value)


def _days(question: Question) -> dict[str, Any]:
    return {"from": question.first, "to": question.last, "city": question.city_id}
