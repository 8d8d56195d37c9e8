"""The recruiters' panel."""

from hashlib import sha256
from pathlib import Path
from types import SimpleNamespace

from flask import Blueprint, Flask, redirect, url_for
from flask_admin import Admin, AdminIndexView, expose
from flask_admin.theme import Bootstrap4Theme
from flask_babel import get_locale
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from recruitsmart import clock
from recruitsmart.admin import answers, counted, filters, moments, preferences, reasons, words
from recruitsmart.admin.accounts import Accounts
from recruitsmart.admin.analytics import Analytics
from recruitsmart.admin.base import Guarded, may_send, sending_is_off
from recruitsmart.admin.batches import Batches
from recruitsmart.admin.behind import Behind
from recruitsmart.admin.board import Board
from recruitsmart.admin.bookings import Bookings
from recruitsmart.admin.broadcasts import Broadcasts
from recruitsmart.admin.bubbles import bubble
from recruitsmart.admin.calendar import Calendar
from recruitsmart.admin.calls import Calls
from recruitsmart.admin.candidates import Candidates
from recruitsmart.admin.closing import Closing
from recruitsmart.admin.correcting import Correcting
from recruitsmart.admin.decisions import Decisions, given_reason, standing
from recruitsmart.admin.directory import Cities, Recruiters
from recruitsmart.admin.exports import Exports
from recruitsmart.admin.files import Files
from recruitsmart.admin.hours import Hours
from recruitsmart.admin.importing import Importing
from recruitsmart.admin.inbox import Inbox, unread_chats
from recruitsmart.admin.intake import Intakes, allow_long_file
from recruitsmart.admin.intro_days import IntroDays
from recruitsmart.admin.leads import Leads
from recruitsmart.admin.linking import Linking
from recruitsmart.admin.merging import Merging, seen_as
from recruitsmart.admin.messages import Messages
from recruitsmart.admin.mine import Mine
from recruitsmart.admin.notes import Notes
from recruitsmart.admin.privacy import Privacy
from recruitsmart.admin.questions import Questions
from recruitsmart.admin.results import Results
from recruitsmart.admin.screening import Screening
from recruitsmart.admin.sentences import reasons_in_words, translated
from recruitsmart.admin.series import Series
from recruitsmart.admin.slots import Slots
from recruitsmart.admin.sources import Sources
from recruitsmart.admin.system import System
from recruitsmart.admin.test_files import TestFiles
from recruitsmart.admin.testing import Testing, may_offer_exam
from recruitsmart.admin.tests import Tests
from recruitsmart.admin.texts import Texts
from recruitsmart.admin.threads import sent_word, staff_name
from recruitsmart.admin.today import Today
from recruitsmart.admin.usual_reasons import UsualReasons, reasons_about
from recruitsmart.domain.assessments import reporting
from recruitsmart.domain.batches.models import PersonState
from recruitsmart.domain.broadcasts.models import RecipientState
from recruitsmart.domain.candidates.queries import Order
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import City, Recruiter, Role, Source, UsualReason
from recruitsmart.domain.directory.rules import zone_names
from recruitsmart.domain.intake.models import LineState, Verdict
from recruitsmart.domain.intake.rules import Field
from recruitsmart.domain.messaging.models import MessageState
from recruitsmart.domain.messaging.texts import LANGUAGES, longest
from recruitsmart.domain.pipeline.decisions import verdict_on
from recruitsmart.domain.pipeline.funnel import GroupBy
from recruitsmart.domain.slots import desk
from recruitsmart.domain.slots.models import Purpose
from recruitsmart.extensions import db
from recruitsmart.web import security, sessions

HERE = Path(__file__).parent
TRANSLATIONS = HERE / "translations"
DIRECTORY = _l("Directory")  # a group of the menu


class Index(Guarded, AdminIndexView):
    """The panel's address leads to its first page."""

    def is_visible(self) -> bool:
        return False

    @expose("/")
    def index(self) -> Response:
        return redirect(url_for("today.index"))


kinds = SimpleNamespace(  # for templates
    Stage=Stage,
    Outcome=Outcome,
    Purpose=Purpose,
    MessageState=MessageState,
    RecipientState=RecipientState,
    PersonState=PersonState,
    LineState=LineState,
    Verdict=Verdict,
    Field=Field,
    GroupBy=GroupBy,
    Order=Order,
    Role=Role,
)


