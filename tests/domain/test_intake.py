"""People from a file: looked at first, taken in once, with the rights of the moment, whatever dies between."""

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, delete, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.access import EVERYTHING, NOT_ANY_MORE, Scope
from recruitsmart.domain.directory.models import Account, Role
from recruitsmart.domain.errors import OUR_DEFECT, BadInput, Changed, NotFound
from recruitsmart.domain.intake import operations, queries, taking
from recruitsmart.domain.intake.models import Intake, IntakeLine, IntakeState, LineState, Verdict
from recruitsmart.domain.journal.models import Entry
from recruitsmart.domain.journal.operations import SYSTEM
from recruitsmart.domain.pipeline.erasing import erase
from recruitsmart.domain.timers.models import Timer
from tests.domain.batching import account, staff, told
from tests.factories import NOW, add_candidate, add_city, add_recruiter

HEADING = ["ФИО", "Телефон", "Город", "Telegram"]
ANNA, BORIS = ["Анна Иванова", "89120000001", "Москва"], ["Борис Орлов", "89120000002", "Москва"]
S, V = LineState, Verdict


def _bring(session: Session, who: Account, *rows: list[str], heading: list[str] = HEADING) -> Intake:
    numbered = list(enumerate([heading, *rows], 1))
    return operations.bring(session, numbered, file_name="люди.csv", actor=staff(who), now=NOW)


def _look(session: Session, intake: Intake, who: Account, **more: Any) -> Intake:
    given = {"mapping": intake.mapping, "city_id": None, "source": "", "scope": EVERYTHING} | more
    operations.look(session, intake.id, actor=staff(who), **given)
    _work(session, intake)
    return intake


def _checked(session: Session, who: Account, *rows: list[str], **more: Any) -> Intake:
    return _look(session, _bring(session, who, *rows), who, **more)


def _start(session: Session, intake: Intake, who: Account, *, fills: bool = False) -> None:
    operations.start(session, intake.id, fills=fills, scope=EVERYTHING, actor=staff(who), now=NOW)


def _work(session: Session, intake: Intake, batch: int = 2) -> None:
    session.flush()
    while taking.advance(session, intake.id, now=NOW, batch=batch):
        session.flush()


def _take(session: Session, who: Account, *rows: list[str], fills: bool = False, **more: Any) -> Intake:
    intake = _checked(session, who, *rows, **more)
    _start(session, intake, who, fills=fills)
    _work(session, intake)
    return intake


def _lines(session: Session, intake: Intake) -> dict[int, tuple[str | None, str, str | None]]:
    session.flush()
    rows = session.scalars(
        select(IntakeLine).where(IntakeLine.intake_id == intake.id).execution_options(populate_existing=True)
    )
    return {row.number: (row.verdict, row.state, row.why) for row in rows}


def _people(session: Session) -> list[tuple[str | None, str | None]]:
    return [tuple(row) for row in session.execute(select(Candidate.full_name, Candidate.phone).order_by(Candidate.id))]


def test_the_look_says_of_each_line_what_it_means_and_makes_nobody(session: Session) -> None:
    add_city(session)
    known = add_candidate(session, full_name="Анна", phone="+79120000001")
    rows = (ANNA, BORIS, ["Б. Орлов", "+7 912 000-00-02", ""], ["Никто", "1", "Тверь"], ["", "", ""])
    intake = _checked(session, account(session), *rows)
    assert intake.state == IntakeState.CHECKED
    lines = _lines(session, intake)
    assert {number: verdict for number, (verdict, _, _) in lines.items()} == {
        2: V.KNOWN, 3: V.NEW, 4: V.TWICE, 5: V.REFUSED, 6: V.REFUSED
    }  # fmt: skip
    assert lines[4][2] == "The same phone number as on line 3."
    assert session.scalars(select(Candidate.id)).all() == [known.id]


def test_taking_in_makes_people_at_the_first_stage_and_writes_down_by_whom(session: Session) -> None:
    moscow, boss = add_city(session), account(session)
    intake = _take(session, boss, ANNA, BORIS)
    anna, boris = session.scalars(select(Candidate).order_by(Candidate.id))
    assert (anna.full_name, anna.phone, anna.city_id, anna.source) == (
        "Анна Иванова", "+79120000001", moscow.id, "import"
    )  # fmt: skip
    assert (anna.stage, anna.outcome, anna.contact, anna.consent_at) == (Stage.STARTED, Outcome.ACTIVE, None, None)
    assert told(session, "candidate.imported") == [(boss.id, anna.id), (boss.id, boris.id)]
    assert {state for _, state, _ in _lines(session, intake).values()} == {S.CREATED}
    assert intake.state == IntakeState.FINISHED


