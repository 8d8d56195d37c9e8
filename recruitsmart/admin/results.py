"""Results to take along: one attempt as a spreadsheet, made in memory when it is asked for."""

from flask_admin import expose
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from recruitsmart.admin.answers import answer_words, asked_words, in_language, is_right
from recruitsmart.admin.base import OfCard, me
from recruitsmart.admin.moments import moment
from recruitsmart.admin.sheets import XLSX, Cell, workbook
from recruitsmart.admin.words import word
from recruitsmart.domain.assessments.models import AnswerStatus, Attempt
from recruitsmart.domain.assessments.queries import attempts_of
from recruitsmart.domain.assessments.reporting import Line, lines_of
from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.queries import by_reference
from recruitsmart.domain.errors import NotFound
from recruitsmart.extensions import db


class Results(OfCard):
    """Whoever may see a candidate may take the results along."""

    @expose("/<reference>/<int:attempt_id>.xlsx")
    def sheet(self, reference: str, attempt_id: int) -> Response:
        candidate = by_reference(db.session, reference, me().scope)
        attempt = next((row for row in attempts_of(db.session, candidate.id) if row.id == attempt_id), None)
        if attempt is None:
            raise NotFound
        content = workbook(_("Result"), [*_facts(candidate, attempt), [], _heading(), *map(_row, lines_of(attempt))])
        named = {"Content-Disposition": f'attachment; filename="result-{candidate.reference}-{attempt.id}.xlsx"'}
        return Response(content, mimetype=XLSX, headers={**named, "Cache-Control": "no-store"})


def _facts(candidate: Candidate, attempt: Attempt) -> list[list[Cell]]:
    facts: list[tuple[str, Cell]] = [
        (_("Candidate"), candidate.full_name or ""),
        (_("Reference"), candidate.reference),
        (_("Test"), in_language(attempt.test.title)),
        (_("State"), word(attempt.status)),
        (_("Began"), moment(attempt.started_at)),
        (_("Finished"), moment(attempt.finished_at)),
    ]
    if attempt.screening is not None:
        facts.append((_("Decision by the answers"), word(attempt.screening)))
    if attempt.score_percent is not None:
        result = _("passed") if attempt.passed else _("not passed")
        facts += [(_("Points"), attempt.score), (_("Percent"), attempt.score_percent), (_("Result"), result)]
    facts += _circumstances(attempt)
    return [list(fact) for fact in facts]


def _circumstances(attempt: Attempt) -> list[tuple[str, Cell]]:
    """What made this attempt different from others."""
    facts: list[tuple[str, Cell]] = []
    if attempt.extra_percent:
        facts.append((_("Extra time, percent"), attempt.extra_percent))
    if attempt.credited_seconds:
        facts.append((_("Seconds given back"), attempt.credited_seconds))
    if attempt.grant_reason:
        facts.append((_("Another go because"), attempt.grant_reason))
    return facts


def _heading() -> list[Cell]:
    return [
        _("Question"), _("Answer"), _("Right"), _("Seconds"), _("Wrong tries"), _("Time was up"),
        _("Seconds given back"), _("Consequence"),
    ]  # fmt: skip


def _row(line: Line) -> list[Cell]:
    answer = line.answer
    given = answer_words(answer) if answer.status == AnswerStatus.ANSWERED else word(answer.status)
    right = {True: _("yes"), False: _("no"), None: ""}[is_right(answer)]
    led_to = {"flag": _("recruiter looks at it"), "decline": _("declined"), None: ""}[line.consequence]
    timed_out = _("yes") if line.timed_out else ""
    return [
        asked_words(answer), given, right, line.seconds, answer.tries, timed_out,
        answer.credited_seconds or None, led_to,
    ]  # fmt: skip