def init_app(app: Flask) -> None:
    """Register the panel: its look first, so that our templates are found before Flask-Admin's."""
    look = Blueprint(
        "panel", __name__, template_folder="templates", static_folder="static", static_url_path="/admin/look"
    )
    app.register_blueprint(look)
    app.register_blueprint(preferences.blueprint)
    app.jinja_env.globals.update(
        asset=_versions(HERE / "static"), get_locale=get_locale, staff=sessions.staff, lang=moments.language,
        word=words.word, choices=words.choices, kinds=kinds, languages=LANGUAGES, zone_names=zone_names,
        in_language=answers.in_language, asked_words=answers.asked_words, answer_words=answers.answer_words,
        is_right=answers.is_right, result_lines=reporting.lines_of, decisive_lines=reporting.decisive_lines,
        may_offer_exam=may_offer_exam, plain=answers.plain, weekdays=moments.weekdays, wish=moments.window,
        notable=moments.notable_now, verdict_on=verdict_on, standing=standing, purpose_awaited=desk.purpose_awaited,
        clock_now=clock.now, longest=longest, filter_as_typed=filters.as_typed, more_filters=filters.MORE,
        step_word=words.step_word, reason_word=reasons.reason_word, translated=translated,
        reasons_in_words=reasons_in_words, look=preferences.look, seen_as=seen_as, reasons_about=reasons_about,
        unread_chats=unread_chats, sent_word=sent_word, staff_name=staff_name, given_reason=given_reason,
        may_send=may_send, sending_is_off=sending_is_off,
    )  # fmt: skip
    app.jinja_env.filters.update(
        moment=moments.moment, hour_in_words=moments.hour_in_words, lane=words.lane_word,
        clock_time=moments.clock_time, day_in_words=moments.day_words, short_day=moments.short_day,
        by_local_day=moments.by_local_day, zone_in_words=moments.zone_in_words, step_moment=moments.written_moment,
        lasting=moments.lasting, grouped=words.grouped, as_telegram=bubble,
    )  # fmt: skip
    app.url_value_preprocessor(allow_long_file)
    counted.init_app(app)
    panel = Admin(
        name="RecruitSmart",
        index_view=Index(name=_l("Start"), url="/admin"),
        theme=Bootstrap4Theme(base_template="admin/master.html"),
        csp_nonce_generator=security.nonce,
    )
    _add_pages(panel)
    panel.init_app(app)


def _add_pages(panel: Admin) -> None:
    pages = [
        Today(name=_l("Today"), endpoint="today", url="/admin/today"),
        Inbox(name=_l("Inbox"), endpoint="inbox", url="/admin/inbox"),
        Candidates(name=_l("Candidates"), endpoint="candidates", url="/admin/candidates"),
        Leads(name=_l("New candidate"), endpoint="leads", url="/admin/leads"),
        Merging(name=_l("Merge cards"), endpoint="merging", url="/admin/merging"),
        Batches(name=_l("Done to many"), endpoint="batches", url="/admin/batches"),
        Intakes(name=_l("People from a file"), endpoint="intake", url="/admin/intake"),
        Exports(name=_l("Export candidates"), endpoint="exports", url="/admin/exports"),
        Board(name=_l("Board"), endpoint="board", url="/admin/board"),
        Screening(name=_l("To decide"), endpoint="screening", url="/admin/screening"),
        Correcting(name=_l("Correction"), endpoint="correcting", url="/admin/correcting"),
        Decisions(name=_l("Decision"), endpoint="decisions", url="/admin/decisions"),
        Testing(name=_l("Test"), endpoint="testing", url="/admin/testing"),
        Results(name=_l("Result"), endpoint="results", url="/admin/results"),
        Notes(name=_l("Notes"), endpoint="notes", url="/admin/notes"),
        Files(name=_l("Files"), endpoint="files", url="/admin/files"),
        Privacy(name=_l("Personal data"), endpoint="privacy", url="/admin/privacy"),
        Calls(name=_l("To call"), endpoint="calls", url="/admin/calls"),
        Calendar(name=_l("Calendar"), endpoint="calendar", url="/admin/calendar"),
        Slots(name=_l("Slots"), endpoint="slots", url="/admin/slots"),
        Series(name=_l("Make a series"), endpoint="series", url="/admin/series"),
        Importing(name=_l("Hours from a file"), endpoint="importing", url="/admin/importing"),
        Closing(name=_l("Close hours"), endpoint="closing", url="/admin/closing"),
        Hours(name=_l("Give an hour"), endpoint="hours", url="/admin/hours"),
        Bookings(name=_l("Bookings"), endpoint="bookings", url="/admin/bookings"),
        IntroDays(name=_l("Introductory days"), endpoint="intro_days", url="/admin/intro-days"),
        Cities(City, db, name=_l("Cities"), endpoint="cities", url="/admin/cities", category=DIRECTORY),
        Recruiters(
            Recruiter, db, name=_l("Recruiters"), endpoint="recruiters", url="/admin/recruiters", category=DIRECTORY
        ),
        Accounts(name=_l("Accounts"), endpoint="accounts", url="/admin/accounts", category=DIRECTORY),
        Sources(Source, db, name=_l("Sources"), endpoint="sources", url="/admin/sources", category=DIRECTORY),
        UsualReasons(
            UsualReason, db, name=_l("Reasons"), endpoint="usual_reasons", url="/admin/reasons", category=DIRECTORY
        ),
        Tests(name=_l("Tests"), endpoint="tests", url="/admin/tests"),
        Questions(name=_l("Question"), endpoint="questions", url="/admin/tests/<key>/questions"),
        TestFiles(name=_l("A test from a file"), endpoint="test_files", url="/admin/test-files"),
        Texts(name=_l("Texts"), endpoint="texts", url="/admin/texts"),
        Messages(name=_l("Messages"), endpoint="messages", url="/admin/messages"),
        Analytics(name=_l("Analytics"), endpoint="analytics", url="/admin/analytics"),
        Behind(name=_l("Behind a number"), endpoint="behind", url="/admin/analytics/behind"),
        System(name=_l("System"), endpoint="system", url="/admin/system"),
        Mine(name=_l("My account"), endpoint="mine", url="/admin/mine"),
        Linking(name=_l("My Telegram"), endpoint="linking", url="/admin/telegram"),
        Broadcasts(name=_l("Broadcasts"), endpoint="broadcasts", url="/admin/broadcasts"),
    ]
    panel.add_views(*pages)


def _versions(folder: Path) -> dict[str, str]:
    """A file's query by name: its content's hash, so that a browser never keeps an old one."""
    return {file.name: sha256(file.read_bytes()).hexdigest()[:12] for file in folder.iterdir() if file.is_file()}