def test_the_same_file_again_makes_nobody(session: Session) -> None:
    add_city(session)
    boss = account(session)
    _take(session, boss, ANNA, BORIS)
    again = _take(session, boss, ANNA, BORIS, fills=True)
    assert len(_people(session)) == 2
    assert set(_lines(session, again).values()) == {(V.KNOWN, S.SKIPPED, taking.NOTHING_NEW)}


def test_a_known_person_is_skipped_or_what_the_card_lacks_is_filled(session: Session) -> None:
    moscow, boss = add_city(session), account(session)
    anna = add_candidate(session, full_name="Аня", phone="+79120000001")
    _take(session, boss, ANNA)
    assert (anna.full_name, anna.city_id) == ("Аня", None)
    intake = _take(session, boss, ANNA, fills=True)
    assert (anna.full_name, anna.city_id, anna.source) == ("Аня", moscow.id, "import")
    assert _lines(session, intake)[2][1] == S.FILLED
    assert told(session, "candidate.filled") == [(boss.id, anna.id)]


def test_somebody_known_by_the_name_in_telegram_gets_the_phone_number(session: Session) -> None:
    add_city(session)
    anna = add_candidate(session, full_name="Аня")
    anna.contact.username = "Anna_I"
    intake = _take(session, account(session), [*ANNA, "@anna_i"], fills=True)
    assert anna.phone == "+79120000001"
    assert _lines(session, intake)[2][1] == S.FILLED


def test_a_phone_and_a_name_of_two_people_are_refused(session: Session) -> None:
    add_city(session)
    add_candidate(session, phone="+79120000001")
    add_candidate(session).contact.username = "anna_i"
    intake = _take(session, account(session), [*ANNA, "@anna_i"], fills=True)
    assert _lines(session, intake)[2] == (V.REFUSED, S.REFUSED, taking.TWO_PEOPLE)


@pytest.mark.parametrize("phones", [("+79120000009",), ("+79120000009", None), (None, None)])
def test_a_name_in_telegram_alone_does_not_mean_somebody_with_another_phone_nor_one_of_several(
    session: Session, phones: tuple[str | None, ...]
) -> None:
    """Names in Telegram are given away: who had one may not be who has it now."""
    add_city(session)
    for phone in phones:
        add_candidate(session, full_name="Аня", phone=phone, source="").contact.username = "Anna_I"
    intake = _take(session, account(session), [*ANNA, "@anna_i"], fills=True)
    why = taking.OTHER_PHONE if len(phones) == 1 else taking.SEVERAL
    assert _lines(session, intake)[2] == (V.REFUSED, S.REFUSED, why)
    assert {phone for _name, phone in _people(session)} == set(phones)


def test_the_phone_number_decides_among_several_with_one_name_in_telegram(session: Session) -> None:
    add_city(session)
    for phone in (None, "+79120000001"):
        add_candidate(session, phone=phone).contact.username = "anna_i"
    intake = _take(session, account(session), [*ANNA, "@anna_i"])
    assert _lines(session, intake)[2] == (V.KNOWN, S.SKIPPED, taking.KNOWN)


def test_two_lines_with_one_phone_make_one_person(session: Session) -> None:
    add_city(session)
    intake = _take(session, account(session), ANNA, BORIS, ["Анна Петрова", "+79120000001", "Москва"])
    assert len(_people(session)) == 2
    assert _lines(session, intake)[4] == (V.TWICE, S.SKIPPED, "The same phone number as on line 2.")


@pytest.mark.parametrize("between", [[], [BORIS, ["Анна Третья", "+79120000008", "Москва", "@anna_i2"]]])
@pytest.mark.parametrize("typed", ["@Anna_I", "anna_i", "https://t.me/anna_i", " '@anna_i "])
def test_two_lines_with_one_name_in_telegram_make_one_person(
    session: Session, typed: str, between: list[list[str]]
) -> None:
    """Within a part of the file, and from one part to another."""
    add_city(session)
    again = ["Анна Петрова", "+79120000009", "Москва", "@anna_i"]
    intake = _take(session, account(session), [*ANNA, typed], *between, again)
    why = "The same name in Telegram as on line 2."
    assert _lines(session, intake)[3 + len(between)] == (V.TWICE, S.SKIPPED, why)
    assert len(_people(session)) == 1 + len(between)


