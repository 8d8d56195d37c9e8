"""What is decided on the card: with what will happen, with reasons, and never lost."""

import pytest
from sqlalchemy import select

from recruitsmart.domain.candidates.models import Candidate
from recruitsmart.domain.candidates.stages import Outcome, Stage
from recruitsmart.domain.directory.models import Role
from recruitsmart.domain.journal.models import ActorKind, Entry
from recruitsmart.domain.pipeline.rejections import TELLS_REJECTION, tell_rejection
from recruitsmart.domain.slots.models import BookingStatus
from recruitsmart.domain.timers.models import Timer, TimerState
from tests.panel import NOW, Company, Person

ACTS = ("reject", "let-go", "bring-back", "hire", "move")


def _card(candidate: Candidate) -> str:
    return f"/admin/candidates/{candidate.reference}"


def _decide(person: Person, candidate: Candidate, act: str, **fields: str):
    return person.post(f"/admin/decisions/{candidate.reference}/{act}", form_at=_card(candidate), **fields)


@pytest.fixture
def anna(company: Company) -> Candidate:
    return company.candidate("Анна Иванова", company.moscow, stage=Stage.TO_SCHEDULE)


def test_a_rejection_says_when_it_is_told_and_is_taken_back(olga: Person, company: Company, anna: Candidate) -> None:
    answer = _decide(olga, anna, "reject", reason=" не подходит ")
    page = olga.get(_card(anna)).text
    assert answer.location == _card(anna)
    assert (company.now(anna).outcome, anna.outcome_reason) == (Outcome.REJECTED, "не подходит")
    assert "12:30 UTC+3. До тех пор его можно отменить" in page
    assert "Отменить отказ" in page

    _decide(olga, anna, "bring-back")
    assert company.now(anna).outcome == Outcome.ACTIVE
    assert company.session.scalars(select(Timer.state).where(Timer.kind == TELLS_REJECTION)).all() == [
        TimerState.WITHDRAWN
    ]


def test_after_the_candidate_was_told_the_card_says_so(olga: Person, company: Company, anna: Candidate) -> None:
    _decide(olga, anna, "reject", reason="x")
    company.session.rollback()
    tell_rejection(company.session, anna.id, NOW, NOW)
    company.session.scalars(select(Timer).where(Timer.kind == TELLS_REJECTION)).one().state = TimerState.DONE
    company.session.commit()
    page = olga.get(_card(anna)).text
    assert "узнает, что заявка снова в работе" in page
    assert "До тех пор" not in page


def test_who_withdrew_stays_with_the_reason_in_the_history(olga: Person, company: Company, anna: Candidate) -> None:
    _decide(olga, anna, "let-go", reason="нашла другое")
    assert company.now(anna).outcome == Outcome.WITHDRAWN
    entry = company.session.scalars(select(Entry).where(Entry.kind == "candidate.withdrew")).one()
    assert (entry.actor_kind, entry.details["reason"]) == (ActorKind.STAFF, "нашла другое")
    assert "нашла другое" in olga.get(_card(anna)).text.split("История")[1]


def test_only_the_allowed_moves_are_offered_and_one_is_made(olga: Person, company: Company) -> None:
    anna = company.candidate("Анна", company.moscow, stage=Stage.TEST2)
    page = olga.get(_card(anna)).text
    offered = [stage for stage in Stage if f'name="stage" value="{stage.value}"' in page]
    assert offered == [Stage.TO_SCHEDULE, Stage.TO_INTRO_DAY]
    _decide(olga, anna, "move", stage="to_intro_day")
    assert company.now(anna).stage == Stage.TO_INTRO_DAY


def test_who_came_to_the_intro_day_is_hired_on_the_card(olga: Person, company: Company) -> None:
    anna = company.candidate("Анна", company.moscow, stage=Stage.INTRO_DAY)
    assert "/hire" in olga.get(_card(anna)).text
    for _ in range(2):
        _decide(olga, anna, "hire")
    assert company.now(anna).outcome == Outcome.HIRED
    assert "/hire" not in olga.get(_card(anna)).text


@pytest.mark.parametrize(
    ("act", "fields", "sentence"),
    [
        ("reject", {"reason": "  "}, "Напишите причину"),
        ("let-go", {"reason": ""}, "Напишите причину"),
        ("bring-back", {}, "На этом этапе"),
        ("hire", {}, "На этом этапе"),
        ("move", {"stage": "nonsense"}, "Выберите, куда"),
        ("move", {"stage": "interview"}, "собеседования"),
        ("move", {"stage": "hired"}, "На этом этапе"),
    ],
)
def test_a_refusal_is_a_sentence_and_changes_nothing(
    olga: Person, company: Company, anna: Candidate, act: str, fields: dict[str, str], sentence: str
) -> None:
    page = _decide(olga, anna, act, **fields)
    assert page.status_code == 200
    assert sentence in page.text.split('role="alert">')[1].split("</div>")[0]
    assert (company.now(anna).stage, anna.outcome) == (Stage.TO_SCHEDULE, Outcome.ACTIVE)