def test_what_has_changed_since_the_look_is_seen_when_taken_in(session: Session) -> None:
    add_city(session)
    boss = account(session)
    intake = _checked(session, boss, ANNA)
    add_candidate(session, phone="+79120000001")
    _start(session, intake, boss)
    _work(session, intake)
    assert _lines(session, intake)[2] == (V.KNOWN, S.SKIPPED, taking.KNOWN)


# --- rights


def test_a_recruiter_takes_in_people_of_the_own_cities_only(session: Session) -> None:
    moscow = add_city(session)
    kazan = add_city(session, "Казань")
    olga = account(session, add_recruiter(session, moscow))
    foreign = add_candidate(session, full_name="Чужая", phone="+79120000002", city=kazan)
    rows = (ANNA, BORIS, ["Вера Ким", "89120000003", "Казань"], ["Глеб Ли", "89120000004", ""])
    intake = _take(session, olga, *rows, fills=True, scope=Scope(city_ids=frozenset({moscow.id})))
    lines = {number: (state, why) for number, (_, state, why) in _lines(session, intake).items()}
    assert lines == {
        2: (S.CREATED, None),
        3: (S.REFUSED, taking.OF_COLLEAGUES),
        4: (S.REFUSED, "There is no active city “Казань”."),
        5: (S.REFUSED, "There is no city."),
    }
    assert (foreign.full_name, foreign.source) == ("Чужая", None)


@pytest.mark.parametrize("loss", [{"active": False}, {"role": Role.VIEWER}])
def test_rights_are_those_of_the_moment(session: Session, loss: dict[str, object]) -> None:
    add_city(session)
    boss = account(session)
    intake = _checked(session, boss, ANNA)
    _start(session, intake, boss)
    for name, value in loss.items():
        setattr(boss, name, value)
    _work(session, intake)
    assert _lines(session, intake)[2][1:] == (S.REFUSED, NOT_ANY_MORE)
    assert _people(session) == []


def test_a_file_is_seen_by_who_brought_it_and_who_sees_everything(session: Session) -> None:
    moscow = add_city(session)
    olga, maria = (account(session, add_recruiter(session, moscow)) for _ in range(2))
    intake = _bring(session, olga, ANNA)
    mine = Scope(city_ids=frozenset({moscow.id}))
    assert queries.by_id(session, intake.id, olga.id, mine) is intake
    assert queries.by_id(session, intake.id, maria.id, EVERYTHING) is intake
    with pytest.raises(NotFound):
        queries.by_id(session, intake.id, maria.id, mine)


def test_a_foreign_city_cannot_be_the_one_of_the_file(session: Session) -> None:
    moscow, kazan = add_city(session), add_city(session, "Казань")
    olga = account(session, add_recruiter(session, moscow))
    intake = _bring(session, olga, ANNA)
    with pytest.raises(NotFound):
        _look(session, intake, olga, city_id=kazan.id, scope=Scope(city_ids=frozenset({moscow.id})))


# --- order of steps


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({"name": 0}, "Say which column holds the phone number."),
        ({"phone": 0}, "Say which column holds the name."),
        ({"name": 0, "phone": 0}, "A column can hold one thing only."),
        ({"name": 0, "phone": 50}, "A file has at most 50 columns."),
        ({"name": 0, "phone": 9_999_999_999}, "A file has at most 50 columns."),
    ],
)
def test_name_and_phone_need_columns_of_their_own(session: Session, mapping: dict[str, int], sentence: str) -> None:
    boss = account(session)
    with pytest.raises(BadInput, match=sentence):
        _look(session, _bring(session, boss, ANNA), boss, mapping=mapping)


def test_nothing_is_taken_in_before_the_look_nor_looked_at_after_the_start(session: Session) -> None:
    add_city(session)
    boss = account(session)
    intake = _bring(session, boss, ANNA)
    with pytest.raises(Changed):
        _start(session, intake, boss)
    _look(session, intake, boss)
    _start(session, intake, boss)
    with pytest.raises(Changed):
        _look(session, intake, boss)
    with pytest.raises(Changed):
        operations.discard(session, intake.id, scope=EVERYTHING, actor=staff(boss))


def test_other_columns_are_looked_at_anew(session: Session) -> None:
    add_city(session)
    boss = account(session)
    intake = _bring(session, boss, ["89120000001", "Анна Иванова", ""])
    assert _lines(session, _look(session, intake, boss))[2][0] == V.REFUSED
    assert _lines(session, _look(session, intake, boss, mapping={"name": 1, "phone": 0}))[2][0] == V.NEW


def test_stopping_leaves_lines_whose_turn_has_not_come(session: Session) -> None:
    add_city(session)
    boss = account(session)
    intake = _checked(session, boss, ANNA, BORIS)
    _start(session, intake, boss)
    taking.advance(session, intake.id, now=NOW, batch=1)
    for _ in range(2):
        operations.stop(session, intake.id, scope=EVERYTHING, actor=staff(boss), now=NOW)
    _work(session, intake)
    assert [state for _, state, _ in _lines(session, intake).values()] == [S.CREATED, S.STOPPED]
    assert len(_people(session)) == 1


def test_a_first_line_that_names_no_column_is_a_person(session: Session) -> None:
    intake = _bring(session, account(session), BORIS, heading=ANNA)
    assert (intake.headings, intake.total) == ([], 2)


@pytest.mark.parametrize(("rows", "sentence"), [([], "empty"), ([HEADING], "heading only")])
def test_a_file_without_people_is_refused(session: Session, rows: list[list[str]], sentence: str) -> None:
    with pytest.raises(BadInput, match=sentence):
        operations.bring(session, list(enumerate(rows, 1)), file_name="x", actor=staff(account(session)), now=NOW)


def test_a_file_too_long_is_refused(session: Session) -> None:
    rows = list(enumerate([HEADING, *[ANNA] * (operations.MOST_LINES + 1)], 1))
    with pytest.raises(BadInput, match="more than 20,000 lines"):
        operations.bring(session, rows, file_name="x", actor=staff(account(session)), now=NOW)


def test_after_a_month_the_words_go_and_a_file_never_taken_in_goes_whole(session: Session) -> None:
    add_city(session)
    boss = account(session)
    taken, left = _take(session, boss, ANNA, ["Никто", "", ""]), _bring(session, boss, BORIS)
    assert (
        session.scalars(select(Timer.due_at).where(Timer.kind == operations.FORGETS)).all()
        == [NOW + timedelta(days=30)] * 2
    )
    for intake in (taken, left):
        operations.forget(session, intake.id, NOW, NOW + timedelta(days=30))
    session.flush()
    assert session.scalars(select(Intake.id)).all() == [taken.id]
    assert session.execute(select(IntakeLine.number, IntakeLine.cells, IntakeLine.phone)).all() == [(2, [], None)]


def test_who_is_erased_takes_the_line_along(session: Session) -> None:
    add_city(session)
    intake = _take(session, account(session), ANNA, BORIS)
    session.execute(delete(Candidate).where(Candidate.full_name == "Анна Иванова"))
    assert _lines(session, intake).keys() == {3}


def test_what_a_line_quotes_is_forgotten_whatever_marks_are_in_it(session: Session) -> None:
    add_city(session)
    boss = account(session)
    intake = _take(session, boss, ["“Анна” Неповторимая 1", "нет", "Тай”на", "@"])
    anna = add_candidate(session, full_name="Анна Неповторимая")
    session.flush()
    erase(session, anna, actor=SYSTEM, now=NOW)
    session.flush()
    (state,) = _lines(session, intake).values()
    assert not {"Анна", "Неповторимая", "на", "нет"} & {*str(state[2]).replace("”", " ").split()}
    assert "“…” is no name" in str(state[2])


def test_who_is_erased_while_a_file_is_looked_at_does_not_come_back_with_it(session: Session, behind: Any) -> None:
    add_city(session)
    boss = account(session)
    anna = add_candidate(session, full_name=ANNA[0], phone=f"+7{ANNA[1][1:]}")
    intake = _bring(session, boss, ANNA)
    given = {"mapping": intake.mapping, "city_id": None, "source": "", "scope": EVERYTHING}
    operations.look(session, intake.id, actor=staff(boss), **given)
    session.commit()
    erase(session, anna, actor=SYSTEM, now=NOW)
    session.flush()
    theirs = behind(lambda other: taking.advance(other, intake.id, now=NOW))
    session.commit()
    theirs.result()
    told = session.scalars(text("select l::text from intake_lines l union all select c::text from candidates c")).all()
    assert not [row for row in told if ANNA[0] in row or ANNA[1][1:] in row]