def test_a_live_booking_forbids_a_move_and_says_so(olga: Person, company: Company) -> None:
    anna = company.candidate("Анна", company.moscow, stage=Stage.INTERVIEW)
    company.request(anna, company.slot(company.olga))
    assert "Сначала завершите запись" in _decide(olga, anna, "move", stage="to_schedule").text
    assert company.now(anna).stage == Stage.INTERVIEW


def test_what_a_colleague_did_meanwhile_is_shown_and_the_reason_is_not_lost(
    olga: Person, company: Company, anna: Candidate
) -> None:
    """The form was opened while the person chose an hour; meanwhile they were invited to the test."""
    anna.stage = Stage.TEST2
    company.session.commit()
    page = _decide(olga, anna, "reject", seen="to_schedule.active", reason="долгая причина").text
    assert "Тем временем" in page
    assert 'value="долгая причина"' in page
    assert 'value="test2.active"' in page
    assert company.now(anna).outcome == Outcome.ACTIVE


def test_pressing_twice_rejects_once(olga: Person, company: Company, anna: Candidate) -> None:
    for _ in range(2):
        answer = _decide(olga, anna, "reject", seen="to_schedule.active", reason="x")
        assert answer.status_code == 302
    company.session.rollback()
    kinds = company.session.scalars(select(Entry.kind).where(Entry.candidate_id == anna.id)).all()
    assert kinds == ["candidate.rejected"]


def test_a_rejection_frees_the_booked_hour(olga: Person, company: Company) -> None:
    anna = company.candidate("Анна", company.moscow)
    booking = company.request(anna, company.slot(company.olga))
    _decide(olga, anna, "reject", reason="x")
    assert company.now(booking).status == BookingStatus.CANCELLED


@pytest.mark.parametrize("act", ACTS)
def test_nothing_is_decided_about_people_of_other_cities(olga: Person, company: Company, act: str) -> None:
    pyotr = company.candidate("Чужой Пётр", company.novosibirsk, stage=Stage.INTRO_DAY)
    answer = olga.post(
        f"/admin/decisions/{pyotr.reference}/{act}", form_at="/admin/candidates/", reason="x", stage="to_intro_day"
    )
    assert answer.status_code == 404
    assert (company.now(pyotr).stage, pyotr.outcome) == (Stage.INTRO_DAY, Outcome.ACTIVE)


def test_a_viewer_is_offered_no_decision_and_makes_none(app, company: Company, anna: Candidate) -> None:
    company.account("viewer", Role.VIEWER)
    viewer = Person(app.test_client())
    viewer.sign_in("viewer")
    assert "/admin/decisions/" not in viewer.get(_card(anna)).text
    assert _decide(viewer, anna, "reject", reason="x").status_code == 403
    assert company.now(anna).outcome == Outcome.ACTIVE


def test_the_card_says_that_whoever_is_moved_out_of_screening_is_told(olga: Person, company: Company) -> None:
    waits = company.candidate("Анна Иванова", company.moscow, stage=Stage.SCREENING)
    beyond = company.candidate("Вера Петрова", company.moscow, stage=Stage.TEST2)
    silent = "Занятое время нужно сначала завершить"
    assert "Кандидат узнает об этом и выберет время" in olga.get(_card(waits)).text
    assert silent not in olga.get(_card(waits)).text
    assert silent in olga.get(_card(beyond)).text


def test_the_card_leads_to_giving_the_person_to_a_recruiter_or_another_city(
    olga: Person, company: Company, anna: Candidate
) -> None:
    page = olga.get(_card(anna)).text
    for act in ("recruiter", "city"):
        address = f"/admin/batches/new?act={act}&amp;people={anna.reference}"
        assert f'href="{address}"' in page
        assert '<dd class="strong">1</dd>' in olga.get(address.replace("&amp;", "&")).text


def test_a_hire_is_taken_back_on_the_card(olga: Person, company: Company) -> None:
    anna = company.candidate("Анна", company.moscow, stage=Stage.HIRED, outcome=Outcome.HIRED)
    card = f"/admin/candidates/{anna.reference}"
    page = olga.get(card).text
    assert (page.count("Отменить приём на работу"), "Отменить отказ" in page) == (2, False)
    olga.post(f"/admin/decisions/{anna.reference}/take-hire-back", form_at=card, seen="hired.hired")
    page, anna = olga.get(card).text, company.now(anna)
    assert ("позвоните ему" in page, "Отменить приём на работу" in page) == (True, False)
    assert (anna.stage, anna.outcome) == (Stage.INTRO_DAY, Outcome.ACTIVE)