def test_a_defect_with_one_line_is_written_down_and_the_others_go_on(session: Session) -> None:
    add_city(session)
    boss = account(session)
    intake = _checked(session, boss, ANNA, BORIS)
    session.execute(
        text("create function break() returns trigger language plpgsql as $$ begin raise exception 'broken'; end $$")
    )
    session.execute(
        text(
            "create trigger break before insert on candidates for each row"
            " when (new.phone = '+79120000001') execute function break()"
        )
    )
    _start(session, intake, boss)
    _work(session, intake)
    assert _lines(session, intake) == {2: (V.NEW, S.FAILED, OUR_DEFECT), 3: (V.NEW, S.CREATED, None)}
    assert _people(session) == [("Борис Орлов", "+79120000002")]


# --- at once


@pytest.fixture
def running(session: Session) -> Intake:
    """Thirty lines to take in, committed."""
    add_city(session)
    boss = account(session)
    rows = [["Анна Иванова", f"8912000{number:04}", "Москва"] for number in range(30)]
    intake = _checked(session, boss, *rows)
    _start(session, intake, boss)
    session.commit()
    return intake


def _worker(engine: Engine, *intakes: Intake):
    """Goes on until the files are through: who finds one in other hands tries again."""
    ids = [intake.id for intake in intakes]

    def run(_: Session) -> None:
        for _ in range(5_000):
            with Session(engine) as session:
                if not set(ids) & set(queries.under_way(session)):
                    return
            for intake_id in ids:
                with Session(engine) as session:
                    taking.advance(session, intake_id, now=NOW, batch=3)
                    session.commit()

    return run


def _phones(session: Session) -> Counter[str | None]:
    session.rollback()
    return Counter(session.scalars(select(Candidate.phone)))


def test_many_workers_take_each_line_once(session, engine, at_once, running):
    at_once(*[_worker(engine, running)] * 4)
    assert set(_phones(session).values()) == {1}
    assert len(_phones(session)) == 30
    assert session.scalar(select(func.count()).select_from(Entry).where(Entry.kind == "candidate.imported")) == 30


def test_two_files_with_the_same_people_make_each_once(session, engine, at_once, running):
    boss = session.get_one(Account, running.account_id)
    rows = [["Анна Иванова", f"8912000{number:04}", "Москва"] for number in range(30)]
    other = _checked(session, boss, *rows)
    _start(session, other, boss)
    session.commit()
    at_once(_worker(engine, running, other), _worker(engine, other, running), _worker(engine, other))
    assert set(_phones(session).values()) == {1}
    assert len(_phones(session)) == 30


def test_a_worker_that_dies_before_the_commit_is_followed_by_the_next(session, other_session, engine, at_once, running):
    taking.advance(session, running.id, now=NOW, batch=7)
    session.flush()
    pid = session.scalar(text("select pg_backend_pid()"))
    other_session.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    other_session.rollback()
    with pytest.raises(DBAPIError):
        session.commit()
    assert _phones(session) == {}
    at_once(_worker(engine, running))
    assert set(_phones(session).values()) == {1}
    assert len(_phones(session)) == 30


def test_a_card_that_is_changed_at_the_same_moment_is_no_defect_of_the_line(session, behind):
    add_city(session)
    boss = account(session)
    anna = add_candidate(session, full_name="Анна Иванова", phone="+79120000001")
    intake = _checked(session, boss, ANNA)
    _start(session, intake, boss, fills=True)
    session.commit()
    anna.source = "hh"
    session.flush()
    sweep = behind(lambda other: taking.advance(other, intake.id, now=NOW))
    session.commit()
    with pytest.raises(StaleDataError):
        sweep.result()
    session.expire_all()
    _work(session, intake)
    assert _lines(session, intake) == {2: (V.KNOWN, S.FILLED, None)}
    assert (anna.source, anna.city.name) == ("hh", "Москва")
